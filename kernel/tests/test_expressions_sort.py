"""Sorts: every form, every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow.diagnostics import Edit, Fix, Problem, Where
from dataflow.expressions.query import Q
from dataflow.expressions.sort import parse_sort, stable
from dataflow.expressions.tree import Sort, SortKey
from dataflow.models.model import MISSING, Definition, Field, Model, ModelOptions
from dataflow.models.types import DICT, INT, STR


class User:
    pass


FIELDS = (
    Field("id", STR),
    Field("name", STR),
    Field("age", INT),
    Field("profile", DICT),
    Field("token", STR, encrypted=True),
)
MODEL = Model(
    name="User", table="users", fields={field.name: field for field in FIELDS}, indexes=(), options=ModelOptions(),
    cls=User, defined_at=Definition("users.py", 1),
)  # fmt: skip
BOTH = (SortKey("name"), SortKey("age", True))


def parsed(value: Any) -> tuple[Sort, list[Problem]]:
    return parse_sort(value, MODEL, Where(model="User", operation="list"), ("sort",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ()),
        (MISSING, ()),
        ([], ()),
        ("name", BOTH[:1]),
        ("-age", BOTH[1:]),
        (["name", "-age"], BOTH),
        (("name", "-age"), BOTH),
        ({"name": 1, "age": -1}, BOTH),
        ([{"name": 1}, {"age": -1}], BOTH),
        ([{"name": 1, "age": -1}], BOTH),
        ([{"name": "asc"}, {"age": "desc"}], BOTH),
        ([("name", 1), ["age", "desc"]], BOTH),
        ([Q.name.asc(), Q.age.desc()], BOTH),
        ([Q.name, "-age"], BOTH),
        (Q.age.desc(), BOTH[1:]),
        (BOTH, BOTH),
    ],
)
def test_forms(given: Any, expected: Sort) -> None:
    assert parsed(given) == (expected, [])


@pytest.mark.parametrize(
    ("given", "code", "message", "path"),
    [
        ("nmae", "N103", "unknown field 'nmae' in the sort of User", ()),
        (["name", "-aeg"], "N103", "unknown field 'aeg' in the sort of User", (1,)),
        ("", "N103", "unknown field '' in the sort of User", ()),
        ("--age", "N103", "unknown field '-age' in the sort of User", ()),
        ({"nmae": 1}, "N103", "unknown field 'nmae' in the sort of User", ("nmae",)),
        ("name desc", "N103", "unknown field 'name desc' in the sort of User", ()),
        ({"name": 2}, "N112", "the sort of User gives 'name' a direction that is none: 2", ("name",)),
        ({"name": True}, "N112", "the sort of User gives 'name' a direction that is none: True", ("name",)),
        ([("name", "down")], "N112", "the sort of User gives 'name' a direction that is none: 'down'", (0,)),
        ({1: 1}, "N112", "the sort of User has an int where a field belongs", ("1",)),
        ([{}], "N112", "the sort of User has a dict of 0 where a field belongs", (0,)),
        ([["name"]], "N112", "the sort of User has a list of 1 where a field belongs", (0,)),
        (3, "N112", "the sort of User has an int where a field belongs", ()),
        ([None], "N112", "the sort of User has a NoneType where a field belongs", (0,)),
        (lambda u: u.age, "N112", "the sort of User has a function where a field belongs", ()),
        ("profile", "N112", "the sort of User sorts by 'profile', which has no order", ()),
        ("profile.city", "N112", "the sort of User sorts by 'profile.city', which has no order", ()),
        (Q.profile.city.desc(), "N112", "the sort of User sorts by 'profile.city', which has no order", ()),
        ("token", "N112", "the sort of User sorts by the encrypted field 'token'", ()),
        (["name", "-name"], "N112", "the sort of User names 'name' twice", (1,)),
        (Q.age > 3, "N112", "the sort of User has a Condition where a field belongs", ()),
    ],
)
def test_refused(given: Any, code: str, message: str, path: tuple[str | int, ...]) -> None:
    _, problems = parsed(given)
    assert [(one.code, one.message, one.where.path) for one in problems] == [(f"DF-{code}", message, ("sort", *path))]


def test_unknown_field_is_repaired_by_its_closest_name() -> None:
    (problem,) = parsed([{"nmae": 1}])[1]
    assert problem.fix == Fix("unsafe", edits=(Edit(("sort", 0, "nmae"), "rename", "name"),))


def test_every_problem_comes_at_once() -> None:
    assert [one.where.path for one in parsed(["x", 3, "name"])[1]] == [("sort", 0), ("sort", 1)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ((), (SortKey("id"),)),
        (BOTH, (*BOTH, SortKey("id"))),
        ((SortKey("id", True),), (SortKey("id", True),)),
        ((SortKey("id"), SortKey("age")), (SortKey("id"), SortKey("age"))),
    ],
)
def test_the_id_makes_an_order_total(sort: Sort, expected: Sort) -> None:
    assert stable(sort) == expected
