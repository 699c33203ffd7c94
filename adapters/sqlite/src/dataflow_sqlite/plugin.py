"""The plugin: an adapter for ``sqlite://`` URLs, and SQLite's failures explained."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, get_args

import attrs

from dataflow import hookimpl
from dataflow.config.database_url import DatabaseUrl
from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow_sqlite.adapter import SQLiteAdapter
from dataflow_sqlite.errors import explain
from dataflow_sqlite.opening import CHECKPOINT_PAGES, Database, Mode, Synchronous

if TYPE_CHECKING:
    from dataflow import DataFlow
    from dataflow.inspection.checkups import Checkup


@attrs.define(eq=False)
class SQLitePlugin:
    """The options of the plugin are its fields."""

    busy_timeout_s: float = attrs.field(
        default=5.0,
        validator=attrs.validators.gt(0.0),
        metadata={"description": "How long a write waits for another process."},
    )
    synchronous: Synchronous = attrs.field(
        default="FULL",
        validator=attrs.validators.in_(get_args(Synchronous)),
        metadata={
            "description": "When a commit is on the disk: FULL survives a loss of power, NORMAL may then lose the last "
            "commits, OFF may lose the file."
        },
    )
    checkpoint_pages: int = attrs.field(
        default=CHECKPOINT_PAGES,
        validator=attrs.validators.ge(1),
        metadata={"description": "After how many pages of the write-ahead log a commit copies them into the file."},
    )
    _adapter: SQLiteAdapter | None = attrs.field(default=None, init=False, repr=False)

    @hookimpl
    def dataflow_adapter(self, config: Config) -> SQLiteAdapter | None:
        url = config.database_url
        if url.scheme != "sqlite":
            return None
        database = Database(url.path, _mode(url), self.synchronous, self.busy_timeout_s, self.checkpoint_pages)
        self._adapter = SQLiteAdapter(
            database, str(url), config.pool_size, config.pool_timeout_s, config.statement_timeout_s
        )
        return self._adapter

    @hookimpl
    def dataflow_lifespan(self, app: DataFlow) -> AbstractAsyncContextManager[None] | None:
        """Nothing is opened here: the adapter only learns who observes."""
        if self._adapter is not None:
            self._adapter.listen(app.plugins.listeners("sql", "scope"))
        return None

    @hookimpl
    def dataflow_checkups(self, app: DataFlow) -> Iterable[Checkup]:
        # a diagnosis is seldom made
        from dataflow_sqlite.checkups import checkups

        return () if self._adapter is None else checkups(app, self._adapter)

    @hookimpl
    def dataflow_explain(self, error: BaseException, where: Where) -> Problem | None:
        if self._adapter is None:
            return None
        return explain(error, where, self._adapter.database, self._adapter.statement_timeout_s)


def _mode(url: DatabaseUrl) -> Mode:
    """The ``mode`` of the URL's query, the only thing that may stand there."""
    given = dict(url.query)
    mode = given.pop("mode", "rwc")
    if url.driver not in (None, "aiosqlite") or given or mode not in get_args(Mode):
        raise error_of(_wrong_url(url))
    return mode  # type: ignore[return-value]  # one of them


def _wrong_url(url: DatabaseUrl) -> Problem:
    return Problem(
        code="DF-A113",
        message=f"'{url}' is not a URL of a SQLite database",
        where=Where(operation="configuration"),
        context={"database_url": str(url)},
        cause="a SQLite URL has a file and, at most, 'mode' as ro, rw or rwc; the driver is aiosqlite",
        solutions=(
            Solution("a relative file:", 'DataFlow("sqlite:///app.db")'),
            Solution("an absolute one, for reading only:", 'DataFlow("sqlite:////var/lib/app.db?mode=ro")'),
            Solution("in memory:", 'DataFlow("sqlite:///:memory:")'),
        ),
    )
