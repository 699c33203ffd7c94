"""Documents as JSON text: kept as they are, and compared so that a value only equals one of its own type."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.functions import FunctionElement

from dataflow.expressions.json_paths import is_index
from dataflow.expressions.tree import Compare
from dataflow.models.types import FieldType
from dataflow.values.documents import to_document
from dataflow_mysql.text import TEXT_OPERATORS, text_clause
from dataflow_sql import Bind, Clause, Codec
from dataflow_sql import documents as shared

if TYPE_CHECKING:
    from dataflow_mysql.dialect import Flavour

#: from here on not every whole number is a float's
_EXACT_FLOATS = 2**53
#: what the servers call the types of numbers in JSON; the second is MySQL's name of one from 2**53 on
_NUMBERS = ("INTEGER", "UNSIGNED INTEGER", "DOUBLE", "DECIMAL")
_OPERATORS = {"gt": "__gt__", "gte": "__ge__", "lt": "__lt__", "lte": "__le__"}


#: a text that is followed by a colon is a name
_DASHED_NAME = re.compile(r'"(?:[^"\\]|\\.)*"(?=(:)?)')


def dumps(value: Any) -> str:
    """JSON with no name that begins with a dash: MariaDB reads one in a path as a position from the end, also in quotes.

    Names in a path are compared with those of a document as they are written, not as they are read.
    """
    text = shared.dumps(value)
    return _DASHED_NAME.sub(lambda found: _name(found[0]) if found[1] else found[0], text) if '"-' in text else text


def _name(quoted: str) -> str:
    return rf'"\u002d{quoted[2:]}' if quoted.startswith('"-') else quoted


def document_codec(field_type: FieldType) -> Codec:
    return shared.document_codec(field_type, dumps)


class Elements(FunctionElement[Any]):
    """The elements of a JSON list, as rows of JSON text."""

    inherit_cache = True
    name = "elements"


@compiles(Elements, "mysql")
def _elements(element: Elements, compiler: Any, **options: Any) -> str:
    given = compiler.process(element.clauses, **options)
    return f"JSON_TABLE({given}, '$[*]' COLUMNS (value JSON PATH '$'))"


def document_clause(column: Clause, field_type: FieldType, comparison: Compare, bind: Bind, flavour: Flavour) -> Any:
    """A comparison of a document, or of what stands at a place in one."""
    operator, value = comparison.operator, comparison.value
    found = place(column, comparison.path)
    if operator == "null":
        missing = sa.func.coalesce(sa.func.json_type(found), "NULL") == "NULL"
        return missing if value else sa.not_(missing)
    if operator == "has":
        item = None if comparison.path else field_type.item
        return _has(found, bind(lambda one: dumps(one if item is None else to_document(item, one))), flavour)
    plain = _plainly(field_type, comparison)
    if operator in ("eq", "ne"):
        same = _same(found, bind(lambda one: dumps(plain(one))), flavour)
        return same if operator == "eq" else same.is_not(sa.true())
    if operator in ("in", "nin"):
        listed = _among(found, bind(lambda values: dumps([plain(one) for one in values])), flavour)
        return listed if operator == "in" else listed.is_not(sa.true())
    text = sa.collate(sa.func.json_unquote(found), flavour.collation)
    if operator in TEXT_OPERATORS:
        return sa.and_(_is(found, "STRING"), text_clause(text, operator, bind))
    return _ordered(found, text, operator, value, bind)


def _plainly(field_type: FieldType, comparison: Compare) -> Callable[[Any], Any]:
    """How a value of the comparison becomes plain JSON: one of the whole document is typed, one inside is not."""
    return (lambda value: value) if comparison.path else (lambda value: to_document(field_type, value))


def place(column: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path, as JSON text; null where nothing does.

    A number in a path is the name of a part or a position, by what stands there; a position of what is no list would
    give the whole of it.
    """
    if not path:
        return column
    forms = [_guarded(column, places) for places in json_paths(path)]
    return forms[0] if len(forms) == 1 else sa.func.coalesce(*forms)


def _guarded(column: Any, form: tuple[str, tuple[str, ...]]) -> Any:
    whole, lists = form
    found = sa.func.json_extract(column, whole)
    if not lists:
        return found
    are_lists = (sa.func.json_type(sa.func.json_extract(column, one)) == "ARRAY" for one in lists)
    return sa.case((sa.and_(*are_lists), found))


def json_paths(path: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The forms of a path, each with the places that must be lists for it."""
    steps = [[_named(name), f"[{name}]"] if is_index(name) else [_named(name)] for name in path]
    found = []
    for form in itertools.product(*steps):
        lists = tuple("$" + "".join(form[:at]) for at, step in enumerate(form) if step.startswith("["))
        found.append(("$" + "".join(form), lists))
    return found


def _named(name: str) -> str:
    return "." + _name(json.dumps(name, ensure_ascii=False))


def _same(left: Any, right: Any, flavour: Flavour) -> Any:
    """Whether two JSON texts mean the same value: the order of names does not count, nor how a number is written."""
    if flavour.mariadb:
        return sa.func.json_equals(left, right).op("=")(1)
    return _native(left) == _native(right)


def _native(text: Any) -> Any:
    return sa.Function("cast", text.op("AS")(sa.text("JSON")))


def _is(found: Any, kind: str) -> Clause:
    return sa.func.json_type(found) == kind


def _has(found: Any, given: Any, flavour: Flavour) -> Clause:
    """Whether a list holds an element that equals the value."""
    return sa.and_(_is(found, "ARRAY"), _member(given, found, flavour))


def _among(found: Any, given: Any, flavour: Flavour) -> Clause:
    return _member(found, given, flavour)


def _member(one: Any, elements: Any, flavour: Flavour) -> Clause:
    """Whether a value is one of a list's. MySQL 9 looks at the first row's list alone when the list is made a table."""
    if flavour.mariadb:
        each = Elements(elements).table_valued("value")
        return sa.exists(sa.select(1).select_from(each).where(_same(each.c.value, one, flavour)))
    held: Clause = _native(one).op("MEMBER OF", is_comparison=True)(Grouping(elements))
    return held


def _ordered(found: Any, text: Any, operator: str, value: Any, bind: Bind) -> Clause:
    if operator == "between":
        low = _ordered(found, text, "gte", value[0], bind)
        return sa.and_(low, _ordered(found, text, "lte", value[1], bind))
    compared = _OPERATORS[operator]
    if isinstance(value, str):
        return sa.and_(_is(found, "STRING"), getattr(text, compared)(bind(None)))
    if isinstance(value, bool):
        return sa.and_(_is(found, "BOOLEAN"), getattr(found == "true", compared)(bind(None)))
    return _number_ordered(found, compared, bind(None))


def _number_ordered(found: Any, compared: str, given: Any) -> Clause:
    """As floats, and where those are the same and may hide a difference, digit by digit."""
    kinds: list[Any] = [sa.literal_column(f"'{kind}'") for kind in _NUMBERS]
    # what is no number is not made one: a write would fail for it
    text: Any = sa.case((sa.func.json_type(found).in_(kinds), found))
    number: Any = sa.Function("cast", text.op("AS")(sa.text("DOUBLE")))
    large = sa.and_(number == given, sa.func.abs(number).between(_EXACT_FLOATS, 10**19))
    digits: Any = sa.Function("cast", sa.case((large, text)).op("AS")(sa.text("DECIMAL(20, 0)")))
    return sa.case((large, getattr(digits, compared)(given)), else_=getattr(number, compared)(given))
