"""What the engine makes of plans: references left behind, parents that are locked, missing indexes, an order that works."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import DataFlowError
from dataflow.migrations import MigrationPlan, MigrationRun, MigrationStep, ObjectRef, Probe
from dataflow_foreign_keys.engine import ForeignKeyEngine

PLUGINS = ["migrations", "foreign-keys"]


def findings(plan: MigrationPlan) -> list[tuple[str, str]]:
    return [(one.code, str(one.target)) for one in plan.findings]


def users_and_posts(url: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=PLUGINS)

    @db.model
    class User:
        id: str

    @db.model
    class Post:
        id: str
        user_id: str = field(references="User.id", **options)

    return db


async def test_new_key_without_an_index_is_a_finding(database_url: str, database_kind: str) -> None:
    async with users_and_posts(database_url) as db:
        plan = await db.migrations.plan()
        expected = [] if database_kind == "mysql" else [("DF-G401", "constraint posts.fk_posts_user_id")]
        assert [one for one in findings(plan) if one[0].startswith("DF")] == expected
    async with users_and_posts(database_url, index=True) as db:
        assert [one for one in findings(await db.migrations.plan()) if one[0].startswith("DF")] == []


async def test_plan_of_nothing_has_no_findings(database_url: str) -> None:
    async with users_and_posts(database_url, index=True) as db:
        await db.Post.count()
        plan = await db.migrations.plan()
        assert (plan.steps, plan.findings) == ((), ())


@pytest.mark.databases("postgres")
async def test_parent_of_a_key_that_comes_or_goes_is_locked_too(database_url: str) -> None:
    async with DataFlow(database_url, plugins=PLUGINS) as db:

        @db.model
        class User:
            id: str

        @db.model
        class Post:
            id: str
            user_id: str = field(index=True)

        await db.Post.count()
    async with users_and_posts(database_url, index=True) as db:
        plan = await db.migrations.plan()
        (found,) = plan.findings
        assert (found.code, str(found.target), found.lock_mode, found.blocks) == (
            "PG122", "table users", "SHARE ROW EXCLUSIVE", "writes",
        )  # fmt: skip
        await db.migrations.apply()
        gone = attrs.evolve(plan, steps=(dropping(ObjectRef("constraint", "fk_posts_user_id", "posts")),), findings=())
        assert [(one.code, str(one.target), one.lock_mode) for one in (await assessed(db, gone)).findings] == [
            ("PG125", "table users", "ACCESS EXCLUSIVE")
        ]
        table = attrs.evolve(plan, steps=(dropping(ObjectRef("table", "posts")),), findings=())
        assert [(one.code, str(one.target), one.blocks) for one in (await assessed(db, table)).findings] == [
            ("PG126", "table users", "reads")
        ]


def dropping(ref: ObjectRef) -> MigrationStep:
    words = f"DROP TABLE {ref.name}" if ref.kind == "table" else f"ALTER TABLE {ref.table} DROP CONSTRAINT {ref.name}"
    return MigrationStep(kind="drop", target=ref, sql=[words], postconditions=(Probe("absent", ref),))


async def assessed(db: DataFlow, plan: MigrationPlan, *, phase: Any = "assess") -> MigrationPlan:
    adapter: Any = db.adapter
    async with adapter.session("test") as session:
        run = MigrationRun(app=db, session=session, dialect=adapter.schema, connect=adapter.session)
        return await ForeignKeyEngine().run(phase, plan, run)


async def test_dropped_table_that_others_refer_to_stops_the_plan(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    async with users_and_posts(url, index=True) as db:
        await db.Post.count()
        await db.migrations.apply()
    with closing(sqlite3.connect(tmp_path / "app.db")) as raw:
        raw.execute("CREATE TABLE invoices (id TEXT PRIMARY KEY REFERENCES users (id))")
        raw.commit()
    async with DataFlow(url, plugins=PLUGINS) as db:
        tables = {"accept": ["table users", "table posts"], "drop_tables": ["users", "posts"]}
        plan = await db.migrations.plan(**tables)
        assert [one.code for one in plan.stops] == ["DF-G409"]
        assert plan.stops[0].message == "table 'users' would be dropped, and rows of 'invoices' refer to it"
        assert findings(plan) == [("DF-G409", "table users")]
        with pytest.raises(DataFlowError) as caught:
            await db.migrations.apply(plan)
        assert caught.value.code == "DF-G409"
        accepted = await db.migrations.plan(accept=[*tables["accept"], "DF-G409"], drop_tables=tables["drop_tables"])
        assert accepted.stops == ()


async def test_plan_that_drops_both_tables_is_not_stopped(database_url: str) -> None:
    async with users_and_posts(database_url, index=True) as db:
        await db.Post.count()
        await db.migrations.apply()
    async with DataFlow(database_url, plugins=PLUGINS) as db:
        plan = await db.migrations.plan(accept=["table users", "table posts"], drop_tables=["users", "posts"])
        assert plan.stops == ()
        await db.migrations.apply(plan)
        assert (await db.migrations.foreign_keys.graph()).keys == ()


def names(steps: Sequence[MigrationStep]) -> list[str]:
    return [step.target.name for step in steps]


async def test_tables_are_dropped_in_an_order_that_works(database_url: str) -> None:
    async with users_and_posts(database_url, index=True) as db:
        await db.Post.count()
        plan = MigrationPlan(dialect="", from_fingerprint="", to_fingerprint="")
        wrong = attrs.evolve(plan, steps=tuple(dropping(ObjectRef("table", name)) for name in ("users", "posts")))
        mended = await assessed(db, wrong, phase="mitigate")
        assert names(mended.steps) == ["posts", "users"]
        assert await assessed(db, mended, phase="mitigate") is mended
        # the key goes by a step of its own, so any order works
        key = dropping(ObjectRef("constraint", "fk_posts_user_id", "posts"))
        apart = attrs.evolve(plan, steps=(key, *wrong.steps))
        assert await assessed(db, apart, phase="mitigate") is apart


async def test_tables_are_made_in_an_order_that_works(tmp_path: Path) -> None:
    async with users_and_posts(f"sqlite:///{tmp_path}/app.db", index=True) as db:
        plan = await db.migrations.plan()
        wrong = attrs.evolve(plan, steps=tuple(sorted(plan.steps, key=lambda step: step.target.name)))
        assert names((await assessed(db, wrong, phase="mitigate")).steps) == ["users", "posts"]


async def test_renamed_table_keeps_its_references(database_url: str) -> None:
    async with users_and_posts(database_url, index=True) as db:
        await db.Post.count()
        await db.migrations.apply()
    async with DataFlow(database_url, plugins=PLUGINS) as db:

        @db.model
        class Person:
            __dataflow__ = {"renamed_from": "users"}  # noqa: RUF012  # as users write it

            id: str

        @db.model
        class Post:
            id: str
            user_id: str = field(references="Person.id", index=True)

        plan = await db.migrations.plan()
        assert plan.stops == ()
        assert [one for one in findings(plan) if one[0].startswith("DF")] == []
        await db.migrations.apply()
        (key,) = (await db.migrations.foreign_keys.graph()).keys
        assert key.referred_table == db.models["Person"].table
