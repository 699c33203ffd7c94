"""The conditions on one field of a filter in Mongo form: its place, its operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from dataflow.diagnostics import name_of, text_of
from dataflow.expressions.combining import all_of, negated
from dataflow.expressions.connected import CONNECTED
from dataflow.expressions.extent import Extent
from dataflow.expressions.filter_fields import Place, Places
from dataflow.expressions.filter_problems import FilterProblems, Path, kind_of
from dataflow.expressions.json_paths import path_fault
from dataflow.expressions.operands import OPERATORS, Operands
from dataflow.expressions.tree import NEVER, Expression

FIELD_OPERATORS = (*OPERATORS, "$exists", "$not")
#: Django's names of operators
LOOKUPS: Mapping[str, str] = {
    **{name: f"${name}" for name in ("gt", "gte", "lt", "lte", "in", "contains", "startswith", "endswith", "regex")},
    "exact": "$eq",
    "iexact": "$ilike",
    "icontains": "$ilike",
    "ne": "$ne",
    "isnull": "$null",
    "range": "$between",
}
FILTER_OPERATORS = ("$and", "$or", "$not")


@attrs.define(eq=False)
class Conditions:
    """Reads the entries of one filter."""

    places: Places
    problems: FilterProblems
    operands: Operands
    extent: Extent

    def read(self, key: Any, value: Any, path: Path, depth: int) -> Expression:
        """The condition of one entry of a filter: a field, or a place inside one, and what it is compared with."""
        if not self.extent.enter(path, depth):
            return NEVER
        if isinstance(key, str) and "__" in key and self._is_lookup(key, value, path):
            return NEVER
        place = self.place(name_of(key), path)
        if place is None or value is CONNECTED:
            return NEVER
        if place.field.encrypted:
            return self.operands.encrypted(place, path)
        if not isinstance(value, Mapping):
            return self.operands.compare("eq", place, value, path)
        if any(isinstance(name, str) and name.startswith("$") for name in value):
            return self._operators(place, value, path, depth)
        if place.is_document:
            return self.operands.compare("eq", place, value, path)
        self._plain_dict(place, value, path)
        return NEVER

    def _is_lookup(self, key: str, value: Any, path: Path) -> bool:
        """Whether a key is a field and an operator in one, as Django writes them; then it is told as that."""
        field, _, lookup = key.rpartition("__")
        if key in self.places or field not in self.places or lookup not in LOOKUPS or value is CONNECTED:
            return False
        self.problems.lookup(key, field, LOOKUPS[lookup], value, path)
        return True

    def place(self, name: str, path: Path) -> Place | None:
        """What a dotted name leads to, or None and a problem."""
        place = self.places.get(name)
        if place is not None:
            return place
        first, *inner = name.split(".")
        if inner:
            return self.inside(first, tuple(inner), path)
        self.problems.unknown_field(name, path)
        return None

    def inside(self, first: str, inner: tuple[str, ...], path: Path) -> Place | None:
        """A place inside a JSON field, or None and a problem."""
        name = ".".join((first, *map(str, inner)))
        root = self.places.get(first)
        if root is None:
            self.problems.unknown_field(name, path)
            return None
        fault = path_fault(root.field.type, inner)
        if fault is None:
            return root.inside(name, inner)
        solutions = {"compare the field itself:": f'"{first}": ...'}
        self.problems.wrong_operand(fault, path, name=name, solutions=solutions)
        return None

    def _operators(self, place: Place, operators: Mapping[Any, Any], path: Path, depth: int) -> Expression:
        found: list[Expression] = []
        for name, operand in operators.items():
            inside = (*path, name_of(name))
            # the first one is the condition that the field was counted as
            if found and not self.extent.enter(inside, depth):
                break
            found.append(self._operator(name, place, operand, inside, depth))
        return all_of(found)

    def _operator(self, operator: Any, place: Place, operand: Any, path: Path, depth: int) -> Expression:
        if operator == "$contains":
            return self.operands.contains(place, operand, path)
        if operator == "$exists":
            return self._exists(place, operand, path)
        if operator == "$not":
            return self._not(place, operand, path, depth + 1)
        known = OPERATORS.get(operator) if isinstance(operator, str) else None
        if known is not None:
            return self.operands.compare(known, place, operand, path)
        if operator in FILTER_OPERATORS:
            cause = f"'{operator}' stands around fields, not inside one"
            code = f'"{operator}": [{{"{place.name}": ...}}, {{"{place.name}": ...}}]'
            self.problems.wrong_operand(
                f"uses '{operator}' inside a field",
                path,
                name=place.name,
                cause=cause,
                solutions={"write it as:": code},
            )
            return NEVER
        self.problems.unknown_operator(operator, FIELD_OPERATORS, path, place.name)
        return NEVER

    def _exists(self, place: Place, operand: Any, path: Path) -> Expression:
        if isinstance(operand, bool):
            operand = not operand
        elif operand is not CONNECTED:
            self.problems.wrong_operand(
                f"gives '$exists' {kind_of(operand)} where it takes a bool",
                path,
                name=place.name,
                given=operand,
                solutions={"give a bool:": f'"{place.name}": {{"$exists": True}}'},
            )
            return NEVER
        return self.operands.compare("null", place, operand, path)

    def _not(self, place: Place, operand: Any, path: Path, depth: int) -> Expression:
        if not isinstance(operand, Mapping):
            return negated(self.operands.compare("eq", place, operand, path))
        if not operand:
            self._plain_dict(place, operand, path)
        return (
            negated(self._operators(place, operand, path, depth))
            if operand and self.extent.enter(path, depth)
            else NEVER
        )

    def _plain_dict(self, place: Place, value: Mapping[Any, Any], path: Path) -> None:
        better = ""
        if place.path and value:
            name = name_of(next(iter(value)))
            solutions = {"compare a place inside it:": f'"{place.name}.{name}": ...'}
        else:
            near = [f"${name}" for name in map(name_of, value) if f"${name}" in FIELD_OPERATORS]
            solutions = {"use an operator:": f'"{place.name}": {{"{near[0] if near else "$eq"}": ...}}'}
            if len(near) == len(value) > 0:
                better = text_of({f"${name}": operand for name, operand in value.items()})
        self.problems.wrong_operand(
            "compares with a dict" if value else "compares with an empty dict",
            path,
            name=place.name,
            given=dict(value),
            cause="a dict here holds operators, whose names begin with '$'; only a whole JSON field equals a dict",
            solutions=solutions,
            better=better,
        )
