"""What annotations become: every type, in every way of writing it."""

from __future__ import annotations

import dataclasses
import sys
import typing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Final, ForwardRef, Literal, NewType, Optional, TypedDict, TypeVar, Union
from uuid import UUID

import attrs
import pytest

from dataflow.diagnostics import ModelError
from dataflow.models.annotations import resolve_type
from dataflow.models.model import Model
from dataflow.models.registration import build_model
from dataflow.models.specifier import field
from dataflow.models.types import ANY, DICT, INT, LIST, STR, FieldType, scalar


def register(cls: type) -> Model:
    return build_model(cls, sys._getframe(1))


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Role(StrEnum):
    ADMIN = "admin"


class Mixed(Enum):
    ONE = 1
    TWO = "two"


class Bits(Flag):
    A = 1
    B = 2


class Email(str):
    pass


class Plain:
    street: str


@attrs.frozen
class Address:
    street: str


@dataclasses.dataclass
class Point:
    x: int


class Settings(TypedDict):
    theme: str


UserId = NewType("UserId", str)
T = TypeVar("T")


@pytest.mark.parametrize(
    "python", [str, int, float, bool, Decimal, datetime, date, time, timedelta, UUID, bytes, dict, list]
)
def test_plain_classes_are_themselves(python: type) -> None:
    found = resolve_type(python)
    assert (found, str(found)) == (scalar(python), python.__name__)


COLOUR = FieldType("enum", Colour, choices=(Colour.RED, Colour.BLUE))


@pytest.mark.parametrize(
    ("annotation", "expected", "spelled"),
    [
        (Optional[int], attrs.evolve(INT, nullable=True), "int | None"),  # noqa: UP045
        (Union[None, int], attrs.evolve(INT, nullable=True), "int | None"),  # noqa: UP007
        (int | None, attrs.evolve(INT, nullable=True), "int | None"),
        ("int | None", attrs.evolve(INT, nullable=True), "int | None"),
        (ForwardRef("int"), INT, "int"),
        (Annotated[int, "any metadata"], INT, "int"),
        (Annotated[int | None, field(ge=1)], attrs.evolve(INT, nullable=True), "int | None"),
        (UserId, STR, "str"),
        (Final[int], INT, "int"),
        (Any, ANY, "Any | None"),
        (list[int], FieldType("list", list, INT), "list[int]"),
        (typing.List[int], FieldType("list", list, INT), "list[int]"),  # noqa: UP006  # the old spelling is meant
        (list["int"], FieldType("list", list, INT), "list[int]"),
        (list[int | None], FieldType("list", list, attrs.evolve(INT, nullable=True)), "list[int | None]"),
        (list[list[str]], FieldType("list", list, FieldType("list", list, STR)), "list[list[str]]"),
        (list[Any], LIST, "list"),
        (dict[str, int], FieldType("mapping", dict, INT), "dict[str, int]"),
        (dict[str, Any], DICT, "dict"),
        (Colour, COLOUR, "Colour"),
        (Level, FieldType("enum", Level, choices=(Level.LOW, Level.HIGH)), "Level"),
        (Role, FieldType("enum", Role, choices=(Role.ADMIN,)), "Role"),
        (Literal["a", "b"], FieldType("literal", str, choices=("a", "b")), "Literal['a', 'b']"),
        (Literal[1, 2], FieldType("literal", int, choices=(1, 2)), "Literal[1, 2]"),
        (Literal["a", None], FieldType("literal", str, choices=("a",), nullable=True), "Literal['a'] | None"),
        (Address, FieldType("object", Address), "Address"),
        (Point, FieldType("object", Point), "Point"),
        (Settings, FieldType("object", Settings), "Settings"),
        (list[Address], FieldType("list", list, FieldType("object", Address)), "list[Address]"),
    ],
)
def test_composed_types(annotation: object, expected: FieldType, spelled: str) -> None:
    found = resolve_type(annotation)
    assert (found, str(found)) == (expected, spelled)


def test_text_is_evaluated_with_the_given_names() -> None:
    globalns = {"Optional": Optional, "Shade": Level}
    assert resolve_type("Optional[list[Shade]]", globalns, {"Shade": Colour}) == FieldType(
        "list", list, COLOUR, nullable=True
    )


