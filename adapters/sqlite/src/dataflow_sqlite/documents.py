"""Comparisons inside JSON documents: a value only ever equals one of its own JSON type."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import attrs
import sqlalchemy as sa

from dataflow.expressions.json_paths import is_index
from dataflow.expressions.tree import Compare
from dataflow.models.types import FieldType
from dataflow.values.documents import to_document
from dataflow_sql import Bind, Clause
from dataflow_sqlite.functions import canonical
from dataflow_sqlite.text import TEXT_OPERATORS, text_clause

_NUMBERS = ("integer", "real")
_BOOLS = ("true", "false")
#: names that SQLite's paths cannot say: nothing is escaped inside their quotes
_UNQUOTABLE = re.compile(r'["\\\x00-\x1f]')


@attrs.frozen(eq=False)
class DocumentForms:
    """One comparison at a path of a JSON column."""

    column: Clause
    comparison: Compare
    bind: Bind

    @property
    def _kind(self) -> Clause:
        return self._first(sa.func.json_type)

    @property
    def _value(self) -> Clause:
        return self._first(sa.func.json_extract)

    def _first(self, function: Any) -> Clause:
        """A JSON function at the path; a number in it is an index or a name, by what stands there."""
        if any(map(_UNQUOTABLE.search, self.comparison.path)):
            return function(sa.func.dataflow_inside(self.column, json.dumps(self.comparison.path)), "$")  # type: ignore[no-any-return]
        places = [function(self.column, place) for place in json_paths(self.comparison.path)]
        return places[0] if len(places) == 1 else sa.func.coalesce(*places)

    def clause(self) -> Clause:
        operator, value = self.comparison.operator, self.comparison.value
        if operator == "null":
            missing = sa.func.coalesce(self._kind, "null") == "null"
            return missing if value else sa.not_(missing)
        if operator == "ne":
            return self._equal(value).is_not(sa.true())
        if operator == "nin":
            return self._among().is_not(sa.true())
        if operator == "in":
            return self._among()
        if operator == "eq":
            return self._equal(value)
        return self._ordered(operator, value)

    def _equal(self, value: Any) -> Clause:
        if isinstance(value, bool):
            return self._kind == self.bind(lambda one: "true" if one else "false")
        if isinstance(value, dict | list | tuple):
            kind = "object" if isinstance(value, dict) else "array"
            text = sa.func.dataflow_document(self._value)
            return sa.and_(self._kind == kind, text == self.bind(lambda one: canonical(json.dumps(one))))
        return sa.and_(self._of_type(value), self._value == self.bind(None))

    def _of_type(self, value: Any) -> Clause:
        return self._kind.in_(_NUMBERS) if isinstance(value, int | float) else self._kind == "text"

    def _ordered(self, operator: str, value: Any) -> Clause:
        if operator in TEXT_OPERATORS:
            return sa.and_(self._kind == "text", text_clause(self._value, operator, self.bind))
        if operator == "between":
            low = sa.and_(self._of_type(value[0]), self._value >= self.bind(None))
            return sa.and_(low, self._of_type(value[1]), self._value <= self.bind(None))
        compared = {"gt": "__gt__", "gte": "__ge__", "lt": "__lt__", "lte": "__le__"}[operator]
        return sa.and_(self._of_type(value), getattr(self._value, compared)(self.bind(None)))

    def _among(self) -> Clause:
        """Membership, type by type; the list travels as one JSON array."""
        given = self.bind(json.dumps)
        each = sa.func.json_each(given).table_valued("value", "type")
        texts = sa.select(each.c.value).where(each.c.type == "text")
        numbers = sa.select(each.c.value).where(each.c.type.in_(_NUMBERS))
        bools = sa.select(each.c.type).where(each.c.type.in_(_BOOLS))
        return sa.or_(
            sa.and_(self._kind == "text", self._value.in_(texts)),
            sa.and_(self._kind.in_(_NUMBERS), self._value.in_(numbers)),
            self._kind.in_(bools),
        )

    def has(self, field_type: FieldType) -> Clause:
        """Whether a list holds an element."""
        item = field_type.item if not self.comparison.path else None
        plain = self.comparison.value if item is None else to_document(item, self.comparison.value)
        kind, document = self._kind, self.column
        if self.comparison.path:
            document = sa.case((kind == "array", self._value), else_="[]")
        each = sa.func.json_each(document).table_valued("value", "type")
        return sa.and_(kind == "array", sa.exists(sa.select(each.c.value).where(self._element(each, plain, item))))

    def _element(self, each: Any, plain: Any, item: FieldType | None) -> Clause:
        def encode(value: Any) -> Any:
            return value if item is None else to_document(item, value)

        if plain is None:
            self.bind(None)
            return each.c.type == "null"  # type: ignore[no-any-return]
        if isinstance(plain, bool):
            return each.c.type == self.bind(lambda one: "true" if encode(one) else "false")  # type: ignore[no-any-return]
        if isinstance(plain, dict | list | tuple):
            kind = "object" if isinstance(plain, dict) else "array"
            text = sa.func.dataflow_document(each.c.value)
            return sa.and_(each.c.type == kind, text == self.bind(lambda one: canonical(json.dumps(encode(one)))))
        types = _NUMBERS if isinstance(plain, int | float) else ("text",)
        return sa.and_(each.c.type.in_(types), each.c.value == self.bind(encode))


def json_paths(path: tuple[str, ...]) -> list[str]:
    """SQLite's forms of a path: names quoted; what may be an index of a list is tried as that and as a name."""
    forms = [[f"[{name}]", f'."{name}"'] if is_index(name) else [f'."{name}"'] for name in path]
    return ["$" + "".join(steps) for steps in itertools.product(*forms)]
