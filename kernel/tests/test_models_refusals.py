# ruff: noqa: RUF012 - options and mistakes of models are written as users write them
"""Defaults, options and indexes that a model cannot have."""

import sys
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple, TypedDict

import attrs
import pytest

from dataflow import DataFlow
from dataflow.diagnostics import ModelError, Problem
from dataflow.models.model import Index, Model
from dataflow.models.registration import build_model
from dataflow.models.specifier import field, generated


def register(cls: Any) -> Model:
    return build_model(cls, sys._getframe(1))


def refused(make: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(ModelError) as caught:
        make()
    return caught.value.problems


def only(make: Callable[[], object]) -> Problem:
    problems = refused(make)
    assert len(problems) == 1, problems
    return problems[0]


class Session:
    id: int


@attrs.frozen
class Address:
    street: str


@pytest.mark.parametrize(
    ("annotation", "default", "kind", "cure"),
    [
        (list[str], [], "list", "tags: list[str] = field(default_factory=list)"),
        (dict, {}, "dict", "tags: dict = field(default_factory=dict)"),
        (list, [1], "list", "tags: list = field(default_factory=lambda: [1])"),
        (list[str], field(default=[]), "list", "tags: list[str] = field(default_factory=list)"),
        (Address, Address("x"), "Address", "tags: Address = field(default_factory=lambda: Address(street='x'))"),
    ],
)
def test_mutable_default(annotation: object, default: object, kind: str, cure: str) -> None:
    problem = only(
        lambda: register(type("User", (), {"__annotations__": {"id": str, "tags": annotation}, "tags": default}))
    )
    assert (problem.code, problem.message) == (
        "DF-M108",
        f"default of field 'tags' of User is a {kind}, which all records would share",
    )
    assert problem.solutions[0].code == cure


@pytest.mark.parametrize(
    ("annotation", "default", "message", "cures"),
    [
        (int, "x", '"x" given, expected an int', ["value: int = 42", 'value: str = "x"']),
        (str, None, "None given, expected str", ["value: str | None = None"]),
        (str, field(default="abcd", max_length=3), '"abcd" given, expected at most 3 characters, not 4', ['value: str = "..."']),
        (int, field(default=0, ge=1), "0 given, expected a value of at least 1", ["value: int = 1"]),
        (float, float("inf"), "inf given, expected a finite float; NaN and infinity have no common form in databases", ["value: float = None", "value: float = inf"]),
        (str, str.upper, "<method 'upper' of 'str' objects> given, expected a str", ["value: str = field(default_factory=<method 'upper' of 'str' objects>)"]),
    ],
)  # fmt: skip
def test_default_that_does_not_fit(annotation: object, default: object, message: str, cures: list[str]) -> None:
    namespace = {"__annotations__": {"id": str, "value": annotation}, "value": default}
    problem = only(lambda: register(type("User", (), namespace)))
    assert (problem.code, problem.message) == ("DF-M109", f"default of field 'value' of User does not fit: {message}")
    assert [one.code for one in problem.solutions] == cures


def test_function_as_a_default_is_meant_as_a_factory() -> None:
    def make() -> None:
        @register
        class User:
            id: str
            since: datetime = datetime.now  # type: ignore[assignment]

    assert only(make).solutions[0].code == "since: datetime = field(default_factory=datetime.now)"


def test_default_of_a_field_meant_to_be_encrypted_is_not_shown() -> None:
    namespace = {"__annotations__": {"id": str, "value": int}, "value": field(default="hunter2", encrypted=True)}
    with pytest.raises(ModelError) as caught:
        register(type("User", (), namespace))
    assert [one.code for one in caught.value.problems] == ["DF-M117", "DF-M109"]
    assert "hunter2" not in f"{caught.value}{caught.value.to_dict()}"


def test_constant_key() -> None:
    problem = only(lambda: register(type("User", (), {"__annotations__": {"id": int}, "id": 1})))
    assert (problem.code, problem.message) == (
        "DF-M109",
        "default of field 'id' of User would give every record one key: 1",
    )


OPTIONS = [
    (int, field(encrypted=True), "'encrypted=True': no loaded plugin encrypts"),
    (str, generated(), "'generated()': only a key 'id: int' is made by the database"),
    (dict, field(unique=True), "'unique=True' on a value that is stored as JSON"),
    (list[int], field(index=True), "'index=True' on a value that is stored as JSON"),
    (str, field(unique="yes"), "'unique='yes''"),  # type: ignore[call-overload]
    (str, field(description=5), "'description=5'"),  # type: ignore[call-overload]
    (int, field(max_length=5), "'max_length' on type 'int'"),
    (dict, field(min_length=5), "'min_length' on type 'dict'"),
    (str, field(max_length=-1), "'max_length=-1'"),
    (str, field(max_length=True), "'max_length=True'"),
    (str, field(min_length=5, max_length=3), "'min_length=5' above 'max_length=3'"),
    (int, field(ge=5, le=3), "'ge=5' above 'le=3'"),
    (str, field(ge=5), "'ge' on type 'str'"),
    (bool, field(le=5), "'le' on type 'bool'"),
    (int, field(ge="x"), "'ge='x'': expected an int"),
    (int, field(pattern="x"), "'pattern' on type 'int'"),
    (str, field(pattern="("), "'pattern='(''"),
    (str, field(pattern=5), "'pattern=5'"),  # type: ignore[call-overload]
    (str, field(references="User"), "'references='User''"),
    (str, field(references=Session), "'references=Session'"),  # type: ignore[call-overload]
    (str, field(references="User.id", on_delete="nothing"), "'on_delete='nothing''"),  # type: ignore[call-overload]
    (str, field(on_delete="cascade"), "'on_delete' without 'references'"),
    (str, field(references="User.id", on_delete="set_null"), "'on_delete=\"set_null\"' on a type without None"),
    (str, field(default="x", default_factory=str), "both 'default' and 'default_factory'"),  # type: ignore[call-overload]
    (str, field(default_factory="x"), "'default_factory='x''"),  # type: ignore[call-overload]
]


@pytest.mark.parametrize(("annotation", "value", "what"), OPTIONS, ids=[one[2] for one in OPTIONS])
def test_option_that_does_not_fit_its_field(annotation: object, value: object, what: str) -> None:
    problem = only(
        lambda: register(type("User", (), {"__annotations__": {"id": str, "value": annotation}, "value": value}))
    )
    assert (problem.code, problem.message) == ("DF-M117", f"field 'value' of User cannot have {what}")
    assert (problem.where.field, bool(problem.cause), bool(problem.solutions)) == ("value", True, True)


def test_unknown_keyword_of_field_is_refused_with_the_closest() -> None:
    db = DataFlow()
    with pytest.raises(ModelError, match="cannot have 'uniqe': no option has that name") as caught:

        @db.model
        class User:
            id: str
            email: str = field(uniqe=True)  # type: ignore[call-overload]

    assert caught.value.fix_script == "email: str = field(unique=True)"


DATAFLOW = [
    ({"timestamp": False}, "unknown option 'timestamp' in '__dataflow__' of User; did you mean 'timestamps'?"),
    ({"colour": 1}, "unknown option 'colour' in '__dataflow__' of User"),
    ({"table": 5}, "option 'table' in '__dataflow__' of User takes a str, not 5"),
    ({"table": " "}, "option 'table' in '__dataflow__' of User takes a str, not ' '"),
    ({"timestamps": 1}, "option 'timestamps' in '__dataflow__' of User takes a bool, not 1"),
    ({"tenant": False}, "option 'tenant' in '__dataflow__' of User needs a plugin that is not loaded"),
    ({"audit": True}, "option 'audit' in '__dataflow__' of User needs a plugin that is not loaded"),
    ({"cache": 60}, "option 'cache' in '__dataflow__' of User needs a plugin that is not loaded"),
    (["table"], "'__dataflow__' of User is a list, not a dict"),
]


@pytest.mark.parametrize(("given", "message"), DATAFLOW, ids=[str(one[0]) for one in DATAFLOW])
def test_wrong_option_of_a_class(given: object, message: str) -> None:
    problem = only(lambda: register(type("User", (), {"__annotations__": {"id": str}, "__dataflow__": given})))
    assert (problem.code, problem.message) == ("DF-M114", message)


INDEXES: list[tuple[object, str]] = [
    ([Index("nme")], "Index('nme') names 'nme', which is no field of User; did you mean 'name'?"),
    ([Index("updated_at", "deleted_at")], "Index('updated_at', 'deleted_at') names 'deleted_at', which is no field of User; did you mean 'updated_at'?"),
    ([Index("name", "name")], "Index('name', 'name') of User names a field twice"),
    ([Index()], "an index of User names no fields"),
    ([Index("tags")], "Index('tags') names 'tags' of User, which is stored as JSON and cannot be indexed as a whole"),
    ([Index("name", unique="yes")], "'unique' of Index('name') of User is 'yes', not a bool"),  # type: ignore[arg-type]
    ([Index("name", where="x")], "'where' of Index('name') of User is 'x', not a filter such as {\"active\": True}"),  # type: ignore[arg-type]
    ([Index("name", name="")], "'name' of Index('name') of User is '', not a text"),
    ([{"fields": ["name"], "uniqe": True}], "unknown key 'uniqe' in an index of User; did you mean 'unique'?"),
    ([{"unique": True}], "an index of User names no fields: {'unique': True}"),
    (["name"], "an index of User is given as 'name'"),
    ("name", "'__indexes__' of User is a str, not a list"),
    ([Index("name", where={"nmae": "x"})], "'where' of Index('name') of User cannot be used: unknown field 'nmae' in the filter of User"),
    ([Index("name", where={"tags": {"$contains": "x"}})], "'where' of Index('name') of User cannot be used: not every database compares elements of a list in an index ('tags')"),
    ([Index("name"), Index("name")], "Index('name') of User is there twice"),
    ([Index("name", name="a"), Index("id", "name", name="A")], "two indexes of User are named 'A': Index('name') and Index('id', 'name')"),
    ([Index("name"), Index("name", where={"name": "x"})], "two indexes of User are named 'ix_users_name': Index('name') and Index('name')"),
    ([Index("name", name="a\0")], "Index('name') of User cannot be named 'a\\x00': it holds a NUL character"),
    ([Index("name", name="x" * 64)], f"Index('name') of User cannot be named '{'x' * 64}': it has 64 bytes, and PostgreSQL takes 63"),
    ([Index("name", name="users")], "Index('name') of User cannot be named 'users': it is the name of the table"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), INDEXES, ids=[one[1] for one in INDEXES])
def test_wrong_index(given: object, message: str) -> None:
    namespace = {"__annotations__": {"id": str, "name": str, "tags": list}, "__indexes__": given}
    problem = only(lambda: register(type("User", (), namespace)))
    assert (problem.code, problem.message) == ("DF-M115", message)


def test_field_that_has_its_index_already() -> None:
    namespace = {"__annotations__": {"id": str, "name": str}, "name": field(index=True), "__indexes__": [Index("name")]}
    problem = only(lambda: register(type("User", (), namespace)))
    assert (problem.code, problem.message) == ("DF-M115", "Index('name') of User is there twice")


TABLES = [
    ("users\0", "it holds a NUL character", "users"),
    ("\ud800", "it holds half of a surrogate pair, which is no text", "records"),
    ("users_\U0001f600", "MySQL takes no characters beyond U+FFFF in names", "users"),
    ("users ", "MySQL takes no names that end in a space", "users"),
    ("SQLite_users", "SQLite keeps names that begin with 'sqlite_'", "users"),
    ("u" * 64, "it has 64 bytes, and PostgreSQL takes 63", "u" * 31),
]


@pytest.mark.parametrize(("given", "fault", "cure"), TABLES, ids=[one[1] for one in TABLES])
def test_table_name_that_a_database_does_not_take(given: str, fault: str, cure: str) -> None:
    namespace = {"__annotations__": {"id": str}, "__dataflow__": {"table": given}}
    problem = only(lambda: register(type("User", (), namespace)))
    assert (problem.code, problem.message) == (
        "DF-M121", f"the table of User cannot be named {given!r}: {fault}",
    )  # fmt: skip
    assert problem.solutions[0].code == f'__dataflow__ = {{"table": "{cure}"}}'


def test_class_whose_name_gives_no_table_name() -> None:
    problem = only(lambda: register(type("Sqlite" + "Thing" * 2, (), {"__annotations__": {"id": str}})))
    assert problem.message == (
        "the table of SqliteThingThing cannot be named 'sqlite_thing_things': SQLite keeps names that begin with 'sqlite_'"
    )


def test_column_name_that_is_too_long() -> None:
    problem = only(lambda: register(type("User", (), {"__annotations__": {"id": str, "a" * 64: int, "b" * 63: int}})))
    assert (problem.code, problem.message) == (
        "DF-M121",
        f"the column of field '{'a' * 64}' of User cannot be named so: it has 64 bytes, and PostgreSQL takes 63",
    )
    assert problem.solutions[0].code == f"{'a' * 31}: int"


@pytest.mark.parametrize("name", ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"])
def test_column_name_that_every_table_of_postgresql_has(name: str) -> None:
    problem = only(lambda: register(type("User", (), {"__annotations__": {"id": str, name: int}})))
    assert (problem.code, problem.message) == (
        "DF-M121",
        f"the column of field '{name}' of User cannot be named so: every table of PostgreSQL has one of that name",
    )
    assert problem.solutions[0].code == f"row_{name}: int"


@pytest.mark.parametrize("name", ['a"b', "a b", "1a", "a\n"])
def test_name_of_a_field_that_is_none_of_pythons(name: str) -> None:
    problem = only(lambda: register(type("User", (), {"__annotations__": {"id": str, name: str}})))
    assert problem.code == "DF-M121"
    assert problem.message.endswith(("it is no name of Python's", "it holds a control character"))


def test_name_of_a_class_that_is_none_of_pythons() -> None:
    problem = only(lambda: register(type("a b", (), {"__annotations__": {"id": str}})))
    assert (problem.code, problem.message) == ("DF-M121", "the model cannot be named 'a b': it is no name of Python's")


class Colour(Enum):
    RED = 1


class Pair(NamedTuple):
    id: int


class Typed(TypedDict):
    id: int


class Text(str):
    id: int


@pytest.mark.parametrize(
    ("given", "name", "cause"),
    [
        (5, "int", "a model is a class, and this is a int"),
        (register, "register", "a model is a class, and this is a function"),
        (Colour, "Colour", "its metaclass 'EnumType' gives its annotations a meaning of its own"),
        (Typed, "Typed", "its metaclass '_TypedDictMeta' gives its annotations a meaning of its own"),
        (Pair, "Pair", "it is a kind of tuple; a model has no values of its own"),
        (Text, "Text", "it is a kind of str; a model has no values of its own"),
    ],
)
def test_what_is_no_plain_class(given: object, name: str, cause: str) -> None:
    problem = only(lambda: register(given))
    assert (problem.code, problem.message, problem.cause) == ("DF-M118", f"'{name}' cannot be a model", cause)


def test_all_problems_come_at_once_each_at_its_line() -> None:
    here = sys._getframe().f_lineno

    def make() -> None:
        @register
        class User:
            __dataflow__ = {"timestamp": False}
            __indexes__ = [Index("emial")]
            user_id: str
            email = "x"
            age: int = "twenty"  # type: ignore[assignment]
            tags: list[str] = []
            session: Session
            parts: set[str]
            data: dict[str, Any]

    problems = refused(make)
    assert {(one.code, one.where.call.line - here) for one in problems if one.where.call is not None} == {
        ("DF-M114", 5),
        ("DF-M115", 6),
        ("DF-M101", 7),
        ("DF-M103", 8),
        ("DF-M109", 9),
        ("DF-M108", 10),
        ("DF-M111", 11),
        ("DF-M105", 12),
        ("DF-M106", 13),
    }
    assert {(one.where.model, one.where.call.file if one.where.call else "") for one in problems} == {
        ("User", __file__)
    }


def test_message_of_a_missing_key_as_it_is_printed() -> None:
    def make() -> None:
        @register
        class User:
            user_id: str
            name: str

    with pytest.raises(ModelError) as caught:
        make()
    lines = str(caught.value).splitlines()
    place = caught.value.problems[0].where.call
    assert place is not None
    assert lines[0] == "error[DF-M101]: model 'User' has no primary key named 'id'; rename 'user_id' to 'id'"
    assert lines[1].endswith(f"test_models_refusals.py:{place.line}")
    assert lines[-5:] == [
        "  1. rename 'user_id' to 'id', and nothing else:",
        "       class User:",
        "           id: str",
        "           name: str",
        "Documentation: dataflow explain DF-M101",
    ]
