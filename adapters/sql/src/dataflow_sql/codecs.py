"""How values travel: from Python to what a driver binds, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs

from dataflow.models.types import FieldType, scalar
from dataflow.values.documents import from_document, to_document

Convert = Callable[[Any], Any]


@attrs.frozen
class Codec:
    """Both ways for one type; None where the driver takes and gives the value itself. Null never comes here."""

    encode: Convert | None = None
    decode: Convert | None = None


def json_codec(field_type: FieldType) -> Codec:
    """A typed document as compact JSON text."""
    dumps, loads = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode, json.loads
    if field_type.kind in ("dict", "any") or (field_type.kind == "list" and field_type.item is None):
        return Codec(dumps, loads)
    return Codec(
        lambda value: dumps(to_document(field_type, value)),
        lambda text: from_document(field_type, loads(text)),
    )


def choice_codec(field_type: FieldType, values: Codec) -> Codec:
    """An enum by the value of its member; a literal by itself."""
    if field_type.kind != "enum":
        return values
    members = {member.value: member for member in field_type.choices}  # type: ignore[attr-defined]  # enum members
    return Codec(lambda member: member.value, members.__getitem__)


def stored_kind(field_type: FieldType) -> str:
    """The kind of what is stored: that of an enum's values for the enum."""
    if field_type.kind not in ("enum", "literal"):
        return field_type.kind
    first = field_type.choices[0]
    value = getattr(first, "value", first) if field_type.kind == "enum" else first
    return scalar(type(value)).kind if type(value) in (str, int, float, bool, bytes) else "str"
