# ruff: noqa: RUF012 - options of models are written as users write them
"""The models of one instance: names, tables, foreign keys, the fields that options add."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import pytest

from dataflow.diagnostics import ModelError, Problem
from dataflow.models.builtin_fields import BuiltinFields, with_fields
from dataflow.models.model import Field, Model
from dataflow.models.registration import build_model
from dataflow.models.registry import ModelRegistry
from dataflow.models.specifier import field
from dataflow.models.types import DATETIME, INT, STR


def register(cls: type) -> Model:
    return build_model(cls, sys._getframe(1))


def model(name: str, /, **annotations: Any) -> Model:
    """A model of a name with a str key; a value that is no type is the specifier of a str field."""
    types = {one: value if isinstance(value, type) else str for one, value in annotations.items()}
    values = {one: value for one, value in annotations.items() if not isinstance(value, type)}
    return register(type(name, (), {"__annotations__": {"id": str, **types}, **values, "__module__": __name__}))


def to(target: str) -> Any:
    return field(references=target)


def registry_of(*models: Model, reserved: tuple[str, ...] = ()) -> ModelRegistry:
    registry = ModelRegistry(reserved)
    for one in models:
        registry.add(one)
    return registry


def only(call: Callable[[], object]) -> Problem:
    with pytest.raises(ModelError) as caught:
        call()
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


def test_models_stand_in_order_of_registration_in_a_view_that_cannot_be_changed() -> None:
    registry = registry_of(model("User"), model("Box"))
    models = registry.models
    registry.add(model("Order"))
    assert [*models] == ["User", "Box", "Order"]
    with pytest.raises(TypeError):
        models["X"] = model("X")  # type: ignore[index]


def test_second_class_of_the_same_name_names_both_places() -> None:
    @register
    class User:
        id: str

    # a decorator's result replaces the class, which mypy does not follow
    first: Any = User

    @register
    class User:  # type: ignore[no-redef]
        id: str

    second: Any = User
    problem = only(lambda: registry_of(first, second))
    lines = (first.defined_at.line, second.defined_at.line)
    assert lines[0] != lines[1]
    assert (problem.code, problem.message) == (
        "DF-M113",
        f"two models are named 'User': {__file__}:{lines[0]} and {__file__}:{lines[1]}",
    )


def test_class_of_another_module_with_the_same_name_is_refused() -> None:
    other = register(type("User", (), {"__annotations__": {"id": str}, "__module__": "elsewhere"}))
    assert only(lambda: registry_of(model("User"), other)).code == "DF-M113"


def test_class_registered_twice_replaces_itself() -> None:
    class User:
        id: str

    registry = registry_of(register(User))
    again = register(User)
    registry.add(again)
    assert registry.models["User"] is again


def test_notebook_cell_run_again_replaces_the_model() -> None:
    registry = ModelRegistry()
    scope: dict[str, Any] = {"register": register, "__name__": "__main__"}
    for cell in ("@register\nclass User:\n    id: str", "\n\n@register\nclass User:\n    id: str\n    name: str"):
        exec(compile(cell, "<cell>", "exec"), scope)
        registry.add(scope["User"])
    assert [*registry.models["User"].fields] == ["id", "name"]


def test_reloaded_module_replaces_its_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "reloaded_models.py"
    registry = ModelRegistry()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    source.write_text("def load(register):\n    @register\n    class User:\n        id: str\n")
    module = importlib.import_module("reloaded_models")
    module.load(lambda cls: registry.add(build_model(cls, _caller())))
    source.write_text("\ndef load(register):\n    @register\n    class User:\n        id: str\n        name: str\n")
    importlib.invalidate_caches()
    importlib.reload(module).load(lambda cls: registry.add(build_model(cls, _caller())))
    monkeypatch.delitem(sys.modules, "reloaded_models")
    user = registry.models["User"]
    assert ([*user.fields], user.defined_at.line, user.fields["name"].line) == (["id", "name"], 4, 6)


def _caller() -> FrameType:
    return sys._getframe(2)


@pytest.mark.parametrize("name", ["transaction", "_Hidden"])
def test_name_of_an_attribute_of_the_instance_is_refused(name: str) -> None:
    problem = only(lambda: registry_of(model(name), reserved=("transaction", "models")))
    assert (problem.code, problem.message) == (
        "DF-M110",
        f"a model cannot be named '{name}': 'db.{name}' is an attribute of the instance itself",
    )
    assert problem.solutions[0].code == {"transaction": "class Transaction:", "_Hidden": "class Hidden:"}[name]


def test_two_models_of_one_table_are_refused() -> None:
    second = attrs.evolve(model("Person"), table="Users")
    problem = only(lambda: registry_of(model("User"), second))
    assert (problem.code, problem.message) == ("DF-M116", "models 'User' and 'Person' have one table, 'Users'")
    assert problem.solutions[0].code == '__dataflow__ = {"table": "Users_2"}'


def test_needed_models_stand_after_those_they_refer_to() -> None:
    line, order, user, alone = (
        model("Line", order=to("Order.id")),
        model("Order", user=to("User.id")),
        model("User"),
        model("Alone"),
    )
    registry = registry_of(line, order, user, alone)
    assert registry.needed(line) == (user, order, line)
    assert registry.needed(alone) == (alone,)


def test_circular_and_own_references_are_legal() -> None:
    user = model("User", team=to("Team.id"), boss=to("User.id"))
    team = model("Team", lead=to("User.id"))
    registry = registry_of(user, team)
    assert (registry.needed(user), registry.needed(team)) == ((team, user), (user, team))


def test_missing_targets_are_told_with_the_closest_names() -> None:
    post = model("Post", author=to("Usr.id"), editor=to("User.i_d"), other=to("Zebra.id"))
    registry = registry_of(model("User"), post)
    with pytest.raises(ModelError) as caught:
        registry.needed(post)
    assert [(one.code, one.message) for one in caught.value.problems] == [
        ("DF-M112", "'Post.author' references model 'Usr', which is not registered; did you mean 'User.id'?"),
        ("DF-M112", "'Post.editor' references field 'i_d', which 'User' does not have; did you mean 'User.id'?"),
        ("DF-M112", "'Post.other' references model 'Zebra', which is not registered"),
    ]
    assert [one.context.get("registered") or one.context["fields"] for one in caught.value.problems] == [
        "User, Post",
        "id",
        "User, Post",
    ]


def test_reference_has_the_type_of_its_target_and_a_unique_one() -> None:
    class Team:
        id: int
        name: str

    team = register(Team)
    member = model("Member", team=to("Team.id"), name=to("Team.name"))
    problems = registry_of(team, member).check_references([member])
    assert [(one.code, one.message, one.solutions[0].code) for one in problems] == [
        (
            "DF-M117",
            "'Member.team' is of type 'str' and references 'Team.id', which is of type 'int'",
            'team: int = field(references="Team.id")',
        ),
        (
            "DF-M117",
            "'Member.name' references 'Team.name', which is not unique",
            'name: ... = field(references="Team.id")',
        ),
    ]


def added(cls: type) -> dict[str, Field]:
    own = register(cls)
    return {one.name: one for one in BuiltinFields().dataflow_model_fields(own)}


def test_timestamps_are_added_unless_turned_off() -> None:
    class User:
        id: str

    class Plain:
        __dataflow__ = {"timestamps": False}
        id: str

    fields = added(User)
    assert [*fields] == ["created_at", "updated_at"]
    assert {(one.type, one.managed_by, one.nullable) for one in fields.values()} == {(DATETIME, "timestamps", False)}
    assert (fields["created_at"].on_update, fields["updated_at"].on_update is not None) == (None, True)
    made = [one.on_create() for one in fields.values() if one.on_create is not None]
    assert [getattr(one, "tzinfo", None).__str__() for one in made] == ["UTC", "UTC"]
    assert added(Plain) == {}


def test_soft_delete_and_versions_add_their_fields() -> None:
    class User:
        __dataflow__ = {"timestamps": False, "soft_delete": True, "versioned": True}
        id: str

    fields = added(User)
    assert [*fields] == ["deleted_at", "version"]
    assert (fields["deleted_at"].nullable, fields["deleted_at"].on_create) == (True, None)
    version = fields["version"]
    assert (version.type, version.increments, version.on_create and version.on_create()) == (INT, True, 1)


def test_added_fields_come_after_the_models_own() -> None:
    user = model("User", name=str)
    tenant = Field("tenant_id", STR, managed_by="tenancy")
    full = with_fields(user, [tenant])
    assert ([*full.fields], [*user.fields], full.fields["tenant_id"]) == (
        ["id", "name", "tenant_id"],
        ["id", "name"],
        tenant,
    )


def test_field_that_a_plugin_adds_and_the_class_has_is_refused() -> None:
    tenant = Field("name", STR, managed_by="tenancy")
    problem = only(lambda: with_fields(model("User", name=str), [tenant]))
    assert (problem.code, problem.message) == (
        "DF-M107",
        "field 'name' of User is added by tenancy and declared by the class too",
    )
