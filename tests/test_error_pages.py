"""Every code has a page, and every page is true: its first program raises the code, its second runs."""

from __future__ import annotations

import linecache
import os
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataflow.diagnostics import CATALOGUE, DataFlowError, DataFlowWarning, page_of

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "docs" / "errors" / "index.md"
CODE = re.compile(r"DF-[A-Z][0-9]+")
#: what only lists codes: the catalogue itself, and the exceptions' classes
LISTS = ("catalogue.py", "errors.py")
SECTIONS = ["Wrong", "Right", "Why", "Related"]


def sections(code: str) -> dict[str, str]:
    """A page's text by heading; what stands before the first heading under the empty one."""
    page = page_of(code)
    assert page is not None, f"{code} has no page"
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def program(code: str, section: str) -> str:
    """The one Python block of a section."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", sections(code)[section], flags=re.MULTILINE | re.DOTALL)
    return str(block)


def run(code: str, section: str) -> tuple[list[str], list[str]]:
    """Run a page's program: the codes of what it raised, and of the warnings it gave."""
    source, file = program(code, section), f"<{code} {section.lower()}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("error")
        warnings.simplefilter("always", DataFlowWarning)
        raised = []
        try:
            exec(compile(source, file, "exec", dont_inherit=True), {"__name__": file})
        except DataFlowError as error:
            raised = [error.code]
    return raised, [one.message.problem.code for one in given if isinstance(one.message, DataFlowWarning)]


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each program runs in a directory of its own; what it changes of the process is put back."""
    for name in [name for name in os.environ if name.startswith("DATAFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    environ, modules = dict(os.environ), set(sys.modules)
    yield
    os.environ.clear()
    os.environ.update(environ)
    for name in set(sys.modules) - modules:
        # the framework's own modules stay: two copies of a class are not equal
        if not name.partition(".")[0].startswith("dataflow"):
            file = getattr(sys.modules[name], "__file__", None)
            if file is not None and Path(file).is_relative_to(tmp_path):
                del sys.modules[name]


@pytest.mark.parametrize("code", CATALOGUE)
def test_page_has_the_title_and_the_sections(code: str) -> None:
    page = sections(code)
    title, _, summary = page[""].partition("\n")
    assert title == f"# {code}: {CATALOGUE[code].title}"
    assert summary.strip()
    assert list(page) == ["", *SECTIONS]


#: pages whose programs need a server; they are written for PostgreSQL
SERVED = [code for code in CATALOGUE if "DATABASE_URL" in (page_of(code) or "")]
ALONE = [code for code in CATALOGUE if code not in SERVED]


@pytest.mark.parametrize("code", ALONE)
def test_wrong_program_raises_the_code(code: str) -> None:
    expected: tuple[list[str], list[str]] = ([], [code]) if code.startswith("DF-C2") else ([code], [])
    assert run(code, "Wrong") == expected


@pytest.mark.parametrize("code", ALONE)
def test_right_program_runs(code: str) -> None:
    assert run(code, "Right") == ([], [])


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("section", ["Wrong", "Right"])
@pytest.mark.parametrize("code", SERVED)
def test_programs_of_a_server_hold_too(
    code: str, section: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert run(code, section) == (([code] if section == "Wrong" else []), [])


@pytest.mark.parametrize("code", CATALOGUE)
def test_related_codes_exist(code: str) -> None:
    related = sections(code)["Related"].strip().split(", ")
    assert [one for one in related if one not in CATALOGUE or one == code] == []


def test_no_page_is_left_over() -> None:
    pages = ROOT / "kernel/src/dataflow/diagnostics/pages"
    assert sorted(file.stem for file in pages.glob("*.md")) == sorted(CATALOGUE)


def test_released_code_keeps_its_meaning() -> None:
    # what somebody has written down, searched for or silenced may not become something else
    lines = (ROOT / "tests" / "released_codes.txt").read_text(encoding="utf-8").splitlines()
    released = dict(line.split(" ", 1) for line in lines)
    assert len(released) == len(lines)
    assert released == {code: CATALOGUE[code].title if code in CATALOGUE else "missing" for code in released}


def used_codes() -> set[str]:
    """Every code that stands in a source of a distribution."""
    sources = [file for area in ("kernel", "adapters/*", "plugins/*") for file in ROOT.glob(f"{area}/src/**/*.py")]
    texts = [
        file.read_text(encoding="utf-8")
        for file in sources
        if file.name not in LISTS or "diagnostics" not in file.parts
    ]
    return {code for text in texts for code in CODE.findall(text)}


def test_codes_of_the_sources_are_in_the_catalogue() -> None:
    # a family, such as DF-C2, is named by its beginning
    assert [one for one in sorted(used_codes()) if not any(code.startswith(one) for code in CATALOGUE)] == []


def test_codes_of_the_catalogue_are_used() -> None:
    assert sorted(set(CATALOGUE) - used_codes()) == []


def test_index_lists_the_codes_in_order() -> None:
    lines = [line for line in INDEX.read_text(encoding="utf-8").splitlines() if CODE.search(line)]
    assert [CODE.findall(line)[0] for line in lines] == list(CATALOGUE)
    assert [line for line, entry in zip(lines, CATALOGUE.values(), strict=True) if entry.title not in line] == []
