"""Documents as JSONB: exact on the way in and back, and compared so that a value only equals one of its own type."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dataflow.expressions.json_paths import is_index
from dataflow.expressions.tree import Compare
from dataflow.models.types import FieldType
from dataflow.values.documents import to_document
from dataflow_postgres.text import TEXT_OPERATORS, text_clause
from dataflow_sql import Bind, Clause
from dataflow_sql.documents import document_codec, dumps

__all__ = ["document_clause", "document_codec"]

#: a path of PostgreSQL's takes these for places in a list too, -1 for the last
_COUNTED = re.compile(r"\s*[+-]?[0-9]+")


def document_clause(column: Clause, field_type: FieldType, comparison: Compare, bind: Bind) -> Any:
    """A comparison of a document, or of what stands at a place in one."""
    operator, value = comparison.operator, comparison.value
    found = _inside(column, comparison.path)
    text: Any = found.op("#>>", return_type=sa.Text())(sa.cast([], ARRAY(sa.Text())))
    if operator == "null":
        missing = sa.func.coalesce(sa.func.jsonb_typeof(found), "null") == "null"
        return missing if value else sa.not_(missing)
    plain = _plainly(field_type, comparison)
    if operator == "has":
        return _has(found, value, field_type if not comparison.path else None, bind)
    if operator in ("eq", "ne"):
        same = found == _json(bind, plain)
        return same if operator == "eq" else same.is_not(sa.true())
    if operator in ("in", "nin"):
        listed = found == sa.func.any(
            sa.cast(bind(lambda values: [dumps(plain(one)) for one in values]), ARRAY(JSONB()))
        )
        return listed if operator == "in" else listed.is_not(sa.true())
    if operator in TEXT_OPERATORS:
        return sa.and_(_is(found, "string"), text_clause(text, operator, bind))
    return _ordered(found, text, operator, value, bind)


def _inside(column: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path."""
    found = column
    for is_odd, steps in itertools.groupby(path, lambda name: _COUNTED.fullmatch(name) and not is_index(name)):
        if is_odd:
            for name in steps:
                found = found.op("->")(sa.cast(sa.literal(name, sa.Text()), sa.Text()))
        else:
            found = found.op("#>")(sa.cast(list(steps), ARRAY(sa.Text())))
    return found


def _plainly(field_type: FieldType, comparison: Compare) -> Callable[[Any], Any]:
    """How a value of the comparison becomes plain JSON: one of the whole document is typed, one inside is not."""
    return (lambda value: value) if comparison.path else (lambda value: to_document(field_type, value))


def _json(bind: Bind, plain: Callable[[Any], Any]) -> Any:
    return sa.cast(bind(lambda value: dumps(plain(value))), JSONB())


def _is(found: Any, kind: str) -> Clause:
    return sa.func.jsonb_typeof(found) == kind


def _ordered(found: Any, text: Any, operator: str, value: Any, bind: Bind) -> Clause:
    if operator == "between":
        low = _ordered(found, text, "gte", value[0], bind)
        return sa.and_(low, _ordered(found, text, "lte", value[1], bind))
    compared = {"gt": "__gt__", "gte": "__ge__", "lt": "__lt__", "lte": "__le__"}[operator]
    if isinstance(value, str):
        # JSONB itself compares texts in the order of the database's language
        left: Any = sa.collate(text, "C")
        return sa.and_(_is(found, "string"), getattr(left, compared)(sa.cast(bind(None), sa.Text())))
    kind = "boolean" if isinstance(value, bool) else "number"
    return sa.and_(_is(found, kind), getattr(found, compared)(_json(bind, lambda one: one)))


def _has(found: Any, value: Any, field_type: FieldType | None, bind: Bind) -> Clause:
    """Whether a list holds an element that equals the value."""
    item = None if field_type is None else field_type.item

    def plain(one: Any) -> Any:
        return one if item is None else to_document(item, one)

    given = _json(bind, plain)
    if not isinstance(plain(value), dict | list | tuple):
        return sa.and_(_is(found, "array"), found.op("@>")(given))
    # containment is looser than equality for lists and documents
    array = sa.case((_is(found, "array"), found), else_=sa.cast("[]", JSONB()))
    each = sa.func.jsonb_array_elements(array).table_valued("value")
    return sa.exists(sa.select(each.c.value).where(sa.cast(each.c.value, JSONB()) == given))
