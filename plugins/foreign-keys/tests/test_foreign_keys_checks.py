"""What ``check()`` and the doctor find, each with its cure, and that cured schemas have nothing to find."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dataflow import DataFlow, field
from dataflow.checkups import Diagnosis, diagnose
from dataflow.migrations import Session
from dataflow_foreign_keys.switches import unchecked_here


def blog(url: str, *, index: bool) -> DataFlow:
    db = DataFlow(url, plugins=["foreign-keys"])

    @db.model
    class User:
        id: str

    @db.model
    class Post:
        id: str
        user_id: str = field(references="User.id", on_delete="cascade", index=index)

    return db


async def run(db: DataFlow, *statements: str) -> None:
    session: Session
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # the adapter can be migrated
        for statement in statements:
            await session.run(statement)


def codes(diagnosis: Diagnosis) -> list[str]:
    return [one.code for one in diagnosis.findings]


@pytest.mark.databases("sqlite", "postgres")
async def test_cure_of_a_missing_index_cures_it(database_url: str) -> None:
    async with blog(database_url, index=False) as db:
        await db.Post.count()
        found: Diagnosis = await db.migrations.foreign_keys.check()
        assert codes(found) == ["DF-G401"]
        problem = found.findings[0].problem
        assert problem is not None
        assert problem.message == "no index finds the rows of 'posts' by (user_id)"
        assert [one.code for one in problem.solutions] == [
            'CREATE INDEX "ix_posts_user_id" ON "posts" ("user_id")',
            'user_id: str = field(references="User.id", on_delete="cascade", index=True)',
        ]
        await run(db, problem.solutions[0].code)
        assert (await db.migrations.foreign_keys.check()).status == "PASS"


async def test_field_with_an_index_has_nothing_to_find(database_url: str) -> None:
    async with blog(database_url, index=True) as db:
        await db.Post.count()
        diagnosis = await db.migrations.foreign_keys.check()
        assert [one.text for one in diagnosis.findings] == ["1 foreign key, nothing to mend"]


async def test_orphans_are_counted_and_shown(database_url: str, database_kind: str) -> None:
    async with blog(database_url, index=True) as db:
        await db.User.bulk_create([{"id": "a"}, {"id": "b"}])
        await db.Post.bulk_create([{"id": f"p{number}", "user_id": "a"} for number in range(3)])
        off = {"sqlite": "PRAGMA foreign_keys = OFF", "mysql": "SET foreign_key_checks = 0"}
        # a session of SQLite's has them off anyway
        await run(
            db, off.get(database_kind, "SET session_replication_role = replica"), "DELETE FROM users WHERE id = 'a'"
        )  # fmt: skip
        diagnosis = await db.migrations.foreign_keys.check()
        assert codes(diagnosis) == ["DF-G403"]
        problem = diagnosis.findings[0].problem
        assert problem is not None
        assert problem.message == "3 rows of 'posts' refer to no row of 'users'"
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # the adapter can be migrated
            assert len(await session.rows(problem.solutions[0].code)) == 3


async def test_doctor_reads_no_rows(database_url: str, database_kind: str) -> None:
    async with blog(database_url, index=database_kind == "mysql") as db:
        await db.Post.count()
        found = [one for one in (await diagnose(db)).findings if one.code.startswith("DF-G4")]
        assert [one.code for one in found] == ([] if database_kind == "mysql" else ["DF-G401"])
        assert {one.area for one in found} <= {"schema"}


async def check_of(file: Path, *statements: str) -> Diagnosis:
    with closing(sqlite3.connect(file)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()
    async with DataFlow(f"sqlite:///{file}", plugins=["foreign-keys"]) as db:
        found: Diagnosis = await db.migrations.foreign_keys.check()
        return found


async def test_types_and_collations_that_differ_are_told(tmp_path: Path) -> None:
    diagnosis = await check_of(
        tmp_path / "app.db",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE UNIQUE, code VARCHAR(5) UNIQUE)",
        "CREATE TABLE c (a TEXT PRIMARY KEY REFERENCES p (id), b TEXT UNIQUE REFERENCES p (name), d TEXT UNIQUE REFERENCES p (code))",
    )
    assert [one.text for one in diagnosis.findings] == [
        "'c.a' has another type than 'p.id', which it refers to: TEXT, INTEGER",
        "'c.b' has another collation than 'p.name', which it refers to: none, NOCASE",
    ]


async def test_reference_to_a_table_that_is_not_there_leads_nowhere(tmp_path: Path) -> None:
    diagnosis = await check_of(
        tmp_path / "app.db",
        "CREATE TABLE c (id TEXT PRIMARY KEY REFERENCES p (id))",
        "INSERT INTO c VALUES ('x'), (NULL)",
    )
    assert [one.text for one in diagnosis.findings] == ["1 row of 'c' refers to no row of 'p'"]


async def test_disputed_rows_are_told_from_the_nearest_table(tmp_path: Path) -> None:
    tables = (
        "CREATE TABLE a (id TEXT PRIMARY KEY)",
        "CREATE TABLE b (id TEXT PRIMARY KEY REFERENCES a (id) ON DELETE CASCADE)",
        "CREATE TABLE c (id TEXT PRIMARY KEY REFERENCES b (id) ON DELETE CASCADE)",
    )
    disputed = await check_of(
        tmp_path / "disputed.db",
        *tables,
        "CREATE TABLE d (id TEXT PRIMARY KEY REFERENCES c (id) ON DELETE CASCADE, b TEXT UNIQUE REFERENCES b (id) ON DELETE RESTRICT)",
    )
    assert [(one.code, one.text) for one in disputed.findings] == [
        ("DF-G405", "a delete in 'b' reaches rows of 'd' by 2 foreign keys that want different things")
    ]
    # SQLite looks at NO ACTION when the statement ends
    agreed = await check_of(
        tmp_path / "agreed.db",
        *tables,
        "CREATE TABLE d (id TEXT PRIMARY KEY REFERENCES c (id) ON DELETE CASCADE, b TEXT UNIQUE REFERENCES b (id))",
    )
    assert agreed.status == "PASS"


async def test_one_row_with_very_many_is_told(tmp_path: Path) -> None:
    diagnosis = await check_of(
        tmp_path / "app.db",
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE)",
        "CREATE INDEX i ON c (p)",
        "INSERT INTO p VALUES (1)",
        "INSERT INTO c (p) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) SELECT 1 FROM n",
    )
    assert [(one.code, one.text) for one in diagnosis.findings] == [
        ("DF-G406", "one row of 'p' takes 10,001 rows of 'c' along when it is deleted")
    ]


@pytest.mark.databases("postgres")
async def test_key_that_was_not_validated_is_told(database_url: str) -> None:
    async with blog(database_url, index=True) as db:
        await db.User.count()
        await run(
            db,
            'CREATE TABLE notes (id text COLLATE "C" PRIMARY KEY)',
            "ALTER TABLE notes ADD CONSTRAINT author FOREIGN KEY (id) REFERENCES users (id) NOT VALID",
        )
        diagnosis = await db.migrations.foreign_keys.check()
        assert codes(diagnosis) == ["DF-G404"]
        problem = diagnosis.findings[0].problem
        assert problem is not None
        assert problem.message == "foreign key 'author' of 'notes' was never validated"
        await run(db, problem.solutions[0].code)
        assert (await db.migrations.foreign_keys.check()).status == "PASS"


async def test_switch_of_an_own_connection_is_on(database_url: str) -> None:
    async with blog(database_url, index=True) as db:
        await db.User.count()
        assert await unchecked_here(db) == ()


@pytest.mark.databases("postgres")
async def test_keys_that_are_switched_off_are_told(database_url: str) -> None:
    async with blog(database_url, index=True) as db:
        await db.User.count()
        ((name,),) = await current_database(db)
        await run(db, f'ALTER DATABASE "{name}" SET session_replication_role = replica')
    async with blog(database_url, index=True) as db:
        diagnosis = await db.migrations.foreign_keys.check()
        assert codes(diagnosis)[0] == "DF-G407"
        assert diagnosis.findings[0].text == "foreign keys are not checked: session_replication_role is replica"
        await run(db, f'ALTER DATABASE "{name}" RESET session_replication_role')


async def current_database(db: DataFlow) -> list[tuple[str]]:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # the adapter can be migrated
        return await session.rows("SELECT current_database()::text")  # type: ignore[no-any-return]  # rows of text


@pytest.mark.databases("sqlite")
async def test_check_needs_no_other_engine(database_url: str) -> None:
    async with blog(database_url, index=True) as db:
        assert db.migrations.capabilities == ("foreign_keys",)
        assert (await db.migrations.foreign_keys.check()).status == "PASS"


@pytest.mark.parametrize("parent", ["", "CREATE TABLE p (x, y, PRIMARY KEY (x, y))"])
async def test_reference_without_columns_to_what_has_no_such_key_leads_nowhere(tmp_path: Path, parent: str) -> None:
    file = tmp_path / "app.db"
    diagnosis = await check_of(
        file,
        "CREATE TABLE c (id TEXT PRIMARY KEY REFERENCES p)",
        "INSERT INTO c VALUES ('x'), (NULL)",
        *([parent] if parent else []),
    )
    assert [one.text.partition(",")[0] for one in diagnosis.findings] == ["1 row of 'c' refers to no row of 'p'"]
    async with DataFlow(f"sqlite:///{file}", plugins=["foreign-keys"]) as db:
        (key,) = (await db.migrations.foreign_keys.graph()).keys
        assert (str(key), key.pairs) == ("c (id) -> p ()", ())
