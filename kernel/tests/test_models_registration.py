# ruff: noqa: RUF012 - options and mistakes of models are written as users write them
"""What makes a class a model, and every way in which it is none."""

import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Optional

import attrs
import pytest

from dataflow.diagnostics import ModelError, Problem
from dataflow.models.model import Bounds, Index, Model, ModelOptions, Reference
from dataflow.models.registration import build_model
from dataflow.models.specifier import field, generated, typed


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


def test_plain_annotated_class_is_a_model() -> None:
    class User:
        id: str
        name: str
        email: str | None
        age: int = 3

    model = register(User)
    assert (model.name, model.table, model.cls, model.options) == ("User", "users", User, ModelOptions())
    assert {one.name: (one.spelling, one.is_required) for one in model.fields.values()} == {
        "id": ("str", True),
        "name": ("str", True),
        "email": ("str | None", False),
        "age": ("int", False),
    }


def test_definition_and_fields_know_their_lines() -> None:
    here = sys._getframe().f_lineno

    @register
    @typed
    class User:
        """The lines of decorators and of text count."""

        id: str
        name: str = field(
            default="x",
        )

    # a decorator's result replaces the class, which mypy does not follow
    user: Any = User
    assert (user.defined_at.line, user.fields["id"].line, user.fields["name"].line) == (here + 4, here + 7, here + 8)
    assert str(user.defined_at) == f"{__file__}:{here + 4}"


def test_class_without_readable_source_is_a_model_too() -> None:
    scope: dict[str, Any] = {"register": register, "__name__": "nowhere"}
    exec("@register\nclass User:\n    id: 'str'\n    name: str = 'x'", scope)
    assert (str(scope["User"].defined_at), [*scope["User"].fields]) == ("<string>:1", ["id", "name"])


@pytest.mark.parametrize(("annotation", "is_generated"), [(int, True), (str, False), (uuid.UUID, False)])
def test_key_of_type_int_is_made_by_the_database(annotation: type, is_generated: bool) -> None:
    model = register(type("User", (), {"__annotations__": {"id": annotation}}))
    assert (model.key.generated, model.key.is_required) == (is_generated, not is_generated)


def test_key_may_be_made_by_a_factory_or_be_said_to_be_generated() -> None:
    class User:
        id: uuid.UUID = field(default_factory=uuid.uuid4)

    user = register(User)

    class Order:
        id: int = generated()

    order = register(Order)

    class Profile:
        id: int = field(references="User.id")

    profile = register(Profile)
    assert (user.key.default_factory, user.key.generated, order.key.generated) == (uuid.uuid4, False, True)
    assert (profile.key.generated, profile.key.is_required) == (False, True)


def test_options_of_fields_are_kept_in_canonical_form() -> None:
    class Role(StrEnum):
        ADMIN = "admin"

    class User:
        id: str
        email: str = field(unique=True, max_length=80, min_length=3, pattern="@", description="where mail goes")
        price: Decimal = field(default="9.90", ge=0, le="100")  # type: ignore[assignment]  # text is exact
        role: Role = "admin"  # type: ignore[assignment]  # a member's value stands for it
        since: datetime = datetime(2026, 1, 31)  # naive is UTC
        team_id: int | None = field(references="Team.id", on_delete="set_null", index=True)

    user = register(User)
    fields = user.fields
    assert fields["email"].bounds == Bounds(80, 3, None, None, "@")
    assert (fields["email"].unique, fields["email"].description) == (True, "where mail goes")
    assert (str(fields["price"].default), fields["price"].bounds) == ("9.9", Bounds(ge=Decimal(0), le=Decimal(100)))
    assert fields["role"].default is Role.ADMIN
    assert fields["since"].default == datetime(2026, 1, 31, tzinfo=UTC)
    assert (fields["team_id"].reference, fields["team_id"].index) == (Reference("Team", "id", "set_null"), True)
    assert fields["team_id"].default is not None


