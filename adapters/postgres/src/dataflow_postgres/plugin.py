"""The plugin: an adapter for ``postgresql://`` URLs, and PostgreSQL's failures explained."""

from __future__ import annotations

import attrs

from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Where
from dataflow_postgres.errors import explain
from dataflow_postgres.leaf import postgres_leaf
from dataflow_sql.servers.adapter import Leaf
from dataflow_sql.servers.plugin import ServerPlugin
from dataflow_sql.servers.troubles import Surroundings


@attrs.define(eq=False)
class PostgresPlugin(ServerPlugin):
    """The options of the plugin are its fields."""

    products = {"postgresql": "PostgreSQL", "postgres": "PostgreSQL"}  # noqa: RUF012  # the base declares it
    lock_timeout_s: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.gt(0.0)),
        metadata={"description": "How long a statement waits for a lock; None is as long as it may run."},
    )
    application_name: str = attrs.field(
        default="dataflow", metadata={"description": "What the server's list of sessions shows."}
    )

    def leaf(self, config: Config) -> tuple[Leaf, str]:
        return postgres_leaf(config, self._settings(config), self.coded)

    def _settings(self, config: Config) -> dict[str, str]:
        """What a session starts with: the server itself keeps the deadlines, so that what it stopped is certain."""
        settings = {"application_name": self.application_name}
        if config.statement_timeout_s is not None:
            settings["statement_timeout"] = f"{config.statement_timeout_s * 1000:.0f}"
        if self.lock_timeout_s is not None:
            settings["lock_timeout"] = f"{self.lock_timeout_s * 1000:.0f}"
        return settings

    def explained(self, error: BaseException, where: Where, around: Surroundings, server: str) -> Problem | None:
        return explain(error, where, around, server)
