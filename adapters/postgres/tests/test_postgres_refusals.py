"""Objects that no statement of ours makes anew: refused by their names, and no hindrance where they stay."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlowError
from dataflow.migrations import Change, Constraint, Intents, ObjectRef, Table

pytestmark = pytest.mark.databases("postgres")


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("", "CREATE COLLATION german (provider = icu, locale = 'de')", "collation german"),
        ("", "CREATE TYPE kind AS (a int); CREATE TABLE t OF kind", "table t"),
        ("CREATE TABLE t (a int)", "CREATE TABLE t (a int) PARTITION BY RANGE (a)", "table t"),
        ("", "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)", "text search configuration words"),
        (
            "",
            'CREATE AGGREGATE odd (VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal,'
            " FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL)",
            'routine odd(VARIADIC "any" ORDER BY VARIADIC "any")',
        ),
    ],
)
async def test_what_cannot_be_made_anew_is_refused_by_name(before: str, after: str, named: str, way: Any) -> None:
    await way.session.run(before or "SELECT 1")
    with pytest.raises(DataFlowError) as refused:
        await way.steps(after)
    assert refused.value.code == "DF-G112"
    assert refused.value.message == f"'{named}' cannot be made anew"


async def test_what_is_there_and_stays_needs_not_be_made_anew(way: Any) -> None:
    await way.session.run(
        "CREATE COLLATION german (provider = icu, locale = 'de'); CREATE TABLE t (a text COLLATE german)"
    )
    before = await way.there()
    table = Table(ref=ObjectRef("table", "t"), comment="german")
    (step,) = way.schema.steps([Change(before.objects[table.ref], table)], before, before, Intents())
    await way.walk([step])
    assert isinstance(before.objects[table.ref], Table)
    assert not [one for one in before.objects.values() if isinstance(one, Constraint)]
