"""Names and texts as SQL writes them."""

from __future__ import annotations

from collections.abc import Iterable

from dataflow.migrations import ObjectRef


def quoted(name: str) -> str:
    """A name as SQL writes it; always in quotes, so that no word of a later server is in the way."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def dotted(name: str, schema: str = "") -> str:
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def qualified(ref: ObjectRef) -> str:
    """An object that is no part of a table."""
    return dotted(ref.name, ref.schema)


def owner_of(ref: ObjectRef) -> str:
    """The table that an object is part of."""
    return dotted(ref.table, ref.schema)


def comment_on(what: str, comment: str) -> str:
    return f"COMMENT ON {what} IS {text(comment) if comment else 'NULL'}"


def with_settings(settings: str) -> str:
    """Settings as the catalogue has them, with their values as literals."""
    pairs = (one.partition("=") for one in settings.split(", "))
    return ", ".join(f"{name} = {text(value)}" for name, _, value in pairs)
