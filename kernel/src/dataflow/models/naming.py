"""The name of a model's table: the class name in snake_case, plural by rule, without a list of exceptions."""

from __future__ import annotations

import re

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def table_name(class_name: str) -> str:
    """``User`` -> ``users``, ``OrderItem`` -> ``order_items``, ``Category`` -> ``categories``, ``Person`` -> ``persons``."""
    return plural(_WORD_START.sub("_", class_name).lower())


def plural(word: str) -> str:
    """The regular English plural; ``__dataflow__ = {"table": ...}`` is for the rest."""
    if word.endswith("y") and not word.endswith(("ay", "ey", "iy", "oy", "uy")):
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word}s"
