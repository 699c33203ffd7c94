"""How the columns of an answer become values; both drivers take functions from the text that the server sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from pymysql.constants import FIELD_TYPE
from pymysql.converters import convert_timedelta


def _decimal(text: str) -> Decimal:
    # without the zeros that the scale of the column adds
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _time(text: str) -> Any:
    try:
        return time.fromisoformat(text)
    except ValueError:
        # a column of a user's own may hold more than a day, or less than nothing
        return convert_timedelta(text)


def _moment(text: str) -> Any:
    try:
        return datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        # such as 0000-00-00 00:00:00
        return text


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


#: how the columns of an answer become values; what is not here is text or bytes as it came
READERS: Mapping[int, Callable[[Any], Any]] = {
    **dict.fromkeys(
        (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR), int
    ),
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
    FIELD_TYPE.DECIMAL: _decimal,
    FIELD_TYPE.NEWDECIMAL: _decimal,
    FIELD_TYPE.DATETIME: _moment,
    FIELD_TYPE.TIMESTAMP: _moment,
    FIELD_TYPE.DATE: _day,
    FIELD_TYPE.TIME: _time,
}  # fmt: skip
