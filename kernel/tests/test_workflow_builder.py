"""Building workflows: what comes out, and that builders and workflows stay independent."""

from decimal import Decimal
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError, LocalRuntime, WorkflowBuilder
from dataflow.diagnostics import Problem, WorkflowBuildError
from dataflow.plugins.hookspecs import hookimpl
from dataflow.workflows.step import Connection, Retry
from dataflow.workflows.workflow import Workflow


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        age: int | None = None

    return db


def test_built_workflow_holds_canonical_steps_and_connections(db: DataFlow) -> None:
    workflow = db.workflow("signup")
    created = workflow.add_node("UserCreateNode", "create", {"id": "u1"})
    read = workflow.add_node("UserReadNode", "read")
    workflow.add_input("name", str)
    workflow.add_connection("inputs", "name", created, "name")
    workflow.add_connection(created, "id", read, "id")
    built = workflow.build()
    assert (built.name, built.order, built.app) == ("signup", ("create", "read"), db)
    assert {step_id: dict(step.params) for step_id, step in built.steps.items()} == {
        "create": {"data": {"id": "u1"}},
        "read": {},
    }
    assert built.connections == (
        Connection(source="inputs", output=("name",), target="create", input=("data", "name")),
        Connection(source="create", output=("id",), target="read", input=("id",)),
    )
    assert [(one.name, str(one.type), one.required) for one in built.inputs.values()] == [("name", "str", True)]


def test_order_follows_connections_not_calls(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read")
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    workflow.add_node("UserCountNode", "count", after=["read"])
    workflow.add_connection("create", "id", "read", "id")
    assert workflow.build().order == ("create", "read", "count")


def test_builder_goes_on_after_build_and_leaves_what_was_built_alone(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count")
    first = workflow.build()
    workflow.add_node("UserListNode", "list")
    assert (first.order, workflow.build().order) == (("count",), ("count", "list"))


def test_parameters_are_taken_as_they_were_at_the_call(db: DataFlow) -> None:
    data = {"id": "u1", "name": "Alice"}
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"data": data})
    data["name"] = "Bob"
    assert workflow.build().steps["create"].params["data"]["name"] == "Alice"


