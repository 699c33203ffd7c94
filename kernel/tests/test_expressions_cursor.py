"""Cursors: every value round trips, every other text is refused, pages cover the list once."""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow.diagnostics import Problem, Where
from dataflow.expressions.cursor import after_expression, decode_cursor, encode_cursor
from dataflow.expressions.evaluate import matches, ordered
from dataflow.expressions.sort import stable
from dataflow.expressions.tree import NEVER, And, Compare, Or, Sort, SortKey
from dataflow.models.model import Definition, Field, Model, ModelOptions
from dataflow.models.types import INT, STR, FieldType, scalar
from dataflow.values.coercion import coerce


class Colour(enum.Enum):
    RED = ("r", 1)
    BLUE = ("b", 2)


class Thing:
    pass


MOMENTS = st.datetimes(timezones=st.just(datetime.UTC))
TYPES: dict[str, tuple[FieldType, st.SearchStrategy[Any]]] = {
    "str": (STR, st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
    "int": (INT, st.integers(-(2**63), 2**63 - 1)),
    "float": (scalar(float), st.floats(allow_nan=False, allow_infinity=False)),
    "bool": (scalar(bool), st.booleans()),
    "decimal": (
        FieldType("decimal", decimal.Decimal),
        st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    ),
    "datetime": (scalar(datetime.datetime), MOMENTS),
    "date": (scalar(datetime.date), st.dates()),
    "time": (scalar(datetime.time), st.times()),
    "timedelta": (scalar(datetime.timedelta), st.timedeltas(datetime.timedelta(-99999), datetime.timedelta(99999))),
    "uuid": (FieldType("uuid", uuid.UUID), st.uuids()),
    "bytes": (scalar(bytes), st.binary()),
    "enum": (FieldType("enum", Colour, choices=tuple(Colour)), st.sampled_from(Colour)),
    "literal": (FieldType("literal", str, choices=("a", "b")), st.sampled_from(("a", "b"))),
}
FIELDS = (Field("id", INT), *(Field(name, type, nullable=True) for name, (type, _) in TYPES.items()))
MODEL = Model(
    name="Thing", table="things", fields={field.name: field for field in FIELDS}, indexes=(), options=ModelOptions(),
    cls=Thing, defined_at=Definition("things.py", 1),
)  # fmt: skip
BY_INT = (SortKey("int", True), SortKey("id"))


@pytest.mark.parametrize("kind", TYPES)
@given(data=st.data())
def test_law_every_value_round_trips(kind: str, data: st.DataObject) -> None:
    type, values = TYPES[kind]
    value = data.draw(st.none() | values.map(lambda one: coerce(type, one)))
    sort = (SortKey(kind, data.draw(st.booleans())), SortKey("id"))
    decoded = decode_cursor(encode_cursor(MODEL, sort, {kind: value, "id": 7}), MODEL, sort)
    assert decoded == (value, 7)
    assert isinstance(decoded, tuple)
    assert decoded[0].__class__ is value.__class__


def test_a_cursor_can_stand_in_a_url() -> None:
    text = encode_cursor(MODEL, BY_INT, {"int": None, "id": 1})
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


UNREADABLE = "the cursor of Thing cannot be read"


@pytest.mark.parametrize(
    "text", ["", "x", "%%%", "é", "AAAA", base64.urlsafe_b64encode(b"1234[]").decode(), "A" * 5000, 3, None, "\ud800"]
)
def test_other_text_is_refused(text: Any) -> None:
    problem = decode_cursor(text, MODEL, BY_INT)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.message, problem.where) == (
        "DF-N121",
        UNREADABLE,
        Where(model="Thing", path=("cursor",)),
    )


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_law_no_text_breaks_the_decoder(text: str) -> None:
    assert isinstance(decode_cursor(text, MODEL, BY_INT), Problem)


@given(st.data())
def test_law_a_damaged_cursor_is_refused(data: st.DataObject) -> None:
    text = encode_cursor(MODEL, BY_INT, {"int": 12345, "id": 67890})
    place = data.draw(st.integers(0, len(text) - 2))  # the last character may hold unused bits
    other = data.draw(st.sampled_from([one for one in "ABCabc012-_" if one != text[place]]))
    assert isinstance(decode_cursor(text[:place] + other + text[place + 1 :], MODEL, BY_INT), Problem)


