"""What becomes of values when a column's type changes, as far as the types tell."""

from __future__ import annotations

import re

from dataflow.migrations import Conversion

#: how many bytes a text or blob type holds, of those that have a limit by themselves
_BYTES = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215, "longtext": 4_294_967_295}
_BYTES |= {name.replace("text", "blob"): limit for name, limit in _BYTES.items()}
_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
_TYPE = re.compile(r"(\w+)(?:\((\d+)\))?( unsigned)?")


def conversion(before: str, after: str, column: str) -> Conversion | None:
    """Between texts, between bytes and between whole numbers; of others only trying tells."""
    old, new = _TYPE.match(before), _TYPE.match(after)
    if old is None or new is None:
        return None
    if _is_text(old[1]) and _is_text(new[1]):
        return Conversion(_too_long(new, column, "CHAR_LENGTH"), is_alike=True)
    if _is_bytes(old[1]) and _is_bytes(new[1]):
        return Conversion(_too_long(new, column, "LENGTH"), is_alike=True)
    if old[1] in _BITS and new[1] in _BITS:
        return Conversion(_out_of_range(old, new, column), is_alike=True)
    return None


def _is_text(name: str) -> bool:
    return name in ("char", "varchar") or name.endswith("text")


def _is_bytes(name: str) -> bool:
    return name in ("binary", "varbinary") or name.endswith("blob")


def _too_long(new: re.Match[str], column: str, length: str) -> str:
    if new[2] is not None:
        return f"{length}({column}) > {new[2]}"
    return "" if new[1].startswith("long") else f"LENGTH({column}) > {_BYTES.get(new[1], 0)}"


def _out_of_range(old: re.Match[str], new: re.Match[str], column: str) -> str:
    if old[3] == new[3] and _BITS[old[1]] <= _BITS[new[1]]:
        return ""
    bits = _BITS[new[1]]
    least, most = (0, 2**bits - 1) if new[3] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return f"{column} NOT BETWEEN {least} AND {most}"
