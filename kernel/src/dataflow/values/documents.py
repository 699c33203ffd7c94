"""Values of JSON columns: what JSON can hold, and the way of typed values into it and back."""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dataflow.diagnostics import name_of, text_of
from dataflow.models.types import FieldType
from dataflow.values.faults import ValueFault

if TYPE_CHECKING:
    import cattrs

#: MariaDB's functions take 31 levels for no JSON beyond that, and a list to look in is one of them
MAX_DEPTH = 30
#: characters of a value in a message
MAX_TEXT = 60


def checked_document(value: Any, depth: int = 0) -> Any:
    """The value as JSON holds it: None, bool, int, float, str, list and dict with str keys.

    :raises ValueFault: for anything else, for NaN, and below 30 levels.
    """
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is int:
        if not -(2**63) <= value < 2**63:
            raise ValueFault("JSON whose ints fit 64 bits")
        return value
    if kind is float and math.isfinite(value):
        return value
    return _container(value, depth)


def _container(value: Any, depth: int) -> Any:
    if depth >= MAX_DEPTH:
        raise ValueFault(f"JSON of at most {MAX_DEPTH} levels")
    if isinstance(value, list | tuple):
        return [checked_document(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): checked_document(item, depth + 1) for key, item in value.items()}
    raise ValueFault(
        f"JSON (None, bool, int, finite float, str, list, dict); it holds a {type(value).__name__}",
        "value.isoformat()" if isinstance(value, datetime | date) else "str(value)",
    )


def _key(key: Any) -> str:
    if type(key) is not str:
        raise ValueFault("JSON with str keys", f'{{"{name_of(key)}": ...}}')
    return _text(key)


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueFault("text without NUL characters, which PostgreSQL cannot store")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueFault("text that UTF-8 can encode; it holds a lone surrogate") from error
    return text


def to_document(field_type: FieldType, value: Any) -> Any:
    """A valid value as plain JSON data."""
    if value is None:
        return None
    if field_type.kind in ("dict", "any") or (field_type.kind == "list" and field_type.item is None):
        return value
    return converter().unstructure(value)


def from_document(field_type: FieldType, document: Any) -> Any:
    """The value that ``to_document`` was given."""
    if document is None or field_type.kind in ("dict", "any"):
        return document
    if field_type.kind == "list":
        item = field_type.item
        return document if item is None else [from_document(item, one) for one in document]
    if field_type.kind == "mapping":
        assert field_type.item is not None
        return {key: from_document(field_type.item, one) for key, one in document.items()}
    if field_type.kind == "literal":
        return document
    return converter().structure(document, field_type.python)


@functools.cache
def converter() -> cattrs.Converter:
    """cattrs with the JSON forms of the supported scalars; unknown keys of nested values are refused."""
    # an application whose models have no structured fields does not pay for it
    import cattrs

    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=False)
    for kind, (unstructure, structure) in _JSON_FORMS.items():
        made.register_unstructure_hook(kind, unstructure)
        made.register_structure_hook(kind, structure)
    made.register_unstructure_hook(Enum, lambda member: made.unstructure(member.value))
    for plain in (str, int, float, bool):
        made.register_structure_hook(plain, functools.partial(_exactly, plain))
    return made


def _exactly(plain: Callable[[Any], Any], value: Any, _: type) -> Any:
    if type(value) is plain or (plain is float and type(value) is int):
        return plain(value)
    raise ValueError(f"expected {plain.__name__}, got {text_of(value, MAX_TEXT)}")


def _instance_or(parse: Any, kind: type) -> Any:
    return lambda value, _: value if type(value) is kind else parse(value)


def _moment(value: str | datetime) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_JSON_FORMS: dict[type, tuple[Any, Any]] = {
    datetime: (lambda value: _moment(value).isoformat(), lambda value, _: _moment(value)),
    date: (date.isoformat, _instance_or(date.fromisoformat, date)),
    time: (time.isoformat, _instance_or(time.fromisoformat, time)),
    timedelta: (
        lambda value: value // timedelta(microseconds=1),
        _instance_or(lambda value: timedelta(microseconds=value), timedelta),
    ),
    Decimal: (str, _instance_or(lambda value: Decimal(str(value)), Decimal)),
    UUID: (str, _instance_or(UUID, UUID)),
    bytes: (lambda value: base64.b64encode(value).decode(), _instance_or(base64.b64decode, bytes)),
}
