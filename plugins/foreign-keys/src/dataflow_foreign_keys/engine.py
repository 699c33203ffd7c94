"""``ForeignKeyEngine``: judges plans by the foreign keys around them, and puts their tables in an order that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dataflow.app import DataFlow
from dataflow.migrations import MigrationPlan, MigrationRun, Phase
from dataflow_foreign_keys.outlook import is_without_keys

if TYPE_CHECKING:
    from dataflow_foreign_keys.analysis import ForeignKeys


@attrs.frozen(eq=False)
class ForeignKeyEngine:
    """Works alone too: only its phases need the plugin that has plans."""

    name: str = attrs.field(default="foreign_keys", init=False)
    phases: tuple[Phase, ...] = attrs.field(default=("assess", "mitigate"), init=False)

    async def run(self, phase: Phase, plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
        if is_without_keys(plan):
            # as most first uses are: they load nothing for it, and read no catalogue
            return plan
        from dataflow_foreign_keys.assessing import assessed
        from dataflow_foreign_keys.reordering import reordered

        return await (assessed if phase == "assess" else reordered)(plan, run)

    def interface(self, app: DataFlow) -> ForeignKeys:
        # a first use makes tables, and what rows do to each other is not loaded for it
        from dataflow_foreign_keys.analysis import ForeignKeys

        return ForeignKeys(app)
