"""The plugin: an adapter for ``postgresql://`` URLs, and PostgreSQL's failures explained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Where
from dataflow_postgres.errors import explain
from dataflow_postgres.leaf import postgres_leaf
from dataflow_sql.servers.adapter import Leaf, ServerAdapter
from dataflow_sql.servers.plugin import ServerPlugin
from dataflow_sql.servers.troubles import Surroundings

if TYPE_CHECKING:
    from dataflow import DataFlow
    from dataflow.inspection.checkups import Checkup


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
        return postgres_leaf(config, {"application_name": self.application_name}, self._deadlines(config), self.coded)

    def checkups(self, app: DataFlow, adapter: ServerAdapter, processes: int) -> Iterable[Checkup]:
        # a diagnosis is seldom made
        from dataflow_postgres.checkups import checkups

        return checkups(app, adapter, processes)

    def _deadlines(self, config: Config) -> dict[str, int]:
        """Milliseconds that the server itself keeps, so that what it stopped is certain."""
        limits_s = {"statement_timeout": config.statement_timeout_s, "lock_timeout": self.lock_timeout_s}
        return {name: round(limit_s * 1000) for name, limit_s in limits_s.items() if limit_s is not None}

    def explained(self, error: BaseException, where: Where, around: Surroundings, server: str) -> Problem | None:
        return explain(error, where, around, server)
