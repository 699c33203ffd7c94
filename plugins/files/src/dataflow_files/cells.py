"""Values as plain JSON or text has them, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from dataflow.models.model import Field, Model
from dataflow.values.documents import converter

#: of these a null and an empty text cannot be told apart in a cell
_TEXT = ("str", "literal", "enum")
_BOOLS = {"true": True, "false": False, "1": True, "0": False}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    return converter().unstructure(value)


def cell(field: Field, value: Any) -> str:
    """A value as one cell of text; null is an empty one."""
    if value is None:
        return ""
    if field.type.is_json:
        return json.dumps(plain(value), ensure_ascii=False)
    written = plain(value)
    return ("true" if written else "false") if isinstance(written, bool) else str(written)


def readers(model: Model) -> Mapping[str, Callable[[Any], Any]]:
    """Per field that may be given, what makes a value of its JSON form; what is wrong is left to the model's own checks."""
    return {field.name: _reader(field) for field in model.writable}


def _reader(field: Field) -> Callable[[Any], Any]:
    if field.type.kind in ("bytes", "timedelta"):
        return lambda value: _structured(value, field.type.python)
    return lambda value: value


def _structured(value: Any, kind: type) -> Any:
    try:
        return converter().structure(value, kind)
    except (ValueError, TypeError):
        # the model's own checks say what is wrong with it
        return value


def cell_readers(model: Model) -> Mapping[str, Callable[[str], Any]]:
    """The same from a cell of text."""
    plainly = readers(model)
    return {field.name: _cell_reader(field, plainly[field.name]) for field in model.writable}


def _cell_reader(field: Field, read: Callable[[Any], Any]) -> Callable[[str], Any]:
    kind = field.type.kind

    def value(text: str) -> Any:
        if not text and (field.nullable or kind not in _TEXT):
            return None
        if kind == "bool":
            return _BOOLS.get(text.lower(), text)
        if field.type.is_json:
            return _document(text)
        if kind == "timedelta":
            return read(int(text)) if text.lstrip("-").isdecimal() else text
        if kind in ("enum", "literal"):
            return _choice(field, text)
        return read(text)

    return value


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _choice(field: Field, text: str) -> Any:
    """The choice that is written so: in text, 1 and "1" are one."""
    values = (getattr(choice, "value", choice) for choice in field.type.choices)
    return next((value for value in values if str(plain(value)) == text), text)
