"""Builds the site from the pages: ``make site``. They are copied first, with those of the errors, which live in the kernel."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from sphinx.cmd.build import build_main

from dataflow.diagnostics import CATALOGUE

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGES = ROOT / "kernel" / "src" / "dataflow" / "diagnostics" / "pages"
SITE = ROOT / "build" / "site"
_LINK = re.compile(r"(?:\.\./)+kernel/src/dataflow/diagnostics/pages/(DF-\w+)\.md")
#: a list item of links, or a chapter with a page of its own: ``- Concepts: [why](concepts/why.md), ...``
_CHAPTER = re.compile(r"^- (?P<name>[^\[\n:]*)(?P<rest>(?:.|\n  )*)", re.MULTILINE)
_TARGET = re.compile(r"\[([^\]]*)\]\(([^)]*)\.md\)")


def stage(target: Path) -> None:
    """Copy every page to where it is built."""
    shutil.rmtree(target, ignore_errors=True)
    for page in DOCS.rglob("*.md"):
        place = target / page.relative_to(DOCS)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_linked(page.read_text(), place.parent, target))
    for code in CATALOGUE:
        shutil.copy(PAGES / f"{code}.md", target / "errors" / f"{code}.md")
    shutil.copy(ROOT / "CHANGELOG.md", target / "changelog.md")
    shutil.copy(DOCS / "conf.py", target / "conf.py")
    _append(target / "errors" / "index.md", toctree([(code, "") for code in CATALOGUE]))
    for name in ("hooks", "decisions", "troubleshooting"):
        pages = sorted(one.stem for one in (target / name).glob("*.md") if one.stem != "index")
        _append(target / name / "index.md", toctree([(one, "") for one in pages]))
    _append(target / "index.md", "\n".join(chapters((DOCS / "index.md").read_text())))


def chapters(index: str) -> Iterator[str]:
    """The table of contents for each chapter that the start page lists."""
    for chapter in _CHAPTER.finditer(index):
        links = [(path, title[:1].upper() + title[1:]) for title, path in _TARGET.findall(chapter["rest"])]
        yield toctree(links, chapter["name"].strip())
    yield toctree([("changelog", "Changes")], "More")


def toctree(pages: list[tuple[str, str]], caption: str = "") -> str:
    named = [f":caption: {caption}"] if caption else []
    listed = [f"{title} <{path}>" if title else path for path, title in pages]
    return "\n".join(["", "```{toctree}", ":hidden:", *named, "", *listed, "```", ""])


def _linked(text: str, here: Path, top: Path) -> str:
    up = "../" * len(here.relative_to(top).parts)
    return _LINK.sub(rf"{up}errors/\1.md", text)


def _append(page: Path, text: str) -> None:
    page.write_text(page.read_text() + "\n" + text)


def main() -> int:
    stage(SITE / "pages")
    arguments = ["-W", "--keep-going", "-q", "-j", "auto", "-d", str(SITE / "doctrees")]
    return build_main([*arguments, "-b", "dirhtml", str(SITE / "pages"), str(SITE / "html")])


if __name__ == "__main__":
    sys.exit(main())
