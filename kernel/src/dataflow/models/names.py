"""Names that become identifiers of a database: what every one of them takes, and keeps as it is."""

from __future__ import annotations

import unicodedata

from dataflow.diagnostics import name_of
from dataflow.models.findings import Findings
from dataflow.models.model import Field, Index

#: bytes of UTF-8; PostgreSQL cuts longer names off without a word, so that two tables may become one
MAX_BYTES = 63
#: of a name that is not ASCII, which is all that MySQL's names can hold
_LAST = "\uffff"
_SPELLED = {"table": '__dataflow__ = {"table": "..."}', "index": 'Index(..., name="...")'}


def check_identifier(kind: str, name: str, findings: Findings) -> bool:
    """A name that is also one of Python's: of a class, or of a field."""
    why = name_fault(name) or ("is no Python name" if not name.isidentifier() else None)
    return _told(kind, name, why, findings, field=name if kind == "field" else None)


def check_table(table: str, findings: Findings) -> None:
    """The table's name, given in ``__dataflow__`` or made from the class's."""
    _told("table", table, name_fault(table), findings)


def check_indexes(indexes: tuple[Index, ...], findings: Findings) -> None:
    for index in indexes:
        if isinstance(index.name, str):
            _told("index", index.name, name_fault(index.name), findings)


def check_fields(fields: tuple[Field, ...], findings: Findings) -> None:
    for field in fields:
        check_identifier("field", field.name, findings)


def name_fault(name: str) -> str | None:
    """Why a database does not take a name; it completes "the name of ...". None when all of them do."""
    if not name:
        return "is empty"
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in name):
        return "holds a control character or a lone surrogate"
    if len(name.encode()) > MAX_BYTES:
        return f"has {len(name.encode())} bytes, of which PostgreSQL keeps {MAX_BYTES}"
    if max(name) > _LAST:
        return "holds a character that MySQL's names cannot, such as an emoji"
    return "begins or ends with a space" if name != name.strip() else None


def _told(kind: str, name: str, why: str | None, findings: Findings, field: str | None = None) -> bool:
    if why is None:
        return True
    whose = "" if kind == "model" else f" of {findings.model}"
    findings.add(
        "DF-M121",
        f"the name of {kind} {name_of(name)!r}{whose} {why}",
        "a name of the class becomes one of the database, and has to be the same on all of them",
        (f"give the {kind} another name{':' if kind in _SPELLED else ''}", _SPELLED.get(kind, "")),
        field=field,
        context={"name": name_of(name)},
    )
    return False
