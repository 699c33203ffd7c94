"""``MigrationsPlugin``: the engine ``auto``, which ``db.migrations`` plans and applies with, and the commands ``dataflow migrate`` and ``dataflow generate``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from dataflow.config.options import Config
from dataflow.migrations.control import Strategy
from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

    from dataflow.migrations import MigrationEngine


@attrs.define(eq=False)
class MigrationsPlugin:
    """What it does is imported when ``db.migrations`` or a first use asks for it."""

    strategy: Strategy = attrs.field(
        default="auto",
        metadata={
            "description": "What happens at first use: `auto` applies what loses nothing, `manual` wants it applied by hand, `none` looks at nothing."
        },
    )
    lock_timeout_s: float = attrs.field(
        default=60.0,
        validator=attrs.validators.gt(0),
        metadata={
            "description": "How long another one's migration of the same database, and each lock that others have on its tables, is waited for."
        },
    )
    directory: Path | None = attrs.field(
        default=None, metadata={"description": "Where the migration files are; None has no files."}
    )

    @hookimpl
    def dataflow_migration_engine(self, config: Config) -> MigrationEngine:
        from dataflow_migrations.engine import AutoMigration

        return AutoMigration(self.strategy, self.lock_timeout_s, self.directory)

    @hookimpl
    def dataflow_commands(self) -> Iterable[click.Command]:
        from dataflow_migrations.commands.generating import generate
        from dataflow_migrations.commands.group import migrate

        return migrate, generate
