"""Every operator of the Mongo form, and the trees that filters become."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any

import attrs
import pytest

from dataflow.diagnostics import Where
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.tree import ALWAYS, NEVER, And, Compare, Expression, Not, Or
from dataflow.models.model import MISSING, Definition, Field, Model, ModelOptions
from dataflow.models.types import ANY, BOOL, DATETIME, DICT, INT, LIST, STR, FieldType


class Colour(Enum):
    RED = "red"


@attrs.frozen
class Address:
    city: str


class User:
    pass


FIELDS = (
    Field("id", STR),
    Field("name", STR),
    Field("age", INT, nullable=True),
    Field("active", BOOL),
    Field("born", DATETIME),
    Field("colour", FieldType("enum", Colour, choices=tuple(Colour))),
    Field("profile", DICT),
    Field("tags", FieldType("list", list, item=STR)),
    Field("items", LIST),
    Field("address", FieldType("object", Address)),
    Field("extra", ANY),
)
MODEL = Model(
    name="User", table="users", fields={field.name: field for field in FIELDS}, indexes=(), options=ModelOptions(),
    cls=User, defined_at=Definition("users.py", 1),
)  # fmt: skip


def tree(value: Any) -> Expression | None:
    parsed, problems = parse_filter(
        value, MODEL, Limits(), Where(model="User", operation="list"), ("filter",), frozenset()
    )
    assert problems == []
    return parsed


NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"age": 3}, Compare("age", "eq", 3)),
        ({"age": "3"}, Compare("age", "eq", 3)),
        ({"age": {"$eq": 3}}, Compare("age", "eq", 3)),
        ({"age": {"$ne": 3}}, Compare("age", "ne", 3)),
        ({"age": {"$gt": 3}}, Compare("age", "gt", 3)),
        ({"age": {"$gte": 3.0}}, Compare("age", "gte", 3)),
        ({"age": {"$lt": 3}}, Compare("age", "lt", 3)),
        ({"age": {"$lte": 3}}, Compare("age", "lte", 3)),
        ({"age": {"$in": [1, "2"]}}, Compare("age", "in", (1, 2))),
        ({"age": {"$in": (1,)}}, Compare("age", "in", (1,))),
        ({"age": {"$in": []}}, NEVER),
        ({"age": {"$nin": {1}}}, Compare("age", "nin", (1,))),
        ({"age": {"$nin": []}}, None),
        ({"age": {"$between": ["1", 3]}}, Compare("age", "between", (1, 3))),
        ({"name": {"$like": "A%"}}, Compare("name", "like", "A%")),
        ({"name": {"$ilike": "a_"}}, Compare("name", "ilike", "a_")),
        ({"name": {"$contains": "'; DROP TABLE"}}, Compare("name", "contains", "'; DROP TABLE")),
        ({"name": {"$startswith": "A"}}, Compare("name", "startswith", "A")),
        ({"name": {"$endswith": "z"}}, Compare("name", "endswith", "z")),
        ({"name": {"$regex": "^A.*z$"}}, Compare("name", "regex", "^A.*z$")),
        ({"age": None}, Compare("age", "null", True)),
        ({"age": {"$eq": None}}, Compare("age", "null", True)),
        ({"age": {"$ne": None}}, Compare("age", "null", False)),
        ({"age": {"$null": True}}, Compare("age", "null", True)),
        ({"age": {"$null": False}}, Compare("age", "null", False)),
        ({"age": {"$exists": True}}, Compare("age", "null", False)),
        ({"age": {"$exists": False}}, Compare("age", "null", True)),
        ({"born": "2026-01-31T12:00:00Z"}, Compare("born", "eq", NOW)),
        ({"born": {"$lt": NOW}}, Compare("born", "lt", NOW)),
        ({"colour": "red"}, Compare("colour", "eq", Colour.RED)),
    ],
)
def test_operators_on_fields(given: dict[str, Any], expected: Expression) -> None:
    assert tree(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"profile": {"city": "Rome"}}, Compare("profile", "eq", {"city": "Rome"})),
        ({"profile": {}}, Compare("profile", "eq", {})),
        ({"profile": {"$in": [{"a": 1}, {}]}}, Compare("profile", "in", ({"a": 1}, {}))),
        ({"tags": ["a", "b"]}, Compare("tags", "eq", ["a", "b"])),
        ({"tags": {"$contains": "a"}}, Compare("tags", "has", "a")),
        ({"items": {"$contains": {"a": 1}}}, Compare("items", "has", {"a": 1})),
        ({"address": {"city": "Rome"}}, Compare("address", "eq", Address("Rome"))),
        ({"extra": [1, None]}, Compare("extra", "eq", [1, None])),
        ({"profile.city": "Rome"}, Compare("profile", "eq", "Rome", ("city",))),
        ({"profile.a.b": None}, Compare("profile", "null", True, ("a", "b"))),
        ({"profile.age": {"$gte": 18}}, Compare("profile", "gte", 18, ("age",))),
        ({"profile.age": {"$between": [1, 2.5]}}, Compare("profile", "between", (1, 2.5), ("age",))),
        ({"profile.on": True}, Compare("profile", "eq", True, ("on",))),
        ({"profile.city": {"$in": ["Rome", 1]}}, Compare("profile", "in", ("Rome", 1), ("city",))),
        ({"profile.city": {"$like": "R%"}}, Compare("profile", "like", "R%", ("city",))),
        ({"tags.0": "a"}, Compare("tags", "eq", "a", ("0",))),
        ({"address.city": "Rome"}, Compare("address", "eq", "Rome", ("city",))),
        ({"profile.nums": {"$contains": 3}}, Compare("profile", "has", 3, ("nums",))),
        (
            {"profile.tags": {"$contains": "a"}},
            Or((Compare("profile", "contains", "a", ("tags",)), Compare("profile", "has", "a", ("tags",)))),
        ),
    ],
)
def test_json_fields_and_places_inside_them(given: dict[str, Any], expected: Expression) -> None:
    assert tree(given) == expected


A, B, C = Compare("age", "eq", 1), Compare("name", "eq", "b"), Compare("id", "eq", "c")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"age": 1, "name": "b"}, And((A, B))),
        ({"age": {"$gt": 1, "$lt": 3}}, And((Compare("age", "gt", 1), Compare("age", "lt", 3)))),
        ({"$and": [{"age": 1}, {"name": "b"}]}, And((A, B))),
        ({"$or": [{"age": 1}, {"name": "b"}]}, Or((A, B))),
        ({"$not": {"age": 1}}, Not(A)),
        ({"age": {"$not": {"$gt": 1}}}, Not(Compare("age", "gt", 1))),
        ({"age": {"$not": 1}}, Not(A)),
        ({"id": "c", "$or": [{"age": 1}, {"name": "b"}]}, And((C, Or((A, B))))),
        ({"$and": [{"age": 1, "name": "b"}, {"id": "c"}]}, And((A, B, C))),
        ({"$or": [{"$or": [{"age": 1}, {"name": "b"}]}, {"id": "c"}]}, Or((A, B, C))),
        ({"$and": [{}, {"age": 1}]}, A),
        ({"$not": {}}, NEVER),
    ],
)
def test_logic(given: dict[str, Any], expected: Expression) -> None:
    assert tree(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        None,
        MISSING,
        {},
        {"$and": [{}]},
        {"$or": [{"age": 1}, {}]},
        {"$not": {"$not": {}}},
        ALWAYS,
        Not(NEVER),
        And((ALWAYS,)),
    ],
)
def test_what_is_true_of_every_record_is_no_filter(given: object) -> None:
    assert tree(given) is None


def test_trees_are_checked_and_coerced_like_any_filter() -> None:
    given = Or(
        (
            Compare("age", "in", ("1", 2.0)),
            Not(Compare("born", "eq", "2026-01-31T12:00:00Z")),
            Compare("age", "ne", None),
        )
    )
    expected = Or((Compare("age", "in", (1, 2)), Not(Compare("born", "eq", NOW)), Compare("age", "null", False)))
    assert tree(given) == expected


@pytest.mark.parametrize(
    "one", [Compare("profile", "contains", "a", ("x",)), Compare("tags", "has", "a"), Compare("age", "null", True), A]
)
def test_a_checked_tree_stays_as_it_is(one: Expression) -> None:
    assert tree(one) == one


CONNECTED = frozenset((("filter", "age", "$gte"), ("filter", "name"), ("filter", "$or", "0", "id"), ("other", "x")))


@pytest.mark.parametrize("given", [{}, {"age": {}}, {"id": "1"}, {"$or": [{}, {"age": 3}]}, {"age": {"$lt": 3}}])
def test_connected_places_count_as_given(given: dict[str, Any]) -> None:
    paths = CONNECTED if "$or" in given else CONNECTED - {("filter", "$or", "0", "id")}
    assert parse_filter(given, MODEL, Limits(), Where(), ("filter",), paths)[1] == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (("filter", "nmae"), "unknown field 'nmae' in the filter of User"),
        (("filter", "age", "$gtt"), "unknown operator '$gtt' in the filter for 'age' of User"),
        (("filter", "age", "$like"), "the filter for 'age' of User uses '$like', which is for text"),
    ],
)
def test_names_and_operators_of_connected_places_are_checked(path: tuple[str, ...], message: str) -> None:
    _, problems = parse_filter({}, MODEL, Limits(), Where(), ("filter",), frozenset((path,)))
    assert [(one.message, one.where.path) for one in problems] == [(message, path)]


@pytest.mark.parametrize("operand", ["$in", "$between", "$contains", "$regex", "$null", "$exists", "$eq", "$not"])
def test_any_operand_may_be_connected(operand: str) -> None:
    paths = frozenset((("filter", "name", operand),))
    assert parse_filter({}, MODEL, Limits(), Where(), ("filter",), paths)[1] == []


def test_values_inside_a_list_or_a_document_may_be_connected() -> None:
    paths = frozenset((("filter", "age", "$in", "1"), ("filter", "profile", "city")))
    given = {"age": {"$in": [1, 0]}, "profile": {"a": 1}}
    assert parse_filter(given, MODEL, Limits(), Where(), ("filter",), paths)[1] == []
