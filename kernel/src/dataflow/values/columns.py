"""Many records at once, column by column: a good column is checked by a handful of C loops.

Checking 100,000 rows one by one costs half as much again as inserting them; a column's types, bounds
and characters are checked here by ``map``, ``set`` and ``join`` over the whole column, and only a column that fails
is gone through value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, Edit, Fix, Problem, Solution, error_of, text_of
from dataflow.models.model import MISSING, Field, Model
from dataflow.values.coercion import INT_MAX, INT_MIN, encodable
from dataflow.values.faults import ValueFault
from dataflow.values.problems import Faults, shown_value
from dataflow.values.records import RecordCheck, managed_value

MAX_PROBLEMS = 20
Column = Sequence[Any]


@attrs.frozen
class Columns:
    """Valid records as parallel columns, in the order of ``names``."""

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    size: int
    #: whether every row gives the same fields
    is_even: bool = False


@attrs.frozen(eq=False)
class ChangeColumns(Sequence[tuple[Any, Mapping[str, Any]]]):
    """The rows of a bulk update that all change the same fields; who knows no columns sees ids with their changes."""

    names: tuple[str, ...]
    keys: Column
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return list(self)[index]
        return self.keys[index], {name: column[index] for name, column in zip(self.names, self.columns, strict=True)}

    def __iter__(self) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        names = self.names
        for key, *values in zip(self.keys, *self.columns, strict=True):
            yield key, dict(zip(names, values, strict=True))


@attrs.define(eq=False)
class ColumnCheck:
    """The compiled validation of a model's records in bulk."""

    records: RecordCheck

    @property
    def model(self) -> Model:
        return self.records.model

    def complete(self, rows: Sequence[Mapping[str, Any]]) -> Columns:
        """The columns of complete records.

        :raises NodeError: the problems of all rows (at most 20), their paths starting with the row's index.
        """
        given = self._uniform_names(rows)
        if given is None:
            return self._row_by_row(rows)
        try:
            return self._by_column(rows, given)
        except Exception:  # a refused value, or whatever a default_factory raises: told row by row
            return self._row_by_row(rows)

    def sorted_out(self, rows: Sequence[Any]) -> tuple[Columns, list[int] | None, list[tuple[int, list[Problem]]]]:
        """The columns of the good rows, their places where some are bad, and what is wrong with each bad one."""
        try:
            return self.complete(rows), None, []
        except DataFlowError:
            pass
        places: list[int] = []
        records: list[Mapping[str, Any]] = []
        bad: list[tuple[int, list[Problem]]] = []
        for index, row in enumerate(rows):
            record, found = self._examine(index, row)
            if found:
                bad.append((index, found))
            else:
                places.append(index)
                records.append(record)
        return self._transposed(records), places, bad

    def _uniform_names(self, rows: Sequence[Mapping[str, Any]]) -> frozenset[str] | None:
        """The names that every row gives, when they all give as many and the model takes them."""
        if not rows or set(map(type, rows)) != {dict} or len(set(map(len, rows))) != 1:
            return None
        given = frozenset(rows[0])
        known = {field.name for field in self.model.writable}
        required = {field.name for field in self.model.fields.values() if field.is_required}
        return given if given <= known and required <= given else None

    def _by_column(self, rows: Sequence[Mapping[str, Any]], given: frozenset[str]) -> Columns:
        names: list[str] = []
        columns: list[Column] = []
        now = datetime.now(UTC)
        for field in self.model.fields.values():
            if field.name in given:
                column: Column = self._checked(field, rows)
            elif field.generated:
                continue
            else:
                column = _filled(field, len(rows), now, self.records)
            names.append(field.name)
            columns.append(column)
        return Columns(tuple(names), tuple(columns), len(rows), is_even=True)

    def _checked(self, field: Field, rows: Sequence[Mapping[str, Any]]) -> Column:
        column = list(map(itemgetter(field.name), rows))
        return column if _is_good(field, column) else list(map(self.records.checks[field.name], column))

    def changes(self, rows: Sequence[Any], managed: Mapping[str, Any]) -> ChangeColumns | None:
        """The changes of rows with ids; None where they name different fields, or a row needs a look of its own."""
        if not rows or set(map(type, rows)) != {dict} or len(set(map(len, rows))) != 1 or "id" not in rows[0]:
            return None
        fields = [field for name in rows[0] if (field := self.model.fields.get(name)) and not field.is_managed]
        if len(fields) != len(rows[0]):
            return None
        try:
            columns = {field.name: self._checked(field, rows) for field in fields}
        except (KeyError, ValueFault, TypeError):
            return None
        keys = columns.pop("id")
        columns |= {name: Same(value, len(rows)) for name, value in managed.items()}
        return ChangeColumns(tuple(columns), keys, tuple(columns.values()))

    def _row_by_row(self, rows: Sequence[Mapping[str, Any]]) -> Columns:
        """The same for rows of different shapes, and for those that hold a problem."""
        records: list[Mapping[str, Any]] = []
        problems: list[Problem] = []
        for index, row in enumerate(rows):
            record, found = self._examine(index, row)
            records.append(record)
            problems += found
            if len(problems) >= MAX_PROBLEMS:
                break
        if problems:
            raise error_of(problems)
        return self._transposed(records)

    def _examine(self, index: int, row: object) -> tuple[Mapping[str, Any], list[Problem]]:
        if not isinstance(row, Mapping):
            return {}, [_not_a_record(self.model, index, row)]
        record, found = self.records.examine(row)
        return record, [attrs.evolve(_in_row(one, index), context={"row": index, **one.context}) for one in found]

    def _transposed(self, records: Sequence[Mapping[str, Any]]) -> Columns:
        key = self.model.key
        if key.generated and any("id" in record for record in records):
            records = [{"id": None, **record} for record in records]
            names = tuple(self.model.fields)
        else:
            names = tuple(field.name for field in self.model.fields.values() if not field.generated)
        return Columns(names, tuple([record[name] for record in records] for name in names), len(records))


