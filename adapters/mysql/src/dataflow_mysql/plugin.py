"""The plugin: an adapter for ``mysql://`` and ``mariadb://`` URLs, and the servers' failures explained."""

from __future__ import annotations

import math
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

import attrs

from dataflow import hookimpl
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, Problem, Where, error_of
from dataflow_mysql.errors import explain
from dataflow_mysql.leaf import mysql_leaf
from dataflow_sql.servers import PoolSettings, ServerAdapter
from dataflow_sql.servers.troubles import Surroundings

if TYPE_CHECKING:
    from dataflow import DataFlow

SCHEMES = ("mysql", "mariadb")
#: what does not fit is refused, never cut; 0 is a key like any other; texts are written with backslashes
_MODES = "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"


@attrs.define(eq=False)
class MySQLPlugin:
    """The options of the plugin are its fields."""

    lock_timeout_s: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.gt(0.0)),
        metadata={
            "description": "How long a statement waits for a lock, in whole seconds; None is as the server has it."
        },
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
            product="MariaDB" if url.scheme == "mariadb" else "MySQL",
            connect_timeout_s=config.connect_timeout_s,
            statement_timeout_s=config.statement_timeout_s,
        )
        leaf, self._server = mysql_leaf(config, self._settings(config), self._explained)
        settings = PoolSettings(
            config.pool_size,
            config.pool_max_overflow,
            config.pool_timeout_s,
            config.pool_recycle_s,
            config.pool_pre_ping,
        )
        self._adapter = ServerAdapter(leaf, settings)
        return self._adapter

    def _settings(self, config: Config) -> str:
        """What a session starts with: the server itself keeps the deadlines, so that what it stopped is certain.

        Comments that begin with ``/*M!`` are read by MariaDB of that version or later, with ``/*!80000`` by MySQL 8.
        """
        settings = [f"SESSION sql_mode = '{_MODES}'", "SESSION time_zone = '+00:00'", "SESSION autocommit = 1"]
        if self.lock_timeout_s is not None:
            settings.append(f"SESSION innodb_lock_wait_timeout = {math.ceil(self.lock_timeout_s)}")
        # a repeatable read that changes what another has changed meanwhile fails, as on PostgreSQL
        special = " /*M!101108 , SESSION innodb_snapshot_isolation = ON */"
        # a query that counts up by itself would end unseen after 1,000 rounds in the one, and fail in the other
        special += " /*M!100202 , SESSION max_recursive_iterations = 4294967295 */"
        special += " /*!80003 , SESSION cte_max_recursion_depth = 4294967295 */"
        if config.statement_timeout_s is not None:
            special += f" /*M!100101 , SESSION max_statement_time = {config.statement_timeout_s} */"
            special += f" /*!80000 , SESSION max_execution_time = {math.ceil(config.statement_timeout_s * 1000)} */"
        return ", ".join(settings) + special

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
