"""Texts as they stand in a picture: how wide, how long, escaped."""

from __future__ import annotations

import functools
import unicodedata

from dataflow.workflows import svg

__all__ = ["TITLE", "TITLE_SIZE", "TYPE", "TYPE_SIZE", "cut", "escape", "text_width"]

#: monospaced everywhere, so that widths are known without a font: no common one has wider characters than 0.61 em
TITLE_SIZE, TYPE_SIZE = 13, 11
TITLE, TYPE = TITLE_SIZE * 0.61, TYPE_SIZE * 0.61


# types and labels come again and again
escape = functools.lru_cache(maxsize=4096)(svg.escape)


@functools.lru_cache(maxsize=4096)
def text_width(text: str, character: float) -> float:
    """How wide a text is; characters of East Asian scripts and pictures are as wide as two."""
    if text.isascii():
        return len(text) * character
    # a combining mark has no width of its own, but not every font knows that
    return character * sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text) * 1.1


def cut(text: str, length: int) -> str:
    """A text no longer than this."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
