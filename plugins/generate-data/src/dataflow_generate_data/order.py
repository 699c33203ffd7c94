"""In which order tables are filled, and which references have to wait until all of them are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from dataflow.diagnostics import error_of
from dataflow.models.model import Field, Model
from dataflow_generate_data.problems import circle


@attrs.frozen
class Order:
    """Models after those that they refer to; ``waiting`` are the references that a circle leaves for a second pass."""

    models: tuple[Model, ...]
    waiting: Mapping[str, tuple[Field, ...]]


def ordered(models: Sequence[Model]) -> Order:
    """The order of some models.

    :raises DataFlowError: GEN-106 for a circle in which no reference may be None.
    """
    left, done = {one.name: one for one in models}, list[Model]()
    waiting: dict[str, tuple[Field, ...]] = {}
    while left:
        ready = [one for one in left.values() if not _missing(one, left)]
        if not ready:
            ready = [_first_of_circle(left)]
            waiting[ready[0].name] = tuple(_missing(ready[0], left))
        for one in ready:
            del left[one.name]
        done += ready
    return Order(tuple(done), waiting)


def _missing(model: Model, left: Mapping[str, Model]) -> list[Field]:
    """The references of a model to others that are not filled yet."""
    return [
        field
        for field in model.references
        if field.reference is not None and field.reference.model in left and field.reference.model != model.name
    ]


def _first_of_circle(left: Mapping[str, Model]) -> Model:
    for one in left.values():
        if all(field.nullable for field in _missing(one, left)):
            return one
    fields = [
        f"{one.name}.{field.name}" for one in left.values() for field in _missing(one, left) if not field.nullable
    ]
    raise error_of(circle(list(left), fields))
