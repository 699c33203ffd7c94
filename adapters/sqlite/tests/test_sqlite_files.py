"""Files that are locked, full, read-only, damaged or not there: one code each, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from dataflow import AdapterError, DataFlow, DataFlowError, LocalRuntime, NodeFailed, SchemaError


@contextmanager
def refused(code: str, *texts: str) -> Iterator[None]:
    """Expect a coded error that names what it is about."""
    with pytest.raises(DataFlowError) as caught:
        yield
    assert caught.value.code == code, str(caught.value)
    assert [text for text in texts if text not in str(caught.value)] == []


def free_sql(db: DataFlow, text: str) -> Any:
    workflow = db.workflow()
    workflow.add_node("SQLNode", "sql", {"sql": text})
    with LocalRuntime() as runtime:
        return runtime.execute(workflow.build())[0]["sql"]


def test_a_lock_of_another_program_is_waited_for_and_then_told(open_db: Any, tmp_path: Path) -> None:
    db = open_db(sqlite={"busy_timeout_s": 0.1})
    db.sync.Account.create(id="a", balance=1)
    with closing(sqlite3.connect(tmp_path / "bank.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused("DF-A106"):
            db.sync.Account.update("a", {"balance": 2})
        with refused("DF-A106"):
            db.sync.Account.bulk_create([{"id": "b"}, {"id": "c"}])
        # readers are not kept waiting
        assert db.sync.Account.read("a")["balance"] == 1
        other.execute("ROLLBACK")
    db.sync.Account.update("a", {"balance": 2})
    assert db.sync.Account.count() == 1


async def test_a_lock_that_goes_in_time_is_not_noticed(open_db: Any, tmp_path: Path) -> None:
    db = open_db()
    await db.Account.create(id="a", balance=1)
    with closing(sqlite3.connect(tmp_path / "bank.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(db.Account.update("a", {"balance": {"$inc": 1}})) for _ in range(10)]
        while not any(pool.active for pool in db.pools()):  # noqa: ASYNC110  # the pools have no event to wait for
            await asyncio.sleep(0)
        other.execute("COMMIT")
        await asyncio.gather(*waiting)
    assert (await db.Account.read("a"))["balance"] == 11


def test_a_read_only_database_is_read(open_db: Any, tmp_path: Path) -> None:
    open_db().sync.Account.create(id="a")
    db = open_db(f"sqlite:///{tmp_path}/bank.db?mode=ro")
    assert db.sync.Account.count() == 1
    with refused("DF-A111", "bank.db"):
        db.sync.Account.create(id="b")
    assert db.sync.Account.count() == 1


@pytest.mark.parametrize("place", ["missing/bank.db", ""])
def test_a_file_that_cannot_be_opened_is_named(open_db: Any, tmp_path: Path, place: str) -> None:
    db = open_db(f"sqlite:///{tmp_path}/{place}")
    with refused("DF-A116"):
        db.sync.Account.create(id="a")


def test_a_file_that_is_no_database_is_left_alone(open_db: Any, tmp_path: Path) -> None:
    file = tmp_path / "bank.db"
    file.write_bytes(b"these are the accounts, in words\n" * 200)
    before = file.read_bytes()
    with refused("DF-A117", "bank.db"):
        open_db().sync.Account.create(id="a")
    assert file.read_bytes() == before


def test_damage_inside_is_told(open_db: Any, tmp_path: Path) -> None:
    db = open_db()
    db.sync.Account.bulk_create([{"id": f"a{number}", "code": f"{number:0100}"} for number in range(500)])
    asyncio.run(db.close())
    file = tmp_path / "bank.db"
    with file.open("r+b") as raw:
        raw.seek(4096 * 3)
        raw.write(os.urandom(4096 * 20))
    with refused("DF-A117", "bank.db"):
        open_db().sync.Account.list({"balance": {"$gte": 0}})


def test_a_full_disk_undoes_the_whole_write(open_db: Any) -> None:
    db = open_db()
    db.sync.Account.create(id="a")
    pages = free_sql(db, "PRAGMA page_count")["rows"][0]["page_count"]
    free_sql(db, f"PRAGMA max_page_count = {pages + 5}")
    with refused("DF-A110", "bank.db"):
        db.sync.Account.bulk_create([{"id": f"b{number}", "code": f"{number:0500}"} for number in range(1_000)])
    assert db.sync.Account.count() == 1
    with refused("DF-T102"), db.sync.transaction():
        db.sync.Account.create(id="c")
        with refused("DF-A110"):
            db.sync.Account.bulk_create([{"id": f"b{number}", "code": f"{number:0500}"} for number in range(1_000)])
    assert db.sync.Account.count() == 1
    free_sql(db, "PRAGMA max_page_count = 100000")
    db.sync.Account.create(id="d")
    assert db.sync.Account.count() == 2


async def test_of_writes_that_wait_together_on_a_full_disk_those_that_fit_are_done(open_db: Any) -> None:
    db = open_db()
    await db.Account.create(id="a")

    async def limit(extra: int) -> None:
        raw: list[int] = []
        await db.adapter.connections.write(
            lambda own: raw.append(own.execute("PRAGMA page_count").fetchone()[0]), None, "limit", _statement()
        )
        await db.adapter.connections.write(
            lambda own: own.execute(f"PRAGMA max_page_count = {raw[0] + extra}"), None, "limit", _statement()
        )

    await limit(4)
    writes = [db.Account.create(id=f"b{number}", code="x" * (200_000 if number == 5 else 5)) for number in range(1)]
    writes += [
        db.Account.create(id=f"c{number}", code=("y" * 200_000 if number == 5 else f"{number}")) for number in range(10)
    ]
    results = await asyncio.gather(*writes, return_exceptions=True)
    failed = [number for number, result in enumerate(results) if isinstance(result, BaseException)]
    assert failed == [6]
    assert isinstance(results[6], AdapterError)
    assert results[6].code == "DF-A110"
    assert await db.Account.count() == 11


def _statement() -> Any:
    from dataflow_sqlite.writer import Form

    return Form.STATEMENT


def test_a_hopeless_pattern_is_stopped(open_db: Any) -> None:
    db = open_db(statement_timeout_s=0.2)
    db.sync.Account.create(id="a" * 40 + "!")
    with refused("DF-A109"):
        db.sync.Account.list({"id": {"$regex": "(a|aa)+$"}})
    assert db.sync.Account.list({"id": {"$regex": "^a+!$"}})["total"] == 1


def test_a_table_that_was_changed_from_outside_is_noticed(open_db: Any, tmp_path: Path) -> None:
    db = open_db(schema_cache_validation=True, schema_cache_ttl_s=0.000001)
    db.sync.Account.create(id="a")
    with closing(sqlite3.connect(tmp_path / "bank.db")) as other:
        other.execute("ALTER TABLE accounts DROP COLUMN balance")
    with pytest.raises(SchemaError) as caught:
        db.sync.Account.create(id="b")
    assert caught.value.code == "DF-S102"
    assert "balance" in str(caught.value)


def test_a_missing_table_is_told_where_nothing_is_made(open_db: Any) -> None:
    db = open_db(existing_schema_mode=True, auto_migrate=False)
    with refused("DF-S101", "accounts"):
        db.sync.Account.list()


def test_a_failure_of_a_node_names_the_file_and_the_step(open_db: Any, tmp_path: Path) -> None:
    (tmp_path / "bank.db").write_bytes(b"no database" * 100)
    db = open_db()
    workflow = db.workflow()
    workflow.add_node("AccountCreateNode", "make", {"id": "a"})
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as failure:
        runtime.execute(workflow.build())
    assert (failure.value.code, failure.value.node_id) == ("DF-A117", "make")


def test_log_is_copied_into_the_file_after_as_many_pages_as_asked_for(open_db: Any, tmp_path: Path) -> None:
    db = open_db(sqlite={"checkpoint_pages": 10})
    for number in range(100):
        db.sync.Account.create(id=str(number))
    # a page with its header is 4,120 bytes; the last commit before a copy may go a few pages over
    assert (tmp_path / "bank.db-wal").stat().st_size < 20 * 4_120
