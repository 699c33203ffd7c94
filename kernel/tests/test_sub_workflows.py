"""Workflows inside workflows."""

from collections.abc import Callable
from typing import Any

import pytest

from dataflow import DataFlow, Workflow, WorkflowBuilder
from dataflow.diagnostics import Problem


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        age: int | None = None

    return db


@pytest.fixture
def inner(db: DataFlow) -> WorkflowBuilder:
    inner = db.workflow("inner")
    inner.add_input("user_id", str)
    inner.add_input("limit", int, default=5)
    inner.add_node("UserReadNode", "read")
    inner.add_node("UserListNode", "list", after=["read"])
    inner.add_connection("inputs", "user_id", "read", "id")
    inner.add_connection("inputs", "limit", "list", "limit")
    return inner


Only = Callable[[WorkflowBuilder], Problem]


@pytest.fixture
def only() -> Only:
    def only(workflow: WorkflowBuilder) -> Problem:
        (problem,) = workflow.validate().errors
        return problem

    return only


def test_steps_are_embedded_under_the_id(db: DataFlow, inner: WorkflowBuilder) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    assert workflow.add_workflow(inner, "sub") == "sub"
    workflow.add_connection("create", "id", "sub", "user_id")
    workflow.add_node("UserReadNode", "again", after=["sub"])
    workflow.add_connection("sub", "read.id", "again", "id")
    built = workflow.build()
    assert built.order == ("create", "sub.read", "sub.list", "again")
    assert dict(built.steps["sub.list"].params) == {"limit": 5}
    assert built.steps["sub.list"].after == ("sub.read",)
    assert built.steps["again"].after == ("sub.read", "sub.list")
    assert {(one.source, one.output, one.target) for one in built.connections} == {
        ("create", ("id",), "sub.read"),
        ("sub.read", ("id",), "again"),
    }


@pytest.mark.parametrize("is_built", [False, True])
def test_values_may_be_given_and_workflows_may_be_built(db: DataFlow, inner: WorkflowBuilder, is_built: bool) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner.build() if is_built else inner, "sub", {"user_id": "u1", "limit": 7})
    built = workflow.build()
    assert {step_id: dict(step.params) for step_id, step in built.steps.items()} == {
        "sub.read": {"id": "u1"},
        "sub.list": {"limit": 7},
    }


def test_same_workflow_twice_and_two_deep(db: DataFlow, inner: WorkflowBuilder) -> None:
    middle = db.workflow()
    middle.add_workflow(inner, "first", {"user_id": "u1"})
    middle.add_workflow(inner, "second")
    middle.add_connection("first.read", "id", "second", "user_id")
    workflow = db.workflow()
    workflow.add_workflow(middle, "sub")
    built = workflow.build()
    assert set(built.steps) == {"sub.first.read", "sub.first.list", "sub.second.read", "sub.second.list"}
    assert [(one.source, one.target) for one in built.connections] == [("sub.first.read", "sub.second.read")]


def test_what_is_added_to_the_other_builder_later_does_not_come_along(db: DataFlow, inner: WorkflowBuilder) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner, "sub", {"user_id": "u1"})
    inner.add_node("UserCountNode", "count")
    assert set(workflow.build().steps) == {"sub.read", "sub.list"}


def test_missing_and_unknown_inputs(db: DataFlow, inner: WorkflowBuilder) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner, "sub", {"colour": "u1"})
    assert [(one.code, one.message) for one in workflow.validate().errors if one.where.node_id == "sub"] == [
        ("DF-W109", "missing input 'user_id' of sub-workflow 'sub'"),
        ("DF-W105", "sub-workflow 'sub' has no input 'colour'"),
    ]


def test_misspelt_input_is_one_problem_which_no_inner_node_repeats(
    db: DataFlow, inner: WorkflowBuilder, only: Only
) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner, "sub", {"user": "u1"})
    problem = only(workflow)
    assert (problem.code, problem.message) == (
        "DF-W105",
        "sub-workflow 'sub' has no input 'user'; did you mean 'user_id'?",
    )
    assert workflow.validate().fix_script == "workflow.add_workflow(inner, 'sub', {'user_id': 'u1'})"


def test_value_of_the_wrong_type_is_found_at_the_inner_node(db: DataFlow, inner: WorkflowBuilder, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner, "sub", {"user_id": "u1", "limit": "many"})
    problem = only(workflow)
    assert (problem.code, problem.where.node_id) == ("DF-N104", "sub.list")


