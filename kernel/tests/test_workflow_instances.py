"""Builders without an instance find one through the names of nodes; instances are never mixed up."""

import gc
import weakref

import pytest

from dataflow import DataFlow, DataFlowError, WorkflowBuilder
from dataflow.workflows.directory import find_apps_with, forget_instance, live_instances


def _with_model(name: str) -> DataFlow:
    db = DataFlow()
    db.model(type(name, (), {"__annotations__": {"id": str}, "__module__": __name__}))
    return db


def test_node_is_found_through_the_instance_that_registered_it() -> None:
    parrots, otters = _with_model("Parrot"), _with_model("Otter")
    workflow = WorkflowBuilder()
    workflow.add_node("OtterCreateNode", "create", {"id": "o1"})
    built = workflow.build()
    assert built.app is otters
    assert parrots in live_instances()


def test_name_that_two_instances_have_is_refused() -> None:
    instances = [_with_model("Badger"), _with_model("Badger")]
    workflow = WorkflowBuilder()
    workflow.add_node("BadgerReadNode", "read", {"id": "b1"})
    (problem,) = workflow.validate().errors
    assert (problem.code, problem.message) == ("DF-W111", "2 instances have a node type 'BadgerReadNode'")
    assert [one.code for one in problem.solutions] == ["workflow = db.workflow()", "workflow = WorkflowBuilder(db)"]
    for db in instances:
        own = WorkflowBuilder(db)
        own.add_node("BadgerReadNode", "read", {"id": "b1"})
        assert own.build().app is db


def test_dropped_instance_is_not_counted() -> None:
    first = _with_model("Heron")
    gone = weakref.ref(first)
    del first
    second = _with_model("Heron")
    assert find_apps_with("HeronReadNode") == [second]
    gc.collect()
    assert gone() is None


def test_forgotten_instance_is_not_found() -> None:
    db = _with_model("Weasel")
    forget_instance(db)
    assert find_apps_with("WeaselReadNode") == []


def test_utility_nodes_belong_to_every_instance_and_do_not_count() -> None:
    foxes, hares = _with_model("Fox"), _with_model("Hare")
    workflow = WorkflowBuilder()
    workflow.add_node("MergeNode", "merge", {"a": 1})
    workflow.add_node("FunctionNode", "call", {"function": gc.get_count})
    workflow.add_node("HareCountNode", "count")
    built = workflow.build()
    assert {step.app for step in built.steps.values()} == {hares}
    assert foxes in live_instances()


def test_builder_of_one_instance_does_not_see_the_nodes_of_another() -> None:
    owls, mice = _with_model("Owl"), _with_model("Mouse")
    workflow = WorkflowBuilder(owls)
    workflow.add_node("MouseCountNode", "count")
    (problem,) = workflow.validate().errors
    assert problem.code == "DF-W101"
    assert ("another instance has it; to use both in one workflow:", "WorkflowBuilder()") in [
        (one.text, one.code) for one in problem.solutions
    ]
    assert mice in live_instances()


def test_several_databases_in_one_workflow() -> None:
    cats, dogs = _with_model("Cat"), _with_model("Dog")
    workflow = WorkflowBuilder()
    workflow.add_node("CatReadNode", "cat", {"id": "1"})
    workflow.add_node("DogReadNode", "dog")
    workflow.add_connection("cat", "id", "dog", "id")
    with workflow.transaction("tx"):
        workflow.add_node("DogCreateNode", "create", {"id": "2"})
    built = workflow.build()
    assert {name: step.app for name, step in built.steps.items()} == {
        "cat": cats,
        "dog": dogs,
        "tx": dogs,
        "create": dogs,
    }
    assert built.steps["tx"].node is dogs.node_types["TransactionScopeNode"]


def test_sql_needs_an_instance_when_there_are_several() -> None:
    cats, dogs = _with_model("Lynx"), _with_model("Wolf")
    workflow = WorkflowBuilder()
    workflow.add_node("LynxReadNode", "lynx", {"id": "1"})
    workflow.add_node("WolfReadNode", "wolf", {"id": "1"})
    workflow.add_node("SQLNode", "sql", {"sql": "SELECT 1"})
    (problem,) = workflow.validate().errors
    assert (problem.code, problem.message) == ("DF-W111", "'sql' (SQLNode) could run on several instances")
    with workflow.transaction("tx"):
        workflow.add_node("SQLNode", "inside", {"sql": "SELECT 1"})
        workflow.add_node("WolfCreateNode", "create", {"id": "2"})
    workflow.draft.nodes[:] = [one for one in workflow.draft.nodes if one.id != "sql"]
    assert workflow.build().steps["inside"].app is dogs
    assert cats in live_instances()


@pytest.mark.parametrize("count", [1, 3])
def test_directory_keeps_nothing_alive(count: int) -> None:
    gc.collect()
    before = len(live_instances())
    instances = [_with_model("Stoat") for _ in range(count)]
    assert len(live_instances()) == before + count
    instances.clear()
    gc.collect()
    assert len(live_instances()) == before


def test_nodes_of_one_name_and_two_instances_cannot_be_written() -> None:
    first, second = _with_model("Heron"), _with_model("Heron")
    workflow = WorkflowBuilder()
    workflow.add_node(first.nodes["HeronCountNode"], "here")
    workflow.add_node(second.nodes["HeronCountNode"], "there")
    with pytest.raises(DataFlowError) as raised:
        workflow.build().to_dict()
    assert [(one.code, one.message) for one in raised.value.problems] == [
        ("DF-W117", "'here' and 'there' are both HeronCountNode, but of two instances")
    ]
