"""``LocksPlugin``: the engine ``locks``, by which one process migrates a database at a time; ``db.migrations.locks`` shows and breaks its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dataflow.config.options import Config
from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from dataflow.migrations import MigrationEngine


@attrs.define(eq=False)
class LocksPlugin:
    """What it does is imported when ``db.migrations`` or a first use asks for it."""

    ttl_s: float = attrs.field(
        default=30.0,
        validator=attrs.validators.gt(0),
        metadata={
            "description": "After how long without a sign of life the lock of a process may be taken over; it gives one three times as often."
        },
    )
    namespace: str = attrs.field(
        default="default",
        validator=[attrs.validators.min_len(1), attrs.validators.max_len(100)],
        metadata={
            "description": "Which lock of the database it is; processes that migrate the same tables have the same."
        },
    )

    @hookimpl
    def dataflow_migration_engine(self, config: Config) -> MigrationEngine:
        from dataflow_locks.engine import MigrationLock

        return MigrationLock(self.ttl_s, self.namespace)
