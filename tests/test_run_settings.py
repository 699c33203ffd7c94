"""What a run is started with: inputs, concurrency, an observer."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, LocalRuntime, NodeFailed, Workflow


@pytest.fixture
def workflow() -> Workflow:
    db = DataFlow()

    @db.model
    class User:
        id: str

    workflow = db.workflow()
    workflow.add_input("many", int, default=5)
    workflow.add_node("UserListNode", "list")
    workflow.add_connection("inputs", "many", "list", "limit")
    return workflow.build()


@pytest.mark.parametrize("runtime", [LocalRuntime, AsyncLocalRuntime])
@pytest.mark.parametrize("given", [-1, "8", None, 1.5, True])
def test_concurrency_is_a_number_of_nodes(runtime: Any, given: Any) -> None:
    with pytest.raises(DataFlowError) as caught:
        runtime(max_concurrency=given)
    assert (caught.value.code, caught.value.message) == (
        "DF-X109",
        f"'max_concurrency' must be a number of nodes, or 0 for no bound ({runtime.__name__}), not {given!r}",
    )


@pytest.mark.parametrize(("given", "kind"), [([1], "list"), ("many", "str"), (5, "int"), (0, "int"), ([], "list")])
def test_inputs_are_given_by_name(workflow: Workflow, given: Any, kind: str) -> None:
    with LocalRuntime() as runtime, pytest.raises(DataFlowError) as caught:
        runtime.execute(workflow, given)
    assert [(one.code, one.message) for one in caught.value.problems] == [
        ("DF-W114", f"the inputs of a workflow are given as a dict, not as a {kind}")
    ]


async def listens(event: object) -> None: ...


@pytest.mark.parametrize("given", [5, "print", listens])
def test_observer_is_a_plain_function(workflow: Workflow, given: Any) -> None:
    with LocalRuntime() as runtime, pytest.raises(DataFlowError) as caught:
        runtime.execute(workflow, on_event=given)
    assert (caught.value.code, caught.value.message) == (
        "DF-X109",
        f"'on_event' must be a plain function of one event, not {given!r}",
    )


def fails(event: object) -> None:
    raise KeyError("missing")


def test_exception_of_an_observer_is_not_taken_for_the_nodes(workflow: Workflow) -> None:
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(workflow, on_event=fails)
    assert (caught.value.code, caught.value.message) == ("DF-X101", "'on_event' raised KeyError: 'missing'")
    assert isinstance(caught.value.__cause__, KeyError)


def test_missing_place_of_a_result_fails_the_node_that_needs_it() -> None:
    workflow = DataFlow().workflow()
    workflow.add_node(lambda: {"rows": []}, "source")
    workflow.add_node(lambda row: row, "target")
    workflow.add_node(lambda: 1, "other")
    workflow.add_connection("source", "rows.0", "target", "row")
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(workflow.build())
    assert (caught.value.node_id, caught.value.code) == ("target", "DF-X107")
    assert caught.value.results["source"] == {"rows": []}


@pytest.mark.parametrize("map_over", [None, "item"])
def test_cause_of_a_failure_is_kept_beside_other_nodes(map_over: str | None) -> None:
    def fails(item: Any) -> None:
        raise LookupError("not in stock")

    workflow = DataFlow().workflow()
    workflow.add_node(fails, "fails", {"item": [1]}, map_over=map_over)
    workflow.add_node(lambda: 1, "other")
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(workflow.build())
    assert isinstance(caught.value.__cause__, LookupError)
