"""The constant that a column's default is, as Python writes it."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation

_TEXT = re.compile(r"'((?:[^'\\]|'')*)'")
_CAST = re.compile(r"(?s)(.*?)::[\w \"]+(?:\([\d,]+\))?")


def text_literal(text: str) -> str:
    """A text in double quotes, as the rest of the module is written: what JSON escapes, Python reads."""
    return json.dumps(text, ensure_ascii=False)


def constant(default: str, kind: str) -> str | None:
    """None for an expression, and for kinds whose texts each database has of its own."""
    text = default.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    cast = _CAST.fullmatch(text)
    text = text if cast is None else cast[1].strip()
    quoted = _TEXT.fullmatch(text)
    if kind == "str":
        return None if quoted is None else text_literal(quoted[1].replace("''", "'"))
    value = text if quoted is None else quoted[1]
    if kind == "bool":
        return {"true": "True", "1": "True", "false": "False", "0": "False"}.get(value.lower())
    if kind not in ("int", "float", "Decimal"):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or (kind == "int" and number != int(number)):
        return None
    return {"int": lambda: str(int(number)), "float": lambda: repr(float(number))}.get(
        kind, lambda: f'Decimal("{number}")'
    )()
