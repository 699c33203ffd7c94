"""The statements by which an operation finds its rows, for whoever asks for their plans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dataflow.expressions.tree import Page, SortKey
from dataflow.nodes.families.listing import page_condition
from dataflow.operations.operation import Count, Delete, List, Operation, Read, Update
from dataflow_sql.filters import values_of
from dataflow_sql.statements import Prepared, Statements, update_values

Asked = tuple[str, Sequence[Any]]
_BY_KEY = (SortKey("id"),)
_FIRST = Page(1)


def asked(statements: Statements, operation: Operation) -> list[Asked]:
    """Each statement with its values; the page of a list and its total apart, for they read different rows."""
    return [(prepared.sql, prepared.bind(values)) for prepared, values in _prepared(statements, operation)]


def _prepared(statements: Statements, operation: Operation) -> Iterator[tuple[Prepared, list[Any]]]:
    if isinstance(operation, Read):
        page = statements.select(operation.where, operation.fields, _BY_KEY, _FIRST)
        yield page, [*values_of(operation.where), 1, 0]
    elif isinstance(operation, List):
        where, window = page_condition(operation), operation.page
        listed = statements.select(where, operation.fields, operation.sort, window)
        yield listed, [*values_of(where), window.limit, window.offset]
        if operation.count:
            yield statements.count(operation.where), values_of(operation.where)
    elif isinstance(operation, Count):
        yield statements.count(operation.where), values_of(operation.where)
    elif isinstance(operation, Update):
        changed = statements.update(operation.values, operation.where, False)
        yield changed, update_values(operation.values, operation.where)
    elif isinstance(operation, Delete):
        yield statements.delete(operation.where), values_of(operation.where)
