"""Plans and schemas as JSON and back, so that history, files and programs have them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import Problem
from dataflow.migrations.objects import (
    Column,
    Constraint,
    Defined,
    Index,
    ObjectRef,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow.migrations.plan import MigrationPlan

if TYPE_CHECKING:
    import cattrs

#: an object says of which kind it is
_TAGS: Mapping[type, str] = {one: one.__name__.lower() for one in (Table, Column, Constraint, Index, Defined)}


def plan_data(plan: MigrationPlan) -> dict[str, Any]:
    """A plan as JSON values; what is as usual is left out."""
    return _data(plan)  # type: ignore[no-any-return]  # a dict of its fields


def plan_of(data: Mapping[str, Any]) -> MigrationPlan:
    """The plan of its data.

    :raises cattrs.BaseValidationError: for data of another form.
    """
    return _converter().structure(data, MigrationPlan)


def snapshot_data(snapshot: SchemaSnapshot) -> dict[str, Any]:
    """A schema as JSON values: its objects in the order of their names."""
    return {
        "dialect": snapshot.dialect,
        "server_version": snapshot.server_version,
        "fingerprint": snapshot.fingerprint,
        "settings": dict(snapshot.settings),
        "objects": [_data(one) for one in snapshot.objects.values()],
        "dependencies": _data(snapshot.dependencies),
    }


def _data(value: Any) -> Any:
    """Written by hand, for every first use writes a plan down and cattrs takes longer to load than the rest of it."""
    if isinstance(value, Problem):
        return value.to_dict()
    if attrs.has(type(value)):
        tag = {"object": _TAGS[type(value)]} if type(value) in _TAGS else {}
        given = ((one, getattr(value, one.name)) for one in attrs.fields(type(value)))
        return tag | {one.name: _data(found) for one, found in given if not _is_usual(one, found)}
    if isinstance(value, tuple):
        return [_data(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


def _is_usual(attribute: attrs.Attribute[Any], found: Any) -> bool:
    if isinstance(found, Mapping):
        return not found
    return type(found) is type(attribute.default) and bool(found == attribute.default)


@functools.cache
def _converter() -> cattrs.Converter:
    # reading a plan back is seldom
    import cattrs
    from cattrs.strategies import configure_tagged_union

    # a union is no type to mypy
    union: Any = SchemaObject
    made = cattrs.Converter(forbid_extra_keys=False)
    configure_tagged_union(union, made, tag_name="object", tag_generator=_TAGS.__getitem__)
    made.register_structure_hook_func(
        lambda kind: kind == SchemaObject | None,
        lambda given, _: None if given is None else made.structure(given, union),
    )
    made.register_structure_hook_func(lambda kind: kind == Mapping[str, str], lambda given, _: dict(given))
    # what stops a plan is for whoever reads it now: what is read back has none
    made.register_structure_hook(Problem, lambda given, _: Problem(code=given["code"], message=given["message"]))
    return made


def refs_data(refs: tuple[ObjectRef, ...]) -> list[dict[str, Any]]:
    return [_data(ref) for ref in refs]


def refs_of(data: list[dict[str, Any]]) -> tuple[ObjectRef, ...]:
    return tuple(ObjectRef(**one) for one in data)
