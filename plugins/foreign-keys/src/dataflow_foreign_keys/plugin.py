"""``ForeignKeysPlugin``: the engine ``foreign_keys``, and what ``dataflow doctor`` says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflow.app import DataFlow
    from dataflow.inspection.checkups import Checkup, Finding
    from dataflow.migrations import MigrationEngine


@attrs.define(eq=False)
class ForeignKeysPlugin:
    """What it does is imported when ``db.migrations`` is asked for."""

    @hookimpl
    def dataflow_checkups(self, app: DataFlow) -> Iterable[Checkup]:
        # a diagnosis is seldom made
        from dataflow.inspection.checkups import Checkup
        from dataflow.migrations import MigratableAdapter
        from dataflow_foreign_keys.analysis import ForeignKeys

        if not isinstance(app.adapter, MigratableAdapter):
            return ()

        async def examine() -> Iterable[Finding]:
            # the rows of every table are read by `check()` alone: a diagnosis is to be quick
            return await ForeignKeys(app).findings(rows=False)

        return (Checkup("schema", examine, needs_database=True),)

    @hookimpl
    def dataflow_migration_engine(self) -> MigrationEngine:
        from dataflow_foreign_keys.engine import ForeignKeyEngine

        return ForeignKeyEngine()
