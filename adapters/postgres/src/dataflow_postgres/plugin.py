"""The plugin: an adapter for ``postgresql://`` URLs, and PostgreSQL's failures explained."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

import attrs

from dataflow import hookimpl
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, Problem, Where, error_of
from dataflow_postgres.errors import explain
from dataflow_postgres.leaf import postgres_leaf
from dataflow_sql.servers import PoolSettings, ServerAdapter
from dataflow_sql.servers.troubles import Surroundings

if TYPE_CHECKING:
    from dataflow import DataFlow

SCHEMES = ("postgresql", "postgres")


@attrs.define(eq=False)
class PostgresPlugin:
    """The options of the plugin are its fields."""

    lock_timeout_s: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.gt(0.0)),
        metadata={"description": "How long a statement waits for a lock; None is as long as it may run."},
    )
    application_name: str = attrs.field(
        default="dataflow", metadata={"description": "What the server's list of sessions shows."}
    )
    _adapter: ServerAdapter | None = attrs.field(default=None, init=False, repr=False)
    _around: Surroundings | None = attrs.field(default=None, init=False, repr=False)
    _server: str = attrs.field(default="", init=False, repr=False)

    @hookimpl
    def dataflow_adapter(self, config: Config) -> ServerAdapter | None:
        url = config.database_url
        if url.scheme not in SCHEMES:
            return None
        self._around = Surroundings(
            database=str(url),
            product="PostgreSQL",
            connect_timeout_s=config.connect_timeout_s,
            statement_timeout_s=config.statement_timeout_s,
        )
        leaf, self._server = postgres_leaf(config, self._settings(config), self._explained)
        settings = PoolSettings(
            config.pool_size,
            config.pool_max_overflow,
            config.pool_timeout_s,
            config.pool_recycle_s,
            config.pool_pre_ping,
        )
        self._adapter = ServerAdapter(leaf, settings)
        return self._adapter

    def _settings(self, config: Config) -> dict[str, str]:
        """What a session starts with: the server itself keeps the deadlines, so that what it stopped is certain."""
        settings = {"application_name": self.application_name}
        if config.statement_timeout_s is not None:
            settings["statement_timeout"] = f"{config.statement_timeout_s * 1000:.0f}"
        if self.lock_timeout_s is not None:
            settings["lock_timeout"] = f"{self.lock_timeout_s * 1000:.0f}"
        return settings

    @hookimpl
    def dataflow_lifespan(self, app: DataFlow) -> AbstractAsyncContextManager[None] | None:
        """Nothing is opened here: the adapter only learns who observes."""
        if self._adapter is not None:
            self._adapter.observers = partial(app.plugins.observers, "sql", "scope")
        return None

    @hookimpl
    def dataflow_explain(self, error: BaseException, where: Where) -> Problem | None:
        if self._around is None:
            return None
        return explain(error, where, self._around, self._server)

    def _explained(self, error: Exception) -> DataFlowError:
        problem = explain(error, Where(operation="transaction"), self._around, self._server) if self._around else None
        assert problem is not None, error
        return error_of(problem)