def test_id_of_a_sub_workflow_must_be_free(db: DataFlow, inner: WorkflowBuilder, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "sub")
    workflow.add_workflow(inner, "sub", {"user_id": "u1"})
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-W102", "the id 'sub' of a sub-workflow is already taken")


def test_sub_workflow_inside_a_block_joins_its_transaction(db: DataFlow, inner: WorkflowBuilder) -> None:
    with inner.transaction("own"):
        inner.add_node("UserCountNode", "count")
    workflow = db.workflow()
    with workflow.transaction("tx"):
        workflow.add_workflow(inner, "sub", {"user_id": "u1"})
    assert dict(workflow.build().scopes) == {"tx": ("sub.read", "sub.list", "sub.own"), "sub.own": ("sub.count",)}


def test_part_of_an_input_reaches_a_step(db: DataFlow) -> None:
    inner = db.workflow()
    inner.add_input("user", dict)
    inner.add_node("UserReadNode", "read")
    inner.add_connection("inputs", "user.id", "read", "id")
    workflow = db.workflow()
    workflow.add_workflow(inner, "given", {"user": {"id": "u1"}})
    workflow.add_workflow(inner, "connected")
    workflow.add_connection("given.read", "*", "connected", "user")
    built = workflow.build()
    assert dict(built.steps["given.read"].params) == {"id": "u1"}
    assert built.connections[0].output == ("id",)


@pytest.mark.parametrize(("given", "kind"), [(None, "NoneType"), ("inner", "str"), (DataFlow, "type")])
def test_only_a_workflow_can_be_embedded(db: DataFlow, only: Only, given: Any, kind: str) -> None:
    workflow = db.workflow()
    workflow.add_workflow(given, "part")
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-W116", f"sub-workflow 'part' is a {kind} and no workflow")
    assert problem.where.call is not None


@pytest.mark.parametrize(("given", "kind"), [([1], "list"), ("id", "str"), (5, "int")])
def test_inputs_of_a_sub_workflow_are_given_by_name(db: DataFlow, only: Only, given: Any, kind: str) -> None:
    inner = db.workflow()
    inner.add_node("UserCountNode", "count")
    workflow = db.workflow()
    workflow.add_workflow(inner, "part", given)
    problem = only(workflow)
    assert (problem.code, problem.message) == (
        "DF-W114",
        f"the inputs of sub-workflow 'part' are given as a dict, not as a {kind}",
    )


@pytest.mark.parametrize("id", [None, 5, ["part"]])
def test_id_of_a_sub_workflow_is_a_text(db: DataFlow, inner: WorkflowBuilder, only: Only, id: Any) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner, id, {"user_id": "u1"})
    assert only(workflow).code == "DF-W102"


def test_built_workflow_with_parts_is_checked_written_and_embedded_again(db: DataFlow, inner: WorkflowBuilder) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner, "part", {"user_id": "u1"})
    built = workflow.build()
    assert db.validate_workflow(built).valid
    again = Workflow.from_json(built.to_json(), db)
    assert (again.order, again.to_dict()) == (("part.read", "part.list"), built.to_dict())
    outer = db.workflow()
    outer.add_workflow(built, "whole")
    assert outer.build().order == ("whole.part.read", "whole.part.list")


@pytest.mark.parametrize(
    ("output", "hint"), [("reed.name", "; did you mean 'read'?"), ("name", ""), ("unknown.name", "")]
)
def test_connection_from_a_part_names_one_of_its_nodes(
    db: DataFlow, inner: WorkflowBuilder, only: Only, output: str, hint: str
) -> None:
    workflow = db.workflow()
    workflow.add_workflow(inner, "part", {"user_id": "u1"})
    workflow.add_node("UserListNode", "list")
    workflow.add_connection("part", output, "list", "filter.name")
    problem = only(workflow)
    assert (problem.code, problem.message) == (
        "DF-W103",
        f"sub-workflow 'part' has no node and no input '{output}'{hint}",
    )
    assert problem.context["nodes"] == "read, list"


def test_template_in_a_part_is_repaired_in_the_part(db: DataFlow, only: Only) -> None:
    part = db.workflow()
    part.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    part.add_node("UserReadNode", "read", {"id": "${create.id}"})
    workflow = db.workflow()
    workflow.add_workflow(part, "part")
    fix = only(workflow).fix
    assert fix is not None
    assert fix.script == 'part.add_connection("create", "id", "read", "id")'