def test_options_of_a_class_are_read_and_inherited_except_its_table() -> None:
    class Kept:
        __dataflow__ = {"soft_delete": True, "timestamps": False, "table": "kept", "description": "kept things"}
        __indexes__ = [Index("name")]
        name: str

    class Note(Kept):
        __dataflow__ = {"versioned": True, "timestamps": True}
        __indexes__ = (  # type: ignore[assignment]  # the forms may differ
            {"fields": ["name", "created_at"], "unique": True, "where": {"name": "x"}, "name": "by_name"},
            {"fields": "deleted_at"},
        )
        id: str

    note = register(Note)

    class Old:
        __dataflow__ = {"table": "legacy_old", "description": "old things"}
        id: str

    old = register(Old)
    assert (note.table, note.options) == ("notes", ModelOptions(None, True, True, True, ""))
    assert note.indexes == (
        Index("name"),
        Index("name", "created_at", unique=True, where={"name": "x"}, name="by_name"),
        Index("deleted_at"),
    )
    assert (old.table, old.options.description) == ("legacy_old", "old things")


def test_missing_key_shows_the_class_with_one() -> None:
    def make() -> None:
        @register
        class User:
            """A user."""

            name: str
            email: str = "x"

            def greet(self) -> None: ...

    problem = only(make)
    assert (problem.code, problem.message) == ("DF-M101", "model 'User' has no primary key named 'id'")
    assert problem.context["found"] == "name, email"
    assert problem.cause.startswith("every model has a primary key, a field named 'id' of type str, int or UUID")
    assert [(one.text, one.code) for one in problem.solutions] == [
        ("add one:", 'class User:\n    id: str\n    name: str\n    email: str = "x"\n    ...')
    ]


@pytest.mark.parametrize("name", ["user_id", "userid", "userId", "pk", "uuid", "ID", "uid"])
def test_key_of_another_name_is_renamed_and_nothing_else(name: str) -> None:
    namespace = {"__annotations__": {name: str, "name": str, "org_id": str}, "__module__": __name__}
    problem = only(lambda: register(type("User", (), namespace)))
    assert problem.message == f"model 'User' has no primary key named 'id'; rename '{name}' to 'id'"
    code = "class User:\n    id: str\n    name: str\n    org_id: str"
    assert (problem.solutions[0].text, problem.solutions[0].code) == (
        f"rename '{name}' to 'id', and nothing else:",
        code,
    )
    assert problem.fix is not None
    assert (problem.fix.applicability, problem.fix.script, problem.where.field) == ("unsafe", code, name)


def test_renamed_key_keeps_the_words_of_the_class() -> None:
    def make() -> None:
        @register
        class OrderItem(Base):
            __dataflow__ = {"table": "items"}
            order_item_id: str = field(default_factory=lambda: "x", description="# 1")  # the key
            order_id: str = field(references="Order.id")

    class Base:
        pass

    assert only(make).solutions[0].code == (
        "class OrderItem(Base):\n"
        '    __dataflow__ = {"table": "items"}\n'
        '    id: str = field(default_factory=lambda: "x", description="# 1")\n'
        '    order_id: str = field(references="Order.id")'
    )


@pytest.mark.parametrize(
    ("annotation", "message", "better"),
    [
        (float, "primary key 'id' of User is of type 'float'", "id: str"),
        (int | None, "primary key 'id' of User is of type 'int | None'", "id: int"),
        (dict, "primary key 'id' of User is of type 'dict'", "id: str"),
    ],
)
def test_key_of_a_wrong_type(annotation: object, message: str, better: str) -> None:
    problem = only(lambda: register(type("User", (), {"__annotations__": {"id": annotation}})))
    assert (problem.code, problem.message, problem.solutions[0].code) == ("DF-M102", message, better)


def test_field_without_annotation() -> None:
    def make() -> None:
        @register
        class User:
            id: str
            name = "x" * 2
            age = field(ge=0)

    first, second = refused(make)
    assert (first.code, first.message) == ("DF-M103", "field 'name' of User has no annotation")
    assert [one.code for one in first.solutions] == ["name: str = 'x' * 2", "name: ClassVar[str] = 'x' * 2"]
    assert [one.code for one in second.solutions] == ["age: str = field(ge=0)", "age: ClassVar[str] = field(ge=0)"]


class Session:
    id: int


@attrs.frozen
class Address:
    street: str


