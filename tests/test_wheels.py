"""What a user gets: every distribution as built, installed together in an environment outside this tree.

Nothing is downloaded: the third-party libraries are copied from the environment that runs the tests.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECTS = [ROOT, *(path.parent for path in sorted(ROOT.glob("*/**/pyproject.toml")) if ".venv" not in path.parts)]
README_PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)


def _run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _install(bin: Path, *arguments: str | Path) -> str:
    """Let this environment's pip install into another, which needs none of its own."""
    return _run(sys.executable, "-m", "pip", "--python", bin / "python", "install", "--no-index", *arguments, cwd=bin)


def _build(project: Path, target: Path) -> None:
    """Build as a release does: a source archive from the tree, then the wheel from that archive alone."""
    _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", target, cwd=project)
    (archive,) = target.glob("*.tar.gz")
    _run(sys.executable, "-m", "tarfile", "-e", archive, target, cwd=target)
    unpacked = target / archive.name.removesuffix(".tar.gz")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target, cwd=unpacked)


def _name_of(project: Path) -> str:
    """The part of a member's name that is its own."""
    name: str = tomllib.loads((project / "pyproject.toml").read_text())["project"]["name"]
    return name.removeprefix("dataflow-")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with the wheel of every distribution."""
    folder = tmp_path_factory.mktemp("wheels")
    for project in PROJECTS:
        target = tmp_path_factory.mktemp("build")
        _build(project, target)
        for wheel in target.glob("*.whl"):
            shutil.move(wheel, folder)
    return folder


def _third_party(names: list[str]) -> Iterator[Distribution]:
    seen = set(names)
    while names:
        found = distribution(names.pop())
        if not found.metadata["Name"].startswith("dataflow"):
            yield found
        for requirement in map(Requirement, found.requires or ()):
            wanted = requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in ("", "asyncio", "parquet")
            )
            if wanted and requirement.name not in seen:
                seen.add(requirement.name)
                names.append(requirement.name)


def _copy(found: Distribution, site_packages: Path, within: str = "") -> None:
    """Copy a distribution; of its files those whose paths have ``within``."""
    for file in found.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts and within in str(file):
            (site_packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(found.locate_file(file)), site_packages / file)


@pytest.fixture(scope="module")
def scripts(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install `dataflow` without extras into a new environment, and give the folder of its commands."""
    environment = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=environment)
    python = environment / "bin" / "python"
    site_packages = Path(
        _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=environment).strip()
    )
    for found in _third_party(["dataflow"]):
        _copy(found, site_packages)
    _install(python.parent, "--quiet", "--no-compile", "--find-links", wheels, "dataflow==0.1.0")
    return python.parent


def test_there_is_one_pure_wheel_per_distribution(wheels: Path) -> None:
    names = sorted(path.name for path in wheels.iterdir())
    packages = sorted(_name_of(project) for project in PROJECTS[1:])
    wanted = [f"dataflow_{one.replace('-', '_')}-0.1.0-py3-none-any.whl" for one in packages]
    assert names == sorted(["dataflow-0.1.0-py3-none-any.whl", *wanted])


def test_root_wheel_holds_no_code(wheels: Path) -> None:
    with zipfile.ZipFile(wheels / "dataflow-0.1.0-py3-none-any.whl") as wheel:
        assert {name.partition("/")[0] for name in wheel.namelist()} == {"dataflow-0.1.0.dist-info"}


def test_wheels_carry_types_licence_and_description(wheels: Path) -> None:
    for path in wheels.iterdir():
        with zipfile.ZipFile(path) as wheel:
            names = wheel.namelist()
            (metadata,) = (wheel.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names), path.name
        assert path.name.startswith("dataflow-0") or any(name.endswith("/py.typed") for name in names), path.name
        assert HeaderParser().parsestr(metadata).get_payload(), path.name
        assert [name for name in names if "/tests/" in name and "/template/" not in name] == []


def test_readme_program_runs_from_installed_wheels(scripts: Path, tmp_path: Path) -> None:
    program = README_PROGRAM.search((ROOT / "README.md").read_text())
    assert program
    (tmp_path / "app.py").write_text(program[1])
    assert _run(scripts / "python", "app.py", cwd=tmp_path) == "Alice\n"


@pytest.mark.parametrize("command", ["dataflow", "kailash-dataflow"])
def test_command_is_installed_under_both_names(scripts: Path, tmp_path: Path, command: str) -> None:
    assert "Usage" in _run(scripts / command, "--help", cwd=tmp_path)


def test_demo_runs_from_installed_wheels(scripts: Path, tmp_path: Path) -> None:
    assert _run(scripts / "dataflow", "demo", cwd=tmp_path)


def test_extras_resolve_to_the_wheels_beside_them(scripts: Path, wheels: Path) -> None:
    site_packages = next((scripts.parent / "lib").glob("python*/site-packages"))
    for found in _third_party([f"dataflow-{_name_of(project)}" for project in PROJECTS[1:]]):
        # what pip asks of an installed library
        _copy(found, site_packages, ".dist-info")
    plan = _install(scripts, "--dry-run", "--find-links", wheels, "dataflow[all]==0.1.0")
    extras = (
        "checkpoints",
        "files",
        "foreign-keys",
        "generate-data",
        "locks",
        "migrations",
        "mysql",
        "otel",
        "postgres",
        "profile",
        "testkit",
        "trace",
        "visualize",
    )
    assert plan.splitlines()[-1] == "Would install " + " ".join(f"dataflow-{one}-0.1.0" for one in extras)
