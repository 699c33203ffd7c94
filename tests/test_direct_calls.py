"""The direct API is one code path with the nodes: what a node refuses, a call refuses, and nothing is done by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dataflow import ConflictError, DataFlow, DataFlowError, LocalRuntime, NodeError, field

Call = Callable[[], object]


@pytest.fixture
def db() -> Iterator[DataFlow]:
    db = DataFlow()

    @db.model
    class User:
        __dataflow__ = {"soft_delete": True, "versioned": True}  # noqa: RUF012  # a plain class, as users write it

        id: str
        name: str
        age: int = 0

    @db.model
    class Entry:
        id: int
        code: str | None = field(default=None, unique=True)
        count: int = 0

    db.sync.User.bulk_create([{"id": f"u{number}", "name": "Alice"} for number in range(3)])
    yield db
    db.sync.close()


def names(db: DataFlow) -> set[str]:
    return {one["name"] for one in db.sync.User.list()["records"]}


def test_update_that_says_no_record_changes_none(db: DataFlow) -> None:
    for arguments in ({}, {"all": True}, {"return_records": True}):
        with pytest.raises(NodeError) as caught:
            db.sync.User.update(data={"name": "Bob"}, **arguments)
        assert caught.value.code == "DF-N116"
        assert caught.value.message == "UserUpdateNode takes either 'id' or 'filter', not neither"
        assert [one.code for one in caught.value.solutions] == ['"id": ...', '"filter": {...}']
    assert names(db) == {"Alice"}


@pytest.mark.parametrize("flag", ["no", "false", 1, [0], "all"])
def test_flag_that_is_only_truthy_empties_no_table(db: DataFlow, flag: Any) -> None:
    calls: tuple[Call, ...] = (
        lambda: db.sync.User.delete(filter={}, all=flag),
        lambda: db.sync.User.update(filter={}, data={"name": "Bob"}, all=flag),
        lambda: db.sync.User.restore(filter={}, all=flag),
        lambda: db.sync.User.delete("u1", hard=flag),
        lambda: db.sync.User.list(include_deleted=flag),
        lambda: db.sync.User.list(count=flag),
        lambda: db.sync.User.read("u1", raise_on_not_found=flag),
    )
    for call in calls:
        with pytest.raises(NodeError) as caught:
            call()
        assert "DF-N104" in {one.code for one in caught.value.problems}
    assert db.sync.User.count() == 3
    assert names(db) == {"Alice"}


def test_number_that_is_text_is_held_to_the_same_bounds(db: DataFlow) -> None:
    assert len(db.sync.User.list(limit="2")["records"]) == 2
    assert len(db.sync.User.list(offset="2")["records"]) == 1
    assert db.sync.Entry.bulk_create([{}, {}, {}], batch_size="2")["created"] == 3
    calls: tuple[Call, ...] = (
        lambda: db.sync.User.list(limit="0"),
        lambda: db.sync.User.list(limit="1000000"),
        lambda: db.sync.User.list(offset="-1"),
        lambda: db.sync.Entry.bulk_create([{}], batch_size="0"),
    )
    for call in calls:
        with pytest.raises(NodeError) as caught:
            call()
        assert caught.value.code == "DF-N111"


def test_batch_size_of_none_is_the_default(db: DataFlow) -> None:
    assert db.sync.Entry.bulk_create([{}, {}], batch_size=None)["created"] == 2


def test_bulk_change_without_fields_is_refused(db: DataFlow) -> None:
    with pytest.raises(NodeError) as caught:
        db.sync.User.bulk_update({}, filter={"name": "Alice"})
    assert caught.value.code == "DF-N116"


@pytest.mark.parametrize("version", [1, "1"])
def test_stale_version_is_a_conflict_by_filter_as_by_id(db: DataFlow, version: Any) -> None:
    db.sync.User.update("u1", {"name": "Bob"})
    for named in ({"id": "u1"}, {"filter": {"id": "u1"}}):
        with pytest.raises(ConflictError) as caught:
            db.sync.User.update(**named, data={"name": "Carol"}, expected_version=version)
        assert caught.value.message == "stale version of User 'u1': expected 1, it is 2"
    assert db.sync.User.read("u1")["name"] == "Bob"


def test_filter_that_matches_nothing_is_no_conflict(db: DataFlow) -> None:
    changed = db.sync.User.update(filter={"name": "Nobody"}, data={"name": "Bob"}, expected_version=1)
    assert changed == {"updated": 0, "records": []}


def test_restore_of_a_model_that_deletes_for_good_is_refused(db: DataFlow) -> None:
    with pytest.raises(NodeError) as caught:
        db.sync.Entry.restore(1)
    assert caught.value.code == "DF-N116"
    assert caught.value.message == "'restore' needs a model with soft delete, and Entry has none"


@pytest.mark.parametrize("given", ["tx", 1, object()])
def test_transaction_that_is_none_is_refused_and_nothing_is_written(db: DataFlow, given: Any) -> None:
    calls: tuple[Call, ...] = (
        lambda: db.sync.Entry.create({}, transaction=given),
        lambda: db.sync.Entry.upsert({}, transaction=given),
        lambda: db.sync.Entry.list(transaction=given),
    )
    for call in calls:
        with pytest.raises(NodeError) as caught:
            call()
        assert caught.value.code == "DF-N104"
    assert db.sync.Entry.count() == 0


def test_upsert_without_the_id_that_the_database_makes_inserts(db: DataFlow) -> None:
    first, second = db.sync.Entry.upsert(count=1), db.sync.Entry.upsert(count=1)
    assert (first["id"], first["created"], second["id"], second["created"]) == (1, True, 2, True)
    workflow = db.workflow()
    workflow.add_node("EntryUpsertNode", "upsert", {"data": {"count": 3}})
    with LocalRuntime() as runtime:
        results, _ = runtime.execute(workflow.build())
    assert results["upsert"]["id"] == 3


def test_null_in_what_conflicts_conflicts_with_nothing(db: DataFlow) -> None:
    made = [db.sync.Entry.upsert({"code": None}, conflict_on=["code"]) for _ in range(2)]
    assert [one["created"] for one in made] == [True, True]


def test_call_is_not_told_to_add_a_connection(db: DataFlow) -> None:
    async def errors() -> list[str]:
        texts = []
        for call in (db.User.create(name="x"), db.User.update("u1"), db.User.upsert({"name": "x"})):
            with pytest.raises(DataFlowError) as caught:
                await call
            texts.append(str(caught.value))
        return texts

    for text in asyncio.run(errors()):
        assert "Solutions" in text
        assert "add_connection" not in text
