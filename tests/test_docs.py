"""What the documentation promises about itself: generated pages are fresh, every hook has a page, every link leads somewhere."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from dataflow.plugins.hookspecs import Hooks
from dataflow.plugins.signatures import declaration

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
HOOKS = [name for name in vars(Hooks) if name.startswith("dataflow_")]
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("*/*/README.md"), *ROOT.glob("*/README.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_fresh() -> None:
    stale = [path.name for path, text in _generator().generated().items() if path.read_text() != text]
    assert stale == [], "run 'make docs'"


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_has_a_page_headed_by_its_signature(hook: str) -> None:
    page = (DOCS / "hooks" / f"{hook}.md").read_text()
    assert page.startswith(f"# {hook}\n\n```text\n{declaration(hook)}\n```\n")
    assert "## Example" in page


def test_no_page_describes_a_hook_that_is_gone() -> None:
    assert {path.stem for path in (DOCS / "hooks").glob("dataflow_*.md")} == set(HOOKS)


def test_picture_of_the_workflow_is_the_one_that_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = DOCS / "concepts" / "workflows.md"
    program, shown = (
        re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)[0]
        for language in ("python", "mermaid")
    )
    namespace: dict[str, object] = {}
    exec(compile(program, str(page), "exec", dont_inherit=True), namespace)
    assert namespace["picture"] == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = [match[1] for match in LINK.finditer(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))]
    assert [target for target in targets if not (page.parent / target).exists()] == []
