"""Transaction scopes of workflows: who takes part, and what a failed run says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, LocalRuntime, NodeFailed


@pytest.fixture(params=["memory", "file"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DataFlow]:
    db = DataFlow() if request.param == "memory" else DataFlow(f"sqlite:///{tmp_path}/app.db")

    @db.model
    class User:
        id: str

    yield db
    db.sync.close()


def fail() -> None:
    raise LookupError("not in stock")


def is_idle(db: DataFlow) -> bool:
    return all(pool["active"] == 0 for pool in db.connection_pools.inspect().to_dict()["pools"])


@pytest.mark.parametrize("kind", ["sync", "async", "code below"])
@pytest.mark.parametrize("fails", [False, True])
def test_what_a_function_in_a_scope_writes_belongs_to_it(db: DataFlow, kind: str, fails: bool) -> None:
    def in_sync() -> Any:
        return db.sync.User.create(id="inner")

    async def in_async() -> Any:
        return await db.User.create(id="inner")

    async def in_runtime() -> Any:
        inner = db.workflow()
        inner.add_node("UserCreateNode", "create", {"id": "inner"})
        return (await AsyncLocalRuntime().execute(inner.build()))[0]["create"]

    workflow = db.workflow()
    with workflow.transaction("tx"):
        workflow.add_node("UserCreateNode", "outer", {"id": "outer"})
        # a scope on SQLite has the only writer: outside of it this write would wait for ever
        workflow.add_node({"sync": in_sync, "async": in_async}.get(kind, in_runtime), "inner", timeout_s=20)
        workflow.add_node("UserCountNode", "seen", after=["outer", "inner"])
        if fails:
            workflow.add_node(fail, "fail", after=["seen"])
    with LocalRuntime() as runtime:
        try:
            results, _ = runtime.execute(workflow.build())
        except NodeFailed as failure:
            results = failure.results
    assert results["seen"] == {"count": 2}
    assert results["tx"] == {"committed": not fails}
    assert db.sync.User.count() == (0 if fails else 2)
    assert is_idle(db)


def test_function_outside_a_scope_takes_no_part(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx"):
        workflow.add_node("UserCreateNode", "create", {"id": "u1"})
    workflow.add_node(lambda: db.ambient.get() is None, "look", after=["create"])
    with LocalRuntime() as runtime:
        assert runtime.execute(workflow.build())[0]["look"] == {"result": True}


def test_function_in_an_inner_scope_is_undone_with_it(db: DataFlow) -> None:
    def clash() -> None:
        db.sync.User.create(id="inner")
        db.sync.User.create(id="outer")

    workflow = db.workflow()
    with workflow.transaction("outer"):
        workflow.add_node("UserCreateNode", "create", {"id": "outer"})
        with workflow.transaction("inner"):
            workflow.add_node("UserCreateNode", "member", {"id": "member"}, after=["create"])
            workflow.add_node(clash, "clash", after=["member"])
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(workflow.build())
    assert (caught.value.node_id, caught.value.code) == ("clash", "DF-A101")
    assert (caught.value.results["outer"], caught.value.results["inner"]) == ({"committed": False},) * 2
    assert db.sync.User.count() == 0
    assert is_idle(db)


def test_inner_scope_that_had_ended_is_not_called_committed_after_the_outer_one_failed(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("outer"):
        with workflow.transaction("inner"):
            workflow.add_node("UserCreateNode", "create", {"id": "u1"})
        workflow.add_node(fail, "fail", after=["create"])
        workflow.add_node("UserCountNode", "count", after=["fail"])
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(workflow.build())
    assert (caught.value.results["outer"], caught.value.results["inner"]) == ({"committed": False},) * 2


def test_failed_write_that_a_function_caught_has_failed_the_scope(db: DataFlow) -> None:
    def careless() -> None:
        try:
            db.sync.User.create(id="u1")
        except DataFlowError:
            return

    workflow = db.workflow()
    with workflow.transaction("tx"):
        workflow.add_node("UserCreateNode", "create", {"id": "u1"})
        workflow.add_node(careless, "again", after=["create"])
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(workflow.build())
    assert caught.value.code == "DF-T102"
    assert "tx" not in caught.value.results
    assert db.sync.User.count() == 0


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"timeout_s": 0}, "DF-N111", "'timeout_s' of {} must be above 0, not 0"),
        ({"timeout_s": -1.5}, "DF-N111", "'timeout_s' of {} must be above 0, not -1.5"),
        ({"timeout_s": "x"}, "DF-N104", "wrong value for parameter 'timeout_s' of {}: expected a float"),
        ({"read_only": "yes"}, "DF-N104", "wrong value for parameter 'read_only' of {}: expected a bool"),
    ],
)
def test_options_of_a_scope_are_checked_wherever_it_is_asked_for(
    db: DataFlow, options: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(DataFlowError) as caught:
        db.transaction(**options)
    assert (caught.value.code, caught.value.message) == (code, message.format("db.transaction()"))
    workflow = db.workflow()
    with workflow.transaction("tx", **options):
        workflow.add_node("UserCountNode", "count")
    (problem,) = workflow.validate().errors
    assert (problem.code, problem.message) == (code, message.format("TransactionScopeNode"))


def test_isolation_that_does_not_exist_is_refused(db: DataFlow) -> None:
    with (
        pytest.raises(DataFlowError, match=r"parameter 'isolation' of db\.sync\.transaction\(\)"),
        db.sync.transaction(isolation="HIGH"),  # type: ignore[arg-type]
    ):
        pass


def test_what_is_no_transaction_is_refused(db: DataFlow) -> None:
    with pytest.raises(DataFlowError) as caught:
        db.sync.User.create(id="u1", transaction="tx")
    assert (caught.value.code, caught.value.message) == (
        "DF-N104",
        "wrong value for parameter 'transaction' of UserCreateNode: expected an open transaction",
    )
    assert db.sync.User.count() == 0
