"""What ``build()`` accepts does not fail for a reason that it could have known; what it refuses has a code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dataflow import DataFlow, DataFlowError, LocalRuntime, NodeFailed

#: older forms are accepted with a warning
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
#: what only the data decides: constraints, records that are not there, code of the user
OF_THE_DATA = ("DF-A1", "DF-X101", "DF-X102", "DF-X103", "DF-T102")


@pytest.fixture(scope="module")
def db() -> Iterator[DataFlow]:
    db = DataFlow()

    @db.model
    class User:
        __dataflow__ = {"versioned": True, "soft_delete": True}  # noqa: RUF012  # a plain class, as users write it

        id: str
        name: str
        age: int | None = None

    @db.model
    class Note:
        id: int
        text: str = ""
        score: float = 0.0

    yield db
    db.sync.close()


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime() as runtime:
        yield runtime


IDS = st.sampled_from(["a", "b", "c", "", 1, None])
VALUES = st.sampled_from(["a", "x", "", 1, 0, -3, 2.5, None, True, [], {}, ["a"], {"$inc": 1}, {"$gt": 0}, "${a.id}"])
FIELDS = st.sampled_from(["id", "name", "age", "text", "score", "created_at", "version", "nmae"])
RECORD = st.dictionaries(FIELDS, VALUES, max_size=4)
FILTER = st.dictionaries(FIELDS | st.just("$or"), VALUES, max_size=2)
PARAMS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "id": IDS,
        "name": VALUES,
        "text": VALUES,
        "data": RECORD | st.lists(RECORD, max_size=3) | VALUES,
        "filter": FILTER | VALUES,
        "ids": st.lists(IDS, max_size=3) | VALUES,
        "sort": st.sampled_from([["name"], ["-age"], "text", 3, None, [{"id": 1}]]),
        "limit": st.sampled_from([0, 1, 10, -1, "many"]),
        "where": FILTER,
        "create": RECORD,
        "update": RECORD,
        "conflict_on": st.sampled_from([["id"], ["name"], "id", []]),
        "all": st.booleans(),
        "hard": st.booleans(),
        "expected_version": st.sampled_from([1, 7, "x"]),
        "raise_on_not_found": st.booleans(),
    },
)
FAMILIES = (
    "Create",
    "Read",
    "Update",
    "Delete",
    "List",
    "Count",
    "Upsert",
    "BulkCreate",
    "BulkUpdate",
    "BulkDelete",
    "BulkUpsert",
)
TYPES = st.builds(
    lambda model, kind: f"{model}{kind}Node", st.sampled_from(["User", "Note"]), st.sampled_from(FAMILIES)
)
STEPS = st.lists(st.tuples(TYPES, PARAMS), min_size=1, max_size=4)
OUTPUTS = st.sampled_from(
    ["id", "name", "text", "age", "records", "total", "updated", "deleted", "count", "records.0.id", "ids"]
)
INPUTS = st.sampled_from(
    ["id", "name", "data.name", "data.age", "filter.id", "filter.age", "data", "text", "limit", "score"]
)
WIRES = st.lists(st.tuples(st.integers(0, 3), OUTPUTS, st.integers(0, 3), INPUTS), max_size=3)


def built(db: DataFlow, steps: list[Any], wires: list[Any]) -> Any:
    workflow = db.workflow()
    for number, (name, params) in enumerate(steps):
        workflow.add_node(name, f"s{number}", params)
    for source, output, target, name in wires:
        if source < target < len(steps):
            workflow.add_connection(f"s{source}", output, f"s{target}", name)
    areas: set[str] = set()
    try:
        return workflow.build()
    except DataFlowError as error:
        areas = {problem.code[:4] for problem in error.problems}
    assert areas <= {"DF-N", "DF-W"}
    return None


def reason(runtime: LocalRuntime, workflow: Any) -> str:
    """The code with which a run failed, empty when it did not."""
    try:
        runtime.execute(workflow)
    except NodeFailed as failure:
        return failure.code
    return ""


@given(steps=STEPS)
def test_constants_that_build_accepts_are_accepted(db: DataFlow, runtime: LocalRuntime, steps: list[Any]) -> None:
    workflow = built(db, steps, [])
    if workflow is not None:
        code = reason(runtime, workflow)
        assert not code or code.startswith(OF_THE_DATA), (code, steps)


@given(step=st.tuples(TYPES, PARAMS))
def test_one_step_at_a_time(db: DataFlow, runtime: LocalRuntime, step: Any) -> None:
    workflow = built(db, [step], [])
    if workflow is not None:
        code = reason(runtime, workflow)
        assert not code or code.startswith(OF_THE_DATA), (code, step)


@given(steps=STEPS, wires=WIRES)
def test_what_flows_may_only_fail_for_its_value(
    db: DataFlow, runtime: LocalRuntime, steps: list[Any], wires: list[Any]
) -> None:
    workflow = built(db, steps, wires)
    if workflow is not None:
        code = reason(runtime, workflow)
        # a value that arrives may be null, out of bounds or missing; names, structure and types are known before
        of_values = ("DF-N102", "DF-N104", "DF-N105", "DF-N110", "DF-N111", "DF-N114", "DF-X107")
        assert not code or code.startswith((*OF_THE_DATA, *of_values)), (code, steps, wires)


@given(steps=STEPS, wires=WIRES)
def test_a_workflow_survives_being_written_down(db: DataFlow, steps: list[Any], wires: list[Any]) -> None:
    workflow = built(db, steps, wires)
    if workflow is not None:
        again = type(workflow).from_json(workflow.to_json(), db)
        assert again.to_dict() == workflow.to_dict()


def refusal(call: Callable[[], object]) -> DataFlowError | None:
    """The coded error of a call that is refused; any other exception passes through."""
    try:
        call()
    except DataFlowError as error:
        return error
    return None


KEYS = (
    st.text(max_size=4)
    | st.integers()
    | st.none()
    | st.floats()
    | st.binary(max_size=2)
    | st.tuples(st.integers())
    | st.just(object)
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.binary(max_size=3)
    | st.just(object),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
#: parameters of the right form with anything inside
NESTED = st.dictionaries(
    st.sampled_from(["data", "filter", "where", "create", "update", "sort", "ids", "conflict_on", "fields"]) | KEYS,
    st.dictionaries(FIELDS | KEYS, ANYTHING, max_size=2) | st.lists(ANYTHING, max_size=2) | ANYTHING,
    max_size=3,
)


@given(name=TYPES | ANYTHING, step=ANYTHING, params=PARAMS | NESTED | ANYTHING)
@example(name="UserCreateNode", step="a", params={0: None})
@example(name="UserReadNode", step="a", params={0: None, "b": 1})
@example(name="UserCreateNode", step="a", params={"data": {0: None}})
@example(name="UserUpdateNode", step="a", params={"data": {0: None}})
@example(name="UserUpsertNode", step="a", params={"where": {0: None}, "create": {None: 0}})
@example(name="NoteBulkCreateNode", step="a", params={"data": [{0: None}, {"id": 1, b"": 2}]})
@example(name="NoteBulkUpdateNode", step="a", params={"data": [{"id": 1, 0: None}]})
@example(name="NoteBulkDeleteNode", step="a", params={0: None, "b": 1})
@example(name="UserListNode", step="a", params={"filter": {0: {None: 1}}, "sort": [{0: 1}], "fields": [0]})
@example(name="UserUpsertNode", step="a", params={"data": {"id": "a"}, "conflict_on": [[0], {}]})
def test_nonsense_is_refused_with_a_code(db: DataFlow, name: Any, step: Any, params: Any) -> None:
    workflow = db.workflow()

    def build() -> None:
        workflow.add_node(name, step, params)
        workflow.build()

    error = refusal(build)
    if error is not None:
        assert error.code.startswith(("DF-W", "DF-N"))
        assert str(error)
        assert error.to_dict()


@given(
    model=st.sampled_from(["User", "Note"]),
    operation=st.sampled_from(["create", "read", "update", "delete", "list", "count", "upsert", "restore"]),
    arguments=st.dictionaries(
        st.sampled_from(["id", "data", "filter", "fields", "sort", "limit", "conflict_on", "all", "transaction"]),
        ANYTHING,
    ),
)
@example(model="User", operation="update", arguments={"data": {"name": "a"}})
@example(model="User", operation="delete", arguments={"filter": {}, "all": "no"})
@example(model="Note", operation="restore", arguments={"id": 1})
@example(model="Note", operation="create", arguments={"data": []})
def test_direct_call_with_nonsense_is_refused_with_a_code(
    db: DataFlow, model: str, operation: str, arguments: dict[str, Any]
) -> None:
    call = getattr(getattr(db.sync, model), operation)
    # what a method does not take is Python's to refuse
    taken = {name: value for name, value in arguments.items() if name in inspect.signature(call).parameters}
    positional = [taken.pop("data")] if operation in ("create", "upsert") and "data" in taken else []
    before = db.sync.User.count(), db.sync.Note.count()
    error = refusal(lambda: call(*positional, **taken))
    if error is not None:
        assert error.code.startswith(("DF-N", "DF-W", "DF-T", "DF-X102", "DF-A101"))
        assert str(error)
        assert (db.sync.User.count(), db.sync.Note.count()) == before
