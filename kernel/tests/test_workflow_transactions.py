"""Which steps run in which transaction, and what is refused."""

from collections.abc import Callable

import pytest

from dataflow import DataFlow, WorkflowBuilder
from dataflow.diagnostics import Problem
from dataflow.workflows.scopes import Commit


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class Account:
        id: str
        balance: int = 0

    return db


Only = Callable[[WorkflowBuilder], Problem]


@pytest.fixture
def only() -> Only:
    def only(workflow: WorkflowBuilder) -> Problem:
        (problem,) = workflow.validate().errors
        return problem

    return only


def _update(workflow: WorkflowBuilder, name: str, amount: int = 1) -> str:
    return workflow.add_node("AccountUpdateNode", name, {"id": name, "data": {"balance": {"$inc": amount}}})


def double(value: int) -> int:
    return value * 2


def test_connected_nodes_are_members(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("TransactionScopeNode", "tx", {"isolation_level": "SERIALIZABLE"})
    for name in ("debit", "credit"):
        _update(workflow, name)
        workflow.add_connection("tx", "start", name, "transaction")
    _update(workflow, "outside")
    built = workflow.build()
    assert dict(built.scopes) == {"tx": ("debit", "credit")}
    waits = {turn.moment: turn.waits for turn in built.schedule.turns}
    assert waits == {"tx": 0, "debit": 1, "credit": 1, "outside": 0, Commit("tx"): 3}


def test_block_joins_what_is_added_inside(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx", isolation="SERIALIZABLE", timeout_s=5.0) as scope:
        _update(workflow, "debit")
        workflow.add_node(double, "double", {"value": 1})
    _update(workflow, "outside")
    built = workflow.build()
    assert scope == "tx"
    assert dict(built.steps["tx"].params) == {"isolation_level": "SERIALIZABLE", "timeout_s": 5.0}
    assert dict(built.scopes) == {"tx": ("debit", "double")}
    assert [(one.source, one.target, one.input) for one in built.connections] == [("tx", "debit", ("transaction",))]


def test_block_ends_when_it_raises(db: DataFlow) -> None:
    workflow = db.workflow()

    def interrupted() -> None:
        with workflow.transaction("tx"):
            _update(workflow, "debit")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    _update(workflow, "outside")
    assert dict(workflow.build().scopes) == {"tx": ("debit",)}


def test_block_remembers_its_line(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx"):
        _update(workflow, "debit")
    call = workflow.draft.nodes[0].call
    assert call is not None
    assert call.file == __file__


def test_inner_scope_joins_the_outer_one(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("outer"):
        _update(workflow, "first")
        with workflow.transaction("inner"):
            _update(workflow, "second")
        _update(workflow, "third")
    _update(workflow, "last")
    workflow.add_connection("second", "balance", "last", "data.balance")
    workflow.draft.nodes[-1].params["data"].clear()
    built = workflow.build()
    assert dict(built.scopes) == {"outer": ("first", "inner", "third"), "inner": ("second",)}
    turns = {turn.moment: turn for turn in built.schedule.turns}
    assert set(turns[Commit("inner")].then) == {Commit("outer")}
    assert set(turns[Commit("outer")].then) == {"last"}
    assert built.schedule.outer == {"first": "outer", "inner": "outer", "third": "outer", "second": "inner"}


def test_function_between_members_runs_inside(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("TransactionScopeNode", "tx")
    workflow.add_node("AccountReadNode", "read", {"id": "a"})
    workflow.add_node(double, "double")
    workflow.add_node("AccountUpdateNode", "update", {"id": "a", "data": {}})
    for name in ("read", "update"):
        workflow.add_connection("tx", "start", name, "transaction")
    workflow.add_connection("read", "balance", "double", "value")
    workflow.add_connection("double", "result", "update", "data.balance")
    built = workflow.build()
    assert dict(built.scopes) == {"tx": ("read", "update", "double")}
    assert built.order == ("tx", "read", "double", "update")


def test_what_needs_a_member_waits_for_the_commit(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx"):
        _update(workflow, "debit")
        _update(workflow, "credit")
    workflow.add_node(double, "double")
    workflow.add_connection("debit", "balance", "double", "value")
    workflow.add_node("AccountCountNode", "count", after=["tx"])
    turns = {turn.moment: turn for turn in workflow.build().schedule.turns}
    assert set(turns[Commit("tx")].then) == {"double", "count"}
    assert turns["double"].waits == turns["count"].waits == 1


def test_database_node_between_members_is_refused(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("TransactionScopeNode", "tx")
    for name in ("first", "between", "last"):
        workflow.add_node("AccountReadNode", name, {"id": "a"} if name == "first" else {})
    for name in ("first", "last"):
        workflow.add_connection("tx", "start", name, "transaction")
    workflow.add_connection("first", "id", "between", "id")
    workflow.add_connection("between", "id", "last", "id")
    problem = only(workflow)
    assert (problem.code, problem.where.node_id) == ("DF-T105", "between")
    assert problem.message == (
        "'between' stands outside transaction 'tx' but between its members: "
        "(commit of tx) -> between -> last -> (commit of tx)"
    )
    assert problem.solutions[0].code == 'workflow.add_connection("tx", "start", "between", "transaction")'


def test_two_scopes_that_wait_for_each_other_are_refused(db: DataFlow) -> None:
    workflow = db.workflow()
    for scope, members in (("one", ("a", "d")), ("two", ("b", "c"))):
        with workflow.transaction(scope):
            for name in members:
                workflow.add_node("AccountReadNode", name, {"id": name} if name in "ac" else {})
    workflow.add_connection("a", "id", "b", "id")
    workflow.add_connection("c", "id", "d", "id")
    (problem,) = workflow.validate().errors
    assert problem.code == "DF-T105"
    assert "(commit of one)" in problem.message
    assert "(commit of two)" in problem.message


def test_member_of_two_scopes(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    for scope in ("one", "two"):
        with workflow.transaction(scope):
            _update(workflow, f"in_{scope}")
    _update(workflow, "both")
    for scope in ("one", "two"):
        workflow.add_connection(scope, "start", "both", "transaction")
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-T105", "'both' joins 2 transactions: 'one', 'two'")


def test_transaction_given_as_a_value(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx"):
        _update(workflow, "debit")
    workflow.add_node("AccountReadNode", "read", {"id": "a", "transaction": "tx"})
    (problem,) = workflow.validate().errors
    assert problem.message == "'read' was given a transaction as a value; in a workflow it joins one by a connection"
    assert problem.where.path == ("transaction",)
    assert problem.solutions[0].code == 'workflow.add_connection("tx", "start", "read", "transaction")'


def test_transaction_from_something_else(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    _update(workflow, "debit")
    workflow.add_node("AccountReadNode", "read", {"id": "a"})
    workflow.add_connection("debit", "id", "read", "transaction")
    problem = only(workflow)
    assert problem.message == "'transaction' of 'read' is connected to 'debit.id', which starts none"
    assert problem.solutions[0].code == (
        'workflow.add_node("TransactionScopeNode", "tx", {})\n'
        'workflow.add_connection("tx", "start", "read", "transaction")'
    )


def test_start_into_another_input(db: DataFlow) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx"):
        _update(workflow, "debit")
    workflow.add_node("AccountReadNode", "read")
    workflow.add_connection("tx", "start", "read", "id")
    (problem,) = workflow.validate().errors
    assert problem.message == "'start' of 'tx' goes to 'read.id', which takes no transaction"
    assert problem.fix is not None
    assert problem.fix.script == 'workflow.add_connection("tx", "start", "read", "transaction")'


def test_scope_without_members(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("TransactionScopeNode", "tx")
    _update(workflow, "debit")
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-T105", "nothing runs in transaction 'tx'")


def test_write_in_a_read_only_scope(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx", read_only=True):
        workflow.add_node("AccountReadNode", "read", {"id": "a"})
        workflow.add_node("SQLNode", "sql", {"sql": "SELECT 1", "read_only": True})
        _update(workflow, "debit")
    problem = only(workflow)
    assert (problem.code, problem.where.node_id) == ("DF-T106", "debit")
    assert problem.message == "'debit' (AccountUpdateNode) writes, but transaction 'tx' is read-only"


def test_retry_of_a_member(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    with workflow.transaction("tx"):
        workflow.add_node("AccountReadNode", "read", {"id": "a"}, retry=3)
        workflow.add_node(double, "double", {"value": 1}, retry=3)
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-W112", "'retry' of 'read' has no effect inside transaction 'tx'")


def test_scope_over_two_databases(db: DataFlow) -> None:
    other = DataFlow()

    @other.model
    class Entry:
        id: str

    workflow = WorkflowBuilder()
    with workflow.transaction("tx"):
        _update(workflow, "debit")
        workflow.add_node("EntryCreateNode", "entry", {"id": "e"})
    problem = workflow.validate().errors[-1]
    assert (problem.code, problem.message) == ("DF-T105", "transaction 'tx' holds nodes of 2 databases")
    assert list(problem.context) == ["debit", "entry"]
