"""Which row breaks a foreign key: asked after the failure, because a database names the constraint and never the row.

The questions are a generator that yields them and is sent the records: an adapter asks them in its own way, on a thread
or with ``await``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import attrs

from dataflow.expressions.tree import Compare, Expression
from dataflow.models.model import Model
from dataflow.operations.operation import BulkCreate, BulkUpdate, Create, Delete, Operation, Update, Upsert
from dataflow_sql.rows import Record
from dataflow_sql.statements import Statements

MAX_ROWS = 10_000


@attrs.frozen
class Question:
    """Records of one model, of which the first ``MAX_ROWS`` are enough."""

    statements: Statements
    where: Expression
    names: tuple[str, ...]


Questions = Generator[Question, list[Record], dict[str, Any]]
StatementsOf = Callable[[Model], Statements]


def broken_reference(operation: Operation, models: Sequence[Model], statements_of: StatementsOf) -> Questions:
    """The questions that find ``{"field", "value"}`` of a missing target, or ``{"child", "field", "key", "value"}``."""
    if isinstance(operation, Delete):
        return _referring(operation, models, statements_of)
    return _missing(operation, {model.name: model for model in models}, statements_of)


def _missing(operation: Operation, models: dict[str, Model], statements_of: StatementsOf) -> Questions:
    for field in operation.model.references:
        assert field.reference is not None
        target = models.get(field.reference.model)
        if target is None:
            continue
        name = field.reference.field
        given = referring_values(operation, field.name)
        asked = tuple({value for value in given if value is not None})
        records = yield Question(statements_of(target), Compare(name, "in", asked), (name,))
        known = {None, *(record[name] for record in records)}
        for row, value in enumerate(given):
            if value not in known:
                return {"field": field.name, "value": value, "row": row if len(given) > 1 else None}
    return {}


def referring_values(operation: Operation, name: str) -> list[Any]:
    """What the rows of an operation give for a field, in their order."""
    if isinstance(operation, Create | Upsert):
        return [operation.record.get(name)]
    if isinstance(operation, Update):
        return [operation.values.get(name)]
    if isinstance(operation, BulkUpdate):
        return [values.get(name) for _, values in operation.rows[:MAX_ROWS]]
    if isinstance(operation, BulkCreate) and name in operation.names:
        return list(operation.columns[operation.names.index(name)][:MAX_ROWS])
    return []


def _referring(operation: Delete, models: Sequence[Model], statements_of: StatementsOf) -> Questions:
    own = statements_of(operation.model)
    for child in models:
        for field in child.references:
            if field.reference is None or field.reference.model != operation.model.name:
                continue
            name = field.reference.field
            targets = yield Question(own, operation.where, (name,))
            values = tuple(record[name] for record in targets)
            found = yield Question(
                statements_of(child), Compare(field.name, "in", values), tuple(dict.fromkeys(("id", field.name)))
            )
            if found:
                return {"child": child, "field": field.name, "key": found[0]["id"], "value": found[0][field.name]}
    return {}
