"""What the nodes of one model share: its compiled checks and the filter forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Where
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.tree import Compare, Expression, both
from dataflow.models.model import Model
from dataflow.nodes.node_type import Path
from dataflow.values.changes import ChangeCheck
from dataflow.values.columns import ColumnCheck
from dataflow.values.faults import ValueFault
from dataflow.values.problems import Faults
from dataflow.values.records import RecordCheck

NOT_DELETED = Compare("deleted_at", "null", True)
DELETED = Compare("deleted_at", "null", False)


@attrs.define(eq=False)
class ModelValues:
    """Made once per model, when its nodes are."""

    model: Model
    limits: Limits
    is_soft: bool = attrs.field(init=False)
    records: RecordCheck = attrs.field(init=False)
    changes: ChangeCheck = attrs.field(init=False)
    columns: ColumnCheck = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.is_soft = self.model.options.soft_delete
        self.records = RecordCheck(self.model)
        self.changes = ChangeCheck(self.records)
        self.columns = ColumnCheck(self.records)

    def visible(self, where: Expression | None, include_deleted: bool = False) -> Expression | None:
        """The filter, without soft-deleted rows."""
        if not self.is_soft or include_deleted:
            return where
        return both(where, NOT_DELETED)

    def filter(
        self, value: Any, operation: str, connected: Mapping[Path, object] | None = None
    ) -> tuple[Expression | None, list[Problem]]:
        """The tree of a filter in any of its forms, with its problems."""
        where = Where(model=self.model.name, operation=operation)
        paths = frozenset(connected or ())
        return parse_filter(value, self.model, self.limits, where, ("filter",), paths)

    def key(self, value: Any, operation: str) -> tuple[Compare | None, list[Problem]]:
        """The comparison of the id with a value."""
        try:
            return Compare("id", "eq", self.records.checks["id"](value)), []
        except ValueFault as fault:
            faults = Faults(self.model, operation, {"id": value})
            faults.wrong(self.model.key, value, fault)
            return None, faults.problems
