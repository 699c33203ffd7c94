"""What filters refuse, each message whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow.diagnostics import Edit, Fix, Problem, Where
from dataflow.expressions.conditions import FIELD_OPERATORS, FILTER_OPERATORS
from dataflow.expressions.evaluate import matches
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.tree import NEVER, And, Compare, Expression, Not
from dataflow.models.model import Bounds, Definition, Field, Model, ModelOptions
from dataflow.models.types import BOOL, DICT, FLOAT, INT, STR, FieldType


class User:
    pass


FIELDS = (
    Field("id", STR),
    Field("name", STR, bounds=Bounds(max_length=3)),
    Field("age", INT, nullable=True),
    Field("active", BOOL),
    Field("score", FLOAT),
    Field("profile", DICT),
    Field("tags", FieldType("list", list, item=STR)),
    Field("token", STR, encrypted=True),
    Field("notes", DICT, encrypted=True),
)
MODEL = Model(
    name="User", table="users", fields={field.name: field for field in FIELDS}, indexes=(), options=ModelOptions(),
    cls=User, defined_at=Definition("users.py", 1),
)  # fmt: skip
LIMITS = Limits(max_filter_depth=3, max_filter_nodes=5, max_in=3, max_regex=4)


def problems(value: Any, limits: Limits = LIMITS) -> list[Problem]:
    tree, found = parse_filter(value, MODEL, limits, Where(model="User", operation="list"), ("filter",), frozenset())
    assert not found or tree == NEVER
    return found


AGE, NAME = "the filter for 'age' of User", "the filter for 'name' of User"


@pytest.mark.parametrize(
    ("given", "code", "message", "path"),
    [
        ({"nmae": 1}, "N103", "unknown field 'nmae' in the filter of User", ("nmae",)),
        ({7: 1}, "N103", "unknown field '7' in the filter of User", (7,)),
        ({"profil.city": 1}, "N103", "unknown field 'profil' in the filter of User", ("profil.city",)),
        ({"age": {"$gtt": 3}}, "N109", "unknown operator '$gtt' in the filter for 'age' of User", ("age", "$gtt")),
        ({"age": {"$gt": 3, "x": 1}}, "N109", "unknown operator 'x' in the filter for 'age' of User", ("age", "x")),
        ({"$nor": [{"age": 1}]}, "N109", "unknown operator '$nor' in the filter of User", ("$nor",)),
        ({"$gt": 3}, "N110", "the filter of User uses '$gt' outside of a field", ("$gt",)),
        ({"age": {"$or": [1]}}, "N110", f"{AGE} uses '$or' inside a field", ("age", "$or")),
        ({"$or": []}, "N110", "the filter of User gives '$or' an empty list where it takes a list of filters", ("$or",)),
        ({"$and": {"age": 1}}, "N110", "the filter of User gives '$and' a dict where it takes a list of filters", ("$and",)),
        ({"$or": [3]}, "N110", "the filter of User is of type 'int'", ("$or", 0)),
        ({"$not": None}, "N110", "the filter of User is of type 'NoneType'", ("$not",)),
        ({"age": {"gt": 3}}, "N110", f"{AGE} compares with a dict", ("age",)),
        ({"age": {}}, "N110", f"{AGE} compares with an empty dict", ("age",)),
        ({"age": {"$not": {}}}, "N110", f"{AGE} compares with an empty dict", ("age", "$not")),
        ({"age": [1]}, "N110", f"{AGE} compares with a list", ("age",)),
        ({"age": "x"}, "N104", "wrong value in the filter for 'age' of User: expected an int", ("age",)),
        ({"age": True}, "N104", "wrong value in the filter for 'age' of User: expected an int; a bool is not one", ("age",)),
        ({"age": {"$gt": None}}, "N110", f"{AGE} gives '$gt' a None", ("age", "$gt")),
        ({"age": {"$in": 3}}, "N110", f"{AGE} gives '$in' an int where it takes a list", ("age", "$in")),
        ({"age": {"$nin": "ab"}}, "N110", f"{AGE} gives '$nin' a str where it takes a list", ("age", "$nin")),
        ({"age": {"$in": [1, None]}}, "N110", f"{AGE} gives '$in' a None", ("age", "$in", 1)),
        ({"age": {"$in": [1, "x"]}}, "N104", "wrong value in the filter for 'age' of User: expected an int", ("age", "$in", 1)),
        ({"age": {"$between": [1]}}, "N110", f"{AGE} gives '$between' 1 values where it takes two", ("age", "$between")),
        ({"age": {"$between": 1}}, "N110", f"{AGE} gives '$between' an int where it takes two", ("age", "$between")),
        ({"age": {"$between": [None, 2]}}, "N110", f"{AGE} gives '$between' a None", ("age", "$between", 0)),
        ({"age": {"$like": "a"}}, "N110", f"{AGE} uses '$like', which is for text", ("age", "$like")),
        ({"age": {"$contains": "a"}}, "N110", f"{AGE} uses '$contains', which is for lists and text", ("age", "$contains")),
        ({"name": {"$like": None}}, "N110", f"{NAME} gives '$like' a None", ("name", "$like")),
        ({"name": {"$like": 3}}, "N104", "wrong value in the filter for 'name' of User: expected a str", ("name", "$like")),
        (
            {"name": {"$regex": "("}},
            "N110",
            f"{NAME} has a '$regex' that cannot be read: missing ), unterminated subpattern at position 0",
            ("name", "$regex"),
        ),
        ({"age": {"$null": 1}}, "N110", f"{AGE} gives '$null' an int where it takes a bool", ("age", "$null")),
        ({"age": {"$exists": "x"}}, "N110", f"{AGE} gives '$exists' a str where it takes a bool", ("age", "$exists")),
        ({"profile": {"$gt": {}}}, "N110", "the filter for 'profile' of User uses '$gt', which needs an order", ("profile", "$gt")),
        ({"name.x": 1}, "N110", "the filter for 'name.x' of User reaches into a str, which has nothing inside", ("name.x",)),
        ({"profile.": 1}, "N110", "the filter for 'profile.' of User has an empty name between two dots", ("profile.",)),
        (
            {"tags.a": 1},
            "N110",
            "the filter for 'tags.a' of User reaches into a list by 'a', which is not a position such as 0",
            ("tags.a",),
        ),
        ({"profile.a": {"b": 1}}, "N110", "the filter for 'profile.a' of User compares with a dict", ("profile.a",)),
        ({"profile.a": [1]}, "N110", "the filter for 'profile.a' of User compares with a list", ("profile.a",)),
        (
            {"profile.a": {"$gt": True}},
            "N110",
            "the filter for 'profile.a' of User orders by a bool, which '$gt' inside JSON cannot",
            ("profile.a", "$gt"),
        ),
        (
            {"profile.a": {"$between": [1, "b"]}},
            "N110",
            "the filter for 'profile.a' of User gives '$between' ends that have no common order",
            ("profile.a", "$between"),
        ),
        ({"token": "x"}, "N110", "the filter for 'token' of User compares an encrypted field", ("token",)),
        ({"notes.a": {"$null": True}}, "N110", "the filter for 'notes.a' of User compares an encrypted field", ("notes.a",)),
        (
            {"score": float("nan")},
            "N104",
            "wrong value in the filter for 'score' of User: expected a finite float; NaN and infinity have no common form in databases",
            ("score",),
        ),
        (
            {"name": "\0"},
            "N104",
            "wrong value in the filter for 'name' of User: expected text without NUL characters, which PostgreSQL cannot store",
            ("name",),
        ),
        (
            {"name": "\ud800"},
            "N104",
            "wrong value in the filter for 'name' of User: expected text that UTF-8 can encode; it holds a lone surrogate",
            ("name",),
        ),
        ({"age": {"$in": [1, 2, 3, 4]}}, "N113", f"{AGE} has 4 values in '$in': at most 3", ("age", "$in")),
        ({"name": {"$regex": "aaaaa"}}, "N113", f"{NAME} has a '$regex' of 5 characters: at most 4", ("name", "$regex")),
    ],
)  # fmt: skip
def test_refused(given: dict[Any, Any], code: str, message: str, path: tuple[str | int, ...]) -> None:
    assert [(one.code, one.message, one.where.path) for one in problems(given)] == [
        (f"DF-{code}", message, ("filter", *path))
    ]


def test_a_filter_that_is_none() -> None:
    (problem,) = problems("age > 3")
    assert (problem.code, problem.message) == ("DF-N110", "the filter of User is of type 'str'")
    assert problem.context == {"given": "age > 3", "given_type": "str"}


def test_every_problem_comes_at_once() -> None:
    found = problems({"nmae": 1, "age": {"$gt": "x", "$foo": 1}, "$or": [{"name": 3}]})
    assert [one.where.path[1:] for one in found] == [("nmae",), ("age", "$gt"), ("age", "$foo"), ("$or", 0, "name")]


def test_unknown_field_is_repaired_by_its_closest_name() -> None:
    (problem,) = problems({"profle.city": 1})
    assert problem.solutions[0].text == "did you mean 'profile'?"
    assert problem.fix == Fix("unsafe", edits=(Edit(("filter", "profle.city"), "rename", "profile.city"),))
    assert problem.where == Where(model="User", operation="list", field="profle", path=("filter", "profle.city"))


def test_unknown_operator_is_repaired_by_its_closest_name() -> None:
    (problem,) = problems({"age": {"$gtte": 1}})
    assert problem.fix == Fix("unsafe", edits=(Edit(("filter", "age", "$gtte"), "rename", "$gte"),))


def test_an_operator_without_its_sign_is_recognised() -> None:
    (problem,) = problems({"age": {"gt": 1}})
    assert problem.solutions[0].code == '"age": {"$gt": ...}'


def test_bounds_of_a_field_are_not_those_of_a_filter() -> None:
    assert problems({"name": "longer than three"}) == []


@pytest.mark.parametrize(
    "given", [{"token": "hunter2"}, {"token": {"x": "hunter2"}}, {"notes": {"$exists": "hunter2"}}]
)
def test_what_an_encrypted_field_is_compared_with_is_not_shown(given: dict[str, Any]) -> None:
    (problem,) = problems(given)
    assert "hunter2" not in str(problem)


NESTED = {"$not": {"$not": {"$not": {"age": 1}}}}


@pytest.mark.parametrize("given", [NESTED, Not(Not(Not(Compare("age", "eq", 1)))), {"$or": [NESTED, {"age": 1}]}])
def test_too_deep(given: Any) -> None:
    assert [(one.code, one.message) for one in problems(given)] == [
        ("DF-N113", "the filter of User is nested too deep: at most 3")
    ]


COMPARES: tuple[Expression, ...] = tuple(Compare("age", "eq", number) for number in range(6))


@pytest.mark.parametrize(
    "given",
    [
        {"$or": [{"age": number} for number in range(5)]},
        {"age": {"$eq": 1, "$ne": 2, "$gt": 3, "$lt": 4, "$gte": 5, "$lte": 6}},
        dict.fromkeys("abcdef", 1) | {"age": 1},
        And(COMPARES),
    ],
)
def test_too_many_conditions(given: Any) -> None:
    found = [one for one in problems(given) if one.code == "DF-N113"]
    assert [one.message for one in found] == ["the filter of User has too many conditions: at most 5"]


def test_as_many_conditions_as_allowed() -> None:
    assert problems({"$or": [{"age": number} for number in range(4)]}) == []
    assert problems({"age": {"$eq": 1, "$ne": 2, "$gt": 3, "$lt": 4, "$gte": 5}}) == []


def test_a_filter_deeper_than_the_stack_is_refused() -> None:
    given: Any = {"age": 1}
    for _ in range(100_000):
        given = {"$not": given}
    assert [one.code for one in problems(given, Limits())] == ["DF-N113"]


KEYS = st.sampled_from(
    [*FIELD_OPERATORS, *FILTER_OPERATORS, *MODEL.fields, "profile.city", "tags.0", "nmae", "$x", "", "."]
)
SCALARS: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats() | st.sampled_from(["", "a", "%", "("])
)
RECORD = {
    "id": "u1", "name": "a", "age": None, "active": True, "score": 1.0, "profile": {"city": "a"}, "tags": ["a"], "token": "x", "notes": {},
}  # fmt: skip


@given(
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
    )
)
def test_law_any_value_is_a_filter_or_a_problem(value: Any) -> None:
    tree, found = parse_filter(value, MODEL, Limits(), Where(), ("filter",), frozenset())
    assert all(one.code.startswith("DF-N1") for one in found)
    if tree is not None and not found:
        assert matches(tree, RECORD) in (True, False)
        assert parse_filter(tree, MODEL, Limits(), Where(), ("filter",), frozenset()) == (tree, [])


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (Compare("nmae", "eq", 1), "unknown field 'nmae' in the filter of User"),
        (
            Compare("name", "eq", 1, ("x",)),
            "the filter for 'name.x' of User reaches into a str, which has nothing inside",
        ),
        (Compare("age", "eq", "x"), "wrong value in the filter for 'age' of User: expected an int"),
        (Compare("age", "is", 1), "unknown operator 'is' in the filter for 'age' of User"),  # type: ignore[arg-type]  # the case
        (Compare("token", "eq", "x"), "the filter for 'token' of User compares an encrypted field"),
    ],
)
def test_trees_are_refused_in_the_same_words(tree: Expression, message: str) -> None:
    assert [one.message for one in problems(tree)] == [message]
