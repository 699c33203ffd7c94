"""What a model class answers to those who use it as an ORM's."""

import dataclasses
import inspect
import sys
from typing import Any

import pytest

from dataflow.diagnostics import ModelError
from dataflow.models.orm_hints import add_hints
from dataflow.models.registration import build_model


def hinted(cls: Any) -> Any:
    build_model(cls, sys._getframe(1))
    add_hints(cls, cls.__name__)
    return cls


class _User:
    id: str
    name: str


_User.__name__ = "User"
User: Any = hinted(_User)


def test_instance_is_refused_with_the_create_of_its_own_values() -> None:
    with pytest.raises(ModelError) as caught:
        User(name="Alice", active=True)
    error = caught.value
    assert (error.code, error.message) == ("DF-M119", "'User' is a model and has no instances")
    assert [one.code for one in error.solutions] == [
        "await db.User.create(name='Alice', active=True)",
        'workflow.add_node("UserCreateNode", "create", {"data": {"name": \'Alice\', "active": True}})',
    ]
    with pytest.raises(ModelError) as bare:
        User()
    assert bare.value.solutions[0].code == "await db.User.create(...)"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        (
            "objects",
            [
                "await db.User.create(...)",
                'await db.User.list({"active": True})',
                'workflow.add_node("UserCreateNode", "create", {"data": {...}})',
            ],
        ),
        (
            "save",
            [
                'await db.User.update(id, {"name": ...})',
                "await db.User.create(...)",
                'workflow.add_node("UserUpdateNode", "update", {"filter": {...}, "data": {...}})',
            ],
        ),
        ("delete", ["await db.User.delete(id)", 'workflow.add_node("UserDeleteNode", "delete", {"id": ...})']),
    ],
)
def test_attribute_of_an_orm_answers_with_what_to_write(name: str, codes: list[str]) -> None:
    with pytest.raises(ModelError) as caught:
        getattr(User, name)
    error = caught.value
    assert (error.code, error.message) == ("DF-M119", f"a model has no '{name}': 'User' is no object of an ORM")
    assert [one.code for one in error.solutions] == codes
    assert error.problems[0].where.call is not None
    assert error.problems[0].where.call.file == __file__


def test_inspection_sees_no_attribute() -> None:
    assert not hasattr(User, "objects")
    assert getattr(User, "save", None) is None
    assert "id" in dict(inspect.getmembers(User))["__annotations__"]


def test_what_a_class_has_stays() -> None:
    @hinted
    @dataclasses.dataclass
    class Made:
        id: str
        delete: bool = False

        def save(self) -> str:
            return self.id

    made = Made("x")
    assert (made.save(), made.delete, hasattr(made, "objects")) == ("x", False, False)


def test_hints_of_a_registered_base_are_no_values_of_a_field() -> None:
    class Shelf(_User):
        objects: int

    model = build_model(Shelf, sys._getframe())
    assert model.fields["objects"].is_required


def test_class_can_be_registered_again_after_it_has_its_hints() -> None:
    assert [*build_model(User, sys._getframe()).fields] == ["id", "name"]
    add_hints(User, "User")
    with pytest.raises(ModelError, match="has no instances"):
        User(id="x")