def test_the_cursor_of_another_sort_is_refused() -> None:
    text = encode_cursor(MODEL, BY_INT, {"int": 3, "id": 1})
    problem = decode_cursor(text, MODEL, (SortKey("id"),))
    assert isinstance(problem, Problem)
    assert problem.message == "the cursor of Thing belongs to another list: this one is sorted by id"
    assert problem.cause == "it was made for Thing sorted by -int, id"


def test_the_cursor_of_another_model_is_refused() -> None:
    other = Model(
        name="Other", table="others", fields={field.name: field for field in FIELDS}, indexes=(), options=ModelOptions(),
        cls=Thing, defined_at=Definition("things.py", 9),
    )  # fmt: skip
    problem = decode_cursor(encode_cursor(other, BY_INT, {"int": 3, "id": 1}), MODEL, BY_INT)
    assert isinstance(problem, Problem)
    assert problem.cause == "it was made for Other sorted by -int, id"


@pytest.mark.parametrize(("kind", "value"), [("int", "x"), ("uuid", "x"), ("date", "x"), ("datetime", 3), ("id", None)])
def test_values_that_no_longer_fit_are_refused(kind: str, value: Any) -> None:
    changed = Model(
        name="Thing", table="things", fields={kind: Field(kind, STR)}, indexes=(), options=ModelOptions(),
        cls=Thing, defined_at=Definition("things.py", 9),
    )  # fmt: skip
    sort = (SortKey(kind),)
    problem = decode_cursor(encode_cursor(changed, sort, {kind: value}), MODEL, sort)
    assert isinstance(problem, Problem)
    assert problem.message == "the cursor of Thing holds values that the fields of the sort do not take"


ID = SortKey("id")


@pytest.mark.parametrize(
    ("sort", "after", "expected"),
    [
        ((ID,), (1,), Compare("id", "gt", 1)),
        ((SortKey("id", True),), (1,), Compare("id", "lt", 1)),
        (
            (SortKey("int"), ID),
            (3, 1),
            Or((Compare("int", "gt", 3), And((Compare("int", "eq", 3), Compare("id", "gt", 1))))),
        ),
        (
            (SortKey("int"), ID),
            (None, 1),
            Or((Compare("int", "null", False), And((Compare("int", "null", True), Compare("id", "gt", 1))))),
        ),
        (
            (SortKey("int", True), ID),
            (3, 1),
            Or(
                (
                    Compare("int", "lt", 3),
                    Compare("int", "null", True),
                    And((Compare("int", "eq", 3), Compare("id", "gt", 1))),
                )
            ),
        ),
        ((SortKey("int", True), ID), (None, 1), And((Compare("int", "null", True), Compare("id", "gt", 1)))),
        ((SortKey("int", True),), (None,), NEVER),
    ],
)
def test_what_comes_after(sort: Sort, after: tuple[object, ...], expected: object) -> None:
    assert after_expression(sort, after, MODEL) == expected


@given(
    rows=st.lists(st.tuples(st.none() | st.integers(0, 2), st.none() | st.sampled_from(("a", "b")))),
    sort=st.permutations(("int", "str")).flatmap(
        lambda names: st.tuples(*(st.builds(SortKey, st.just(name), st.booleans()) for name in names))
    ),
    size=st.integers(1, 3),
)
def test_law_pages_cover_the_list_once(rows: list[tuple[int | None, str | None]], sort: Sort, size: int) -> None:
    sort = stable(sort)
    records = [{"id": number, "int": first, "str": second} for number, (first, second) in enumerate(rows)]
    whole, seen = ordered(records, sort), []
    page = whole[:size]
    while page:
        seen += page
        after = decode_cursor(encode_cursor(MODEL, sort, page[-1]), MODEL, sort)
        assert isinstance(after, tuple)
        condition = after_expression(sort, after, MODEL)
        page = ordered((one for one in records if matches(condition, one)), sort)[:size]
    assert seen == whole
