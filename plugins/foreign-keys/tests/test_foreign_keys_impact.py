"""The impact of a delete on every database: what is told, what is bounded, and what else refuses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, Q, field
from dataflow.diagnostics import DataFlowError
from dataflow_foreign_keys.impact import Block, Impact, TableImpact


def shop(url: str, **options: Any) -> DataFlow:
    """Customers, their orders with lines, and reviews that outlive them."""
    db = DataFlow(url, plugins=["foreign-keys"], **options)

    @db.model
    class Customer:
        id: str
        city: str = "London"
        parent_id: str | None = field(default=None, references="Customer.id", on_delete="cascade", index=True)

    @db.model
    class Order:
        id: str
        customer_id: str = field(references="Customer.id", on_delete="cascade", index=True)

    @db.model
    class Line:
        id: str
        order_id: str = field(references="Order.id", on_delete="cascade", index=True)
        customer_id: str = field(references="Customer.id", on_delete="cascade", index=True)

    @db.model
    class Review:
        id: str
        customer_id: str | None = field(default=None, references="Customer.id", on_delete="set_null", index=True)

    @db.model
    class Invoice:
        id: str
        customer_id: str = field(references="Customer.id", index=True)

    return db


async def filled(db: DataFlow) -> None:
    await db.Customer.create(id="a", city="Paris")
    await db.Customer.create(id="b", parent_id="a")
    await db.Customer.create(id="c")
    for order, customer in (("o1", "a"), ("o2", "b"), ("o3", "c")):
        await db.Order.create(id=order, customer_id=customer)
        # by two ways to each line, which counts once
        await db.Line.bulk_create(
            [{"id": f"{order}.{number}", "order_id": order, "customer_id": "a"} for number in (1, 2)]
        )
    await db.Review.bulk_create([{"id": f"r{number}", "customer_id": "b"} for number in range(3)])
    await db.Invoice.count()


async def test_impact_counts_each_row_once_and_changes_nothing(database_url: str) -> None:
    async with shop(database_url) as db:
        await filled(db)
        impact: Impact = await db.migrations.foreign_keys.impact("Customer", {"city": "Paris"})
        assert impact == Impact(
            model="Customer",
            action="delete",
            rows=1,
            tables=(
                TableImpact("customers", deleted=2),
                TableImpact("lines", deleted=6),
                TableImpact("orders", deleted=2),
                TableImpact("reviews", nulled=3, nulled_columns={"customer_id": 3}),
            ),
            source="rows read in one transaction",
        )
        assert (impact.deleted, impact.refused) == (10, False)
        assert str(impact) == (
            "delete 1 of Customer: done (exact, rows read in one transaction)\n"
            "  customers: 2 deleted\n  lines: 6 deleted\n  orders: 2 deleted\n  reviews: 3 set to null"
        )
        assert await db.Customer.count() == 3
        await db.Customer.delete("a")
        assert (await db.Customer.count(), await db.Line.count(), await db.Order.count()) == (1, 0, 1)
        assert await db.Review.count({"customer_id": None}) == 3


async def test_filter_is_read_as_that_of_a_list(database_url: str) -> None:
    async with shop(database_url) as db:
        await filled(db)
        foreign_keys = db.migrations.foreign_keys
        for given in (None, {"city": {"$in": ["Paris", "London"]}}, Q.city.startswith("Lon") | (Q.city == "Paris")):
            assert (await foreign_keys.impact("Customer", given)).rows == 3
        assert (await foreign_keys.impact("Customer", lambda one: one.city.like("%ris"))).rows == 1
        assert (await foreign_keys.impact("Customer", {"city": "Rome"})).tables == ()
        with pytest.raises(DataFlowError) as caught:
            await foreign_keys.impact("Customer", {"town": "Rome"})
        assert caught.value.code == "DF-N103"


async def test_refused_delete_names_the_constraint_and_its_rows(database_url: str) -> None:
    async with shop(database_url) as db:
        await filled(db)
        await db.Invoice.bulk_create([{"id": "i1", "customer_id": "b"}, {"id": "i2", "customer_id": "c"}])
        impact = await db.migrations.foreign_keys.impact("Customer", {"id": "a"})
        assert impact.blocked == (Block("fk_invoices_customer_id", "invoices", 1, "restrict"),)
        assert "refused by fk_invoices_customer_id: 1 row of 'invoices' refers to rows that would go (RESTRICT)" in str(
            impact
        )
        assert impact.to_dict()["blocked"][0]["rows"] == 1
        with pytest.raises(DataFlowError) as caught:
            impact.raise_for_refusal()
        assert caught.value.message == (
            "1 row of 'invoices' would keep the delete of Customer from being done: fk_invoices_customer_id"
        )
        with pytest.raises(DataFlowError) as real:
            await db.Customer.delete("a")
        assert real.value.code == "DF-A102"


async def test_more_rows_than_are_kept_in_mind_are_estimated(database_url: str) -> None:
    async with shop(database_url) as db:
        await filled(db)
        impact = await db.migrations.foreign_keys.impact("Customer", {"city": "Paris"}, max_rows=3)
        assert impact.method == "estimated"
        assert impact.caveats == ("not exact: more than 3 rows are reached",)
        many = await db.migrations.foreign_keys.impact("Customer", max_rows=2)
        assert many.caveats == ("more than 2 rows are meant: at least so many go",)


ANALYSE = {
    "sqlite": "ANALYZE",
    "postgres": "ANALYZE",
    "mysql": "ANALYZE TABLE customers, orders, `lines`, reviews, invoices",
}
SOURCES = {
    "sqlite": "sqlite_stat1",
    "postgres": "pg_class.reltuples and pg_stats.n_distinct",
    "mysql": "information_schema",
}


async def test_estimate_of_evenly_spread_rows_is_their_number(database_url: str, database_kind: str) -> None:
    async with shop(database_url) as db:
        await db.Customer.bulk_create([{"id": f"c{number}"} for number in range(100)])
        await db.Order.bulk_create([{"id": f"o{number}", "customer_id": f"c{number // 3}"} for number in range(300)])
        orders = [(number, number // 2) for number in range(600)]
        await db.Line.bulk_create(
            [{"id": f"l{number}", "order_id": f"o{order}", "customer_id": f"c{order // 3}"} for number, order in orders]
        )
        await db.Review.bulk_create([{"id": f"r{number}", "customer_id": f"c{number}"} for number in range(100)])
        await db.Invoice.create(id="i", customer_id="c99")
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # the adapter can be migrated
            await session.rows(ANALYSE[database_kind])
        meant = {"id": {"$in": [f"c{number}" for number in range(10)]}}
        exact = await db.migrations.foreign_keys.impact("Customer", meant)
        found = await db.migrations.foreign_keys.impact("Customer", meant, exact=False)
        assert (found.method, found.source) == ("estimated", SOURCES[database_kind])
        assert [exact.table(name).deleted for name in ("customers", "orders", "lines")] == [10, 30, 60]
        # the statistics do not know that the lines of the two ways are the same
        assert [found.table(name).deleted for name in ("customers", "orders", "lines")] == [10, 30, 120]
        assert exact.table("reviews").nulled == found.table("reviews").nulled == 10


async def test_table_without_a_model_is_followed_too(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "app.db")) as raw:
        raw.execute("CREATE TABLE users (id TEXT PRIMARY KEY)")
        # rows of no key of their own, and rows whose key is all there is
        raw.execute("CREATE TABLE logins (user_id TEXT REFERENCES users (id) ON DELETE CASCADE)")
        raw.execute(
            "CREATE TABLE grants (user_id TEXT REFERENCES users (id) ON DELETE CASCADE, role TEXT,"
            " rowid TEXT, PRIMARY KEY (user_id, role)) WITHOUT ROWID"
        )
        raw.execute("INSERT INTO users VALUES ('a')")
        raw.executemany("INSERT INTO logins VALUES (?)", [("a",)] * 5)
        raw.executemany("INSERT INTO grants VALUES ('a', ?, NULL)", [("read",), ("write",)])
        raw.commit()
    async with single(f"sqlite:///{tmp_path}/app.db") as db:
        impact = await db.migrations.foreign_keys.impact("User")
        assert {one.table: one.deleted for one in impact.tables} == {"grants": 2, "logins": 5, "users": 1}


def single(url: str) -> DataFlow:
    """An instance that knows the users alone, of tables that are there."""
    db = DataFlow(url, plugins=["foreign-keys"], existing_schema_mode=True, auto_migrate=False)

    @db.model
    class User:
        __dataflow__: ClassVar = {"timestamps": False}

        id: str

    return db


async def impact_with(file: Path, *statements: str) -> tuple[Impact, str]:
    """The impact of deleting user 'a' after some statements, and what a real delete says."""
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY)")
        raw.execute("INSERT INTO users VALUES ('a'), ('b'), ('z')")
        for statement in statements:
            raw.execute(statement)
        async with single(f"sqlite:///{file}") as db:
            impact: Impact = await db.migrations.foreign_keys.impact("User", {"id": "a"})
        raw.execute("PRAGMA foreign_keys = ON")
        try:
            raw.execute("DELETE FROM users WHERE id = 'a'")
        except sqlite3.IntegrityError as error:
            return impact, str(error)
        return impact, ""


async def test_check_constraint_of_a_nulled_column_refuses(tmp_path: Path) -> None:
    impact, real = await impact_with(
        tmp_path / "app.db",
        "CREATE TABLE posts (id TEXT PRIMARY KEY, user_id TEXT REFERENCES users (id) ON DELETE SET NULL, guest TEXT,"
        " CONSTRAINT somebody CHECK (user_id IS NOT NULL OR guest IS NOT NULL))",
        "INSERT INTO posts VALUES ('p', 'a', 'Ann'), ('q', 'a', NULL), ('r', 'b', NULL)",
    )
    assert impact.blocked == (Block("somebody", "posts", 1, "check"),)
    assert real == "CHECK constraint failed: somebody"


@pytest.mark.parametrize(("taken", "refused"), [("'b'", False), ("'z'", True)])
async def test_default_under_a_unique_key_refuses_where_a_row_has_it(tmp_path: Path, taken: str, refused: bool) -> None:
    impact, real = await impact_with(
        tmp_path / "app.db",
        "CREATE TABLE seats (id TEXT PRIMARY KEY, user_id TEXT DEFAULT 'z' REFERENCES users (id) ON DELETE SET DEFAULT,"
        " CONSTRAINT one UNIQUE (user_id))",
        f"INSERT INTO seats VALUES ('1', 'a'), ('2', {taken})",
    )
    assert impact.refused == bool(real) == refused
    assert impact.table("seats").defaulted_columns == {"user_id": 1}
    assert impact.blocked == ((Block("one", "seats", 1, "unique"),) if refused else ())


async def test_default_under_a_unique_key_refuses_where_the_other_row_goes_later(tmp_path: Path) -> None:
    impact, real = await impact_with(
        tmp_path / "app.db",
        # the key that was declared last is acted on first
        "CREATE TABLE seats (id TEXT PRIMARY KEY, host TEXT REFERENCES users (id) ON DELETE CASCADE,"
        " user_id TEXT DEFAULT 'z' REFERENCES users (id) ON DELETE SET DEFAULT, CONSTRAINT one UNIQUE (user_id))",
        "INSERT INTO seats VALUES ('1', NULL, 'a'), ('2', 'a', 'z')",
    )
    assert "UNIQUE constraint failed" in real
    assert impact.blocked == (Block("one", "seats", 1, "unique"),)


async def test_check_constraint_refuses_a_row_that_would_go_later(tmp_path: Path) -> None:
    impact, real = await impact_with(
        tmp_path / "app.db",
        "CREATE TABLE posts (id TEXT PRIMARY KEY, host TEXT REFERENCES users (id) ON DELETE CASCADE,"
        " user_id TEXT REFERENCES users (id) ON DELETE SET NULL, CONSTRAINT somebody CHECK (user_id IS NOT NULL))",
        "INSERT INTO posts VALUES ('p', 'a', 'a')",
    )
    assert impact.blocked == (Block("somebody", "posts", 1, "check"),)
    assert real == "CHECK constraint failed: somebody"


async def test_default_that_is_computed_is_not_followed(tmp_path: Path) -> None:
    impact, _ = await impact_with(
        tmp_path / "app.db",
        "CREATE TABLE seats (id TEXT PRIMARY KEY, user_id TEXT DEFAULT (lower('Z')) REFERENCES users (id) ON DELETE SET DEFAULT)",
        "INSERT INTO seats VALUES ('1', 'a')",
    )
    assert (impact.method, impact.caveats) == (
        "estimated",
        ("not exact: the default of column seats.user_id is computed",),
    )


async def test_deferred_key_refuses_the_commit(tmp_path: Path) -> None:
    impact, _ = await impact_with(
        tmp_path / "app.db",
        "CREATE TABLE posts (id TEXT PRIMARY KEY, user_id TEXT CONSTRAINT author REFERENCES users (id)"
        " DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO posts VALUES ('p', 'a')",
    )
    assert impact.blocked == (Block("author", "posts", 1, "no action", "commit"),)
    assert str(impact.blocked[0]).endswith("(NO ACTION), at COMMIT")


async def test_what_triggers_do_is_said_to_be_unknown(tmp_path: Path) -> None:
    impact, _ = await impact_with(
        tmp_path / "app.db",
        "CREATE TABLE gone (id TEXT)",
        "CREATE TRIGGER noted AFTER DELETE ON users BEGIN INSERT INTO gone VALUES (old.id); END",
    )
    assert impact.caveats == ("trigger users.noted may do more",)


async def test_numbers_are_compared_as_the_parent_compares_them(tmp_path: Path) -> None:
    # by the rules of a join these would be equal; a foreign key takes the parent's column's affinity
    impact, real = await impact_with(
        tmp_path / "app.db",
        "INSERT INTO users VALUES ('01'), ('1')",
        "UPDATE users SET id = 'a2' WHERE id = 'a'",
        "UPDATE users SET id = 'a' WHERE id = '01'",
        "CREATE TABLE posts (id TEXT PRIMARY KEY, user_id INTEGER REFERENCES users (id))",
        "INSERT INTO posts VALUES ('p', 1)",
    )
    assert (impact.refused, real) == (False, "")


@pytest.mark.parametrize(("rows", "refused"), [(1000, False), (1001, True)])
async def test_sqlite_follows_a_thousand_levels(tmp_path: Path, rows: int, refused: bool) -> None:
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as raw:
        raw.execute(
            "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, boss TEXT REFERENCES users (id) ON DELETE CASCADE)"
        )
        raw.execute("CREATE INDEX by_boss ON users (boss)")
        raw.execute("BEGIN")
        raw.executemany("INSERT INTO users VALUES (?, ?)", [(f"n{n}", f"n{n - 1}" if n else None) for n in range(rows)])
        raw.execute("COMMIT")
        async with single(f"sqlite:///{tmp_path}/app.db") as db:
            impact = await db.migrations.foreign_keys.impact("User", {"id": "n0"})
        assert (impact.deleted, impact.refused) == (rows, refused)
        assert [one.reason for one in impact.blocked] == ["depth"] * refused
        raw.execute("PRAGMA foreign_keys = ON")
        if refused:
            with pytest.raises(sqlite3.OperationalError, match="too many levels of trigger recursion"):
                raw.execute("DELETE FROM users WHERE id = 'n0'")
        else:
            raw.execute("DELETE FROM users WHERE id = 'n0'")


@pytest.mark.databases("mysql")
@pytest.mark.parametrize(("rows", "refused"), [(15, False), (16, True)])
async def test_innodb_follows_fifteen_levels(database_url: str, rows: int, refused: bool) -> None:
    async with shop(database_url) as db:
        await db.Customer.bulk_create([{"id": "n00"}])
        for number in range(1, rows):
            await db.Customer.create(id=f"n{number:02}", parent_id=f"n{number - 1:02}")
        await db.Invoice.count()
        impact = await db.migrations.foreign_keys.impact("Customer", {"id": "n00"})
        assert (impact.deleted, impact.refused) == (rows, refused)
        if refused:
            with pytest.raises(DataFlowError):
                await db.Customer.delete("n00")
        else:
            await db.Customer.delete("n00")
            assert await db.Customer.count() == 0


async def test_table_that_is_not_there_yet_has_no_impact() -> None:
    async with shop("sqlite:///:memory:") as db:
        impact = await db.migrations.foreign_keys.impact("Customer")
        assert (impact.rows, impact.caveats) == (0, ("table 'customers' is not there yet",))


async def test_other_actions_are_refused() -> None:
    async with shop("sqlite:///:memory:") as db:
        with pytest.raises(DataFlowError) as caught:
            await db.migrations.foreign_keys.impact("Customer", action="truncate")
        assert caught.value.message == "impact() takes action=\"delete\", and 'truncate' was given"


def test_impact_of_plain_code() -> None:
    db = shop("sqlite:///:memory:")
    db.sync.Customer.create(id="a")
    db.sync.Review.create(id="r", customer_id="a")
    found: Impact = db.sync.migrations.foreign_keys.impact("Customer", {"id": "a"})
    assert found.table("customers").deleted == 1
    db.sync.close()
