"""``CheckpointsPlugin``: the engine ``checkpoints``, which looks at a database before, during and after a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dataflow.config.options import Config
from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from dataflow.migrations import MigrationEngine


def _positive(default: float | None, description: str) -> float | None:
    return attrs.field(
        default=default,
        validator=attrs.validators.optional(attrs.validators.gt(0)),
        metadata={"description": description},
    )


@attrs.define(eq=False)
class CheckpointsPlugin:
    """What it looks at; a check that a database cannot answer is skipped, and says so."""

    deadline_s: float | None = _positive(None, "No step begins later than this after the first.")
    check_timeout_s: float | None = _positive(
        300.0, "A check that has not answered for so long cannot be made, and counts as failed."
    )
    long_transaction_s: float | None = _positive(
        60.0, "A transaction of others that is open for longer keeps a migration from beginning."
    )
    max_lag_s: float | None = _positive(30.0, "How far a replica may be behind, before and between steps.")
    max_lock_waits: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.ge(0)),
        metadata={"description": "While more sessions than this wait for a lock, the next step waits too."},
    )
    max_backup_age_s: float | None = _positive(None, "How old the last backup may be when a migration begins.")
    last_backup: str = attrs.field(
        default="",
        metadata={
            "description": "A query for the Unix time of the last backup; without it, PostgreSQL's archiver is asked."
        },
    )
    checksum_rows: int = attrs.field(
        default=10_000,
        validator=attrs.validators.ge(0),
        metadata={
            "description": "How many rows of a table are read, before and after, to see that no other column changed."
        },
    )
    skip: list[str] = attrs.field(factory=list, metadata={"description": "Codes of checks that are not made."})

    @hookimpl
    def dataflow_migration_engine(self, config: Config) -> MigrationEngine:
        from dataflow_checkpoints.engine import Checkpoints
        from dataflow_checkpoints.limits import Limits

        limits = Limits(
            deadline_s=self.deadline_s,
            check_timeout_s=self.check_timeout_s,
            long_transaction_s=self.long_transaction_s,
            max_lag_s=self.max_lag_s,
            checksum_rows=self.checksum_rows,
            max_lock_waits=self.max_lock_waits,
            max_backup_age_s=self.max_backup_age_s,
            last_backup=self.last_backup,
        )
        return Checkpoints(limits, frozenset(self.skip))
