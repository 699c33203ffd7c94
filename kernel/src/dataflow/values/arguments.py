"""Values on their way between Python code, such as a function's arguments: containers may hold anything.

What a database stores in a dict or a list is JSON, and is checked as such. What one step hands to the next is
whatever Python has: a page of records holds dates and decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataflow.models.types import FieldType
from dataflow.values.coercion import coerce
from dataflow.values.faults import ValueFault
from dataflow.values.structures import coerce_list, coerce_mapping


def as_argument(field_type: FieldType, value: Any) -> Any:
    """The value as its type holds it; a container without item types is only asked to be one.

    :raises ValueFault: when that would lose or guess something.
    """
    if field_type.kind == "any" or (value is None and field_type.nullable):
        return value
    if field_type.kind == "dict":
        return _instance(value, Mapping, "a dict")
    if field_type.kind == "list" and field_type.item is None:
        return _instance(value, list | tuple, "a list")
    if field_type.kind == "list":
        return coerce_list(field_type, value, as_argument)
    if field_type.kind == "mapping":
        return coerce_mapping(field_type, value, as_argument)
    return coerce(field_type, value)


def _instance(value: Any, kind: Any, expected: str) -> Any:
    if not isinstance(value, kind):
        raise ValueFault(expected)
    return value
