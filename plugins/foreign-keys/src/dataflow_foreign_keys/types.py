"""Whether the two columns of a reference are of one type and collation, as far as the database cares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dataflow.migrations import Column, SchemaSnapshot
from dataflow_foreign_keys.keys import ForeignKey, columns_by_name

_LENGTH = re.compile(r"\(.*?\)")
#: on PostgreSQL they are compared as the same
_TEXTS = frozenset(("text", "character varying", "varchar"))


def differing(key: ForeignKey, snapshot: SchemaSnapshot) -> Iterator[tuple[Column, Column, str]]:
    """The pairs that differ, with the word for what does."""
    child, parent = columns_by_name(key.constrained, snapshot), columns_by_name(key.referred, snapshot)
    for own, other in key.pairs:
        if own in child and other in parent:
            here, there = child[own], parent[other]
            if _kind(here, snapshot.dialect) != _kind(there, snapshot.dialect):
                yield here, there, "type"
            elif here.collation != there.collation:
                yield here, there, "collation"


def _kind(column: Column, dialect: str) -> str:
    name = " ".join(_LENGTH.sub(" ", column.type.lower()).split())
    if dialect == "sqlite":
        return _affinity(name)
    return "text" if dialect == "postgresql" and name in _TEXTS else name


def _affinity(name: str) -> str:
    """SQLite's own rule: the first word that a type's name contains."""
    for words, affinity in (
        (("int",), "integer"),
        (("char", "clob", "text"), "text"),
        (("blob",), "blob"),
        (("real", "floa", "doub"), "real"),
    ):
        if any(word in name for word in words):
            return affinity
    return "numeric" if name else "blob"
