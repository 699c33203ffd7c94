"""Whether an index or a foreign key would hold for the rows that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dataflow.diagnostics import Problem, Solution
from dataflow.migrations import Column, Constraint, Index, ObjectRef
from dataflow.migrations.questions import is_comparable, orphaned, orphans, plain_columns, repeated, repeating
from dataflow.migrations.wording import rows_of
from dataflow_migrations.wishes import needed_backfills

if TYPE_CHECKING:
    from dataflow_migrations.stops import Stops


async def refused(stops: Stops, one: Index | Constraint) -> Problem | None:
    """What keeps the rows that are there from an index or constraint that comes; None when nothing does."""
    table = one.ref.owner
    if table is None or table not in stops.before.objects:
        return None
    if (isinstance(one, Index) and one.unique) or (isinstance(one, Constraint) and one.type == "unique"):
        return await _repeated(stops, one, table)
    if isinstance(one, Constraint) and one.type == "foreign":
        return await _orphans(stops, one, table)
    return None


def _columns(stops: Stops, table: ObjectRef, names: Sequence[str]) -> list[str]:
    """Columns as the database knows them now."""
    return [stops.column_of(ObjectRef("column", name, table.name)) for name in names]


async def _repeated(stops: Stops, one: Index | Constraint, table: ObjectRef) -> Problem | None:
    keys = one.keys if isinstance(one, Index) else one.columns
    columns = plain_columns(stops.after, table, keys, stops.run.dialect)
    where = one.where if isinstance(one, Index) else ""
    values = _held(stops, table, columns)
    if not columns or values is None or (where and len(values) < len(columns)):
        # an expression, or a column that comes without a value, or of which the condition asks: the statement itself will tell
        return None
    if values:
        ((groups, rows),) = await stops.run.session.rows(repeating(stops.name_of(table), values, where))
    else:
        rows = await stops.count(table)
        groups = int(rows > 1)
    if not groups:
        return None
    return stops.problem(
        "DF-G206",
        f"({', '.join(columns)}) of table '{table.name}' is to be unique, and {groups:,} value{'s' * (groups != 1)} would be there"
        f" more than once, in {rows_of(int(rows))}",
        one,
        int(rows),
        "a unique index needs each value once",
        *_cures(stops, table, columns, where),
        Solution("correct these rows, then apply again"),
    )


def _held(stops: Stops, table: ObjectRef, columns: Sequence[str]) -> list[str] | None:
    """What the columns hold then, as SQL; without those that hold one value in every row, and None where one holds none."""
    backfills = needed_backfills(stops.changes, stops.intents)
    found: list[str] = []
    for name in columns:
        ref = ObjectRef("column", name, table.name)
        backfill = backfills.get(ref)
        if ref in stops.before.objects:
            own = stops.column_of(ref)
            found.append(own if backfill is None else f"coalesce({own}, {backfill})")
            continue
        column = stops.after.objects[ref]
        assert isinstance(column, Column)
        if column.default is None and backfill is None:
            return None
    return found


def _cures(stops: Stops, table: ObjectRef, columns: Sequence[str], where: str) -> Iterator[Solution]:
    refs = [ObjectRef("column", name, table.name) for name in columns]
    is_filled = any(ref in needed_backfills(stops.changes, stops.intents) for ref in refs)
    if all(ref in stops.before.objects for ref in refs) and not is_filled:
        yield Solution("see which:", repeated(stops.name_of(table), _columns(stops, table, columns), where))
    if is_filled:
        yield Solution("give the rows that are there values of their own, as one 'backfill' is the same for all")


async def _orphans(stops: Stops, one: Constraint, table: ObjectRef) -> Problem | None:
    target = one.referred_table
    columns = plain_columns(stops.before, table, one.columns, stops.run.dialect)
    if target is None or not columns or target not in stops.before.objects:
        return None
    # a reference without columns means the key of its target
    keys = one.referred_columns or stops.before.key_of(target)
    asked = (
        stops.name_of(table),
        _columns(stops, table, columns),
        stops.name_of(target),
        _columns(stops, target, keys),
    )
    as_texts = not is_comparable(stops.before, table, columns, target, keys)
    ((rows,),) = await stops.run.session.rows(orphaned(*asked, as_texts=as_texts))
    if not rows:
        return None
    return stops.problem(
        "DF-G207",
        f"({', '.join(one.columns)}) of table '{table.name}' is to refer to '{target.name}', and {rows_of(int(rows), 'refer')} to none",
        one,
        int(rows),
        "a foreign key needs its target in every row that has a value",
        Solution("see which:", orphans(*asked, as_texts=as_texts)),
        Solution("correct or remove these rows, then apply again"),
    )
