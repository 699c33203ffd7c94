"""What else refuses rows whose references were set: CHECK constraints and unique keys, asked of the database itself.

Both are looked at with every row that is written: a row that goes later was in the way before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs

from dataflow.migrations import Constraint, Index, ObjectRef
from dataflow_foreign_keys.course import Course, Written
from dataflow_foreign_keys.impact import Reason, When
from dataflow_foreign_keys.keys import ForeignKey, columns_by_name, index_columns
from dataflow_foreign_keys.reach import NotExact, Reading

Values = tuple[tuple[str, Written], ...]


@attrs.frozen
class Broken:
    """The rows that break a constraint of their table; ``stand_in`` is a key of the constraint's name."""

    stand_in: ForeignKey
    rows: list[int]
    reason: Reason
    when: When = "statement"


@attrs.frozen
class Claim:
    """The values that rows get under a unique key. ``is_late`` is one that is looked at when the statement ends, or later."""

    ref: ObjectRef
    columns: tuple[str, ...]
    values: tuple[Written, ...]
    is_late: bool
    when: When


async def broken(course: Course, reading: Reading) -> list[Broken]:
    """What refuses the rows that were written.

    :raises NotExact: for a unique key of which an action writes a part only.
    """
    groups: dict[tuple[ObjectRef, Values], dict[int, None]] = defaultdict(dict)
    for one in course.changes:
        if one.values is not None:
            groups[course.reach.table(one.row), tuple(sorted(one.values.items()))][one.row] = None
    found: list[Broken] = []
    for (table, values), rows in groups.items():
        for check in _checks(table, values, reading):
            bad = await _failing(check, values, list(rows), course, reading)
            found += [Broken(_named(check.ref), bad, "check")] if bad else []
    claims = dict.fromkeys(claim for table, values in groups for claim in _claims(table, values, reading))
    for claim in claims:
        rows = await _contending(claim, course, reading)
        found += [Broken(_named(claim.ref), list(rows), "unique", claim.when)] if rows else []
    return found


def _named(ref: ObjectRef) -> ForeignKey:
    return ForeignKey(
        constraint_name=ref.name, constrained_schema=ref.schema, constrained_table=ref.table, constrained_columns=(),
        referred_table=ref.table, referred_columns=(),
    )  # fmt: skip


def _checks(table: ObjectRef, values: Values, reading: Reading) -> Iterator[Constraint]:
    names = "|".join(re.escape(name) for name, _ in values)
    named = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
    for one in reading.snapshot.parts_of(table):
        if isinstance(one, Constraint) and one.type == "check" and one.enforced and named.search(one.expression):
            yield one


async def _failing(
    check: Constraint, values: Values, rows: Sequence[int], course: Course, reading: Reading
) -> list[int]:
    table = course.reach.table(rows[0])
    own, columns, quoted = reading.rows(table), columns_by_name(table, reading.snapshot), reading.dialect.quoted
    written = dict(values)

    def value(name: str) -> str:
        if name not in written:
            return quoted(name)
        # of the column's own type and collation
        other = "NULL" if written[name] is None else written[name]
        return f"CASE WHEN 1 = 0 THEN {quoted(name)} ELSE {other} END AS {quoted(name)}"

    parts = [f"{part.format('t')} AS dataflow_{number}" for number, part in enumerate(own.parts)]
    names = ", ".join(f"dataflow_{number}" for number in range(len(parts)))
    chosen = ", ".join([*map(value, columns), *parts])
    found: list[int] = []
    for chunk in own.chunks([course.reach.rows[row][1] for row in rows]):
        answer = await reading.session.rows(
            f"SELECT {names} FROM (SELECT {chosen} FROM {own.source} t WHERE {own.among('t', len(chunk))})"
            f" {quoted(table.name)} WHERE NOT ({check.expression})",
            *(value for key in chunk for value in key),
        )
        found += [course.reach.number[table, tuple(key)] for key in answer]
    return found


def _claims(table: ObjectRef, values: Values, reading: Reading) -> Iterator[Claim]:
    """The unique keys all of whose columns get a value."""
    written = {name: value for name, value in values if value is not None}
    for one in reading.snapshot.parts_of(table):
        is_late, when = False, "statement"
        if isinstance(one, Constraint) and one.type in ("primary", "unique"):
            columns = one.columns
            is_late, when = one.deferrable, "commit" if one.initially_deferred else "statement"
        elif isinstance(one, Index) and one.unique:
            columns = index_columns(one)
        else:
            continue
        if set(columns) <= set(written):
            yield Claim(one.ref, columns, tuple(written[name] for name in columns), is_late, when)  # type: ignore[arg-type]  # the two words above
        elif set(columns) & set(written):
            raise NotExact(f"a part of {one.ref} would be set to its default")


async def _contending(claim: Claim, course: Course, reading: Reading) -> dict[int, None]:
    """The rows that get the values while another has them, one after the other as the course goes."""
    table = claim.ref.owner
    assert table is not None
    had = await _having(claim, table, course, reading)
    having, found = set(had), dict[int, None]()
    for change in course.changes:
        if course.reach.table(change.row) != table:
            continue
        if change.values is None:
            having.discard(change.row)
        elif _is_claimed(change.values, claim):
            if having - {change.row} and not claim.is_late:
                found[change.row] = None
            having.add(change.row)
        elif set(change.values) & set(claim.columns):
            having.discard(change.row)
    if claim.is_late and len(having) > 1:
        found = dict.fromkeys(sorted(having - had))
    return found


def _is_claimed(values: Mapping[str, Written], claim: Claim) -> bool:
    return all(values.get(name) == wanted for name, wanted in zip(claim.columns, claim.values, strict=True))


async def _having(claim: Claim, table: ObjectRef, course: Course, reading: Reading) -> set[int]:
    """The rows that have the values in the beginning; one that is not reached by a number that no row has."""
    own = reading.rows(table)
    pairs = zip(claim.columns, claim.values, strict=True)
    wanted = " AND ".join(f"t.{reading.dialect.quoted(name)} = {value}" for name, value in pairs)
    found = await reading.session.rows(f"SELECT {own.named('t')} FROM {own.source} t WHERE {wanted}")
    return {course.reach.number.get((table, tuple(key)), -1) for key in found}
