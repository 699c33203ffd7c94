"""The words that choose among events: those of the lines that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import get_args

from dataflow.runtimes.events import Area

#: each word, and the areas of events that it stands for
AREAS: Mapping[str, tuple[Area, ...]] = MappingProxyType(
    {
        "init": ("init",),
        "model": ("model",),
        "nodes": ("nodes",),
        "cache": ("cache",),
        "exec": ("exec", "progress"),
        "sql": ("sql", "scope"),
        "result": ("result", "skip"),
        "migration": ("migration",),
    }
)
EVERYTHING: frozenset[Area] = frozenset(get_args(Area))


def words_of(text: str) -> list[str]:
    """The words of a text, which commas part."""
    return [word for part in text.split(",") if (word := part.strip().lower())]


def unknown_area(words: Iterable[str]) -> str | None:
    """The first word that stands for nothing."""
    return next((word for word in words if word not in AREAS), None)


def areas_of(words: Iterable[str]) -> frozenset[Area]:
    """The areas that some known words stand for."""
    return frozenset(area for word in words for area in AREAS[word])


def chosen_areas(debug: bool | str) -> frozenset[Area]:
    """The areas that the option ``debug`` asks for: all, none, or those of its words."""
    if isinstance(debug, str):
        return areas_of(words_of(debug))
    return EVERYTHING if debug else frozenset()
