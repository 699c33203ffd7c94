"""Coercion of typed lists, mappings and nested objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dataflow.diagnostics import text_of
from dataflow.models.types import FieldType
from dataflow.values.documents import MAX_TEXT, checked_document, converter
from dataflow.values.faults import ValueFault

Coerce = Callable[[FieldType, Any], Any]


def coerce_list(field_type: FieldType, value: Any, coerce: Coerce) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueFault(f"a {field_type}", _one_item(value))
    if field_type.item is None:
        return list(checked_document(list(value)))
    return [_part(f"item {index}", field_type.item, item, coerce) for index, item in enumerate(value)]


def _one_item(value: Any) -> str:
    text = text_of(value) if isinstance(value, str | int) else ""
    return f"[{text}]" if len(text) <= MAX_TEXT else "[...]"


def coerce_mapping(field_type: FieldType, value: Any, coerce: Coerce) -> dict[str, Any]:
    item_type = field_type.item
    if not isinstance(value, dict) or item_type is None:
        raise ValueFault(f"a {field_type}", "{}")
    checked_document(dict.fromkeys(value))
    return {key: _part(f"value of '{key}'", item_type, item, coerce) for key, item in value.items()}


def _part(place: str, item_type: FieldType, item: Any, coerce: Coerce) -> Any:
    if item is None and not item_type.nullable:
        raise ValueFault(f"{place} to be {item_type}, not None")
    try:
        return coerce(item_type, item)
    except ValueFault as fault:
        raise ValueFault(f"{place} to be {fault.expected}", fault.hint, fault.code) from fault


def coerce_object(field_type: FieldType, value: Any) -> Any:
    """An instance of an attrs class, dataclass or TypedDict, from one or from a dict of its fields."""
    name = field_type.python.__name__
    is_typed_dict = hasattr(field_type.python, "__total__")
    if not isinstance(value, dict if is_typed_dict else dict | field_type.python):
        raise ValueFault(f"a {name} or a dict of its fields")
    try:
        document = converter().unstructure(value, field_type.python if is_typed_dict else None)
        checked_document(document)
        return converter().structure(document, field_type.python)
    except ValueFault:
        raise
    except KeyError as error:
        raise ValueFault(f"a {name} or a dict of its fields; {error} is missing") from error
    except Exception as error:  # cattrs raises what the class's own constructor raises
        raise ValueFault(f"a {name} or a dict of its fields ({error})") from error
