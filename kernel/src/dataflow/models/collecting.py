"""What a class and its bases declare: annotated names with their values, in the order of a reader."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from types import MemberDescriptorType
from typing import Any

import attrs

from dataflow.models.annotations import is_builtin, is_class_variable, own_annotations
from dataflow.models.model import MISSING
from dataflow.models.orm_hints import OrmAttribute
from dataflow.models.specifier import FieldSpecifier


@attrs.frozen
class Declared:
    """One annotated name. ``owner`` is the class that annotates it; ``value`` may be a FieldSpecifier."""

    name: str
    annotation: Any
    value: object
    owner: type


def declared_fields(cls: type) -> list[Declared]:
    """The annotated public names of a class and its bases, bases first; a class redeclares what a base has."""
    found: dict[str, Declared] = {}
    for owner in reversed(_layers(cls)):
        for name, annotation in own_annotations(owner).items():
            if name.startswith("_"):
                continue
            if is_class_variable(annotation):
                found.pop(name, None)
            else:
                found[name] = Declared(name, annotation, value_of(cls, name), owner)
    return list(found.values())


def unannotated(cls: type, known: frozenset[str]) -> Iterator[tuple[str, object]]:
    """Public names with a plain value that look like columns without a type; constants in capitals do not."""
    for owner in reversed(_layers(cls)):
        annotated = own_annotations(owner)
        for name, value in owner.__dict__.items():
            if name.startswith("_") or name.isupper() or name in known or name in annotated:
                continue
            if not _is_behaviour(value):
                yield name, value


def _layers(cls: type) -> list[type]:
    """The classes of users in the order of lookup."""
    return [one for one in cls.__mro__ if not is_builtin(one) and one.__module__ not in ("typing", "abc")]


def _is_behaviour(value: object) -> bool:
    if isinstance(value, FieldSpecifier):
        return False
    return isinstance(value, type) or callable(value) or inspect.ismodule(value) or hasattr(type(value), "__get__")


def value_of(cls: type, name: str) -> object:
    """What stands behind a field's ``=``, or MISSING."""
    own = _dataclass_value(cls, name)
    if own is not None:
        return own
    for one in cls.__mro__:
        if name in one.__dict__:
            value = one.__dict__[name]
            # a slot, or the hint that a registered base answers with, is no value of a field
            return MISSING if isinstance(value, MemberDescriptorType | OrmAttribute) else value
    return MISSING


def _dataclass_value(cls: type, name: str) -> object | None:
    """The default of a field that dataclass or attrs has taken out of the class body; None when it is no such field."""
    if dataclasses.is_dataclass(cls):
        return next((_specified(one, dataclasses.MISSING) for one in dataclasses.fields(cls) if one.name == name), None)
    if attrs.has(cls):
        return next((_attrs_value(one) for one in attrs.fields(cls) if one.name == name), None)
    return None


def _specified(field: Any, absent: object) -> object:
    if field.default is not absent:
        return field.default
    return MISSING if field.default_factory is absent else FieldSpecifier(default_factory=field.default_factory)


def _attrs_value(field: Any) -> object:
    if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]  # its stub is a function, the object a class
        return FieldSpecifier(default_factory=field.default.factory)
    return MISSING if field.default is attrs.NOTHING else field.default
