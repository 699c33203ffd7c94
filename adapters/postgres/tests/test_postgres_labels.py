"""Labels of an enumeration that come, go and change places, under all that holds on to them."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow_postgres.migrations.session import PostgresSession

pytestmark = pytest.mark.databases("postgres")


@pytest.mark.parametrize("used", [False, True])
async def test_a_label_that_is_used_at_once_is_committed_first(used: bool, way: Any) -> None:
    await way.session.run("CREATE TYPE e AS ENUM ('b', 'd'); CREATE TABLE t (a e)")
    default = " DEFAULT 'e'" if used else ""
    steps = await way.go(f"CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd', 'e'); CREATE TABLE t (a e{default})", undo=False)
    assert (steps[0].sql, steps[0].transactional, steps[0].inverse_transactional) == (
        (
            "ALTER TYPE \"e\" ADD VALUE IF NOT EXISTS 'a' BEFORE 'b'",
            "ALTER TYPE \"e\" ADD VALUE IF NOT EXISTS 'c' BEFORE 'd'",
            "ALTER TYPE \"e\" ADD VALUE IF NOT EXISTS 'e'",
        ),
        "autocommit" if used else "yes",
        "yes",
    )


#: what holds on to an enumeration
HOLDING = (
    "CREATE TABLE t (id int, a e DEFAULT 'a', b e[] DEFAULT '{b}', CHECK (a <> 'b'));"
    " CREATE INDEX i ON t (a) WHERE a <> 'b'; CREATE VIEW v AS SELECT a FROM t WHERE a = 'a'; CREATE MATERIALIZED VIEW m AS SELECT a FROM v;"
    " CREATE FUNCTION f(e) RETURNS e LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE VIEW w AS SELECT f(a) FROM t;"
    " ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (a = 'a')"
)
LABELS = {
    "added": ("'a', 'b'", "'a', 'new', 'b', 'last'"),
    "removed": ("'a', 'gone', 'b', 'too'", "'a', 'b'"),
    "in another order": ("'a', 'b', 'c'", "'c', 'b', 'a'"),
    "added and removed": ("'a', 'gone', 'b'", "'b', 'new', 'a'"),
}


@pytest.mark.parametrize("case", LABELS)
async def test_labels_change_under_all_that_holds_on_to_them(case: str, way: Any) -> None:
    first, second = (f"CREATE TYPE e AS ENUM ({labels}); {HOLDING}" for labels in LABELS[case])
    await way.session.run(f"{first}; INSERT INTO t VALUES (1, 'a', '{{a,b}}'), (2, NULL, NULL)")
    await way.go(second)
    assert await way.session.rows("SELECT id, a::text, b::text[] FROM t ORDER BY id") == [
        (1, "a", ["a", "b"]),
        (2, None, None),
    ]


async def test_rows_that_have_a_label_are_counted_before_it_goes(way: Any) -> None:
    session: PostgresSession = way.session
    table = "CREATE TABLE t (a e, b e[])"
    await session.run(f"CREATE TYPE e AS ENUM ('x', 'y'); {table}")

    async def counted(probes: Any) -> dict[str, int]:
        found = [(probe.ref.name, await session.rows(probe.sql)) for probe in probes]
        return {name: rows[0][0] for name, rows in found}

    (added,) = await way.steps(f"CREATE TYPE e AS ENUM ('x', 'y', 'z'); {table}")
    await way.walk([added])
    assert await counted(added.inverse_preconditions) == {"a": 0, "b": 0}
    await session.run("INSERT INTO t VALUES ('z', '{x}'), ('x', '{y,z}'), ('z', NULL)")
    assert await counted(added.inverse_preconditions) == {"a": 2, "b": 1}
    (removed,) = await way.steps(f"CREATE TYPE e AS ENUM ('z', 'y'); {table}")
    assert await counted(removed.preconditions) == {"a": 1, "b": 1}
