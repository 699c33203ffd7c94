"""Domains of numbers and moments: grids between their bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dataflow.models.model import Bounds, Field
from dataflow_generate_data.domains import Domain, Grid

#: the range of numbers whose name says nothing
USUAL = (0, 1000)
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
# the same for every day on which data is made
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2025, 12, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: numbers by a word of the field's name
RANGES: Mapping[str, tuple[float, float]] = {
    "age": (18, 90), "price": (1, 500), "cost": (1, 500), "amount": (1, 1000), "total": (1, 2000), "balance": (0, 10_000),
    "salary": (20_000, 150_000), "quantity": (1, 10), "qty": (1, 10), "count": (0, 100), "stock": (0, 500), "rating": (1, 5),
    "score": (0, 100), "percent": (0, 100), "percentage": (0, 100), "discount": (0, 50), "rate": (0, 1), "ratio": (0, 1),
    "year": (1990, 2025), "month": (1, 12), "day": (1, 28), "hour": (0, 23), "minute": (0, 59), "weight": (1, 100),
    "height": (1, 200), "latitude": (-90, 90), "lat": (-90, 90), "longitude": (-180, 180), "lng": (-180, 180),
    "lon": (-180, 180), "port": (1024, 65535), "priority": (1, 5), "position": (1, 100), "rank": (1, 100), "level": (1, 10),
    "views": (0, 10_000), "likes": (0, 1000), "duration": (1, 600), "size": (1, 10_000),
}  # fmt: skip


def quantity(field: Field, needed: int = 0) -> Domain:
    """The domain of a field whose kind has an order.

    :param needed: how many different values it should have, where its bounds have room for them.
    """
    return _GRIDS[field.type.kind](field.bounds, _range(field.name), max(100, needed))


def _range(name: str) -> tuple[float, float]:
    words = name.lower().split("_")
    return next((RANGES[word] for word in reversed(words) if word in RANGES), USUAL)


def _grid(least: int, most: int, usual: tuple[int, int], of: Callable[[int], Any], needed: int = 0) -> Grid:
    """All from ``least`` to ``most``, of which the usual ones are drawn where there are any.

    :param needed: where that many are usual, there are no others.
    """
    low, high = max(least, usual[0]), min(most, usual[1])
    if low > high:
        # everything is below or above what is usual: as many as that beside it
        width = usual[1] - usual[0]
        low, high = (least, min(most, least + width)) if least > usual[1] else (max(least, most - width), most)
    is_enough = 0 < needed <= high - low
    return Grid(low, high, of) if is_enough else Grid(least, most, of, low, high)


def _ints(bounds: Bounds, usual: tuple[float, float], needed: int) -> Grid:
    """Where one limit is missing, 31 bits beyond the other: what every program can hold."""
    least = None if bounds.ge is None else int(str(bounds.ge))
    most = None if bounds.le is None else int(str(bounds.le))
    if least is None:
        least = 0 if most is None else max(INT_MIN, most - 2**31)
    if most is None:
        most = min(INT_MAX, max(2**31 - 1, least + 2**31))
    return _grid(least, most, (math.ceil(usual[0]), math.floor(usual[1])), int)


def _decimals(bounds: Bounds, usual: tuple[float, float], needed: int) -> Grid:
    least, most = _span(bounds, usual, Decimal)
    for places in range(2, 31):
        step = Decimal(1).scaleb(-places)
        first, last = math.ceil(least / step), math.floor(most / step)
        if last - first >= needed or (last >= first and least == most):
            break
    scaled = (math.ceil(Decimal(str(usual[0])) / step), math.floor(Decimal(str(usual[1])) / step))
    return _grid(first, last, scaled, lambda number: _normal(number, places))


def _normal(number: int, places: int) -> Decimal:
    made = Decimal(number).scaleb(-places)
    # a decimal has one form everywhere: no zeros behind the last digit, no exponent
    return made.quantize(Decimal(1)) if made == made.to_integral_value() else made.normalize()


def _floats(bounds: Bounds, usual: tuple[float, float], needed: int) -> Grid:
    least, most = _span(bounds, usual, float)
    for places in range(2, 15):
        scale = 10.0**places
        if max(abs(least), abs(most)) * scale > 2**52:
            break
        if math.floor(most * scale) - math.ceil(least * scale) >= needed:
            return _rounded(least, most, usual, scale)
    # closer together than decimals tell apart: as many steps as a double has there
    steps = max(0, min(2**40, int((most - least) / math.ulp(max(abs(least), abs(most), 1e-300)))))
    return Grid(0, steps, lambda number: min(most, least + (most - least) * (number / steps)) if steps else least)


def _rounded(least: float, most: float, usual: tuple[float, float], scale: float) -> Grid:
    first, last = math.ceil(least * scale), math.floor(most * scale)
    return _grid(first, last, (round(usual[0] * scale), round(usual[1] * scale)), lambda number: number / scale)


def _span(bounds: Bounds, usual: tuple[float, float], kind: Callable[[str], Any]) -> tuple[Any, Any]:
    """What a number lies between; where one limit is missing, what is usual, or as much as that beyond the other."""
    low, high = kind(str(usual[0])), kind(str(usual[1]))
    least: Any = bounds.ge if bounds.ge is not None else low
    most: Any = bounds.le if bounds.le is not None else high
    width = max(high - low, abs(least) / 1000, abs(most) / 1000)
    if bounds.ge is None:
        least = min(low, most - width)
    if bounds.le is None:
        most = max(high, least + width)
    if most - least > 2**40:
        # a double has no decimals left in so wide a span
        least, most = (max(least, low), min(most, high)) if least <= high and most >= low else (least, least + width)
    return least, most


def _dates(bounds: Bounds, usual: tuple[float, float], needed: int) -> Grid:
    least: date = bounds.ge if isinstance(bounds.ge, date) else date.min
    most: date = bounds.le if isinstance(bounds.le, date) else date.max
    days = (FIRST_DAY.toordinal(), LAST_DAY.toordinal())
    return _grid(least.toordinal(), most.toordinal(), days, date.fromordinal, needed)


def _datetimes(bounds: Bounds, usual: tuple[float, float], needed: int) -> Grid:
    first, last = (datetime.combine(day, time(), UTC) - _EPOCH for day in (FIRST_DAY, LAST_DAY))
    least: datetime = bounds.ge if isinstance(bounds.ge, datetime) else datetime.min.replace(tzinfo=UTC)
    most: datetime = bounds.le if isinstance(bounds.le, datetime) else datetime.max.replace(tzinfo=UTC)
    return _ticks(least - _EPOCH, most - _EPOCH, (first, last), needed, lambda since: _EPOCH + since)


def _times(bounds: Bounds, usual: tuple[float, float], needed: int) -> Grid:
    least: Any = time.min if bounds.ge is None else bounds.ge
    most: Any = time.max if bounds.le is None else bounds.le
    ends = (timedelta(), timedelta(days=1))
    return _ticks(_since_midnight(least), _since_midnight(most), ends, needed, lambda since: (_EPOCH + since).time())


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)


def _durations(bounds: Bounds, usual: tuple[float, float], needed: int) -> Grid:
    year = timedelta(days=365)
    least = bounds.ge if isinstance(bounds.ge, timedelta) else None
    most = bounds.le if isinstance(bounds.le, timedelta) else None
    if least is None:
        least = timedelta() if most is None or most > year else most - year
    if most is None:
        most = max(year, least + year)
    return _ticks(least, most, (timedelta(minutes=1), timedelta(days=1)), needed, lambda since: since)


def _ticks(
    least: timedelta, most: timedelta, usual: tuple[timedelta, timedelta], needed: int, of: Callable[[timedelta], Any]
) -> Grid:
    """Whole seconds where there are enough of them, else microseconds."""
    second = timedelta(seconds=1)
    tick = second if (most - least) // second >= needed else _MICROSECOND
    return _grid(
        -(-least // tick), most // tick, (usual[0] // tick, usual[1] // tick), lambda number: of(number * tick), needed
    )


_GRIDS: Mapping[str, Callable[[Bounds, tuple[float, float], int], Domain]] = {
    "int": _ints,
    "float": _floats,
    "decimal": _decimals,
    "date": _dates,
    "datetime": _datetimes,
    "time": _times,
    "timedelta": _durations,
}
