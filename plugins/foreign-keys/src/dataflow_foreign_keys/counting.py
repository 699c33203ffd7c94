"""The exact impact: the rows that a delete may touch are read, and its course is gone through as the server would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from dataflow.migrations import Defined, ObjectRef, SchemaSnapshot
from dataflow.models.model import Model
from dataflow_foreign_keys.consequences import broken
from dataflow_foreign_keys.course import Course, Setting
from dataflow_foreign_keys.defaults import defaults_of
from dataflow_foreign_keys.depth_first import DepthFirst, InnoDB
from dataflow_foreign_keys.impact import Impact, TableImpact
from dataflow_foreign_keys.innodb import places_of
from dataflow_foreign_keys.keys import ForeignKey
from dataflow_foreign_keys.queued import Queued
from dataflow_foreign_keys.reach import Reach, Reading
from dataflow_foreign_keys.sequence import in_sequence
from dataflow_foreign_keys.ways import AT_ONCE

_COURSES: dict[str, type[Course]] = {"sqlite": DepthFirst, "postgresql": Queued, "mysql": InnoDB, "mariadb": InnoDB}


async def counted(reading: Reading, model: Model, keys: Sequence[Any]) -> Impact:
    """The impact of deleting the rows of a model with these ids.

    :raises NotExact: when the rows cannot be followed one by one.
    """
    snapshot, dialect = reading.snapshot, reading.session.dialect
    reach = await reading.from_keys(ObjectRef("table", snapshot.spelling_of(model.table)), keys)
    setting = await _setting(reading, reach)
    course = _COURSES[dialect](setting)
    course.run()
    for one in await broken(course, reading):
        course.block(one.stand_in, one.rows, one.reason, one.when)
    contested = course.is_contested(AT_ONCE[dialect], dialect == "postgresql")
    return Impact(
        model=model.name,
        action="delete",
        rows=len(reach.roots),
        tables=tuple(one for one in _tables(course) if one.is_touched),
        blocked=course.blocks,
        source="rows read in one transaction",
        caveats=tuple(_caveats(course, snapshot, contested)),
    )


async def _setting(reading: Reading, reach: Reach) -> Setting:
    outgoing: dict[ObjectRef, list[ForeignKey]] = {table: [] for table in reading.graph.tables}
    for key in reading.graph.keys:
        outgoing.setdefault(key.constrained, []).append(key)
    is_innodb = reading.session.dialect in ("mysql", "mariadb")
    places = await places_of(reading.graph, reading.session) if is_innodb else {}
    return Setting(
        reach,
        await in_sequence(reading.graph, reading.session, places),
        outgoing,
        {table: _required(table, reading.snapshot) for table in reading.graph.tables},
        await defaults_of(reading, reach),
        places,
    )


def _required(table: ObjectRef, snapshot: SchemaSnapshot) -> Collection[str]:
    """The columns that may not be null; SQLite's own row numbers are such without saying so."""
    columns = snapshot.columns_of(table)
    return {one.ref.name for one in columns if not one.nullable or one.identity in ("rowid", "autoincrement")}


def _tables(course: Course) -> Iterator[TableImpact]:
    reach = course.reach
    deleted = Counter(reach.table(row) for row in course.dead)
    alive = {row: values for row, values in course.written.items() if row not in course.dead}
    for table in sorted({*deleted, *(reach.table(row) for row in alive)}):
        own = [values for row, values in alive.items() if reach.table(row) == table]
        nulled, defaulted = (
            Counter(name for values in own for name, one in values.items() if (one is None) is is_null)
            for is_null in (True, False)
        )
        yield TableImpact(
            table.dotted,
            deleted[table],
            sum(None in values.values() for values in own),
            sum(any(one is not None for one in values.values()) for values in own),
            nulled,
            defaulted,
        )


def _caveats(course: Course, snapshot: SchemaSnapshot, contested: set[int]) -> Iterator[str]:
    if contested:
        tables = sorted({course.reach.table(row).dotted for row in contested})
        rows = "1 row" if len(contested) == 1 else f"{len(contested):,} rows"
        yield (
            f"{rows} of {', '.join(tables)}: one foreign key takes away what another holds or changes, and "
            "the server's order decides; it is taken to meet rows in the order in which they are stored"
        )
    touched = {course.reach.table(row) for row in (*course.dead, *course.written)}
    for table in sorted(touched):
        for one in snapshot.parts_of(table):
            if isinstance(one, Defined) and one.ref.kind == "trigger":
                yield f"{one.ref} may do more"
