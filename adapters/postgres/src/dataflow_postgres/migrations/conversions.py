"""What becomes of values when a column's type changes, as far as the types tell."""

from __future__ import annotations

import re

from dataflow.migrations import Conversion

_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
_TEXT = re.compile(r"(?:text|character varying|character)(?:\((\d+)\))?")


def conversion(before: str, after: str, column: str) -> Conversion | None:
    """Between texts and between whole numbers; into text nothing is lost; of others only trying tells."""
    old, new = _TEXT.fullmatch(before), _TEXT.fullmatch(after)
    if new is not None:
        loses = f"char_length({column}::text) > {new[1]}" if new[1] is not None else ""
        return Conversion(loses, is_alike=old is not None)
    if before in _BITS and after in _BITS:
        bits = _BITS[after]
        is_wider = bits >= _BITS[before]
        loses = "" if is_wider else f"{column} NOT BETWEEN {-(2 ** (bits - 1))} AND {2 ** (bits - 1) - 1}"
        return Conversion(loses, is_alike=True)
    return None