def _in_row(problem: Problem, index: int) -> Problem:
    """The problem of a record as one of a row: its path, and those of its edits, lead through the list."""
    where = attrs.evolve(problem.where, path=(index, *problem.where.path), operation="bulk_create")
    fix = problem.fix
    if fix is not None:
        fix = attrs.evolve(fix, edits=tuple(attrs.evolve(one, path=(index, *one.path)) for one in fix.edits))
    return attrs.evolve(problem, where=where, fix=fix)


def _not_a_record(model: Model, index: int, row: object) -> Problem:
    faults = Faults(model, "bulk_create", {}, (index,))
    return Problem(
        code="DF-N117",
        message=f"row {index} is a {type(row).__name__}, not a record of {model.name}",
        where=faults._where(),
        context={"row": index, "given": row},
        cause="bulk data is a list of dicts, one per record",
        solutions=(Solution("name the fields:", f"{shown_value(_named(model, row), 200)}"),),
        fix=Fix("unsafe", edits=(Edit((index,), "replace", text_of(_named(model, row))),))
        if isinstance(row, list | tuple) and not any(one.is_secret for one in model.writable)
        else None,
    )


def _named(model: Model, row: object) -> dict[str, object]:
    """A row of values by the names of the fields, in the order of the class; of anything else the names alone."""
    fields = [one.name for one in model.writable if not one.generated]
    values = row if isinstance(row, list | tuple) else ["..."] * len(fields)
    is_secret = any(one.is_secret for one in model.writable)
    return {name: "..." if is_secret else value for name, value in zip(fields, values, strict=False)}


def _filled(field: Field, size: int, now: datetime, records: RecordCheck) -> Column:
    """A column of values that no row gives: managed, made by a factory, or the default."""
    if field.is_managed:
        first = managed_value(field, now)
        if field.on_create is None or isinstance(first, datetime):
            return Same(first, size)
        return [field.on_create() for _ in range(size)]
    if field.default_factory is not None:
        check = records.checks[field.name]
        return [check(field.default_factory()) for _ in range(size)]
    return Same(None if field.default is MISSING else field.default, size)


class Same(Sequence[Any]):
    """A column of one value: held once, iterated at C speed."""

    __slots__ = ("size", "value")

    def __init__(self, value: Any, size: int) -> None:
        self.value = value
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Same(self.value, len(range(*index.indices(self.size))))
        if not -self.size <= index < self.size:
            raise IndexError(index)
        return self.value

    def __iter__(self) -> Any:
        return repeat(self.value, self.size)


def _is_good(field: Field, column: list[Any]) -> bool:
    """Whether every value is one that the field's check would return unchanged."""
    test = _TESTS.get(field.type.kind)
    if test is None or field.bounds:
        return False
    kinds = set(map(type, column))
    if type(None) in kinds:
        if not field.nullable:
            return False
        column = [value for value in column if value is not None]
        kinds.discard(type(None))
    return not kinds or (kinds == {field.type.python} and test(column))


def _good_text(column: list[str]) -> bool:
    joined = "".join(column)
    return "\0" not in joined and (joined.isascii() or all(map(encodable, column)))


def _good_float(column: list[float]) -> bool:
    total = sum(column)
    return total - total == 0.0 or not any(value - value for value in column)


_TESTS: dict[str, Callable[[list[Any]], bool]] = {
    "str": _good_text,
    "int": lambda column: min(column) >= INT_MIN and max(column) <= INT_MAX,
    "float": _good_float,
    "bool": lambda column: True,
    "uuid": lambda column: True,
    "bytes": lambda column: True,
    "datetime": lambda column: set(map(attrgetter("tzinfo"), column)) == {UTC},
}
