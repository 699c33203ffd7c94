"""Builds the site from the pages: ``make site``.

They are copied first, with those of the errors and of the distributions, which stand elsewhere. A picture in Mermaid
becomes one that needs no script: its workflow is in the program before it.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from sphinx.cmd.build import build_main

from dataflow import Workflow
from dataflow.diagnostics import CATALOGUE

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGES = ROOT / "kernel" / "src" / "dataflow" / "diagnostics" / "pages"
SITE = ROOT / "build" / "site"
_LINK = re.compile(r"(?:\.\./)+(?:kernel|plugins)/[\w/-]+/pages/([A-Z0-9]+-\w+)\.md")
_README = re.compile(r"(?:\.\./)+(?:plugins|adapters)/([\w-]+)/README\.md")
_DOCS = re.compile(r"\((?:\.\./)+docs/")
_PICTURE = re.compile(
    r"^```python\n(?P<program>.*?)^```$(?P<between>.*?)^```mermaid\n(?P<mermaid>.*?)^```$", re.M | re.S
)
#: a list item of links, or a chapter with a page of its own: ``- Concepts: [why](concepts/why.md), ...``
_CHAPTER = re.compile(r"^- (?P<name>[^\[\n:]*)(?P<rest>(?:.|\n  )*)", re.MULTILINE)
_TARGET = re.compile(r"\[([^\]]*)\]\(([^)]*)\.md\)")


def stage(target: Path) -> None:
    """Copy every page to where it is built."""
    shutil.rmtree(target, ignore_errors=True)
    for page in DOCS.rglob("*.md"):
        place = target / page.relative_to(DOCS)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_pictured(_linked(page.read_text(), place.parent, target), place))
    pages = [PAGES / f"{code}.md" for code in CATALOGUE] + sorted(ROOT.glob("plugins/*/src/*/pages/*.md"))
    for page in pages:
        shutil.copy(page, target / "errors" / page.name)
    shutil.copy(ROOT / "CHANGELOG.md", target / "changelog.md")
    (target / "distributions").mkdir()
    for readme in sorted([*ROOT.glob("adapters/*/README.md"), *ROOT.glob("plugins/*/README.md")]):
        (target / "distributions" / f"{readme.parent.name}.md").write_text(_DOCS.sub("(../", readme.read_text()))
    shutil.copy(DOCS / "conf.py", target / "conf.py")
    _append(target / "errors" / "index.md", toctree([(page.stem, "") for page in pages]))
    for name in ("hooks", "decisions", "troubleshooting"):
        named = sorted(one.stem for one in (target / name).glob("*.md") if one.stem != "index")
        _append(target / name / "index.md", toctree([(one, "") for one in named]))
    _append(target / "index.md", "\n".join(chapters((DOCS / "index.md").read_text())))


def chapters(index: str) -> Iterator[str]:
    """The table of contents for each chapter that the start page lists."""
    for chapter in _CHAPTER.finditer(index):
        links = [(path, title[:1].upper() + title[1:]) for title, path in _TARGET.findall(chapter["rest"])]
        yield toctree(links, chapter["name"].strip())
    readmes = sorted([*ROOT.glob("adapters/*/README.md"), *ROOT.glob("plugins/*/README.md")])
    yield toctree([(f"distributions/{one.parent.name}", "") for one in readmes], "Distributions")
    yield toctree([("changelog", "Changes")], "More")


def toctree(pages: list[tuple[str, str]], caption: str = "") -> str:
    named = [f":caption: {caption}"] if caption else []
    listed = [f"{title} <{path}>" if title else path for path, title in pages]
    return "\n".join(["", "```{toctree}", ":hidden:", *named, "", *listed, "```", ""])


def _linked(text: str, here: Path, top: Path) -> str:
    up = "../" * len(here.relative_to(top).parts)
    return _README.sub(rf"{up}distributions/\1.md", _LINK.sub(rf"{up}errors/\1.md", text))


def _pictured(text: str, page: Path) -> str:
    return _PICTURE.sub(lambda found: _drawn(found, page), text)


def _drawn(found: re.Match[str], page: Path) -> str:
    """The program's workflow that the Mermaid text is of, as a picture beside the page."""
    namespace: dict[str, object] = {}
    exec(compile(found["program"], str(page), "exec", dont_inherit=True), namespace)  # the page's own
    workflows = {name: one for name, one in namespace.items() if isinstance(one, Workflow)}
    name = next(name for name, one in workflows.items() if one.to_mermaid() == found["mermaid"])
    page.with_name(f"{name}.svg").write_text(workflows[name].to_svg())
    return f"```python\n{found['program']}```{found['between']}![the workflow '{name}']({name}.svg)"


def _append(page: Path, text: str) -> None:
    page.write_text(page.read_text() + "\n" + text)


def main() -> int:
    stage(SITE / "pages")
    arguments = ["-W", "--keep-going", "-q", "-j", "auto", "-d", str(SITE / "doctrees")]
    return build_main([*arguments, "-b", "dirhtml", str(SITE / "pages"), str(SITE / "html")])


if __name__ == "__main__":
    sys.exit(main())
