"""Names of classes and fields for tables and columns."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container

from dataflow.models.model import RESERVED_FIELDS
from dataflow.models.naming import POSTGRES_COLUMNS, name_fault

#: what the written module means by these names in the body of a class
WRITTEN = frozenset(("str", "int", "float", "bool", "bytes", "dict", "dt", "field", "Decimal", "UUID", "Literal"))
_OF_MODULE = frozenset(("DataFlow", "Index", "Decimal", "UUID", "Literal", "True", "False", "None"))


def class_name(table: str, taken: Container[str]) -> str:
    """``order_items`` -> ``OrderItem``; with a number where another table has the name."""
    *first, last = [one for one in re.split(r"[\W_]+", table) if one] or [""]
    camel = "".join(one[:1].upper() + one[1:] for one in (*first, singular(last)))
    if not camel.isidentifier() or keyword.iskeyword(camel) or camel in _OF_MODULE:
        camel = f"{camel}Record" if camel[:1].isalpha() else f"Table{camel}"
    name, number = camel, 2
    while name in taken:
        name, number = f"{camel}{number}", number + 1
    return name


def singular(word: str) -> str:
    """Of a regular English plural."""
    small = word.lower()
    if small.endswith("ies") and len(small) > 4:
        return f"{word[:-3]}y"
    if small.endswith(("sses", "shes", "ches", "xes", "uses")):
        return word[:-2]
    return word[:-1] if small.endswith("s") and not small.endswith(("ss", "us", "is")) else word


def field_fault(name: str) -> str | None:
    """Why no field can have the name of a column."""
    if not name.isidentifier() or keyword.iskeyword(name):
        return "its name is none of Python's"
    if name.startswith("_"):
        return "names that begin with '_' are no fields"
    if name in RESERVED_FIELDS or name in POSTGRES_COLUMNS:
        return "a field cannot have this name"
    return "the module writes this name for something else" if name in WRITTEN else name_fault(name)
