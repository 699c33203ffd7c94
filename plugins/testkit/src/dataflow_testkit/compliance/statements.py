"""``SQLNode``: a user's own statement, its values bound, its rows as the driver has them."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import pytest

from dataflow import AsyncLocalRuntime, DataFlow
from dataflow_testkit.compliance.suite import Compliance, refused, sql, step, undone


class SqlItem:
    __dataflow__: ClassVar[dict[str, Any]] = {"timestamps": False}

    id: int
    name: str = ""
    number: int | None = None


class SqlLevel(enum.Enum):
    LOW = "a"
    HIGH = "b"


class SqlTyped:
    id: int
    moment: dt.datetime | None = None
    day: dt.date | None = None
    clock: dt.time | None = None
    span: dt.timedelta | None = None
    exact: Decimal | None = None
    token: UUID | None = None
    raw: bytes | None = None
    flag: bool | None = None
    score: float | None = None
    level: SqlLevel | None = None


MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TYPED: Mapping[str, tuple[Any, Any]] = {
    "moment": (MOMENT, MOMENT + dt.timedelta(microseconds=1)),
    "day": (dt.date(2026, 1, 1), dt.date(2026, 1, 2)),
    "clock": (dt.time(1), dt.time(1, 0, 0, 1)),
    "span": (dt.timedelta(-1), dt.timedelta(microseconds=1)),
    "exact": (Decimal("1.5"), Decimal("2.25")),
    "token": (UUID(int=1), UUID(int=2)),
    "raw": (b"\x00", b"\x00\xff"),
    "flag": (False, True),
    "score": (0.5, 1e22),
    "level": (SqlLevel.LOW, SqlLevel.HIGH),
}


class TestStatements(Compliance):
    models: ClassVar[Sequence[type]] = (SqlItem, SqlTyped)

    async def test_rows_are_dicts_in_the_order_asked_for(self, db: DataFlow) -> None:
        await db.SqlItem.bulk_create([{"name": name, "number": len(name)} for name in ("ccc", "a", "bb")])
        result = await sql(db, "SELECT name, number AS n FROM sql_items ORDER BY number", read_only=True)
        assert result["rows"] == [{"name": "a", "n": 1}, {"name": "bb", "n": 2}, {"name": "ccc", "n": 3}]

    async def test_named_values_are_bound(self, db: DataFlow) -> None:
        await db.SqlItem.bulk_create([{"name": "a", "number": 1}, {"name": "b", "number": 2}])
        statement = "SELECT name FROM sql_items WHERE number > :least AND (name = :name OR :name = name) ORDER BY id"
        assert (await sql(db, statement, {"least": 1, "name": "b"}))["rows"] == [{"name": "b"}]
        text = "x' OR '1' = '1"
        assert (await sql(db, "SELECT name FROM sql_items WHERE name = :name", {"name": text}))["rows"] == []

    async def test_what_stands_in_quotes_and_comments_is_no_value(self, db: DataFlow) -> None:
        statement = "SELECT ':one' AS a, 'it''s :two' AS b /* :three */, :four AS c -- :five\n"
        await db.SqlItem.create(name="x")
        result = await sql(db, f"{statement} FROM sql_items WHERE name = :four", {"four": "x"})
        assert result["rows"] == [{"a": ":one", "b": "it's :two", "c": "x"}]

    async def test_listed_values_are_bound(self, db: DataFlow) -> None:
        await db.SqlItem.bulk_create([{"name": "a?", "number": 1}, {"name": "b", "number": 2}])
        statement = "SELECT name, '?' AS mark FROM sql_items WHERE number < ? AND name = ? -- why?"
        assert (await sql(db, statement, [5, "a?"]))["rows"] == [{"name": "a?", "mark": "?"}]
        for wrong in ([5], [5, "a", 1]):
            await refused(sql(db, statement, wrong), "DF-A120")

    @pytest.mark.parametrize(
        "name", ["moment", "day", "clock", "span", "exact", "token", "raw", "flag", "score", "level"]
    )
    async def test_a_value_of_any_type_compares_as_a_field_does(self, db: DataFlow, name: str) -> None:
        low, high = TYPED[name]
        await db.SqlTyped.bulk_create([{"id": 1, name: low}, {"id": 2, name: high}, {"id": 3}])
        found = await sql(db, f"SELECT id FROM sql_typeds WHERE {name} = :value", {"value": low})
        assert found["rows"] == [{"id": 1}]
        found = await sql(db, f"SELECT id FROM sql_typeds WHERE {name} > :value", {"value": low})
        assert found["rows"] == [{"id": 2}]

    async def test_a_naive_moment_is_utc(self, db: DataFlow) -> None:
        await db.SqlTyped.create(moment=MOMENT)
        for moment in (MOMENT.replace(tzinfo=None), MOMENT.astimezone(dt.timezone(dt.timedelta(hours=5)))):
            found = await sql(db, "SELECT count(*) AS n FROM sql_typeds WHERE moment = :moment", {"moment": moment})
            assert found["rows"] == [{"n": 1}]

    async def test_a_value_that_is_missing_is_told(self, db: DataFlow) -> None:
        error = await refused(sql(db, "SELECT * FROM sql_items WHERE name = :name", {"nmae": "x"}), "DF-A120")
        assert "name" in error.message

    async def test_a_write_tells_how_many_rows_it_changed(self, db: DataFlow) -> None:
        await db.SqlItem.bulk_create([{"name": "a"}, {"name": "b"}, {"name": "c"}])
        changed = await sql(db, "UPDATE sql_items SET number = :n WHERE name <> :name", {"n": 5, "name": "a"})
        assert (changed["rows"], changed["rowcount"]) == ([], 2)
        gone = await sql(db, "DELETE FROM sql_items WHERE number = 5")
        assert (gone["rows"], gone["rowcount"], await db.SqlItem.count()) == ([], 2, 1)

    async def test_null_and_unicode_travel_both_ways(self, db: DataFlow) -> None:
        await db.SqlItem.create(name="ä\U0001f600'")
        result = await sql(db, "SELECT name, number FROM sql_items WHERE name = :name", {"name": "ä\U0001f600'"})
        assert result["rows"] == [{"name": "ä\U0001f600'", "number": None}]
        assert (await sql(db, "UPDATE sql_items SET number = :n", {"n": None}))["rowcount"] == 1

    @pytest.mark.parametrize(
        "statement",
        [
            "BEGIN",
            " commit",
            "ROLLBACK;",
            "-- a comment\nSAVEPOINT x",
            "/* one */ /* two */ RELEASE SAVEPOINT x",
            "start  transaction",
            "END",
            "; COMMIT",
            "(COMMIT)",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "LOCK TABLES sql_items WRITE",
        ],
    )
    async def test_control_of_transactions_is_refused(self, db: DataFlow, statement: str) -> None:
        await refused(sql(db, statement), "DF-A120")
        assert await db.SqlItem.count() == 0

    async def test_two_statements_in_one_are_refused(self, db: DataFlow) -> None:
        await db.SqlItem.create(name="a")
        await refused(sql(db, "SELECT 1; DELETE FROM sql_items"), "DF-A120")
        assert await db.SqlItem.count() == 1

    async def test_inside_a_block_it_is_part_of_it(self, db: DataFlow) -> None:
        async with undone(db):
            await db.SqlItem.create(name="a")
            assert (await sql(db, "UPDATE sql_items SET number = 7"))["rowcount"] == 1
            found = await sql(db, "SELECT number FROM sql_items", read_only=True)
            assert found["rows"] == [{"number": 7}]
            await db.SqlItem.create(name="b")
        assert await db.SqlItem.count() == 0

    async def test_a_refused_statement_that_reads_leaves_the_block_as_it_was(self, db: DataFlow) -> None:
        async def work() -> None:
            async with db.transaction():
                await db.SqlItem.create(name="a")
                await refused(sql(db, "INSERT INTO sql_items (name) VALUES ('b')", read_only=True), "DF-A111")

        await refused(work(), "DF-T102")
        assert await db.SqlItem.count() == 0

    async def test_in_a_workflow_it_takes_values_from_other_steps(self, db: DataFlow) -> None:
        workflow = step(db, "SqlItemCreateNode", {"name": "a", "number": 3})
        workflow.add_node("SQLNode", "query", {"sql": "SELECT name FROM sql_items WHERE number = :number"})
        workflow.add_connection("step", "number", "query", "params.number")
        results, _ = await AsyncLocalRuntime().execute(workflow.build())
        assert results["query"]["rows"] == [{"name": "a"}]