def test_workflow_cannot_be_changed(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count")
    built = workflow.build()
    with pytest.raises(TypeError):
        built.steps["other"] = built.steps["count"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        built.name = "other"  # type: ignore[misc]


def test_settings_reach_the_step(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count", retry=4, timeout_s=2.5)
    workflow.add_node("UserCountNode", "again", retry=Retry(2, delay_s=1.0), after="count")
    steps = workflow.build().steps
    assert (steps["count"].retry, steps["count"].timeout_s) == (Retry(4), 2.5)
    assert (steps["again"].retry, steps["again"].after) == (Retry(2, delay_s=1.0), ("count",))


def test_plain_functions_are_steps(db: DataFlow) -> None:
    def price(amount: int, unit: Decimal) -> Decimal:
        return amount * unit

    workflow = db.workflow()
    workflow.add_node(price, "price", {"amount": 3, "unit": Decimal("1.5")})
    step = workflow.build().steps["price"]
    assert (step.node.name, step.node.kind, dict(step.params)) == (
        "price",
        "function",
        {"amount": 3, "unit": Decimal("1.5")},
    )


def test_function_may_also_be_given_to_the_function_node(db: DataFlow) -> None:
    def double(value: int) -> int:
        return value * 2

    workflow = db.workflow()
    workflow.add_node("FunctionNode", "double", {"function": double, "value": 2})
    step = workflow.build().steps["double"]
    assert dict(step.params) == {"value": 2}
    assert dict(step.stored) == {"function": double, "value": 2}


def test_node_type_itself_may_be_given(db: DataFlow) -> None:
    workflow = WorkflowBuilder()
    workflow.add_node(db.node_types["UserCountNode"], "count")
    built = workflow.build()
    assert (built.steps["count"].node, built.app) == (db.node_types["UserCountNode"], db)


def test_registered_function_is_found_by_its_name(db: DataFlow) -> None:
    @db.node
    def greeting(name: str) -> dict[str, str]:
        return {"text": f"Hello {name}"}

    workflow = WorkflowBuilder()
    workflow.add_node("greeting", "greet", {"name": "Alice"})
    assert workflow.build().steps["greet"].node is db.node_types["greeting"]


def test_mapped_step_keeps_the_place_of_its_list(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserListNode", "list", {"fields": ["id", "name"]})
    workflow.add_node("UserCreateNode", "copies", map_over="records")
    workflow.add_connection("list", "records", "copies", "records")
    workflow.add_node("UserReadNode", "first")
    workflow.add_connection("copies", "records.0.id", "first", "id")
    built = workflow.build()
    assert built.steps["copies"].map_over == "data"
    assert built.connections[0].input == ("data",)


def test_older_form_warns_at_the_line_of_add_node(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserUpdateNode", "update", {"filter": {"id": "u1"}, "fields": {"name": "Bob"}})
    with pytest.warns(
        DeprecationWarning, match="^UserUpdateNode: 'fields' is the older name of 'data'; write"
    ) as caught:
        workflow.build()
    assert [one.filename for one in caught] == [__file__]


def test_all_problems_come_in_one_error(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreat", "create", {"id": "u1"})
    workflow.add_node("UserReadNode", "read", {"id": "${create.id}"})
    workflow.add_node("UserCountNode", "count", {"filtre": {}}, retry=0)
    workflow.add_connection("read", "nam", "count", "filter.name")
    with pytest.raises(WorkflowBuildError) as raised:
        workflow.build()
    assert sorted(one.code for one in raised.value.problems) == ["DF-N107", "DF-W101", "DF-W104", "DF-W108", "DF-W112"]
    assert 'workflow.add_connection("create", "id", "read", "id")' in raised.value.fix_script
    assert "workflow.add_connection('read', 'name', 'count', 'filter.name')" in raised.value.fix_script
    lines = [one.where.call.line for one in raised.value.problems if one.where.call is not None]
    assert len(lines) == 5
    assert {one.where.call.file for one in raised.value.problems if one.where.call is not None} == {__file__}


def test_validate_gives_the_same_as_data(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read", {"id": "u1"})
    assert workflow.validate().valid
    assert db.validate_workflow(workflow.build()).to_dict() == {"valid": True, "errors": [], "fix_script": ""}
    workflow.add_connection("reed", "id", "read", "id")
    validation = db.validate_workflow(workflow)
    assert not validation.valid
    assert [one.code for one in validation.errors] == ["DF-W103"]
    assert [one.code for group in validation.group_errors().values() for one in group] == ["DF-W103"]
    assert validation.fix_script == "workflow.add_connection('read', 'id', 'read', 'id')"


def test_validate_does_not_raise_for_what_is_no_workflow(db: DataFlow) -> None:
    validation = db.validate_workflow("workflow")  # type: ignore[arg-type]
    assert [(one.code, one.message) for one in validation.errors] == [("DF-W116", "a str is no workflow")]


def test_workflow_is_checked_against_the_models_as_they_are_now() -> None:
    db = DataFlow()
    cell = "@db.model\nclass User:\n    id: str\n    {field}: str\n"

    def run_cell(field: str) -> None:
        # the same code object's name each time: a notebook cell that is run again
        exec(compile(cell.format(field=field), "<cell>", "exec"), {"db": db, "__name__": "__main__"})

    run_cell("name")
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    built = workflow.build()
    assert isinstance(built, Workflow)

    run_cell("email")
    assert {one.code for one in db.validate_workflow(built).errors} == {"DF-N102", "DF-N103"}


def test_plugins_add_problems_after_the_kernel_found_none(db: DataFlow) -> None:
    @db.hook
    @hookimpl
    def dataflow_check_workflow(workflow: Workflow) -> list[Problem]:
        return [Problem(code="DF-W199", message=f"'{workflow.name}' is not welcome")]

    workflow = db.workflow("guest")
    workflow.add_node("UserCountNode", "count")
    assert [one.message for one in workflow.validate().errors] == ["'guest' is not welcome"]


def test_builder_takes_an_instance_and_a_name() -> None:
    with pytest.raises(DataFlowError) as raised:
        WorkflowBuilder("sign-up")  # type: ignore[arg-type]
    assert (raised.value.code, raised.value.message) == (
        "DF-N104",
        "wrong value for parameter 'app' of WorkflowBuilder: expected an instance of DataFlow, not 'sign-up'",
    )


def test_parameters_that_have_no_end_are_refused(db: DataFlow) -> None:
    endless: dict[str, Any] = {}
    endless["data"] = [endless]
    deep: dict[str, Any] = {}
    for _ in range(2_000):
        deep = {"data": deep}
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "endless", endless)
    workflow.add_node("UserCreateNode", "deep", deep)
    assert [(one.code, one.message) for one in workflow.validate().errors] == [
        ("DF-N101", "the parameters of 'endless' hold themselves"),
        ("DF-N101", "the parameters of 'deep' are nested more than 100 deep"),
    ]


def test_repaired_program_runs(db: DataFlow) -> None:
    broken = db.workflow()
    broken.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    broken.add_node("UserReadNode", "read", {"id": "${create.id}", "raise_on_not_found": False})
    broken.add_node("UserCreateNode", "other", {"data": {"id": "u2", "name": "{{ name }}"}})
    script = broken.validate().fix_script.replace("broken.", "workflow.")
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    exec(script, {"workflow": workflow})  # it is what a user would paste
    with LocalRuntime() as runtime:
        results, _ = runtime.execute(workflow.build(), {"name": "Bob"})
    assert (results["read"]["name"], results["other"]["name"]) == ("Alice", "Bob")
