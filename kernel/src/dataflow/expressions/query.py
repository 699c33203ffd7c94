"""Filters as Python expressions: ``Q.age >= 18``, and the record that a lambda is called with.

Both only write down the Mongo form, so they mean what it means and meet the same checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import attrs

from dataflow.diagnostics import Problem, Solution, closest, error_of
from dataflow.expressions.filter_problems import unknown_field
from dataflow.expressions.tree import SortKey
from dataflow.models.model import Model


@attrs.frozen(eq=False)
class Condition:
    """A filter in the making; ``mongo`` is its Mongo form. Combined by ``&``, ``|`` and ``~``."""

    mongo: Mapping[str, Any]

    def __and__(self, other: object) -> Condition:
        return _combined("$and", self, other)

    def __or__(self, other: object) -> Condition:
        return _combined("$or", self, other)

    def __rand__(self, other: object) -> Condition:
        return _combined("$and", other, self)

    def __ror__(self, other: object) -> Condition:
        return _combined("$or", other, self)

    def __invert__(self) -> Condition:
        return Condition({"$not": self.mongo})

    def __bool__(self) -> NoReturn:
        raise error_of(
            Problem(
                code="DF-N110",
                message="a condition of a filter has no truth of its own",
                context={"condition": dict(self.mongo)},
                cause="'and', 'or', 'not', 'in', 'if' and 'a < b < c' ask Python for true or false at once; "
                "a condition is decided by the database, record by record",
                solutions=(
                    Solution("for 'and':", "(Q.age >= 18) & (Q.active == True)"),
                    Solution("for 'or':", "(Q.age < 18) | (Q.active == True)"),
                    Solution("for 'not':", "~(Q.active == True)"),
                    Solution("for '1 < age < 3':", "(Q.age > 1) & (Q.age < 3), or with both ends Q.age.between(1, 3)"),
                    Solution("for 'in':", "Q.age.in_([1, 2, 3])"),
                ),
            )
        )


def _combined(operator: str, left: object, right: object) -> Condition:
    """Both conditions under one operator; a chain of one operator stays flat."""
    items: list[Any] = []
    for side in (left, right):
        form = side.mongo if isinstance(side, Condition) else truth(side) if isinstance(side, Column) else side
        items += form[operator] if isinstance(form, Mapping) and form.keys() == {operator} else [form]
    return Condition({operator: items})


class Column:
    """A field, or a place inside a JSON field: ``Q.age``, ``Q.profile.city``, ``Q.tags[0]``.

    A place whose name is that of a method here is reached with brackets: ``Q.profile["like"]``.
    """

    __slots__ = ("_name",)

    _name: str

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> Column:
        if name.startswith("_"):
            raise AttributeError(name)  # asked by copy, pickle and the like, never by a filter
        return self[name]

    def __getitem__(self, name: str | int) -> Column:
        return Column(f"{self._name}.{name}")

    def __repr__(self) -> str:
        return f"Q.{self._name}"

    def __reduce__(self) -> tuple[type[Column], tuple[str]]:
        # a copy is made by name, because nothing can be set
        return Column, (self._name,)

    # without it `for x in Q.tags` would ask for Q.tags[0], Q.tags[1] and never end
    __iter__ = None

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise error_of(_assignment(f"{self._name}.{name}"))

    def __call__(self, *_: object, **__: object) -> NoReturn:
        place, _dot, method = self._name.rpartition(".")
        near = closest(method, METHODS)
        raise error_of(
            Problem(
                code="DF-N109",
                message=f"unknown operator '{method}' in the filter for '{place}'",
                context={"operator": method, "known": ", ".join(METHODS)},
                cause="a field has the operators of filters for methods, and no others",
                solutions=(Solution(f"did you mean '{near[0]}'?", f"Q.{place}.{near[0]}(...)"),) if near else (),
            )
        )

    def _is(self, operator: str, value: object) -> Condition:
        return Condition({self._name: {operator: value}})

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # a condition in place of a bool
        return self._is("$eq", value)

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]  # a condition in place of a bool
        return self._is("$ne", value)

    __hash__ = None  # type: ignore[assignment]  # equality is not decided here

    def __gt__(self, value: object) -> Condition:
        return self._is("$gt", value)

    def __ge__(self, value: object) -> Condition:
        return self._is("$gte", value)

    def __lt__(self, value: object) -> Condition:
        return self._is("$lt", value)

    def __le__(self, value: object) -> Condition:
        return self._is("$lte", value)

    def __and__(self, other: object) -> Condition:
        return truth_of(self) & other

    def __or__(self, other: object) -> Condition:
        return truth_of(self) | other

    def __rand__(self, other: object) -> Condition:
        return other & truth_of(self)

    def __ror__(self, other: object) -> Condition:
        return other | truth_of(self)

    def __invert__(self) -> Condition:
        return ~truth_of(self)

    def __bool__(self) -> NoReturn:
        bool(truth_of(self))
        raise AssertionError  # a condition never has a truth

    def __contains__(self, value: object) -> NoReturn:
        bool(self.contains(value))
        raise AssertionError  # a condition never has a truth

    def in_(self, values: Iterable[object]) -> Condition:
        """One of these values."""
        return self._is("$in", _items(values))

    def not_in(self, values: Iterable[object]) -> Condition:
        """None of these values; null counts as none of them."""
        return self._is("$nin", _items(values))

    def between(self, low: object, high: object) -> Condition:
        """From ``low`` to ``high``, both included."""
        return self._is("$between", [low, high])

    def like(self, pattern: str) -> Condition:
        """Text that fits a pattern: ``%`` is any text, ``_`` is any character."""
        return self._is("$like", pattern)

    def ilike(self, pattern: str) -> Condition:
        """``like`` for which the ASCII letters have no case."""
        return self._is("$ilike", pattern)

    def contains(self, value: object) -> Condition:
        """Text that holds this text, or a list that holds this element."""
        return self._is("$contains", value)

    def startswith(self, value: str) -> Condition:
        return self._is("$startswith", value)

    def endswith(self, value: str) -> Condition:
        return self._is("$endswith", value)

    def matches(self, pattern: str) -> Condition:
        """Text in which a regular expression finds something."""
        return self._is("$regex", pattern)

    def is_null(self, is_null: bool = True) -> Condition:
        return self._is("$null", is_null)

    def asc(self) -> SortKey:
        """The field as a key of a ``sort``, smallest first."""
        return SortKey(self._name)

    def desc(self) -> SortKey:
        """The field as a key of a ``sort``, largest first."""
        return SortKey(self._name, True)


METHODS = (
    "in_", "not_in", "between", "like", "ilike", "contains", "startswith", "endswith", "matches", "is_null", "asc", "desc",
)  # fmt: skip


def column_name(column: Column) -> str:
    """The dotted name of a column."""
    return column._name


def truth(column: Column) -> Mapping[str, Any]:
    """The Mongo form of a bool field that stands as a condition by itself."""
    return {column_name(column): {"$eq": True}}


def truth_of(column: Column) -> Condition:
    return Condition(truth(column))


def _items(values: Iterable[object]) -> object:
    # text is refused with a list in mind, not taken apart into characters
    if isinstance(values, str | bytes | Mapping | Column) or not isinstance(values, Iterable):
        return values
    return list(values)


class Query:
    """What ``Q`` is: any name is a field, checked when the filter meets its model."""

    def __getattr__(self, name: str) -> Column:
        if name.startswith("_"):
            raise AttributeError(name)  # asked by copy, doctest and the like, never by a filter
        return Column(name)

    def __getitem__(self, name: str) -> Column:
        return Column(name)

    def __repr__(self) -> str:
        return "Q"


Q = Query()


class RecordProxy:
    """What stands for a record in ``lambda u: u.age > 3``: the model's fields as columns, and nothing else."""

    __slots__ = ("_model",)

    _model: Model

    def __init__(self, model: Model) -> None:
        object.__setattr__(self, "_model", model)

    def __getattr__(self, name: str) -> Column:
        if name in self._model.fields:
            return Column(name)
        if name.startswith("__"):
            raise AttributeError(name)  # asked by copy, inspect and the like, never by a filter
        raise error_of(unknown_field(self._model, name))

    def __getitem__(self, name: str) -> Column:
        return getattr(self, name)  # type: ignore[no-any-return]  # getattr is untyped

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise error_of(_assignment(name))

    def __repr__(self) -> str:
        return f"<a record of {self._model.name} in a filter>"


def _assignment(name: str) -> Problem:
    return Problem(
        code="DF-N110",
        message=f"a filter cannot set '{name}'",
        cause="a filter says which records are meant; what changes in them is the data of an update",
        solutions=(Solution("to compare:", f"Q.{name} == ..."),),
    )
