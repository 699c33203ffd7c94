"""Workflows written down and read again."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow
from dataflow.diagnostics import DataFlowError
from dataflow.expressions.tree import And, Compare, Not, Or, SortKey
from dataflow.workflows.step import Retry
from dataflow.workflows.tags import TagFault, tagged, untagged
from dataflow.workflows.workflow import Workflow


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: UUID
        name: str
        born: datetime | None = None
        colour: Colour | None = None
        size: Literal["s", "m"] | None = None

    return db


ENUMS: dict[str, type[Enum]] = {f"{__name__}.Colour": Colour}
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.sampled_from(Colour),
)
expressions = st.recursive(
    st.builds(Compare, st.just("age"), st.just("eq"), scalars),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, max_size=3).map(tuple).flatmap(lambda items: st.sampled_from([And(items), Or(items)])),
    ),
    max_leaves=5,
)
values = st.recursive(
    st.one_of(scalars, expressions, st.builds(SortKey, st.text(), st.booleans())),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text() | st.just("$type"), inner, max_size=3),
        st.dictionaries(st.integers() | st.uuids(), inner, max_size=3),
        st.frozensets(st.integers() | st.text(), max_size=3),
    ),
    max_leaves=10,
)


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return all(_same(*pair) for pair in zip(one.items(), other.items(), strict=True))
    if isinstance(one, list | tuple):
        return all(_same(*pair) for pair in zip(one, other, strict=True))
    return True


@given(values)
def test_values_come_back_as_they_were(value: Any) -> None:
    text = json.dumps(tagged(value), allow_nan=False)
    assert _same(untagged(json.loads(text), ENUMS), value)


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_infinities_come_back(value: float) -> None:
    assert untagged(json.loads(json.dumps(tagged(value), allow_nan=False)), {}) == value


@pytest.mark.parametrize(
    ("value", "what"), [(print, "a function"), (object(), "a value of type object"), ({"x": [lambda: 0]}, "a function")]
)
def test_what_is_no_data_is_refused(value: object, what: str) -> None:
    with pytest.raises(TagFault) as raised:
        tagged(value)
    assert raised.value.what == what


@pytest.mark.parametrize(
    "data",
    [
        {"$type": "datetime", "value": "yesterday"},
        {"$type": "os.system", "value": "true"},
        {"$type": ["list"]},
        {"$type": "enum", "of": "builtins.int", "value": "real"},
        {"$type": "Compare", "value": {"nothing": 1}},
        {"$type": "Compare", "value": {"field": "age", "operator": "like it", "value": 1}},
        {"$type": "Compare", "value": {"field": 5, "operator": "eq", "value": 1}},
        {"$type": "And", "value": {"items": 5}},
        {"$type": "Or", "value": {"items": {"$type": "tuple", "value": ["age"]}}},
        {"$type": "Not", "value": {"item": 5}},
        {"$type": "SortKey", "value": {"field": 5}},
        {"$type": "bytes", "value": "?"},
        {"$type": "set", "value": [[1]]},
    ],
)
def test_bad_tags_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(TagFault):
        untagged(data, ENUMS)


def _everything(db: DataFlow) -> Workflow:
    workflow = db.workflow("everything")
    workflow.add_input("name", str)
    workflow.add_input("size", db.models["User"].fields["size"].type, default="m")
    workflow.add_input("when", datetime, default=datetime(2026, 1, 31, tzinfo=UTC))
    with workflow.transaction("tx", isolation="SERIALIZABLE"):
        workflow.add_node(
            "UserCreateNode",
            "create",
            {"id": UUID(int=7), "born": datetime(2026, 1, 31, tzinfo=UTC), "colour": Colour.RED},
        )
        workflow.add_node("PythonCodeNode", "code", {"code": "text = word * 2", "word": "x"})
    workflow.add_connection("inputs", "name", "create", "name")
    workflow.add_node("UserReadNode", "read", {"fields": ["id"]}, retry=Retry(2, delay_s=0.5), timeout_s=3.0)
    workflow.add_connection("create", "id", "read", "id")
    workflow.add_node(
        "SwitchNode", "route", {"cases": {"red": Colour.RED, "late": {"$gt": date(2026, 1, 1)}}}, after=["code"]
    )
    workflow.add_connection("create", "colour", "route", "value")
    workflow.add_node("UserListNode", "list", {"filter": Compare("name", "eq", "x"), "sort": ["-name"]})
    workflow.add_node("UserDeleteNode", "delete", {"id": [UUID(int=1)]}, map_over="id")
    return workflow.build()


def _steps(workflow: Workflow) -> list[object]:
    """The steps without the place of their calls, their node types by name: some are made anew for each step."""
    return [attrs.asdict(step) | {"node": step.node.name, "call": None} for step in workflow.steps.values()]


def test_workflow_comes_back_as_it_was(db: DataFlow) -> None:
    built = _everything(db)
    again = Workflow.from_json(built.to_json(indent=2), db)
    assert _steps(again) == _steps(built)
    assert set(again.connections) == set(built.connections)
    assert (again.order, again.inputs, again.scopes) == (built.order, built.inputs, built.scopes)
    assert again.to_dict() == built.to_dict()
    assert again.steps["create"].params["data"]["colour"] is Colour.RED


def test_workflow_without_an_instance_finds_it_by_names(db: DataFlow) -> None:
    @db.model
    class Giraffe:
        id: str

    workflow = db.workflow()
    workflow.add_node("GiraffeCountNode", "count")
    assert Workflow.from_dict(workflow.build().to_dict()).app is db


def test_form_of_the_data(db: DataFlow) -> None:
    workflow = db.workflow("signup")
    workflow.add_input("name", str, default=None)
    workflow.add_node("UserCreateNode", "create", {"id": UUID(int=7)}, retry=2)
    workflow.add_connection("inputs", "name", "create", "name")
    assert workflow.build().to_dict() == {
        "dataflow": 1,
        "name": "signup",
        "inputs": [{"name": "name", "type": {"kind": "str", "nullable": True}, "default": None}],
        "steps": [
            {
                "id": "create",
                "type": "UserCreateNode",
                "params": {"data": {"id": {"$type": "UUID", "value": "00000000-0000-0000-0000-000000000007"}}},
                "retry": {"attempts": 2, "delay_s": 0.1, "max_delay_s": 5.0},
            }
        ],
        "connections": [{"source": "inputs", "output": "name", "target": "create", "input": "data.name"}],
    }


def test_functions_cannot_be_written(db: DataFlow) -> None:
    def price(amount: int) -> int:
        return amount

    workflow = db.workflow()
    workflow.add_node(price, "price", {"amount": 3})
    workflow.add_node("FunctionNode", "same", {"function": price, "amount": 3})
    with pytest.raises(DataFlowError) as raised:
        workflow.build().to_dict()
    assert [(one.code, one.where.node_id, one.message) for one in raised.value.problems] == [
        ("DF-W117", "price", "'price' calls the Python function 'price', which is no data"),
        ("DF-W117", "same", "'function' of 'same' is a function, which is no data"),
    ]


def test_registered_function_is_written_by_its_name(db: DataFlow) -> None:
    @db.node
    def price(amount: int) -> int:
        return amount

    workflow = db.workflow()
    workflow.add_node("price", "price", {"amount": 3})
    built = workflow.build()
    assert Workflow.from_dict(built.to_dict(), db).steps == built.steps


def _broken(place: list[Any], value: object) -> Any:
    data: Any = {
        "dataflow": 1, "name": "w", "inputs": [{"name": "n", "type": {"kind": "str"}}],
        "steps": [{"id": "a", "type": "UserCountNode", "params": {}}], "connections": [],
    }  # fmt: skip
    inner = data
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "this is not a written workflow: 'dataflow' is not format 1 of a workflow"),
        (_broken(["dataflow"], 2), "this is not a written workflow: 'dataflow' is not format 1 of a workflow"),
        (_broken(["name"], 3), "this is not a written workflow: 'name' is not a text"),
        (_broken(["steps"], {}), "this is not a written workflow: 'steps' is not a list"),
        (_broken(["steps", 0], "x"), "this is not a written workflow: 'steps.0' is not a dict"),
        (_broken(["steps", 0, "type"], None), "this is not a written workflow: 'steps.0.type' is not a text"),
        (_broken(["steps", 0, "retry"], {"x": 1}), "this is not a written workflow: 'steps.0.retry' is not the settings of a retry"),
        (_broken(["steps", 0, "params"], {"id": {"$type": "X"}}), "this is not a written workflow: 'steps.0.params.id' is an unknown tag 'X'"),
        (_broken(["inputs", 0, "type"], "str"), "this is not a written workflow: 'inputs.0.type' is not a type"),
        (_broken(["inputs", 0, "type"], {"kind": "enum", "of": "os.Popen"}), "this is not a written workflow: 'inputs.0.type' is a type that no field of a registered model has: 'os.Popen'"),
        (_broken(["inputs", 0, "type"], {"kind": "str", "of": []}), "this is not a written workflow: 'inputs.0.type' is a type that no field of a registered model has: []"),
        (_broken(["connections"], [{"source": "a"}]), "this is not a written workflow: 'connections.0.output' is not a text"),
    ],
)  # fmt: skip
def test_data_of_another_form_is_refused(db: DataFlow, data: Any, message: str) -> None:
    with pytest.raises(DataFlowError) as raised:
        Workflow.from_dict(data, db)
    (problem,) = raised.value.problems
    assert (problem.code, problem.message) == ("DF-W118", message)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        (None, "a text, but a NoneType"),
        ({}, "a text, but a dict"),
    ],
)
def test_text_that_is_no_json_is_refused(db: DataFlow, text: Any, what: str) -> None:
    with pytest.raises(DataFlowError) as raised:
        Workflow.from_json(text, db)
    (problem,) = raised.value.problems
    assert (problem.code, problem.message) == ("DF-W118", f"this is not a written workflow: it is not {what}")


def test_data_of_dates_and_numbers_has_known_tags() -> None:
    assert tagged([date(2026, 1, 31), time(12), timedelta(days=1), Decimal("1.50"), b"x"]) == [
        {"$type": "date", "value": "2026-01-31"},
        {"$type": "time", "value": ["12:00:00", 0]},
        {"$type": "timedelta", "value": [1, 0, 0]},
        {"$type": "Decimal", "value": "1.50"},
        {"$type": "bytes", "value": "eA=="},
    ]
