"""The codes that plugins bring: each plugin owns a prefix, and a page for every code that begins with it.

A code means the same in the whole process, whichever instance's plugin raised it; so they are kept here, once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping

import attrs

from dataflow.diagnostics.catalogue import CATALOGUE, KERNEL_PREFIX, Entry

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_lock = threading.Lock()
#: by prefix: the plugin's name, and its codes
_published: dict[str, tuple[str, ErrorCodes]] = {}


@attrs.frozen
class ErrorCodes:
    """The codes of one plugin, each ``<prefix>-<number>``, where a letter may stand before the number.

    ``pages`` is a package, or a folder in one such as ``"dataflow_acme/pages"``, with a file ``<code>.md`` for each code,
    whose first line is ``# <code>: <title>``.
    """

    prefix: str
    entries: Mapping[str, Entry]
    pages: str

    def page_of(self, code: str) -> str | None:
        """The Markdown text of a code's page."""
        # it loads tempfile, shutil and the compressions, and who sees no page needs none of them
        from importlib import resources

        package, *folders = self.pages.split("/")
        try:
            page = resources.files(package).joinpath(*folders, f"{code}.md")
            return page.read_text(encoding="utf-8")
        except (OSError, ImportError, UnicodeDecodeError):
            return None

    def faults(self) -> Iterator[str]:
        """What is wrong with them, a sentence each."""
        if not _PREFIX.fullmatch(self.prefix):
            yield f"the prefix '{self.prefix}' is not two to twelve capital letters and digits that begin with a letter"
            return
        form = re.compile(rf"{self.prefix}-[A-Z]?[0-9]{{1,4}}")
        for code, entry in self.entries.items():
            page = self.page_of(code) if form.fullmatch(code) else ""
            if page == "":
                yield f"'{code}' is not '{self.prefix}-' and a number"
            elif page is None:
                yield f"'{code}' has no page '{self.pages}/{code}.md'"
            elif page.partition("\n")[0].strip() != f"# {code}: {entry.title}":
                yield f"the page of '{code}' does not begin with '# {code}: {entry.title}'"


def publish(plugin: str, codes: ErrorCodes) -> str | None:
    """Make a plugin's codes known to errors and to ``dataflow explain``; the name of the plugin that has the prefix already.

    The same plugin may bring other codes the next time: it is made for each instance, and reloaded in notebooks.
    """
    with _lock:
        owner = "dataflow" if codes.prefix == KERNEL_PREFIX else _published.get(codes.prefix, (plugin, codes))[0]
        if owner != plugin:
            return owner
        _published[codes.prefix] = plugin, codes
        return None


def is_published(plugin: str, codes: ErrorCodes) -> bool:
    """Whether a plugin has brought these very codes before, so that their pages need not be looked at again."""
    return _published.get(codes.prefix) == (plugin, codes)


def known_codes() -> Mapping[str, Entry]:
    """Every code: the framework's, then those of the plugins that some instance of this process has."""
    return {**CATALOGUE, **{code: entry for _, codes in _published.values() for code, entry in codes.entries.items()}}


def entry_of(code: str) -> Entry | None:
    """A code's title and kind, None when nobody has it."""
    found = CATALOGUE.get(code)
    if found is not None:
        return found
    published = _published.get(code.partition("-")[0])
    return None if published is None else published[1].entries.get(code)


def title_of(code: str) -> str:
    """The title of a code; empty when nobody has it."""
    entry = entry_of(code)
    return "" if entry is None else entry.title


def group_of(code: str) -> str:
    """The kind of problem; codes that nobody has stand under "Plugins"."""
    entry = entry_of(code)
    return "Plugins" if entry is None else entry.group


def page_of(code: str) -> str | None:
    """The Markdown text of a code's page, read offline; None when there is no such code."""
    code = code.upper()
    if code in CATALOGUE:
        return _FRAMEWORK.page_of(code)
    published = _published.get(code.partition("-")[0])
    return published[1].page_of(code) if published is not None and code in published[1].entries else None


_FRAMEWORK = ErrorCodes(KERNEL_PREFIX, CATALOGUE, "dataflow.diagnostics/pages")
