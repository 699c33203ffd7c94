"""Indexes that are built while others write to their tables."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow.adapters import StatementFailed
from dataflow.migrations import Index, Intents, ObjectRef
from dataflow_postgres.migrations.session import PostgresSession

pytestmark = pytest.mark.databases("postgres")


async def test_an_index_that_could_not_be_built_is_taken_away_before_the_next_try(way: Any) -> None:
    session: PostgresSession = way.session
    await session.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    after, busy = "CREATE TABLE t (a int); CREATE UNIQUE INDEX one ON t (a)", Intents(busy={ObjectRef("table", "t")})
    (plain,) = await way.steps(after)
    assert (plain.transactional, plain.rehearsal) == ("yes", ())
    (step,) = await way.steps(after, busy)
    drop = 'DROP INDEX CONCURRENTLY IF EXISTS "one"'
    assert (step.transactional, step.cleanup, step.inverse, step.rehearsal) == (
        "autocommit",
        (drop,),
        (drop,),
        plain.sql,
    )
    with pytest.raises(StatementFailed):
        await way.walk([step])
    left = (await way.there()).objects[ObjectRef("index", "one", "t")]
    assert isinstance(left, Index)
    assert not left.valid
    assert left != plain.after
    await session.run("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)")
    for statement in step.cleanup:
        await session.run(statement)
    await way.walk([step])
    assert (await way.there()).objects[ObjectRef("index", "one", "t")] == plain.after
    for statement in step.inverse:
        await session.run(statement)
    # whoever plans over an index that is not valid builds it anew
    await session.run("INSERT INTO t SELECT a FROM t")
    with pytest.raises(StatementFailed):
        await session.run("CREATE UNIQUE INDEX CONCURRENTLY one ON t (a)")
    await session.run("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)")
    gone, build = await way.steps(after, busy)
    assert (gone.kind, build.kind, build.transactional) == ("drop", "create", "autocommit")
    await way.walk([gone, build])


#: of a table that others write to: an index on it, and whether it is built while they do
BUILT = {
    "a plain one": ("CREATE TABLE t (a int)", "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", True),
    "that of a new table": ("SELECT 1", "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", False),
    "one that a foreign key needs": (
        "CREATE TABLE t (a int); CREATE TABLE u (b int)",
        "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a); CREATE TABLE u (b int REFERENCES t (a))",
        False,
    ),
    "one by which replicas know a row": (
        "CREATE TABLE t (a int NOT NULL)",
        "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX i",
        False,
    ),
    "one of a partitioned table": (
        "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)",
        "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE INDEX i ON t (a)",
        False,
    ),
}


@pytest.mark.parametrize("name", BUILT)
async def test_an_index_is_built_beside_writers_where_it_can_be(way: Any, name: str) -> None:
    before, after, is_apart = BUILT[name]
    await way.session.run(before)
    steps = await way.steps(after, Intents(busy={ObjectRef("table", "t"), ObjectRef("table", "t1")}))
    assert [step.transactional == "autocommit" for step in steps] == [False] * (len(steps) - is_apart) + [
        True
    ] * is_apart
    await way.walk(steps)
