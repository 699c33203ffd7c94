"""The name of a model's table: the class name in snake_case, plural by rule, without a list of exceptions."""

from __future__ import annotations

import re
import unicodedata

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


#: which tables of PostgreSQL have by themselves
POSTGRES_COLUMNS = frozenset(("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"))
#: bytes; PostgreSQL cuts longer names off, and MySQL refuses them at 64 characters
MAX_NAME = 63


def name_fault(name: str) -> str | None:
    """Why some database would not take a name of a table, column or index; None when all take it."""
    if not name.strip():
        return "it is empty"
    if "\0" in name:
        return "it holds a NUL character"
    if any(unicodedata.category(one) == "Cc" for one in name):
        return "it holds a control character"
    if any("\ud800" <= one <= "\udfff" for one in name):
        return "it holds half of a surrogate pair, which is no text"
    if any(one > "\uffff" for one in name):
        return "MySQL takes no characters beyond U+FFFF in names"
    if name.endswith(" "):
        return "MySQL takes no names that end in a space"
    size = len(name.encode())
    return None if size <= MAX_NAME else f"it has {size} bytes, and PostgreSQL takes {MAX_NAME}"


def is_kept_by_sqlite(name: str) -> bool:
    """Whether SQLite keeps a name of a table or index for itself."""
    return name.lower().startswith("sqlite_")
