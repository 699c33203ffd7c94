"""The plugin: an adapter for ``mysql://`` and ``mariadb://`` URLs, and the servers' failures explained."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Where
from dataflow_mysql.errors import explain
from dataflow_mysql.leaf import mysql_leaf
from dataflow_sql.servers.adapter import Leaf, ServerAdapter
from dataflow_sql.servers.plugin import ServerPlugin
from dataflow_sql.servers.troubles import Surroundings

if TYPE_CHECKING:
    from dataflow import DataFlow
    from dataflow.inspection.checkups import Checkup

#: what does not fit is refused, never cut; 0 is a key like any other; texts are written with backslashes
_MODES = "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"


@attrs.define(eq=False)
class MySQLPlugin(ServerPlugin):
    """The options of the plugin are its fields."""

    products = {"mysql": "MySQL", "mariadb": "MariaDB"}  # noqa: RUF012  # the base declares it
    lock_timeout_s: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.gt(0.0)),
        metadata={
            "description": "How long a statement waits for a lock, in whole seconds; None is as the server has it."
        },
    )

    def leaf(self, config: Config) -> tuple[Leaf, str]:
        return mysql_leaf(config, self._settings(config), self._patient(), self.coded)

    def checkups(self, app: DataFlow, adapter: ServerAdapter, processes: int) -> Iterable[Checkup]:
        # a diagnosis is seldom made
        from dataflow_mysql.checkups import checkups

        return checkups(app, adapter, processes)

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

    def _patient(self) -> str:
        """What a session of migrations starts with: a table is altered for as long as it takes, and whatever its defaults are."""
        modes = _MODES.replace("NO_ZERO_IN_DATE,NO_ZERO_DATE,", "")
        settings = [f"SESSION sql_mode = '{modes}'", "SESSION time_zone = '+00:00'", "SESSION autocommit = 1"]
        settings += ["SESSION collation_connection = 'utf8mb4_general_ci'", "SESSION sql_quote_show_create = 1"]
        if self.lock_timeout_s is not None:
            settings.append(f"SESSION innodb_lock_wait_timeout = {math.ceil(self.lock_timeout_s)}")
        special = " /*M!100101 , SESSION max_statement_time = 0 */ /*!80000 , SESSION max_execution_time = 0 */"
        return ", ".join(settings) + special

    def explained(self, error: BaseException, where: Where, around: Surroundings, server: str) -> Problem | None:
        return explain(error, where, around, server)
