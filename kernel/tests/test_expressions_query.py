"""Q and the recording proxy: other ways to write the Mongo form."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow.diagnostics import NodeError, Problem, Where
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.query import Column, Condition, Q
from dataflow.expressions.tree import Compare, Expression, Not, Or, SortKey
from dataflow.models.model import Definition, Field, Model, ModelOptions
from dataflow.models.types import BOOL, DICT, INT, STR, FieldType


class User:
    """A user as type checkers see the record of a function."""

    name: str
    age: int
    active: bool


FIELDS = (
    Field("id", STR),
    Field("name", STR),
    Field("age", INT, nullable=True),
    Field("active", BOOL),
    Field("profile", DICT),
    Field("tags", FieldType("list", list, item=STR)),
    Field("like", STR),
)
MODEL = Model(
    name="User", table="users", fields={field.name: field for field in FIELDS}, indexes=(), options=ModelOptions(),
    cls=User, defined_at=Definition("users.py", 1),
)  # fmt: skip


def parsed(value: Any) -> tuple[Expression | None, list[Problem]]:
    return parse_filter(value, MODEL, Limits(), Where(model="User", operation="list"), ("filter",), frozenset())


def tree(value: Any) -> Expression | None:
    found, problems = parsed(value)
    assert problems == []
    return found


PAIRS: list[tuple[Condition, dict[str, Any]]] = [
    (Q.active == True, {"active": True}),  # noqa: E712  # the way it is written
    (Q.age != 3, {"age": {"$ne": 3}}),
    (Q.age > 3, {"age": {"$gt": 3}}),
    (Q.age >= 18, {"age": {"$gte": 18}}),
    (Q.age < 3, {"age": {"$lt": 3}}),
    (Q.age <= 3, {"age": {"$lte": 3}}),
    (Q.age > 3, {"age": {"$gt": 3}}),
    (Q.age == None, {"age": None}),  # noqa: E711  # the way it is written
    (Q.age.in_([1, 2]), {"age": {"$in": [1, 2]}}),
    (Q.age.in_(range(3)), {"age": {"$in": [0, 1, 2]}}),
    (Q.age.not_in([1]), {"age": {"$nin": [1]}}),
    (Q.age.between(1, 3), {"age": {"$between": [1, 3]}}),
    (Q.name.like("A%"), {"name": {"$like": "A%"}}),
    (Q.name.ilike("A%"), {"name": {"$ilike": "A%"}}),
    (Q.name.contains("A"), {"name": {"$contains": "A"}}),
    (Q.name.startswith("A"), {"name": {"$startswith": "A"}}),
    (Q.name.endswith("A"), {"name": {"$endswith": "A"}}),
    (Q.name.matches("^A"), {"name": {"$regex": "^A"}}),
    (Q.age.is_null(), {"age": {"$null": True}}),
    (Q.age.is_null(False), {"age": {"$null": False}}),
    (Q.tags.contains("a"), {"tags": {"$contains": "a"}}),
    (Q.profile.city == "Rome", {"profile.city": "Rome"}),
    (Q.profile["city"] == "Rome", {"profile.city": "Rome"}),
    (Q.tags[0] == "a", {"tags.0": "a"}),
    (Q["like"] == "x", {"like": "x"}),
    ((Q.age > 3) & (Q.name == "A"), {"$and": [{"age": {"$gt": 3}}, {"name": "A"}]}),
    ((Q.age > 3) | (Q.name == "A"), {"$or": [{"age": {"$gt": 3}}, {"name": "A"}]}),
    (~(Q.age > 3), {"$not": {"age": {"$gt": 3}}}),
    (Q.active & (Q.age > 3), {"$and": [{"active": True}, {"age": {"$gt": 3}}]}),
    ({"name": "A"} & Q.active, {"$and": [{"name": "A"}, {"active": True}]}),
    ((Q.age > 3) & Q.active, {"$and": [{"age": {"$gt": 3}}, {"active": True}]}),
    (Q.active | (Q.age > 3), {"$or": [{"active": True}, {"age": {"$gt": 3}}]}),
    (~Q.active, {"$not": {"active": True}}),
    ((Q.age > 3) & {"name": "A"}, {"$and": [{"age": {"$gt": 3}}, {"name": "A"}]}),
    ({"name": "A"} | (Q.age > 3), {"$or": [{"name": "A"}, {"age": {"$gt": 3}}]}),
]


@pytest.mark.parametrize(("condition", "mongo"), PAIRS)
def test_a_condition_is_the_tree_of_its_mongo_form(condition: Condition, mongo: dict[str, Any]) -> None:
    assert tree(condition) == tree(mongo)


Both = tuple[Condition, dict[str, Any]]

LEAVES: st.SearchStrategy[Both] = st.sampled_from(PAIRS) | st.integers(-9, 9).map(
    lambda n: (Q.age >= n, {"age": {"$gte": n}})
)


def combined(inner: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda two: (two[0][0] & two[1][0], {"$and": [two[0][1], two[1][1]]})),
        st.tuples(inner, inner).map(lambda two: (two[0][0] | two[1][0], {"$or": [two[0][1], two[1][1]]})),
        inner.map(lambda one: (~one[0], {"$not": one[1]})),
    )


@given(st.recursive(LEAVES, combined, max_leaves=8))
def test_law_q_equals_mongo(both: Both) -> None:
    condition, mongo = both
    assert tree(condition) == tree(mongo)


@given(st.recursive(LEAVES, combined, max_leaves=8))
def test_law_a_tree_parses_to_itself(both: Both) -> None:
    found = tree(both[1])
    assert tree(found) == found


def test_a_long_chain_is_one_level() -> None:
    condition = Q.age == 0
    for number in range(1, 500):
        condition = condition | (Q.age == number)
    assert tree(condition) == Or(tuple(Compare("age", "eq", number) for number in range(500)))


def test_conditions_and_dicts_mix() -> None:
    assert tree({"$or": [Q.age > 3, {"$not": Q.active}]}) == tree(
        {"$or": [{"age": {"$gt": 3}}, {"$not": {"active": True}}]}
    )


Filter = Callable[[User], object]
FUNCTIONS: list[tuple[Filter, Expression]] = [
    (lambda u: u.age > 3, Compare("age", "gt", 3)),
    (lambda u: u.active, Compare("active", "eq", True)),
    (lambda u: u.name.startswith("A"), Compare("name", "startswith", "A")),
    (lambda u: (u.age > 3) | (u.age < 1), Or((Compare("age", "gt", 3), Compare("age", "lt", 1)))),
    (lambda u: ~(u.age == 3), Not(Compare("age", "eq", 3))),
]


@pytest.mark.parametrize(("function", "expected"), FUNCTIONS)
def test_functions_of_a_record(function: Filter, expected: Expression) -> None:
    assert tree(function) == expected


def test_functions_reach_into_json() -> None:
    assert tree(lambda u: u.profile.city == "Rome") == tree({"profile.city": "Rome"})
    assert tree(lambda u: u["like"] == "x") == tree({"like": "x"})


NO_TRUTH = "a condition of a filter has no truth of its own"


@pytest.mark.parametrize(
    ("function", "code", "message"),
    [
        (lambda u: u.agee > 3, "N103", "unknown field 'agee' in the filter of User"),
        (lambda u: u.age > 3 and u.active, "N110", NO_TRUTH),
        (lambda u: u.active or u.age > 3, "N110", NO_TRUTH),
        (lambda u: not u.active, "N110", NO_TRUTH),
        (lambda u: u.age > 3 & u.active == True, "N110", NO_TRUTH),  # noqa: E712  # parentheses forgotten
        (lambda u: 1 < u.age < 3, "N110", NO_TRUTH),
        (lambda u: u.age in [1, 2], "N110", NO_TRUTH),
        (lambda u: "a" in u.name, "N110", NO_TRUTH),
        (lambda u: u.age == 1 if u.active else u.age == 2, "N110", NO_TRUTH),
        (lambda u: u.age, "N110", "the filter for 'age' of User names the field and compares it with nothing"),
        (lambda u: True, "N110", "the filter of User is a function that gives a bool"),
        (lambda u: None, "N110", "the filter of User is a function that gives a NoneType"),
        (
            lambda: True,
            "N110",
            "the filter of User is a function that raises TypeError: <lambda>() takes 0 positional arguments but 1 was given",
        ),
        (lambda u: u.age == u.name, "N110", "the filter for 'age' of User compares it with the field Q.name"),
        (lambda u: u.age == (u.name == "a"), "N110", "the filter for 'age' of User compares it with another condition"),
        (lambda u: u.age > "x", "N104", "wrong value in the filter for 'age' of User: expected an int"),
        (lambda u: u.name.upper() == "A", "N109", "unknown operator 'upper' in the filter for 'name'"),
        (lambda u: setattr(u, "age", 3), "N110", "a filter cannot set 'age'"),
        (
            lambda u: list(u.tags),
            "N110",
            "the filter of User is a function that raises TypeError: 'Column' object is not iterable",
        ),
        (User, "N110", "the filter of User is of type 'type'"),
        (Q, "N110", "the filter of User is of type 'Query'"),
    ],
)
def test_functions_that_are_no_filter(function: Any, code: str, message: str) -> None:
    _, problems = parsed(function)
    assert [(one.code, one.message, one.where.path[:1]) for one in problems] == [(f"DF-{code}", message, ("filter",))]


def test_a_truth_asked_for_is_taught() -> None:
    with pytest.raises(NodeError, match=re.escape(NO_TRUTH)) as raised:
        bool(Q.age > 3)
    assert raised.value.code == "DF-N110"
    assert [one.text for one in raised.value.solutions] == [
        "for 'and':",
        "for 'or':",
        "for 'not':",
        "for '1 < age < 3':",
        "for 'in':",
    ]


def test_an_unknown_field_of_a_function_is_near_a_known_one() -> None:
    (problem,) = parsed(lambda u: u.agee > 3)[1]
    assert problem.solutions[0].text == "did you mean 'age'?"
    assert (problem.where.field, problem.where.operation) == ("agee", "list")


def test_sort_forms() -> None:
    assert (Q.age.desc(), Q.name.asc()) == (SortKey("age", True), SortKey("name"))


@pytest.mark.parametrize("values", ["ab", 3])
def test_what_is_no_list_is_refused_as_such(values: Any) -> None:
    (problem,) = parsed(Q.name.in_(values))[1]
    assert problem.code == "DF-N110"


def test_machinery_of_python_is_not_taken_for_fields() -> None:
    assert not hasattr(Q, "__deepcopy__")
    assert isinstance(copy.copy(Q.age), Column)
    assert (repr(Q.profile.city), repr(Q)) == ("Q.profile.city", "Q")
