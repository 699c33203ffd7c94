"""Sorts in every form they are given in, as keys of one order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, name_of, text_of
from dataflow.expressions.filter_problems import Path, kind_of, unknown_field
from dataflow.expressions.query import Column, column_name
from dataflow.expressions.tree import Sort, SortKey
from dataflow.models.model import MISSING, Model

_DIRECTIONS: Mapping[object, bool] = {1: False, -1: True, "asc": False, "desc": True}
_KEY = SortKey("id")


def parse_sort(value: Any, model: Model, where: Where, path: Path) -> tuple[Sort, list[Problem]]:
    """The keys of a sort and its problems; ``path`` leads to it.

    Forms: ``"name"``, ``["name", "-age"]``, ``{"name": 1}``, ``[{"name": 1}, {"age": -1}]``, ``[("name", "desc")]``,
    ``Q.age.desc()``. Every part of it is used or refused.
    """
    if value is None or value is MISSING:
        return (), []
    reader = SortReader(model, where)
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            reader.item(item, (*path, index))
    else:
        reader.item(value, path)
    return tuple(reader.keys.values()), reader.problems


def stable(sort: Sort) -> Sort:
    """The order made total by the id, so that pages neither repeat nor skip a record."""
    return sort if any(key.field == "id" for key in sort) else (*sort, _KEY)


@attrs.define(eq=False)
class SortReader:
    """Reads one sort."""

    model: Model
    where: Where
    keys: dict[str, SortKey] = attrs.field(factory=dict)
    problems: list[Problem] = attrs.field(factory=list)

    def item(self, item: Any, path: Path) -> None:
        """One element of the sort, which may name several keys."""
        if isinstance(item, SortKey):
            self._key(item.field, item.descending, path)
        elif isinstance(item, Column):
            self._key(column_name(item), False, path)
        elif isinstance(item, str):
            self._key(item.removeprefix("-"), item.startswith("-"), path)
        elif isinstance(item, Mapping) and item:
            for name, direction in item.items():
                self._directed(name, direction, (*path, name_of(name)))
        elif isinstance(item, list | tuple) and len(item) == 2:
            self._directed(item[0], item[1], path)
        else:
            self._refuse(f"has {_described(item)} where a field belongs", path, given=item)

    def _directed(self, name: Any, direction: Any, path: Path) -> None:
        if isinstance(name, Column):
            name = column_name(name)
        # True is 1 to Python, and to nobody else
        known = isinstance(direction, int | str) and not isinstance(direction, bool) and direction in _DIRECTIONS
        if known or not isinstance(name, str):
            self._key(name, known and _DIRECTIONS[direction], path)
        else:
            message = f"gives '{name}' a direction that is none: {text_of(direction, 60)}"
            cause = "a direction is 1 or 'asc', -1 or 'desc'"
            self._refuse(message, path, name, cause=cause, given=direction, better="1" if path[-1] == name else "")

    def _key(self, name: Any, descending: bool, path: Path) -> None:
        if not isinstance(name, str):
            self._refuse(f"has {_described(name)} where a field belongs", path, given=name)
            return
        field = self.model.fields.get(name)
        first = self.model.fields.get(name.partition(".")[0])
        if field is None and first is None:
            self._unknown(name, descending, path)
        elif field is None or field.type.is_json:
            cause = "the values of a JSON field have no order that databases agree on"
            self._refuse(f"sorts by '{name}', which has no order", path, name, cause=cause)
        elif field.encrypted:
            cause = f"the database holds '{name}' as ciphertext, whose order means nothing"
            self._refuse(f"sorts by the encrypted field '{name}'", path, name, cause=cause)
        elif name in self.keys:
            self._refuse(f"names '{name}' twice", path, name, cause="the second time has nothing left to order")
        else:
            self.keys[name] = SortKey(name, descending)

    def _unknown(self, name: str, descending: bool, path: Path) -> None:
        problem = unknown_field(self.model, name, attrs.evolve(self.where, path=path), "sort")
        first, _, direction = name.partition(" ")
        if first in self.model.fields and direction.lower() in ("asc", "desc"):
            better = f'"{"-" if direction.lower() == "desc" else ""}{first}"'
            solution = Solution("'-' stands for descending:", better)
            problem = attrs.evolve(
                problem, solutions=(solution,), fix=Fix("unsafe", edits=(Edit(path, "replace", better),))
            )
        elif problem.fix is not None and path[-1] != name:
            # the key of a dict is renamed where it stands, an element gives way to another
            meant = problem.fix.edits[0].text
            edit = Edit(path, "replace", f'"{"-" if descending else ""}{meant}"')
            problem = attrs.evolve(problem, fix=Fix("unsafe", edits=(edit,)))
        self.problems.append(problem)

    def _refuse(
        self,
        message: str,
        path: Path,
        name: str | None = None,
        *,
        cause: str = "",
        given: object = None,
        better: str = "",
    ) -> None:
        self.problems.append(
            Problem(
                code="DF-N112",
                message=f"the sort of {self.model.name} {message}",
                where=attrs.evolve(self.where, path=path, field=name),
                context={} if given is None else {"given": given, "given_type": type(given).__name__},
                cause=cause,
                solutions=(
                    Solution("name the fields, '-' for descending:", '["name", "-age"]'),
                    Solution("or give each its direction:", '[{"name": 1}, {"age": -1}]'),
                ),
                fix=Fix("unsafe", edits=(Edit(path, "replace", better),)) if better else None,
            )
        )


def _described(item: object) -> str:
    if isinstance(item, Mapping | list | tuple):
        return f"{kind_of(item)} of {len(item)}"
    return kind_of(item)
