"""A write touches what its filter says, and never everything by accident."""

from typing import Any

import pytest

from dataflow import DataFlow, LocalRuntime, NodeError, NodeFailed


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        age: int

    return db


def test_value_that_a_connection_brings_into_a_filter_is_no_operator(db: DataFlow) -> None:
    def given() -> dict[str, Any]:
        return {"id": {"$ne": "nobody"}}

    db.sync.User.create(id="u1", name="Alice", age=3)
    workflow = db.workflow()
    workflow.add_node(given, "given", {})
    workflow.add_node("UserBulkDeleteNode", "delete", {})
    workflow.add_connection("given", "id", "delete", "filter.id")
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as failure:
        runtime.execute(workflow.build())
    assert failure.value.code.startswith("DF-N")
    assert db.sync.User.count() == 1


@pytest.mark.parametrize(
    "filter", [{"id": {"$nin": []}}, {"$or": [{"age": 1}, {"id": {"$nin": []}}]}, {"$not": {"id": {"$in": []}}}]
)
def test_condition_that_holds_for_every_record_is_no_filter_of_a_write(db: DataFlow, filter: dict[str, Any]) -> None:
    with pytest.raises(NodeError) as caught:
        db.sync.User.bulk_delete(filter=filter)
    assert caught.value.code == "DF-N108"
