"""What waits for what: cycles, switches, settings."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow, WorkflowBuilder
from dataflow.diagnostics import Problem
from dataflow.workflows.schedule import cycles_of, order_of
from dataflow.workflows.scopes import Commit, Moment, Scopes
from dataflow.workflows.step import Retry


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        age: int | None = None

    return db


Only = Callable[[WorkflowBuilder], Problem]


@pytest.fixture
def only() -> Only:
    def only(workflow: WorkflowBuilder) -> Problem:
        (problem,) = workflow.validate().errors
        return problem

    return only


def test_cycle_is_printed(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    for name in ("a", "b", "c"):
        workflow.add_node("UserReadNode", name)
    for source, target in (("a", "b"), ("b", "c"), ("c", "a")):
        workflow.add_connection(source, "id", target, "id")
    problem = only(workflow)
    assert problem.code == "DF-W107"
    assert problem.message.removeprefix("the workflow runs in a circle: ") in (
        "a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c",
    )  # fmt: skip
    assert problem.where.call in [one.call for one in workflow.draft.connections]


def test_node_connected_to_itself(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read")
    workflow.add_connection("read", "id", "read", "id")
    assert only(workflow).message == "the workflow runs in a circle: read -> read"


def test_every_cycle_is_reported(db: DataFlow) -> None:
    workflow = db.workflow()
    for name in ("a", "b", "c", "d"):
        workflow.add_node("UserReadNode", name)
    for source, target in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")):
        workflow.add_connection(source, "id", target, "id")
    assert [one.code for one in workflow.validate().errors] == ["DF-W107", "DF-W107"]


def test_order_without_a_value_can_close_a_cycle(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "a", {"id": "1"}, after=["b"])
    workflow.add_node("UserReadNode", "b")
    workflow.add_connection("a", "id", "b", "id")
    assert only(workflow).code == "DF-W107"


def test_case_that_is_no_case(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("SwitchNode", "route", {"value": 20, "cases": {"adult": {"$gte": 18}}})
    workflow.add_node("UserReadNode", "read")
    workflow.add_connection("route", "adul", "read", "id")
    problem = only(workflow)
    assert (problem.code, problem.message) == (
        "DF-W110",
        "'route' (SwitchNode) has no case 'adul'; did you mean 'adult'?",
    )
    assert problem.context["outputs"] == "adult, default"


def test_step_that_needs_two_branches_can_never_run(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("SwitchNode", "route", {"value": 20, "cases": {"adult": {"$gte": 18}}})
    workflow.add_node("UserCountNode", "count")
    workflow.add_connection("route", "adult", "count", "filter.age")
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "A"})
    workflow.add_connection("count", "count", "create", "age")
    workflow.add_node("UserUpdateNode", "update", {"data": {"name": "B"}})
    workflow.add_connection("create", "id", "update", "id")
    workflow.add_connection("route", "default", "update", "data.age")
    problem = only(workflow)
    assert problem.code == "DF-W110"
    assert (
        problem.message
        == "'update' can never run: it needs the cases 'adult', 'default' of switch 'route', of which only one is taken"
    )
    assert problem.solutions[0].code == (
        'workflow.add_node("MergeNode", "update_merge", {})\n'
        'workflow.add_connection("create", "id", "update_merge", "value_0")\n'
        'workflow.add_connection("route", "default", "update_merge", "value_1")\n'
        'workflow.add_connection("update_merge", "value", "update", "<input>")'
    )


def test_branches_may_be_merged(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("SwitchNode", "route", {"value": 20, "cases": {"adult": {"$gte": 18}}})
    workflow.add_node("MergeNode", "merge")
    workflow.add_connection("route", "adult", "merge", "adult")
    workflow.add_connection("route", "default", "merge", "minor")
    workflow.add_node("UserListNode", "list")
    workflow.add_connection("merge", "value", "list", "limit")
    workflow.add_connection("route", "adult", "list", "offset")
    assert workflow.validate().valid


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"retry": 0}, "'retry' of 'count' must be a number of attempts from 1, or a Retry, not 0"),
        ({"retry": True}, "'retry' of 'count' must be a number of attempts from 1, or a Retry, not True"),
        ({"retry": Retry(2, delay_s=-1)}, "'retry' of 'count' must be a number of attempts from 1, or a Retry, not Retry(attempts=2, delay_s=-1, max_delay_s=5.0)"),
        ({"timeout_s": 0}, "'timeout_s' of 'count' must be a number of seconds above 0, not 0"),
        ({"timeout_s": float("nan")}, "'timeout_s' of 'count' must be a number of seconds above 0, not nan"),
        ({"timeout_s": 10**400}, f"'timeout_s' of 'count' must be a number of seconds above 0, not {10**400}"),
        ({"timeout_s": "5"}, "'timeout_s' of 'count' must be a number of seconds above 0, not '5'"),
        ({"after": 3}, "'after' of 'count' must be a list of node ids, not 3"),
        ({"after": [3]}, "'after' of 'count' must be a list of node ids, not [3]"),
        ({"map_over": "ids"}, "'map_over' of 'count' must be the name of an input (filter), not 'ids'"),
        ({"map_over": "filter"}, "'count' maps over 'filter', but nothing brings that list"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_followed(db: DataFlow, only: Only, setting: dict[str, object], message: str) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count", **setting)  # type: ignore[arg-type]
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-W112", message)


def test_mapping_over_what_is_no_list(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read", {"id": "u1"}, map_over="id")
    assert only(workflow).message == "'map_over' of 'read' must be given a list to map over, not 'u1'"


def test_given_list_may_be_mapped_over(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read", {"id": ["u1", "u2"]}, map_over="id")
    built = workflow.build()
    assert (built.steps["read"].map_over, built.steps["read"].params["id"]) == ("id", ["u1", "u2"])


def test_after_names_what_exists(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count")
    workflow.add_node("UserListNode", "list", after=["cuont"])
    problem = only(workflow)
    assert (problem.code, problem.message) == (
        "DF-W103",
        "'list' comes after an unknown node: 'cuont'; did you mean 'count'?",
    )


@st.composite
def graphs(draw: st.DrawFn) -> dict[Moment, set[Moment]]:
    """Random acyclic graphs: an edge goes from a smaller to a larger number."""
    size = draw(st.integers(1, 12))
    pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] < pair[1])
    edges = draw(st.sets(pairs, max_size=30)) if size > 1 else set()
    numbers = draw(st.permutations(range(size)))
    graph: dict[Moment, set[Moment]] = {f"s{number}": set() for number in range(size)}
    for source, target in edges:
        graph[f"s{numbers[target]}"].add(f"s{numbers[source]}")
    return graph


@given(graphs())
def test_everything_comes_once_and_after_what_it_waits_for(graph: dict[Moment, set[Moment]]) -> None:
    order = order_of(graph)
    place = {moment: number for number, moment in enumerate(order)}
    assert sorted(place, key=str) == sorted(graph, key=str)
    assert all(place[before] < place[moment] for moment, others in graph.items() for before in others)
    assert [*cycles_of(graph)] == []


@given(graphs(), st.data())
def test_cycles_are_found_and_real(graph: dict[Moment, set[Moment]], data: st.DataObject) -> None:
    order = order_of(graph)
    ends = st.sampled_from(range(len(order)))
    first, last = sorted((data.draw(ends), data.draw(ends)))
    graph[order[first]].add(order[last])
    # a way from the first to the last makes the new edge close a cycle
    for before, behind in zip(order[first:last], order[first + 1 : last + 1], strict=True):
        graph[behind].add(before)
    found = [*cycles_of(graph)]
    assert found
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert all(before in graph[behind] for before, behind in pairwise(cycle))


@given(graphs(), st.data())
def test_outside_a_scope_members_are_seen_only_after_the_commit(
    graph: dict[Moment, set[Moment]], data: st.DataObject
) -> None:
    steps = [str(moment) for moment in order_of(graph)]
    scope, *others = steps
    members = tuple(data.draw(st.sets(st.sampled_from(others))) if others else ())
    edges = [(str(before), str(moment)) for moment, befores in graph.items() for before in befores if moment != scope]
    edges += [(scope, member) for member in members]
    waits = Scopes({scope: members}).waits(edges, [], steps)
    commit = Commit(scope)
    assert waits[commit] == {scope, *members}
    for before, step in edges:
        if before in members and step not in members:
            assert commit in waits[step]
            assert before not in waits[step]
        else:
            assert before in waits[step]


@pytest.mark.parametrize("setting", [{"retry": 3}, {"map_over": "timeout_s"}])
def test_scope_is_not_opened_again_or_for_each_item(db: DataFlow, setting: dict[str, object]) -> None:
    workflow = db.workflow()
    workflow.add_node("TransactionScopeNode", "tx", **setting)  # type: ignore[arg-type]
    workflow.add_node("UserCountNode", "count")
    workflow.add_connection("tx", "start", "count", "transaction")
    name = next(iter(setting))
    assert ("DF-W112", f"'{name}' of 'tx' (TransactionScopeNode) has no effect") in [
        (one.code, one.message) for one in workflow.validate().errors
    ]
