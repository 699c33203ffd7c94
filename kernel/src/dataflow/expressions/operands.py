"""The conditions of a filter: which operators a place takes, and its operands in their canonical form."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

import attrs

from dataflow.diagnostics import text_of
from dataflow.expressions.connected import CONNECTED, Connected, is_open
from dataflow.expressions.filter_fields import Place
from dataflow.expressions.filter_problems import FilterProblems, Path, kind_of
from dataflow.expressions.limits import Limits
from dataflow.expressions.query import Column, Condition
from dataflow.expressions.tree import ALWAYS, NEVER, Compare, Expression, Operator, Or
from dataflow.values.coercion import coerce_str
from dataflow.values.faults import ValueFault
from dataflow.values.problems import shown_value

#: what the Mongo form calls the operators of the tree; "$contains" depends on the place, "$exists" and "$not" wrap
OPERATORS: Mapping[str, Operator] = {
    "$eq": "eq", "$ne": "ne", "$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte", "$in": "in", "$nin": "nin",
    "$between": "between", "$like": "like", "$ilike": "ilike", "$contains": "contains", "$startswith": "startswith",
    "$endswith": "endswith", "$regex": "regex", "$null": "null",
}  # fmt: skip
SPELLINGS: Mapping[Operator, str] = {operator: name for name, operator in OPERATORS.items()} | {"has": "$contains"}

_REFUSED = object()
_UNFIT = frozenset((NoneType, Connected, Column, Condition))


@attrs.define(eq=False)
class Operands:
    """Makes the comparisons of one filter; what it refuses goes to ``problems`` and gives NEVER."""

    problems: FilterProblems
    limits: Limits

    def contains(self, place: Place, operand: Any, path: Path) -> Expression:
        """``$contains``: text in a str, an element of a list; inside JSON, whichever is there."""
        if not place.path:
            return self.compare("has" if place.is_list else "contains", place, operand, path)
        if not isinstance(operand, str):
            return self.compare("has", place, operand, path)
        text = self.compare("contains", place, operand, path)
        return text if text is NEVER else Or((text, self.compare("has", place, operand, path)))

    def compare(self, operator: Operator, place: Place, operand: Any, path: Path) -> Expression:
        """One comparison, ``operand`` as given."""
        if place.field.encrypted:
            return self.encrypted(place, path)
        if isinstance(operand, Column | Condition):
            return self._not_a_value(place, operand, path)
        value = _READERS[operator](self, operator, place, operand, path)
        if value is _REFUSED or value is CONNECTED:
            return NEVER
        if value is None:
            return Compare(place.field.name, "null", operator == "eq", place.path)
        if value == () and operator in ("in", "nin"):
            # said plainly, so that a write by what holds for every record is refused as one without a filter
            return NEVER if operator == "in" else ALWAYS
        return Compare(place.field.name, operator, value, place.path)

    def _equal(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        if operand is None or is_open(operand):
            return None if operand is None else CONNECTED
        if isinstance(operand, list | tuple | set | frozenset) and not place.is_document:
            return self._refuse(
                f"compares with {kind_of(operand)}",
                place,
                path,
                operand,
                cause="a value equals one value; whether it is among several is asked by '$in'",
                solutions={"one of them:": f'"{place.name}": {{"$in": [...]}}'},
                better=f'{{"$in": {text_of(list(operand))}}}' if operator == "eq" else "",
            )
        return self._convert(place, operand, path)

    def _ordered(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        if not place.is_ordered:
            return self._unordered(operator, place, path)
        if operand is CONNECTED:
            return CONNECTED
        if operand is None:
            return self._null(operator, place, path)
        value = self._convert(place, operand, path)
        return self._ordered_json(operator, place, value, path) if place.path and value is not _REFUSED else value

    def _ordered_json(self, operator: Operator, place: Place, value: Any, path: Path) -> Any:
        if isinstance(value, bool):
            message = f"orders by a bool, which '{SPELLINGS[operator]}' inside JSON cannot"
            return self._refuse(message, place, path, value, cause="inside JSON, numbers and text have an order")
        return value

    def _among(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        if operand is CONNECTED:
            return CONNECTED
        if not isinstance(operand, list | tuple | set | frozenset):
            return self._refuse(
                f"gives '{SPELLINGS[operator]}' {kind_of(operand)} where it takes a list",
                place,
                path,
                operand,
                solutions={"give a list:": f'"{place.name}": {{"{SPELLINGS[operator]}": [{shown_value(operand)}]}}'},
                better=f"[{text_of(operand)}]",
            )
        if len(operand) > self.limits.max_in:
            what = f"has {len(operand)} values in '{SPELLINGS[operator]}'"
            self.problems.beyond("max_in", self.limits.max_in, what, path, place.name)
            return _REFUSED
        if _UNFIT.isdisjoint(map(type, operand)):
            try:
                return tuple(map(place.convert, operand))
            except ValueFault:
                pass  # gone through again, to name each value
        return self._each(operator, place, operand, path)

    def _each(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        values = [self._item(operator, place, item, (*path, index)) for index, item in enumerate(operand)]
        if any(value is _REFUSED for value in values):
            return _REFUSED
        return CONNECTED if any(value is CONNECTED for value in values) else tuple(values)

    def _item(self, operator: Operator, place: Place, item: Any, path: Path) -> Any:
        if isinstance(item, Column | Condition):
            self._not_a_value(place, item, path)
            return _REFUSED
        if item is None:
            return self._null(operator, place, path)
        return CONNECTED if is_open(item) else self._convert(place, item, path)

    def _between(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        if not place.is_ordered:
            return self._unordered(operator, place, path)
        if operand is CONNECTED:
            return CONNECTED
        if not isinstance(operand, list | tuple) or len(operand) != 2:
            given = f"{len(operand)} values" if isinstance(operand, list | tuple) else kind_of(operand)
            return self._refuse(
                f"gives '$between' {given} where it takes two",
                place,
                path,
                operand,
                cause="the lowest and the highest value, both included",
                solutions={"give both:": f'"{place.name}": {{"$between": [1, 3]}}'},
            )
        pair = self._each(operator, place, operand, path)
        if isinstance(pair, tuple) and place.path:
            return self._json_pair(place, pair, path)
        return pair

    def _json_pair(self, place: Place, pair: tuple[Any, ...], path: Path) -> Any:
        if any(isinstance(end, bool) for end in pair) or isinstance(pair[0], str) != isinstance(pair[1], str):
            cause = "inside JSON, numbers and text have an order, each kind for itself"
            return self._refuse("gives '$between' ends that have no common order", place, path, pair, cause=cause)
        return pair

    def _pattern(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        if not place.is_text and operator == "contains":
            return self._has(operator, place, operand, path)
        if not place.is_text:
            cause = f"the type of '{place.name}' is {place.field.type}"
            solutions = (
                {"compare its value:": f'"{place.name}": {{"$between": [..., ...]}}'} if place.is_ordered else {}
            )
            message = f"uses '{SPELLINGS[operator]}', which is for text"
            return self._refuse(message, place, path, cause=cause, solutions=solutions)
        if operand is CONNECTED:
            return CONNECTED
        if operand is None:
            return self._null(operator, place, path)
        try:
            text = coerce_str(operand)
        except ValueFault as fault:
            self.problems.wrong_value(place.field, place.name, operand, fault, path)
            return _REFUSED
        return self._regex(place, text, path) if operator == "regex" else text

    def _regex(self, place: Place, pattern: str, path: Path) -> Any:
        if len(pattern) > self.limits.max_regex:
            what = f"has a '$regex' of {len(pattern)} characters"
            self.problems.beyond("max_regex", self.limits.max_regex, what, path, place.name)
            return _REFUSED
        try:
            with warnings.catch_warnings():
                # what a later Python may read otherwise is no concern of a pattern that a database matches
                warnings.simplefilter("ignore")
                re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            cause = "the pattern is a Python regular expression"
            solutions = {"characters that stand for themselves are escaped:": f'"$regex": {re.escape(pattern)!r}'}
            message = f"has a '$regex' that cannot be read: {error}"
            return self._refuse(
                message, place, path, pattern, cause=cause, solutions=solutions, better=repr(re.escape(pattern))
            )
        return pattern

    def _flag(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        if operand is CONNECTED or operand is True or operand is False:
            return operand
        return self._refuse(
            f"gives '$null' {kind_of(operand)} where it takes a bool",
            place,
            path,
            operand,
            solutions={"give a bool:": f'"{place.name}": {{"$null": True}}'},
        )

    def _has(self, operator: Operator, place: Place, operand: Any, path: Path) -> Any:
        if not place.is_list:
            cause = f"the type of '{place.name}' is {place.field.type}"
            return self._refuse("uses '$contains', which is for lists and text", place, path, cause=cause)
        if operand is None:
            return self._null(operator, place, path)
        if is_open(operand):
            return CONNECTED
        return self._convert(place.element(), operand, path)

    def _convert(self, place: Place, operand: Any, path: Path) -> Any:
        try:
            return place.convert(operand)
        except ValueFault as fault:
            self.problems.wrong_value(place.field, place.name, operand, fault, path)
            return _REFUSED

    def _refuse(self, message: str, place: Place, path: Path, given: object = None, **rest: Any) -> Any:
        self.problems.wrong_operand(message, path, name=place.name, given=given, **rest)
        return _REFUSED

    def _null(self, operator: Operator, place: Place, path: Path) -> Any:
        return self._refuse(
            f"gives '{SPELLINGS[operator]}' a None",
            place,
            path,
            cause="None is the absence of a value: nothing is larger, smaller or like it",
            solutions={"whether it is null:": f'"{place.name}": {{"$null": True}}'},
        )

    def _unordered(self, operator: Operator, place: Place, path: Path) -> Any:
        message = f"uses '{SPELLINGS[operator]}', which needs an order"
        cause = f"the type of '{place.name}' is {place.field.type}, whose values are not smaller or larger"
        return self._refuse(
            message, place, path, cause=cause, solutions={"compare a place inside it:": f'"{place.name}.<name>": ...'}
        )

    def encrypted(self, place: Place, path: Path) -> Expression:
        """Refuse a field that cannot be compared; what it was compared with is not shown."""
        self._refuse(
            "compares an encrypted field",
            place,
            path,
            cause="the database holds '" + place.name + "' as ciphertext, which compares with nothing",
        )
        return NEVER

    def _not_a_value(self, place: Place, operand: Column | Condition, path: Path) -> Expression:
        what = f"the field {operand!r}" if isinstance(operand, Column) else "another condition"
        self._refuse(
            f"compares it with {what}",
            place,
            path,
            cause="a filter compares fields with values",
            solutions={"for several conditions:": "(Q.age >= 18) & (Q.active == True)"},
        )
        return NEVER


Reader = Callable[[Operands, Operator, Place, Any, Path], Any]

_READERS: Mapping[Operator, Reader] = {
    "eq": Operands._equal,
    "ne": Operands._equal,
    "gt": Operands._ordered,
    "gte": Operands._ordered,
    "lt": Operands._ordered,
    "lte": Operands._ordered,
    "in": Operands._among,
    "nin": Operands._among,
    "between": Operands._between,
    "like": Operands._pattern,
    "ilike": Operands._pattern,
    "contains": Operands._pattern,
    "startswith": Operands._pattern,
    "endswith": Operands._pattern,
    "regex": Operands._pattern,
    "null": Operands._flag,
    "has": Operands._has,
}
