"""What bulk operations have in common on every database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs

from dataflow.operations.operation import BulkCreate, BulkUpdate, Increment
from dataflow.values.columns import ChangeColumns, Same


class RowFailed(Exception):
    """The database refused one row of many; ``index`` says which, ``error`` is the driver's own exception."""

    def __init__(self, error: Exception, index: int) -> None:
        super().__init__(error, index)
        self.error = error
        self.index = index


Change = tuple[int, Any, Mapping[str, Any]]


def grouped(rows: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[list[Change]]:
    """Neighbouring rows that change the same fields in the same way, in the order given; in a group no key comes twice."""
    groups: list[list[Change]] = []
    last: object = None
    keys: set[Any] = set()
    for index, (key, values) in enumerate(rows):
        form = tuple((name, isinstance(value, Increment)) for name, value in values.items())
        if form != last or key in keys:
            groups.append([])
            last = form
            keys.clear()
        keys.add(key)
        groups[-1].append((index, key, values))
    return groups


@attrs.frozen(eq=False)
class Group:
    """Rows of a bulk update that change the same fields, as columns; ``adds`` names those that change by an amount."""

    #: where each row stood among all
    places: Sequence[int]
    keys: Sequence[Any]
    columns: Mapping[str, Sequence[Any]]
    adds: frozenset[str]


def column_groups(rows: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[Group]:
    """What ``grouped`` gives, as columns."""
    if isinstance(rows, ChangeColumns) and len(set(rows.keys)) == len(rows):
        return [_group(range(len(rows)), rows.keys, dict(zip(rows.names, rows.columns, strict=True)))]
    groups = []
    for group in grouped(rows):
        places, keys, values = zip(*group, strict=True)
        groups.append(_group(places, keys, {name: [one[name] for one in values] for name in values[0]}))
    return groups


def _group(places: Sequence[int], keys: Sequence[Any], columns: Mapping[str, Sequence[Any]]) -> Group:
    adds = frozenset(name for name, column in columns.items() if isinstance(column[0], Increment))
    return Group(places, keys, {name: _amounts(one) if name in adds else one for name, one in columns.items()}, adds)


def _amounts(column: Sequence[Increment]) -> Sequence[Any]:
    return Same(column[0].amount, len(column)) if isinstance(column, Same) else [one.amount for one in column]


def set_values(operation: BulkCreate) -> dict[str, Any]:
    """What a row in conflict gets besides the values of the new row."""
    if operation.on_conflict != "update":
        return {}
    return {name: value.amount if isinstance(value, Increment) else value for name, value in operation.sets.items()}


def rounds(operation: BulkCreate) -> list[Sequence[int]]:
    """The places of the rows, in as many rounds as the same conflicting key comes up: one statement takes each once."""
    if not set(operation.conflict_on) <= set(operation.names):
        # the database makes the key, and no two alike
        return [range(operation.size)]
    keys = list(zip(*(operation.columns[operation.names.index(name)] for name in operation.conflict_on), strict=True))
    if len(set(keys)) == len(keys):
        return [range(operation.size)]
    seen: dict[tuple[Any, ...], int] = {}
    found: list[list[int]] = []
    for place, key in enumerate(keys):
        # nulls are in conflict with nothing
        turn = 0 if None in key else seen.get(key, 0)
        seen[key] = turn + 1
        if turn == len(found):
            found.append([])
        found[turn].append(place)
    return list(found)


async def refused_row(count: int, attempt: Callable[[int, int], Awaitable[Exception | None]]) -> int | None:
    """Which of some rows a database refuses, by halving; None when all of them pass one by one.

    :param attempt: tries the rows from one place to another, undoes them, and gives what was raised.
    """
    if await attempt(0, count) is None:
        return None
    row = await _halved(count, attempt)
    if await attempt(row, row + 1) is not None:
        return row
    # alone it passes: it is refused for an earlier one of the given rows
    return await _halved(count, lambda start, end: attempt(0, end))


async def _halved(count: int, attempt: Callable[[int, int], Awaitable[Exception | None]]) -> int:
    start, end = 0, count
    while end - start > 1:
        middle = (start + end) // 2
        if await attempt(start, middle) is not None:
            end = middle
        else:
            start = middle
    return start


def teller(operation: BulkCreate | BulkUpdate) -> Callable[[int], None]:
    """Reports how far it is, where somebody listens."""
    progress = operation.progress
    if progress is None:
        return lambda done: None
    size = operation.size if isinstance(operation, BulkCreate) else len(operation.rows)
    return lambda done: progress(min(done, size), size)
