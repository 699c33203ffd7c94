"""``SQLNode`` and ``db.execute``: one statement, its values bound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataflow import DataFlow, DataFlowError

pytestmark = pytest.mark.databases("mysql")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    db = DataFlow(database_url)
    yield db
    await db.close()


@pytest.mark.parametrize(
    ("value", "comes_back"),
    [
        ("it's \\ 100%", "it's \\ 100%"),
        (3, 3),
        (1.5, 1.5),
        (None, None),
        (True, 1),
        (Decimal("1.50"), Decimal("1.5")),
        (b"\0\xff'", b"\0\xff'"),
        (date(2020, 1, 2), date(2020, 1, 2)),
        (datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
        (UUID(int=7), str(UUID(int=7))),
        (timedelta(microseconds=-7), -7),
        ({"a": "'"}, '{"a":"\'"}'),
    ],
)
async def test_a_value_is_bound(db: DataFlow, value: object, comes_back: object, execute: Any) -> None:
    named = await execute(db, "SELECT :v AS v, ':v' AS text", {"v": value})
    assert named["rows"] == [{"v": comes_back, "text": ":v"}]
    assert (await execute(db, "SELECT ? AS v, '?' AS text", [value]))["rows"] == [{"v": comes_back, "text": "?"}]


async def test_a_list_stands_in_parentheses(db: DataFlow, execute: Any) -> None:
    assert (await execute(db, "SELECT 2 IN :many AS found", {"many": [1, 2]}))["rows"] == [{"found": 1}]


async def test_a_percent_is_a_percent(db: DataFlow, execute: Any) -> None:
    assert (await execute(db, "SELECT 'a%%' LIKE 'a%' AS found"))["rows"] == [{"found": 1}]
    assert (await execute(db, "SELECT :x LIKE 'a%' AS found", {"x": "ab"}))["rows"] == [{"found": 1}]


@pytest.mark.parametrize("sql", ["SELECT 1; SELECT 2", "SELECT 1; -- x\n DROP TABLE y", "SELECT ';' ; SELECT 1"])
async def test_a_second_statement_is_refused(db: DataFlow, sql: str, execute: Any) -> None:
    with pytest.raises(DataFlowError) as caught:
        await execute(db, sql)
    assert caught.value.problems[0].message == "'sql' holds more than one statement"


async def test_an_end_that_nothing_follows_is_none(db: DataFlow, execute: Any) -> None:
    assert (await execute(db, "SELECT 1 AS a; -- done"))["rows"] == [{"a": 1}]


async def test_wrong_sql_is_told_without_its_values(db: DataFlow, execute: Any) -> None:
    with pytest.raises(DataFlowError) as caught:
        await execute(db, "SELEC :secret", {"secret": "hunter2"})
    assert caught.value.code == "DF-A120"
    assert "hunter2" not in str(caught.value)


async def test_a_missing_table_is_named(db: DataFlow, execute: Any) -> None:
    with pytest.raises(DataFlowError) as caught:
        await execute(db, "SELECT * FROM nowhere")
    assert caught.value.code == "DF-A114"
    assert "nowhere' doesn't exist" in caught.value.problems[0].message


async def test_a_session_never_writes_texts_in_another_way(database_url: str, execute: Any) -> None:
    db = DataFlow(database_url, pool_size=1)
    with pytest.raises(DataFlowError) as caught:
        await execute(db, "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'")
    assert caught.value.code == "DF-A120"
    assert (await execute(db, "SELECT :x AS x", {"x": "\\'"}))["rows"] == [{"x": "\\'"}]
    await db.close()


async def test_a_query_that_counts_up_by_itself_goes_on_to_its_end(db: DataFlow, execute: Any) -> None:
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT MAX(i) AS last FROM n"
    assert (await execute(db, sql))["rows"] == [{"last": 5_000}]


async def test_a_message_repeats_no_value_of_a_statement(db: DataFlow, execute: Any) -> None:
    await execute(db, "CREATE TABLE things (name VARCHAR(20) PRIMARY KEY, size TINYINT)")
    await execute(db, "INSERT INTO things VALUES (:name, 1)", {"name": "canary"})
    for sql in ("INSERT INTO things VALUES (:name, 1)", "INSERT INTO things VALUES ('x', :name)"):
        with pytest.raises(DataFlowError) as caught:
            await execute(db, sql, {"name": "canary"})
        assert caught.value.code == "DF-A120"
        assert "canary" not in caught.value.problems[0].message


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS one # not :v\n",
        "SELECT 1 AS one -- not :v\n",
        "SELECT 1 AS one /* not :v */",
        'SELECT 1 AS one, "a\\" :v" AS text',
        "SELECT 1 AS one, 'a\\' :v' AS text",
        "SELECT 1 AS one, `:v` FROM (SELECT 2 AS `:v`) AS t",
    ],
)
async def test_a_place_in_a_comment_or_a_text_takes_no_value(db: DataFlow, sql: str, execute: Any) -> None:
    value = "\n \" ' ` */ UNION SELECT 'taken', 'taken' -- "
    (row,) = (await execute(db, sql, {"v": value}))["rows"]
    assert "taken" not in row.values()
    with pytest.raises(DataFlowError, match="the statement has 0 places, and 1 values"):
        await execute(db, sql.replace(":v", "?"), [value])


async def test_two_dashes_before_a_place_are_a_difference(db: DataFlow, execute: Any) -> None:
    assert (await execute(db, "SELECT 5--:v AS sum", {"v": 2}))["rows"] == [{"sum": 7}]


@pytest.mark.parametrize(
    "setting",
    [
        "NAMES gbk",
        "CHARACTER SET sjis",
        "@a = 1, /* x */ @@SESSION.character_set_client = gbk",
    ],
)
async def test_a_connection_goes_on_reading_text_as_it_did(db: DataFlow, setting: str, execute: Any) -> None:
    with pytest.raises(DataFlowError, match="would change how the connection reads text"):
        await execute(db, f"SET {setting}")
    assert (await execute(db, "SELECT :v AS v", {"v": "縗\\' OR 1 = 1 -- "}))["rows"] == [{"v": "縗\\' OR 1 = 1 -- "}]


class _Text(str):
    def replace(self, *_: Any) -> str:
        return "' OR 1 = 1 -- "

    def __str__(self) -> str:
        return "' OR 1 = 1 -- "


class _Whole(int):
    def __repr__(self) -> str:
        return "1 OR 1 = 1"

    __str__ = __repr__


class _Real(float):
    def __repr__(self) -> str:
        return "float64(1.5)"


async def test_a_value_of_a_class_of_its_own_is_the_value(db: DataFlow, execute: Any) -> None:
    found = await execute(db, "SELECT :a AS a, :b AS b, :c AS c", {"a": _Text("a'"), "b": _Whole(2), "c": _Real(2.5)})
    assert found["rows"] == [{"a": "a'", "b": 2, "c": 2.5}]


async def test_a_list_in_a_list_is_refused(db: DataFlow, execute: Any) -> None:
    with pytest.raises(DataFlowError, match="a list of values of the statement holds a list") as caught:
        await execute(db, "SELECT 1 IN :many AS found", {"many": [[1]]})
    assert caught.value.code == "DF-A120"
