"""The meaning of every operator, as the oracle has it, and trees as text."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow.expressions.describe import describe
from dataflow.expressions.evaluate import matches, ordered
from dataflow.expressions.tree import ALWAYS, NEVER, And, Compare, Expression, Not, Or, SortKey


class Size(Enum):
    SMALL = "b"
    LARGE = "a"


@attrs.frozen
class Address:
    city: str


RECORD = {
    "n": 3, "f": 1.5, "s": "Alice\nB", "b": True, "d": Decimal("1.5"), "raw": b"\x01\xff", "size": Size.SMALL, "none": None,
    "tags": ["a", 1, None, {"x": 1}], "address": Address("Rome"),
    "doc": {"city": "Rome", "age": 3, "on": True, "list": ["a", "b"], "null": None, "1": "one"},
}  # fmt: skip


def holds(field: str, operator: Any, value: object, *path: str) -> bool:
    return matches(Compare(field, operator, value, path), RECORD)


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("n", "eq", 3, True), ("n", "ne", 3, False), ("n", "gt", 3, False), ("n", "gte", 3, True), ("n", "lt", 4, True),
        ("n", "lte", 2, False), ("n", "in", (1, 3), True), ("n", "in", (), False), ("n", "nin", (), True),
        ("n", "nin", (3,), False), ("n", "between", (3, 3), True), ("n", "between", (4, 2), False),
        ("d", "eq", Decimal("1.50"), True), ("d", "gt", Decimal("1.4"), True), ("raw", "gt", b"\x01", True),
        ("b", "gt", False, True), ("size", "eq", Size.SMALL, True), ("size", "gt", Size.LARGE, True),
        ("s", "like", "Alice%", True), ("s", "like", "alice%", False), ("s", "ilike", "aLICE%", True),
        ("s", "like", "Alice", False), ("s", "like", "Alice__", True), ("s", "contains", "ice", True),
        ("s", "contains", "%", False), ("s", "startswith", "Al", True), ("s", "startswith", "al", False),
        ("s", "endswith", "B", True), ("s", "regex", "^A.*e$", False), ("s", "regex", "(?m)e$", True),
        ("tags", "has", "a", True), ("tags", "has", 1, True), ("tags", "has", True, False), ("tags", "has", {"x": 1.0}, True),
        ("tags", "has", {"x": True}, False), ("tags", "eq", ["a", 1, None, {"x": 1}], True), ("tags", "ne", ["a"], True),
        ("address", "eq", Address("Rome"), True),
    ],
)  # fmt: skip
def test_values(field: str, operator: str, value: object, expected: bool) -> None:
    assert holds(field, operator, value) is expected


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("eq", 1), ("gt", 1), ("gte", 1), ("lt", 1), ("lte", 1), ("in", (1,)), ("between", (1, 2)), ("like", "%"), ("ilike", "%"),
        ("contains", ""), ("startswith", ""), ("endswith", ""), ("regex", ""), ("has", 1),
    ],
)  # fmt: skip
def test_null_meets_nothing(operator: str, value: object) -> None:
    assert not holds("none", operator, value)
    assert matches(Not(Compare("none", operator, value)), RECORD)  # type: ignore[arg-type]  # the operators above
    assert not holds("doc", operator, value, "null")
    assert not holds("doc", operator, value, "not there")


def test_null_is_not_what_is_asked_for() -> None:
    assert holds("none", "ne", 1)
    assert holds("none", "nin", (1,))
    assert holds("none", "null", True)
    assert not holds("n", "null", True)
    assert holds("n", "null", False)
    assert not holds("none", "null", False)


@pytest.mark.parametrize(
    ("path", "operator", "value", "expected"),
    [
        (("city",), "eq", "Rome", True), (("city",), "eq", 3, False), (("city",), "ne", 3, True), (("city",), "nin", (3,), True),
        (("city",), "gt", 3, False), (("age",), "gt", "2", False), (("age",), "gte", 3.0, True), (("age",), "between", (1, 3), True),
        (("age",), "contains", "3", False), (("on",), "eq", 1, False), (("on",), "eq", True, True), (("age",), "in", ("3", 3), True),
        (("on",), "gte", 1, False), (("list", "1"), "eq", "b", True), (("list", "2"), "null", True, True), (("list", "-1"), "null", True, True),
        (("list", "01"), "null", True, True), (("list",), "has", "a", True), (("list",), "contains", "a", False), (("1",), "eq", "one", True),
        (("city", "x"), "null", True, True), (("null",), "null", True, True), (("city",), "like", "R%", True), (("city",), "has", "R", False),
    ],
)  # fmt: skip
def test_places_inside_json(path: tuple[str, ...], operator: str, value: object, expected: bool) -> None:
    assert holds("doc", operator, value, *path) is expected


def test_places_inside_objects() -> None:
    assert holds("address", "eq", "Rome", "city")


@pytest.mark.parametrize(("text", "expected"), [("k", True), ("K", True), ("\u212a", False)])
def test_ilike_folds_ascii_letters_only(text: str, expected: bool) -> None:
    assert matches(Compare("s", "ilike", "K"), {"s": text}) is expected


def test_ilike_does_not_fold_other_letters() -> None:
    assert not matches(Compare("s", "ilike", "é"), {"s": "É"})


def test_nothing_escapes_in_a_pattern() -> None:
    assert matches(Compare("s", "like", "a\\%"), {"s": "a\\bc"})
    assert not matches(Compare("s", "like", "a.c"), {"s": "abc"})


def test_text_compares_by_code_point() -> None:
    assert matches(Compare("s", "lt", "a"), {"s": "Z"})
    assert matches(Compare("s", "gt", "\uffff"), {"s": "\U0001f600"})


def test_empty_logic() -> None:
    assert matches(ALWAYS, {})
    assert not matches(NEVER, {})


LEAVES = st.builds(Compare, st.just("n"), st.sampled_from(("eq", "ne", "lt", "gte")), st.integers(0, 2))
TREES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@given(TREES, TREES, st.none() | st.integers(0, 2))
def test_law_de_morgan(left: Expression, right: Expression, value: int | None) -> None:
    record = {"n": value}
    assert matches(Not(And((left, right))), record) is matches(Or((Not(left), Not(right))), record)
    assert matches(Not(Or((left, right))), record) is matches(And((Not(left), Not(right))), record)


def test_order_and_nulls() -> None:
    records: list[dict[str, Any]] = [{"a": 1, "b": "x"}, {"a": None, "b": "y"}, {"a": 1, "b": "a"}, {"a": 2, "b": None}]
    assert [one["a"] for one in ordered(records, (SortKey("a"),))] == [None, 1, 1, 2]
    assert [one["a"] for one in ordered(records, (SortKey("a", True),))] == [2, 1, 1, None]
    both = ordered(records, (SortKey("a"), SortKey("b", True)))
    assert [one["b"] for one in both] == ["y", "x", "a", None]
    assert ordered(records, ()) == records


def test_order_keeps_ties_as_they_were() -> None:
    records = [{"a": 1, "id": number} for number in range(5)]
    assert ordered(records, (SortKey("a", True),)) == records


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Compare("age", "gte", 18), "age >= 18"),
        (Compare("name", "startswith", "A"), 'name starts with "A"'),
        (Compare("profile", "eq", "Rome", ("city",)), 'profile.city = "Rome"'),
        (Compare("age", "null", True), "age is null"),
        (Compare("age", "null", False), "age is not null"),
        (Compare("age", "between", (1, 3)), "age between 1 and 3"),
        (Compare("age", "in", (1, 2)), "age in [1, 2]"),
        (Compare("age", "nin", tuple(range(9))), "age not in [0, 1, 2, 3, 4, ...]"),
        (
            And((Compare("a", "eq", 1), Or((Compare("b", "lt", 2), Not(Compare("c", "has", 3)))))),
            "a = 1 and (b < 2 or not (c has 3))",
        ),
        (ALWAYS, "always"),
        (NEVER, "never"),
        (Compare("token", "eq", "hunter2"), "token = ***"),
        (Compare("token", "between", ("hunter1", "hunter2")), "token between *** and ***"),
    ],
)
def test_trees_as_text(expression: Expression, text: str) -> None:
    assert describe(expression, masked=("token",)) == text
