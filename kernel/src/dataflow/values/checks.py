"""One check per field, compiled once: type, then bounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dataflow.models.model import Bounds, Field
from dataflow.values.coercion import coercer
from dataflow.values.faults import ValueFault

Check = Callable[[Any], Any]


def compile_check(field: Field) -> Check:
    """The function that gives a field's value in its canonical form.

    :raises ValueFault: DF-N104, DF-N105, or DF-N114 for None in a field that may not be null.
    """
    convert = coercer(field.type)
    bounds = bounds_check(field.bounds) if field.bounds else None
    nullable = field.nullable

    def check(value: Any) -> Any:
        if value is None:
            if nullable:
                return None
            raise ValueFault(f"{field.type}, not None", "", "DF-N114")
        value = convert(value)
        if bounds is not None:
            bounds(value)
        return value

    return check


def bounds_check(bounds: Bounds) -> Callable[[Any], None]:
    """The function that refuses a value outside of its field's bounds."""
    pattern = re.compile(bounds.pattern) if bounds.pattern is not None else None

    def check(value: Any) -> None:
        if bounds.max_length is not None and len(value) > bounds.max_length:
            raise ValueFault(f"at most {bounds.max_length} characters, not {len(value)}", "", "DF-N105")
        if bounds.min_length is not None and len(value) < bounds.min_length:
            raise ValueFault(f"at least {bounds.min_length} characters, not {len(value)}", "", "DF-N105")
        if bounds.ge is not None and value < bounds.ge:
            raise ValueFault(f"a value of at least {bounds.ge}", repr(bounds.ge), "DF-N105")
        if bounds.le is not None and value > bounds.le:
            raise ValueFault(f"a value of at most {bounds.le}", repr(bounds.le), "DF-N105")
        if pattern is not None and not pattern.search(value):
            raise ValueFault(f"text that matches the pattern {bounds.pattern!r}", "", "DF-N105")

    return check
