"""What filters need to know of a model's fields, worked out once per model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from dataflow.expressions.json_paths import json_scalar
from dataflow.expressions.tree import Operator
from dataflow.models.model import Field, Model
from dataflow.models.types import ORDERED_KINDS
from dataflow.values.coercion import coercer
from dataflow.values.documents import checked_document

ORDER: dict[str, Operator] = {"$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte"}
TEXT: Mapping[str, Operator] = {
    "$like": "like", "$ilike": "ilike", "$contains": "contains", "$startswith": "startswith",
    "$endswith": "endswith", "$regex": "regex",
}  # fmt: skip
EQUALITY: dict[str, Operator] = {"$eq": "eq", "$ne": "ne"}


@attrs.frozen(eq=False)
class Place:
    """A field, or a place inside a JSON field, that a filter compares. ``name`` is its dotted name."""

    field: Field
    name: str
    convert: Callable[[Any], Any]
    path: tuple[str, ...] = ()
    #: operators whose operand is one value of the place's own type
    plain: Mapping[str, Operator] = EQUALITY

    @property
    def is_ordered(self) -> bool:
        return bool(self.path) or self.field.type.kind in ORDERED_KINDS

    @property
    def is_text(self) -> bool:
        return bool(self.path) or self.field.type.kind == "str"

    @property
    def is_list(self) -> bool:
        """Whether it is, or inside of JSON may be, a list."""
        return bool(self.path) or self.field.type.kind == "list"

    @property
    def is_document(self) -> bool:
        return self.field.type.is_json and not self.path

    def inside(self, name: str, path: tuple[str, ...]) -> Place:
        """A place inside this JSON field."""
        return Place(self.field, name, json_scalar, path)

    def element(self) -> Place:
        """One element of this list: what ``$contains`` compares."""
        item = self.field.type.item
        inside = bool(self.path) or item is None
        return Place(self.field, self.name, checked_document if inside else coercer(item), self.path)  # type: ignore[arg-type]  # it is one


Places = Mapping[str, Place]

_KNOWN: WeakKeyDictionary[Model, Places] = WeakKeyDictionary()


def places_of(model: Model) -> Places:
    """The fields of a model as places, by name."""
    known = _KNOWN.get(model)
    if known is None:
        known = _KNOWN[model] = {field.name: _place(field) for field in model.fields.values()}
    return known


def _place(field: Field) -> Place:
    ordered = field.type.kind in ORDERED_KINDS
    return Place(field, field.name, coercer(field.type), plain=EQUALITY | ORDER if ordered else EQUALITY)