@pytest.mark.parametrize(
    ("annotation", "message", "cause", "instead"),
    [
        (set[int], "no column can hold a 'set[int]'", "JSON, as which it would be stored, has no sets", "list[int]"),
        (set, "no column can hold a 'set'", "JSON, as which it would be stored, has no sets", "list[str]"),
        (tuple[int, ...], "no column can hold a 'tuple[int, ...]'", "JSON, as which it would be stored, has no tuples", "list[int]"),
        (typing.Sequence[int], "no column can hold a 'Sequence[int]'", "a value would come back as a list", "list[int]"),
        (dict[int, str], "no column can hold a 'dict[int, str]'", "JSON, as which it is stored, has only text as keys", "dict[str, str]"),
        (str | int, "no column can hold a 'str | int'", "a column has one type; only None may stand beside it", "str"),
        (None, "no column can hold a 'None'", "None alone leaves no value to store", ""),
        (T, "no column can hold a '~T'", "a type variable stands for no particular type", ""),
        (Mixed, "no column can hold a 'Mixed'", "an enum is stored by its values, which must be all str or all int", "str"),
        (Bits, "no column can hold a 'Bits'", "members of a flag combine to values that are no members", "int"),
        (Literal["a", 1], "no column can hold a 'Literal['a', 1]'", "the choices of a column are all str, all int or all bool", 'Literal["a", "b"]'),
        (Email, "no column can hold a 'Email'", "a value would come back as a plain str", "str"),
        (complex, "no column can hold a 'complex'", "no database has complex numbers", "list[float]"),
        (object, "no column can hold a 'object'", "it says nothing about the values", "Any"),
        (Plain, "no column can hold a 'Plain'", "it is neither a type of columns nor an attrs class, dataclass or TypedDict", ""),
    ],
)  # fmt: skip
def test_types_without_a_column_are_refused(annotation: object, message: str, cause: str, instead: str) -> None:
    with pytest.raises(ModelError) as caught:
        resolve_type(annotation)
    error = caught.value
    assert (error.code, error.message, error.cause) == ("DF-M105", message, cause)
    assert [one.code for one in error.solutions] == ([instead] if instead else [])


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Nowhere", "the name 'Nowhere' is not defined"),
        ("list[", "it raises SyntaxError: '[' was never closed (<string>, line 1)"),
        ("int[str]", "it raises TypeError: type 'int' is not subscriptable"),
    ],
)
def test_text_that_cannot_be_evaluated_is_refused(text: str, cause: str) -> None:
    with pytest.raises(ModelError) as caught:
        resolve_type(text)
    assert (caught.value.code, caught.value.message, caught.value.cause) == (
        "DF-M104",
        f"annotation '{text}' cannot be resolved",
        cause,
    )


def test_names_of_the_function_around_a_class_are_known_to_its_text_annotations() -> None:
    class Local(Enum):
        A = "a"

    class Thing:
        id: str
        local: Local
        shade: Colour | None

    thing = register(Thing)
    assert {name: str(one.type) for name, one in thing.fields.items()} == {
        "id": "str",
        "local": "Local",
        "shade": "Colour",
    }
    assert thing.fields["shade"].nullable


def test_nested_classes_are_known_to_text_annotations() -> None:
    class Order:
        class State(Enum):
            OPEN = "open"

        id: str
        state: State

    order = register(Order)
    assert order.fields["state"].type.choices == (order.cls.State.OPEN,)  # type: ignore[attr-defined]  # Order is a Model


def test_field_named_like_its_type_resolves_to_the_type() -> None:
    class Day:
        id: str
        date: date | None = None

    day = register(Day)
    assert day.fields["date"].type == scalar(date)


def test_class_variables_and_private_names_are_no_fields() -> None:
    class Thing:
        id: str
        limit: ClassVar[int] = 5
        other: typing.ClassVar = 6
        _cache: dict[str, int]
        MAX = 3

        def method(self) -> None: ...

        @property
        def shown(self) -> str:
            return ""

        @classmethod
        def make(cls) -> None: ...

        @staticmethod
        def plain() -> None: ...

    thing = register(Thing)
    assert [*thing.fields] == ["id"]


def test_mixins_give_their_fields_first_and_are_overridden() -> None:
    class Named:
        name: str
        note: str = "none"

    class Owned:
        owner: str = field(max_length=10)

    class Thing(Named, Owned):
        id: str
        note = "some"
        name: str | None  # type: ignore[assignment]  # a redeclared type is meant

    thing = register(Thing)
    assert [*thing.fields] == ["owner", "name", "note", "id"]
    assert (thing.fields["note"].default, thing.fields["name"].nullable) == ("some", True)
    assert thing.fields["owner"].bounds.max_length == 10


def test_dataclass_and_attrs_class_keep_their_defaults() -> None:
    @dataclasses.dataclass
    class Made:
        id: str
        tags: list[str] = dataclasses.field(default_factory=list)
        count: int = 3

    made = register(Made)

    @attrs.define
    class Other:
        id: str
        tags: list[str] = attrs.field(factory=list)
        count: int = 3

    other = register(Other)
    for model in (made, other):
        assert (model.fields["tags"].default_factory, model.fields["count"].default) == (list, 3)
        assert model.fields["id"].is_required


def test_annotated_carries_options_beside_a_plain_default() -> None:
    class Thing:
        id: str
        name: Annotated[str, field(max_length=5)] = "x"

    thing = register(Thing)
    assert (thing.fields["name"].bounds.max_length, thing.fields["name"].default) == (5, "x")
