"""The Python type of a column, such that the adapter finds that the column holds the field's values."""

from __future__ import annotations

import re

import attrs

from dataflow.migrations import Column
from dataflow_migrations.reflecting.constants import text_literal


@attrs.frozen
class PythonType:
    """``spelling`` as an annotation has it, ``kind`` without its choices."""

    kind: str
    spelling: str
    max_length: int | None = None


_POSTGRES = {
    **dict.fromkeys(("text", "character varying", "character", "citext"), "str"),
    **dict.fromkeys(("smallint", "integer", "bigint"), "int"),
    **dict.fromkeys(("real", "double precision"), "float"),
    "numeric": "Decimal",
    "boolean": "bool",
    "timestamp with time zone": "dt.datetime",
    "date": "dt.date",
    "time without time zone": "dt.time",
    "interval": "dt.timedelta",
    "uuid": "UUID",
    "bytea": "bytes",
    "jsonb": "dict",
}
_MYSQL = {
    **dict.fromkeys(("varchar", "char", "text", "tinytext", "mediumtext", "longtext"), "str"),
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint"), "int"),
    **dict.fromkeys(("float", "double"), "float"),
    **dict.fromkeys(("varbinary", "binary", "blob", "tinyblob", "mediumblob", "longblob"), "bytes"),
    "decimal": "Decimal",
    "datetime": "dt.datetime",
    "timestamp": "dt.datetime",
    "date": "dt.date",
    "time": "dt.time",
    "uuid": "UUID",
    "json": "dict",
}
_CHOICE = re.compile(r"'((?:[^']|'')*)'")
_SIZED = re.compile(r"(?:character varying|character|varchar|char|varbinary|binary)\((\d+)\)", re.IGNORECASE)


def python_type(column: Column, dialect: str) -> PythonType | None:
    """None where no field's values are kept in such a column."""
    if dialect == "sqlite":
        kind = _sqlite(column.type)
    elif dialect == "postgresql":
        kind = _POSTGRES.get(re.sub(r"\([\d,]+\)", "", column.type))
    else:
        kind = _mysql(column)
        if kind is None and column.type.startswith("enum("):
            choices = [one.replace("''", "'") for one in _CHOICE.findall(column.type)]
            return PythonType("str", f"Literal[{', '.join(map(text_literal, choices))}]")
    size = _SIZED.match(column.type) if kind in ("str", "bytes") else None
    return None if kind is None else PythonType(kind, kind, int(size[1]) if size else None)


def _sqlite(declared: str) -> str | None:
    """By SQLite's own rules of affinity; what it may keep as any number or text is no field's."""
    name = declared.upper()
    if "INT" in name:
        return "int"
    if any(part in name for part in ("CHAR", "CLOB", "TEXT")):
        return "str"
    if "BLOB" in name or not name:
        return "bytes" if name else None
    return "float" if any(part in name for part in ("REAL", "FLOA", "DOUB")) else None


def _mysql(column: Column) -> str | None:
    name = column.type
    if name == "tinyint(1)":
        return "bool"
    if name == "char(36)" and column.collation == "ascii_bin":
        return "UUID"
    kind = _MYSQL.get(re.split(r"[( ]", name, maxsplit=1)[0])
    return "dict" if kind == "str" and "json_valid" in column.options.get("check", "") else kind
