"""The page of every code, shipped with the package and read offline."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=32)
def page_of(code: str) -> str | None:
    """The Markdown text of a code's page; None when there is no such code."""
    if not code.replace("-", "").isalnum():
        return None
    page = resources.files("dataflow.diagnostics") / "pages" / f"{code.upper()}.md"
    return page.read_text(encoding="utf-8") if page.is_file() else None
