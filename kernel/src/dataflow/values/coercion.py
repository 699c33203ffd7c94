"""Safe coercion: what may become a value of a type without loss or guessing, the same for every database.

The drivers disagree on odd values (3.7 into an int is 3, 3.7 or 4), so nothing reaches them unchecked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from uuid import UUID

from dataflow.diagnostics import closest, text_of
from dataflow.models.types import FieldType
from dataflow.values.documents import checked_document
from dataflow.values.faults import ValueFault
from dataflow.values.structures import coerce_list, coerce_mapping, coerce_object

__all__ = ["ValueFault", "coerce", "coercer"]

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
# a double holds every integer up to here exactly
FLOAT_EXACT = 2**53
# what DECIMAL(65, 30), the narrowest of the databases' decimals, can hold
DECIMAL_INTEGER_DIGITS, DECIMAL_FRACTION_DIGITS = 35, 30
# 64-bit microseconds
TIMEDELTA_MAX = timedelta(microseconds=INT_MAX // 1_000_000 * 1_000_000)
T = TypeVar("T")
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def coerce(field_type: FieldType, value: Any) -> Any:
    """The value as its type holds it.

    :raises ValueFault: when that would lose or guess something.
    """
    if value is None and field_type.nullable:
        return None
    return coercer(field_type)(value)


def coercer(field_type: FieldType) -> Callable[[Any], Any]:
    """The function that coerces to one type; None is not handled by it."""
    plain = _PLAIN.get(field_type.kind)
    if plain is not None:
        return plain
    structured = _STRUCTURED[field_type.kind]
    return lambda value: structured(field_type, value)


def coerce_str(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueFault("a str", f"str({text_of(value)})" if isinstance(value, int | float | UUID | Decimal) else "")
    text = str.__str__(value)
    if "\0" in text:
        raise ValueFault("text without NUL characters, which PostgreSQL cannot store", 'value.replace("\\0", "")')
    if not text.isascii() and not encodable(text):
        raise ValueFault("text that UTF-8 can encode; it holds a lone surrogate")
    return text


def encodable(text: str) -> bool:
    """Whether text has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def coerce_int(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueFault("an int; a bool is not one", str(int(value)))
    if isinstance(value, int):
        number = int(value)
    elif isinstance(value, str) and len(value) <= 20 and _INTEGER.fullmatch(value.strip()):
        number = int(value)
    elif isinstance(value, float | Decimal) and _is_whole(value):
        number = int(value)
    else:
        lossy = isinstance(value, float | Decimal)
        raise ValueFault("an int, without a fraction" if lossy else "an int", "" if lossy else "42")
    if not INT_MIN <= number <= INT_MAX:
        raise ValueFault("an int of at most 64 bits")
    return number


def _is_whole(value: float | Decimal) -> bool:
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    return finite and value == value.__trunc__()


def coerce_float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueFault("a float; a bool is not one", str(float(value)))
    if isinstance(value, int) and abs(value) > FLOAT_EXACT:
        raise ValueFault("a float; this int has more digits than a float can hold")
    if isinstance(value, float | int):
        number = float(value)
    elif isinstance(value, str):
        number = _parsed(value, lambda text: float(_ordinary(text)), "a float", "3.5")
    else:
        raise ValueFault("a float", f"float({value!r})" if isinstance(value, Decimal) else "3.5")
    if not math.isfinite(number):
        raise ValueFault("a finite float; NaN and infinity have no common form in databases", "None")
    return number


def coerce_bool(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ValueFault("a bool", _bool_hint(value))


def _bool_hint(value: Any) -> str:
    if isinstance(value, int | float) and value in (0, 1):
        return str(bool(value))
    known = {"true": "True", "yes": "True", "1": "True", "false": "False", "no": "False", "0": "False"}
    return known.get(value.strip().lower(), "True") if isinstance(value, str) else "True"


def coerce_decimal(value: Any) -> Decimal:
    """A decimal in normal form: ``Decimal("1.50")`` and ``Decimal("1.5")`` are one value everywhere."""
    if isinstance(value, bool | float):
        raise ValueFault("a Decimal; a float is not exact", f'Decimal("{value}")')
    if isinstance(value, str):
        try:
            number = Decimal(_ordinary(value))
        except (InvalidOperation, ValueError) as error:
            raise ValueFault("a Decimal", 'Decimal("9.99")') from error
    elif isinstance(value, int | Decimal):
        number = Decimal(value)
    else:
        raise ValueFault("a Decimal", 'Decimal("9.99")')
    if not number.is_finite():
        raise ValueFault("a finite Decimal")
    return _normal(number)


def _normal(number: Decimal) -> Decimal:
    if not number:
        return Decimal(0)
    sign, digits, exponent = number.as_tuple()
    places = int(exponent)
    while digits[-1] == 0:
        digits, places = digits[:-1], places + 1
    if len(digits) + places > DECIMAL_INTEGER_DIGITS or -places > DECIMAL_FRACTION_DIGITS:
        raise ValueFault(
            f"a Decimal of at most {DECIMAL_INTEGER_DIGITS} digits before the point and {DECIMAL_FRACTION_DIGITS} after it"
        )
    if places > 0:
        digits, places = digits + (0,) * places, 0
    return Decimal((sign, digits, places))


def coerce_datetime(value: Any) -> datetime:
    """An aware datetime in UTC; a naive one is taken as UTC."""
    moment = value
    if isinstance(value, str):
        moment = _parsed(value, datetime.fromisoformat, "a datetime or its ISO 8601 text", '"2026-01-31T12:00:00Z"')
    if not isinstance(moment, datetime):
        raise ValueFault("a datetime", 'datetime.now(UTC) or "2026-01-31T12:00:00Z"')
    if type(moment) is not datetime:
        moment = datetime.combine(moment.date(), moment.timetz())
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC, fold=0)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueFault("a datetime within the years 1 to 9999 in UTC") from error


def coerce_date(value: Any) -> date:
    if isinstance(value, datetime):
        raise ValueFault("a date; a datetime would lose its time", "value.date()")
    if isinstance(value, date):
        return value if type(value) is date else date(value.year, value.month, value.day)
    if isinstance(value, str):
        return _parsed(value, date.fromisoformat, "a date or its ISO 8601 text", '"2026-01-31"')
    raise ValueFault("a date", 'date.today() or "2026-01-31"')


def coerce_time(value: Any) -> time:
    moment = value
    if isinstance(value, str):
        moment = _parsed(value, time.fromisoformat, "a time or its ISO 8601 text", '"12:30:00"')
    if not isinstance(moment, time):
        raise ValueFault("a time", 'time(12, 30) or "12:30:00"')
    if moment.tzinfo is not None:
        raise ValueFault("a time without a timezone; without a date it has no instant", "value.replace(tzinfo=None)")
    return moment.replace(fold=0)


def coerce_timedelta(value: Any) -> timedelta:
    if not isinstance(value, timedelta):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        raise ValueFault("a timedelta", f"timedelta(seconds={text_of(value)})" if number else "timedelta(minutes=5)")
    if abs(value) > TIMEDELTA_MAX:
        raise ValueFault(f"a timedelta of at most {TIMEDELTA_MAX.days} days")
    return value if type(value) is timedelta else timedelta(value.days, value.seconds, value.microseconds)


def coerce_uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        # a driver's own class of them is the same value
        return value if type(value) is UUID else UUID(int=value.int)
    if isinstance(value, str):
        return _parsed(value, UUID, "a UUID", '"7c9e6679-7425-40de-944b-e07fc1f90ae7"')
    raise ValueFault("a UUID", "uuid4()")


def coerce_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise ValueFault("bytes", "value.encode()" if isinstance(value, str) else 'b"..."')


def _coerce_enum(field_type: FieldType, value: Any) -> Any:
    if isinstance(value, field_type.python):
        return value
    for member in field_type.choices:
        if type(member.value) is type(value) and member.value == value:  # type: ignore[attr-defined]  # an enum's member
            return member
    values = ", ".join(repr(member.value) for member in field_type.choices)  # type: ignore[attr-defined]  # same
    first = field_type.choices[0]
    raise ValueFault(f"a {field_type.python.__name__} (one of {values})", str(first), "DF-N105")


def _coerce_literal(field_type: FieldType, value: Any) -> Any:
    for choice in field_type.choices:
        if type(choice) is type(value) and choice == value:
            return choice
    raise ValueFault(f"one of {', '.join(map(repr, field_type.choices))}", _nearest(field_type, value), "DF-N105")


def _nearest(field_type: FieldType, value: Any) -> str:
    texts = [one for one in field_type.choices if isinstance(one, str)]
    near = closest(value, texts) if isinstance(value, str) else []
    return repr(near[0] if near else field_type.choices[0])


def _coerce_document(field_type: FieldType, value: Any) -> Any:
    if field_type.kind == "dict" and not isinstance(value, dict):
        raise ValueFault("a dict", "{}")
    return checked_document(value)


def _ordinary(text: str) -> str:
    """The text of a number without what Python alone takes: ``1_000``, digits of other scripts.

    :raises ValueError: when there is such.
    """
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text.strip()


def _parsed(text: str, parse: Callable[[str], T], expected: str, hint: str) -> T:
    try:
        return parse(text.strip())
    except (ValueError, OverflowError) as error:
        raise ValueFault(expected, hint) from error


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "str": coerce_str,
    "int": coerce_int,
    "float": coerce_float,
    "bool": coerce_bool,
    "decimal": coerce_decimal,
    "datetime": coerce_datetime,
    "date": coerce_date,
    "time": coerce_time,
    "timedelta": coerce_timedelta,
    "uuid": coerce_uuid,
    "bytes": coerce_bytes,
}
_STRUCTURED: dict[str, Callable[[FieldType, Any], Any]] = {
    "enum": _coerce_enum,
    "literal": _coerce_literal,
    "dict": _coerce_document,
    "any": _coerce_document,
    "list": lambda field_type, value: coerce_list(field_type, value, coerce),
    "mapping": lambda field_type, value: coerce_mapping(field_type, value, coerce),
    "object": lambda field_type, value: coerce_object(field_type, value),
}