ANNOTATIONS = [
    ("set[str]", set[str], "DF-M105", "field 'value' of User has a type that no column can hold: 'set[str]'", "value: list[str]"),
    ("plain class", Exception, "DF-M105", "field 'value' of User has a type that no column can hold: 'Exception'", "value: dict"),
    ("unknown name", "Nowhere", "DF-M104", "annotation 'Nowhere' of field 'value' of User cannot be resolved: the name 'Nowhere' is not defined", ""),
    ("model", Session, "DF-M111", "field 'value' of User is annotated with the model 'Session'", 'value_id: int = field(references="Session.id")'),
    ("optional model", Optional[Session], "DF-M111", "field 'value' of User is annotated with the model 'Session'", 'value_id: int | None = field(references="Session.id")'),  # noqa: UP045
    ("models", list[Session], "DF-M111", "field 'value' of User is annotated with the model 'Session'", 'user_id: str = field(references="User.id")'),
    ("itself", "User | None", "DF-M111", "field 'value' of User is annotated with the model 'User'", 'value_id: str | None = field(references="User.id")'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("annotation", "code", "message", "cure"), [one[1:] for one in ANNOTATIONS], ids=[one[0] for one in ANNOTATIONS]
)
def test_annotation_that_no_column_has(annotation: object, code: str, message: str, cure: str) -> None:
    annotations = {"id": str, "value": annotation}
    problem = only(lambda: register(type("User", (), {"__annotations__": annotations, "__module__": __name__})))
    assert (problem.code, problem.message, problem.solutions[0].code, problem.where.field) == (
        code,
        message,
        cure,
        "value",
    )


def test_unknown_name_of_a_model_is_cured_by_the_text_form_of_references() -> None:
    annotations = {"id": str, "author": "Optional[Author]", "books": "list['Book']"}
    author, books = refused(
        lambda: register(type("Shelf", (), {"__annotations__": annotations, "__module__": __name__}))
    )
    assert [(one.text, one.code) for one in author.solutions] == [
        ("import or define 'Author' before the class is registered, not only for type checkers", ""),
        (
            "if 'Author' is a model, name it as text and hold the key of the other model:",
            'author_id: str | None = field(references="Author.id")',
        ),
    ]
    assert books.solutions[1].code == 'shelf_id: str = field(references="Shelf.id")'


@pytest.mark.parametrize("name", ["created", "data", "filter", "records", "tenant", "transaction", "updated"])
def test_reserved_field_name(name: str) -> None:
    problem = only(lambda: register(type("OrderItem", (), {"__annotations__": {"id": str, name: bool}})))
    assert (problem.code, problem.message) == ("DF-M106", f"field name '{name}' of OrderItem is reserved")
    assert problem.cause == f"nodes have a parameter or an output '{name}', which a field of that name would hide"
    assert problem.solutions[0].code == f"order_item_{name}: bool"


def test_duplicate_fields() -> None:
    here = sys._getframe().f_lineno

    def make() -> None:
        @register
        class User:
            id: str
            name: str
            name: int  # type: ignore[no-redef]  # noqa: PIE794
            Email: str
            email: str

    case, twice = refused(make)
    assert (case.code, case.message) == ("DF-M107", "fields 'Email' and 'email' of User differ only in case")
    assert (twice.code, twice.message) == (
        "DF-M107",
        f"field 'name' of User is declared twice: in line {here + 6} and in line {here + 7}",
    )


def test_field_that_an_option_adds() -> None:
    def make() -> None:
        @register
        class User:
            id: str
            created_at: datetime

    problem = only(make)
    assert (problem.code, problem.message) == (
        "DF-M107",
        "field 'created_at' of User is added by timestamps and declared by the class too",
    )
    assert [(one.text, one.code) for one in problem.solutions] == [
        ("remove 'created_at' from the class: it is set automatically and can be read, filtered and sorted by", ""),
        ("or turn the option off for this model:", '__dataflow__ = {"timestamps": False}'),
        ("or give your own field another name:", "created_at_by_user: datetime"),
    ]


def test_field_of_an_option_that_is_off_is_the_users() -> None:
    class User:
        __dataflow__ = {"timestamps": False}
        id: str
        created_at: datetime

    user = register(User)
    assert not user.fields["created_at"].is_managed
