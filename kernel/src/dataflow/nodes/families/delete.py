"""``{M}DeleteNode`` and, for soft-deleting models, ``{M}RestoreNode``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dataflow.diagnostics import Problem
from dataflow.expressions.tree import Expression
from dataflow.nodes.families.family import Family, filter_problems, narrowed, one_of_key_and_filter, where_of
from dataflow.nodes.families.update import ALL, empty_filter
from dataflow.nodes.model_values import DELETED
from dataflow.nodes.node_type import Inputs, Parameter
from dataflow.nodes.parameters import TRANSACTION, filter_parameter, flag, key_parameter
from dataflow.operations.operation import Delete, Update


class DeleteFamily(Family):
    kind = "delete"

    def declare(self) -> tuple[Parameter, ...]:
        return (
            key_parameter(self.values.model, "the id of the record to delete"),
            filter_parameter("which records to delete, instead of an id"),
            *hard_flag(self),
            ALL,
            TRANSACTION,
        )

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        return [*one_of_key_and_filter(self, inputs), *filter_problems(self, inputs), *empty_filter(self, inputs)]

    def bind(self, params: Mapping[str, Any]) -> Delete:
        where, problems = where_of(self, params)
        if problems or len(params) != 1 or where is None:
            self.refuse(params, problems)
        return deletion(self, where, params)


class RestoreFamily(Family):
    kind = "restore"

    def declare(self) -> tuple[Parameter, ...]:
        return (
            key_parameter(self.values.model, "the id of the soft-deleted record"),
            filter_parameter("which soft-deleted records, instead of an id"),
            ALL,
            TRANSACTION,
        )

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        return [*one_of_key_and_filter(self, inputs), *filter_problems(self, inputs), *empty_filter(self, inputs)]

    def bind(self, params: Mapping[str, Any]) -> Update:
        where, problems = where_of(self, params)
        if problems or len(params) != 1 or where is None:
            self.refuse(params, problems)
        changes = {"deleted_at": None, **self.values.changes.managed()}
        return Update(
            model=self.values.model,
            where=narrowed(where, DELETED),
            values=changes,
            transaction=params.get("transaction"),
        )


def hard_flag(family: Family) -> tuple[Parameter, ...]:
    """The parameter that a soft-deleting model's deleting nodes have besides."""
    if not family.values.is_soft:
        return ()
    return (flag("hard", False, "whether to remove the records for good"),)


def deletion(family: Family, where: Expression | None, params: Mapping[str, Any]) -> Delete:
    """The removal of what matches or, for a soft-deleting model, its marks."""
    soft = family.values.is_soft and not params.get("hard", False)
    marks = {"deleted_at": datetime.now(UTC), **family.values.changes.managed()} if soft else None
    return Delete(
        model=family.values.model,
        where=narrowed(where, family.values.visible(None) if soft else None),
        marks=marks,
        transaction=params.get("transaction"),
    )
