"""Checks before, during and after a migration, with their results; on every database that is there."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest

from dataflow import DataFlow, Index, MigrationError, field
from dataflow.migrations import Column, Constraint, MigratableAdapter, MigrationPlan, ObjectRef, Session
from dataflow_checkpoints.check import Surroundings
from dataflow_checkpoints.checks import CHECKS
from dataflow_checkpoints.checks.before import nobody_in_the_way
from dataflow_checkpoints.limits import Limits
from dataflow_checkpoints.servers import lock_waits, schema_changes
from dataflow_checkpoints.statistics import compared
from dataflow_checkpoints.violations import beyond, refused


def first(url: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", "checkpoints"], **options)

    @db.model
    class User:
        id: int
        name: str
        age: int | None = None

    return db


def second(url: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", "checkpoints"], **options)

    @db.model
    class User:
        id: int
        name: str = field(index=True)
        age: int | None = None
        level: int = field(backfill=3)

    return db


async def test_every_check_of_a_migration_leaves_its_result(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
    async with second(database_url) as db:
        (revision,) = await db.migrations.apply()
        results = await db.migrations.checkpoints.results(revision.revision)
        expected = sorted(one.code for one in CHECKS if one.stage in ("pre", "post"))
        assert sorted(one.code for one in results) == expected
        assert {one.code for one in results if one.status == "failed" and one.severity == "error"} == set()
        passed = {one.code for one in results if one.status == "passed"}
        assert {"VC101", "VC106", "VC107", "VC109", "VC301", "VC302", "VC303", "VC304", "VC305", "VC306"} <= passed


@pytest.mark.parametrize(("age_s", "status"), [(60, "passed"), (7200, "failed"), (None, "failed")])
async def test_the_last_backup_is_asked_for_by_a_query(database_url: str, age_s: int | None, status: str) -> None:
    told = "NULL" if age_s is None else str(time.time() - age_s)
    options = {"max_backup_age_s": 3600, "last_backup": f"SELECT {told}"}
    async with first(database_url, checkpoints=options) as db:
        results = await db.migrations.checkpoints.run("pre")
        assert [one.status for one in results if one.code == "VC104"] == [status]


async def test_a_backup_that_nobody_knows_of_is_no_pass(database_url: str) -> None:
    async with first(database_url, checkpoints={"max_backup_age_s": 3600}) as db:
        (result,) = [one for one in await db.migrations.checkpoints.run("pre") if one.code == "VC104"]
        assert result.status == "skipped"
        assert result.message.startswith("cannot be known")


async def test_room_is_measured_or_said_to_be_unknown(database_url: str, database_kind: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
    async with DataFlow(database_url, plugins=["migrations", "checkpoints"]) as db:
        plan = await db.migrations.plan(drop_tables=["users"], accept=["table users"])
        (revision,) = await db.migrations.apply(plan)
        results = await db.migrations.checkpoints.results(revision.revision)
        (room,) = [one for one in results if one.code == "VC103"]
        assert room.status == "passed" or room.message.startswith("cannot be known")
        assert room.status == "skipped" or room.measured["needed_bytes"] > 0
        assert database_kind != "sqlite" or room.status == "passed"


async def test_a_failed_check_before_changes_nothing(database_url: str) -> None:
    async with first(database_url) as db:

        async def never(about: Surroundings) -> str | None:
            return f"{len(about.plan.steps)} steps are too many"

        db.migrations.checkpoints.check("APP1", stage="pre")(never)

        with pytest.raises(MigrationError, match="APP1 1 steps are too many") as raised:
            await db.migrations.apply()
        assert raised.value.code == "DF-G301"
        assert [one.state for one in await db.migrations.history()] == []
        assert len(await db.migrations.pending()) > 0
        (result,) = [one for one in await db.migrations.checkpoints.results() if one.code == "APP1"]
        assert (result.status, result.stage) == ("failed", "pre")


async def test_a_failed_check_after_has_the_migration_undone(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
        before = (await db.migrations.history())[-1].to_fingerprint
    async with second(database_url) as db:

        async def never(about: Surroundings) -> str | None:
            ((level,),) = await about.session.rows("SELECT level FROM users")
            return f"level is {level}"

        db.migrations.checkpoints.check("APP2", stage="post")(never)

        with pytest.raises(MigrationError, match="APP2 level is 3") as raised:
            await db.migrations.apply()
        assert raised.value.code == "DF-G302"
        assert "every step of it was undone" in "".join(raised.value.__notes__)
        states = [one.state for one in await db.migrations.history()]
        assert states == ["applied", "reverted", "reverted"]
        assert (await db.migrations.plan()).from_fingerprint == before
        (result,) = [one for one in await db.migrations.checkpoints.results() if one.code == "APP2"]
        assert result.status == "failed"
    async with first(database_url) as db:
        assert [one["name"] for one in (await db.User.list())["records"]] == ["Alice"]


async def test_rows_that_a_file_does_not_know_of_are_found_before(database_url: str, tmp_path: Any) -> None:
    def application() -> DataFlow:
        db = DataFlow(
            database_url,
            plugins=["migrations", "checkpoints"],
            migrations={"directory": tmp_path, "strategy": "manual"},
        )

        @db.model
        class Item:
            id: int
            name: str = field(unique=True)

        return db

    plain = DataFlow(database_url, plugins=["migrations"])

    @plain.model
    class Item:
        id: int
        name: str

    async with plain:
        await plain.migrations.apply()
        async with application() as db:
            # written where nothing repeats yet
            assert await db.migrations.write(tmp_path) is not None
        await plain.Item.create(name="a")
        await plain.Item.create(name="a")
    async with application() as db:
        with pytest.raises(MigrationError, match="VC106 1 values of"):
            await db.migrations.apply()


async def test_a_deadline_is_kept_between_steps(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice")
    async with second(database_url, checkpoints={"deadline_s": 1e-9}) as db:
        with pytest.raises(MigrationError, match="VC203"):
            await db.migrations.apply()


async def test_a_check_that_cannot_be_asked_is_a_problem(database_url: str) -> None:
    async with first(database_url) as db:
        db.migrations.checkpoints.add_sql("APP3", "SELECT * FROM nowhere", stage="pre")
        with pytest.raises(MigrationError, match="DF-G303"):
            await db.migrations.apply()
        with pytest.raises(MigrationError, match="another check has this code"):
            db.migrations.checkpoints.add_sql("VC101", "SELECT 1", stage="pre")


async def test_a_lost_index_is_found_by_the_shape_of_a_plan(database_url: str) -> None:
    db = DataFlow(database_url, plugins=["migrations", "checkpoints"])

    @db.model
    class Reading:
        id: int
        sensor: int
        value: float
        __indexes__ = [Index("sensor", name="by_sensor")]

    async with db:
        await db.Reading.bulk_create([{"sensor": number % 500, "value": 1.0} for number in range(5_000)])
        checkpoints = db.migrations.checkpoints
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            await session.run("ANALYZE TABLE readings" if "mysql" in database_url else "ANALYZE")
        checkpoints.watch("of a sensor", "Reading", {"sensor": 7})
        await checkpoints.note_shapes()
        assert [one.status for one in await checkpoints.run() if one.code == "VC401"] == ["passed"]
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # same
            await session.run("DROP INDEX by_sensor" + (" ON readings" if "mysql" in database_url else ""))
        (result,) = [one for one in await checkpoints.run() if one.code == "VC401"]
        assert result.status == "failed"
        assert (
            "of a sensor: 'readings' is read from end to end now; of a sensor: index 'by_sensor' serves it no more"
            in result.message
        )


def test_equal_ways_are_seldom_called_different() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    source = random.Random(seed)
    # times have a long tail, and the machine's mood drifts under both
    alarms = 0
    for _ in range(500):
        mood = source.uniform(0.8, 1.3)
        before = [mood * source.lognormvariate(0, 0.5) for _ in range(60)]
        after = [mood * source.lognormvariate(0, 0.5) for _ in range(60)]
        alarms += compared(before, after).is_slower
    assert alarms <= 10


def test_a_slower_way_is_found() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    source = random.Random(seed)
    found = 0
    for _ in range(200):
        before = [source.lognormvariate(0, 0.5) for _ in range(60)]
        after = [2.5 * source.lognormvariate(0, 0.5) for _ in range(60)]
        found += compared(before, after).is_slower
    assert found >= 190


def test_too_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="at least 20 samples"):
        compared([1.0] * 19, [1.0] * 60)


def test_equal_times_are_equal() -> None:
    same = compared([1.0] * 20, [1.0] * 20)
    assert (same.effect, same.is_slower) == (0.5, False)


async def test_a_dropped_index_is_felt(tmp_path: Any, many: Callable[..., Awaitable[None]]) -> None:
    db = DataFlow(f"sqlite:///{tmp_path}/app.db", plugins=["migrations", "checkpoints"])

    @db.model
    class Reading:
        id: int
        sensor: int = field(index=True)
        __dataflow__ = {"timestamps": False}  # as users write it

    @db.model
    class Plain:
        id: int
        sensor: int
        __dataflow__ = {"timestamps": False, "table": "plains"}  # as users write it

    async with db:
        await many(db, "readings", "sensor")
        await many(db, "plains", "sensor")
        checkpoints = db.migrations.checkpoints
        slower = await checkpoints.compare(lambda: db.Reading.list({"sensor": 5}), lambda: db.Plain.list({"sensor": 5}))
        assert slower.is_slower
        same = await checkpoints.compare(
            lambda: db.Reading.count({"sensor": 7}), lambda: db.Reading.count({"sensor": 7}), samples=20
        )
        assert same.samples == 20


async def test_it_installs_alone() -> None:
    async with DataFlow(plugins=["checkpoints"]) as db:

        @db.model
        class Note:
            id: int
            text: str

        await db.Note.create(text="x")
        results = await db.migrations.checkpoints.run("post")
        assert {one.code: one.status for one in results}["VC305"] == "passed"
        with pytest.raises(MigrationError, match="DF-G101"):
            await db.migrations.plan()


def about(db: DataFlow, session: Session) -> Surroundings:
    assert isinstance(db.adapter, MigratableAdapter)
    plan = MigrationPlan(dialect=session.dialect, from_fingerprint="", to_fingerprint="")
    return Surroundings(app=db, session=session, dialect=db.adapter.schema, limits=Limits(), plan=plan)


@pytest.mark.databases("postgres", "mysql")
async def test_a_change_of_the_schema_by_others_is_seen_and_who_waits_for_a_lock(database_url: str) -> None:
    options = {"max_lock_waits": 0, "long_transaction_s": None}
    async with (
        first(database_url, checkpoints=options) as db,
        db.adapter.session("holder") as holder,  # type: ignore[attr-defined]  # it can be migrated
        db.adapter.session("changer") as changer,  # type: ignore[attr-defined]  # same
    ):
        await db.User.create(name="Alice")
        async with holder.transaction():
            await holder.rows("SELECT count(*) FROM users")
            change = asyncio.ensure_future(changer.run("ALTER TABLE users ADD COLUMN more INTEGER"))
            async with asyncio.timeout(30):
                while not (found := await schema_changes(holder)):
                    assert not change.done()
            assert "ALTER TABLE users ADD COLUMN more INTEGER" in found[0]
            # the other checks before a migration would stand in line behind the change
            verdict = await nobody_in_the_way(about(db, holder))
            assert (verdict.status, found[0] in verdict.message) == ("failed", True)
            if "postgres" in database_url:
                assert await lock_waits(holder) == 1
        await change
        assert await schema_changes(holder) == []
        assert await lock_waits(holder) == 0
        (result,) = [one for one in await db.migrations.checkpoints.run("during") if one.code == "VC204"]
        assert result.status == "passed"


async def test_rows_are_asked_of_checks_and_of_narrower_types(database_url: str) -> None:
    table = ObjectRef("table", "users")
    async with first(database_url) as db:
        for name, age in (("Alice", 5), ("a name that is long", 20)):
            await db.User.create(name=name, age=age)
        adapter = db.adapter
        assert isinstance(adapter, MigratableAdapter)
        async with adapter.session("test") as session:
            schema, dialect = await adapter.schema.snapshot(session), adapter.schema
            quoted_age = dialect.quoted("age")
            adult = Constraint(
                ref=ObjectRef("constraint", "adult", "users"),
                type="check",
                columns=("age",),
                expression=f"{quoted_age} >= 18",
            )
            found = await refused(session, dialect, schema, table, adult)
            assert found == [f"1 row of table 'users' does not meet {quoted_age} >= 18"]
            column = schema.objects[ObjectRef("column", "name", "users")]
            assert isinstance(column, Column)
            kind, rows = {"sqlite": ("INTEGER", "2 rows"), "postgresql": ("character varying(10)", "1 row")}.get(
                schema.dialect, ("varchar(10)", "1 row")
            )
            (text,) = await beyond(session, dialect, schema, table, column, attrs.evolve(column, type=kind))
            assert text == f"{rows} of table 'users' {'has' if rows == '1 row' else 'have'} a 'name' that is no {kind}"
            assert await beyond(session, dialect, schema, table, column, column) == []
