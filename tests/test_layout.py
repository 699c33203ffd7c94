"""The shape that every distribution shares, and what no file may contain."""

import graphlib
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def _members() -> list[Path]:
    patterns: list[str] = PYPROJECT["tool"]["uv"]["workspace"]["members"]
    return sorted(path.parent for pattern in patterns for path in ROOT.glob(f"{pattern}/pyproject.toml"))


def _package_of(member: Path) -> Path:
    (package,) = (path.parent for path in (member / "src").glob("*/__init__.py"))
    return package


def _project_of(member: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    return project


MEMBERS = _members()
PACKAGES = [_package_of(member) for member in MEMBERS]
NAMES = [package.name for package in PACKAGES]
ROOMS = ("kernel", "adapters", "plugins", "tests", "benchmarks", "docs")
WRITTEN = sorted(
    path
    for place in (*(ROOT / room for room in ROOMS), ROOT)
    for path in (place.rglob("*") if place != ROOT else place.glob("*"))
    if path.suffix in {".py", ".md", ".toml"} and path != Path(__file__) and ".venv" not in path.parts
)
MODULES = [path for path in WRITTEN if path.suffix == ".py"]


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_folder_with_a_project_is_a_member_of_the_workspace() -> None:
    found = [
        path.parent for room in ("kernel", "adapters", "plugins") for path in (ROOT / room).rglob("pyproject.toml")
    ]
    assert sorted(found) == MEMBERS


@pytest.mark.parametrize("member", MEMBERS, ids=_relative)
def test_distribution_has_the_common_skeleton(member: Path) -> None:
    package = _package_of(member).relative_to(member).as_posix()
    wanted = ["pyproject.toml", "README.md", "LICENSE", f"{package}/__init__.py", f"{package}/py.typed"]
    assert [name for name in wanted if not (member / name).is_file()] == []
    assert list((member / "tests").glob("test_*.py"))
    assert not list((member / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("member", MEMBERS, ids=_relative)
def test_import_name_follows_from_the_distribution_name(member: Path) -> None:
    name: str = _project_of(member)["name"]
    assert _package_of(member).name == ("dataflow" if name == "dataflow-kernel" else name.replace("-", "_"))


@pytest.mark.parametrize("key", ["version", "requires-python", "license"])
def test_distributions_agree_with_the_root(key: str) -> None:
    assert {_project_of(member)[key] for member in MEMBERS} == {PYPROJECT["project"][key]}


def test_every_package_is_known_to_every_tool() -> None:
    sources = [_relative(package.parent) for package in PACKAGES]
    tool = PYPROJECT["tool"]
    mypy_path = tool["mypy"]["mypy_path"].replace("$MYPY_CONFIG_FILE_DIR/", "").split(":")
    test_paths = tool["pytest"]["ini_options"]["testpaths"]
    assert sorted(tool["ruff"]["src"]) == sorted(sources)
    assert sorted(mypy_path) == sorted(sources)
    assert sorted(tool["importlinter"]["root_packages"]) == sorted(NAMES)
    assert [_relative(member / "tests") for member in MEMBERS if _relative(member / "tests") not in test_paths] == []


@pytest.mark.parametrize("name", NAMES)
def test_public_names_exist(name: str) -> None:
    package = __import__(name)
    assert [public for public in package.__all__ if not hasattr(package, public)] == []


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {_relative(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_module_names_are_nouns_of_the_field() -> None:
    vague = re.compile(r"(^|_)(manager|helper|util|base|system|enterprise|common|misc)s?(_|$)")
    assert [_relative(path) for path in MODULES if vague.search(path.stem)] == []


def test_imports_form_no_cycle() -> None:
    graph = grimp.build_graph(*NAMES, exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(imports).prepare()


def test_kernel_imports_its_four_dependencies_and_the_standard_library_only() -> None:
    graph = grimp.build_graph(
        "dataflow", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )
    imported = {module for module in graph.modules if graph.is_module_squashed(module)}
    assert imported - sys.stdlib_module_names <= {"pluggy", "attr", "attrs", "cattr", "cattrs", "importlib_metadata"}


FORBIDDEN = {
    "a machine's path": re.compile(r"(?<![\w.{}/])/(?:work|root|home|tmp|Users)/\w"),
    "unfinished work": re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"),
    "the number of an issue": re.compile(r"\b(?:issue|PR|GH|pull request)[ -]?#?\d+\b", re.IGNORECASE),
    "a skipped test": re.compile(
        r"\b(?:mark\.skip|pytest\.skip|mark\.xfail|pytest\.xfail|unittest\.mock|monkeypatch\.setattr\(time)"
    ),
    "pickle": re.compile(r"^\s*(?:import pickle|from pickle)", re.MULTILINE),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what: str) -> None:
    found = [
        f"{_relative(path)}:{text.count(chr(10), 0, match.start()) + 1}: {match.group().strip()}"
        for path in WRITTEN
        for text in [path.read_text()]
        for match in FORBIDDEN[what].finditer(text)
    ]
    assert found == []
