"""Taking values out of results and putting them into parameters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow.diagnostics import DataFlowError
from dataflow.workflows.paths import pick, place

RESULT = {"id": "u1", "records": [{"id": "a", "tags": ["x", "y"]}, {"id": "b"}], "none": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("*",), RESULT),
        ((), RESULT),
        (("id",), "u1"),
        (("*", "id"), "u1"),
        (("records", "0", "tags", "1"), "y"),
        (("records", "-1", "id"), "b"),
        (("none",), None),
    ],
)
def test_pick(path: tuple[str, ...], value: object) -> None:
    assert pick(RESULT, path) == value


class Thing:
    id = "hidden"


@pytest.mark.parametrize(
    ("result", "path", "message"),
    [
        (RESULT, "idd", "'idd' is not in the result: the result has 'id', 'records', 'none'"),
        (RESULT, "records.2.id", "'records.2.id' is not in the result: 'records' is a list of 2, reached by number"),
        (RESULT, "records.id", "'records.id' is not in the result: 'records' is a list of 2, reached by number"),
        (RESULT, "none.id", "'none.id' is not in the result: 'none' is None"),
        (RESULT, "id.x", "'id.x' is not in the result: 'id' is a str, which has nothing inside"),
        (None, "id", "'id' is not in the result: the result is None"),
        ([], "0", "'0' is not in the result: the result is an empty list"),
        (Thing(), "id", "'id' is not in the result: the result is a Thing, which has nothing inside"),
    ],
)
def test_what_is_not_there(result: object, path: str, message: str) -> None:
    with pytest.raises(DataFlowError) as raised:
        pick(result, tuple(path.split(".")))
    (problem,) = raised.value.problems
    assert (problem.code, problem.message) == ("DF-X107", message)


def test_closest_name_is_offered() -> None:
    with pytest.raises(DataFlowError) as raised:
        pick(RESULT, ("records", "0", "tag"))
    assert [one.code for one in raised.value.problems[0].solutions] == ["records.0.tags"]


def test_place_copies_what_is_inside() -> None:
    inner: dict[str, Any] = {"name": "Alice"}
    rows = [{"id": 1}]
    params: dict[str, Any] = {"data": inner, "rows": rows}
    place(params, ("data", "id"), "u1")
    place(params, ("rows", "0", "id"), 2)
    place(params, ("filter", "age"), 3)
    assert params == {"data": {"name": "Alice", "id": "u1"}, "rows": [{"id": 2}], "filter": {"age": 3}}
    assert (inner, rows) == ({"name": "Alice"}, [{"id": 1}])


names = st.text("abc", min_size=1, max_size=2)
documents = st.recursive(st.integers(), lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=8).filter(
    lambda value: isinstance(value, dict)
)


@given(documents, st.lists(names, min_size=1, max_size=4).map(tuple), st.integers())
def test_what_was_placed_is_picked(document: dict[str, Any], path: tuple[str, ...], value: int) -> None:
    params = dict(document)
    place(params, path, value)
    assert pick(params, path) == value
    others = [name for name in document if name != path[0]]
    assert all(params[name] is document[name] for name in others)
