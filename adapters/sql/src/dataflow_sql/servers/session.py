"""A connection of its own for schema work: what the migration engines are given in the place of a link."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import attrs

from dataflow.adapters import ScopeOptions, StatementFailed
from dataflow.migrations import SchemaDialect
from dataflow.transactions import end
from dataflow_sql.servers.link import Driver, Link, NotDone
from dataflow_sql.servers.undoing import undo

_QUOTED_OR_MARK = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\?")


@attrs.frozen(kw_only=True, eq=False)
class Migrating:
    """What a leaf gives to be migrated. ``driver`` opens connections without a deadline for statements."""

    schema: SchemaDialect
    driver: Driver
    session: Callable[[Link], ServerSession]


class ServerSession(ABC):
    """A link in the form that every database has. What is abstract each server says in its own words."""

    def __init__(self, link: Link) -> None:
        self.link = link

    @property
    @abstractmethod
    def dialect(self) -> str: ...

    @property
    @abstractmethod
    def now(self) -> str: ...

    @property
    @abstractmethod
    def server_id(self) -> int | None: ...

    @abstractmethod
    def placeholder(self, number: int) -> str:
        """What stands for the value of a number, from 1."""

    @abstractmethod
    def exclusive(self, timeout_s: float) -> AbstractAsyncContextManager[None]: ...

    @abstractmethod
    async def wait_at_most(self, limit_s: float) -> None: ...

    @abstractmethod
    async def terminate(self, server_id: int) -> bool: ...

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return [tuple(row) for row in await self.link.rows(self._bound(sql, values), values)]
        except Exception as error:
            raise failed(error) from error

    async def change(self, sql: str, *values: Any) -> int:
        try:
            return await self.link.changed(self._bound(sql, values), values)
        except Exception as error:
            raise failed(error) from error

    async def run(self, sql: str) -> None:
        try:
            await self._sent(sql)
        except Exception as error:
            raise failed(error) from error

    async def _sent(self, sql: str) -> None:
        await self.link.control(sql)

    def _bound(self, sql: str, values: tuple[Any, ...]) -> str:
        """The statement with the driver's placeholders for its question marks; as it stands where it has no values."""
        if not values:
            return sql
        numbers = iter(range(1, len(values) + 1))
        return _QUOTED_OR_MARK.sub(lambda found: self.placeholder(next(numbers)) if found[0] == "?" else found[0], sql)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        await self._begin(ScopeOptions(holder="migration"))
        try:
            yield
        except Exception as error:
            await undo(self.link, error)
            raise
        except BaseException:
            # what was cancelled may be under way: the server undoes it with the connection
            await end(self.link.stop())
            raise
        try:
            # a cancellation waits: half-way through nobody could tell what was done
            await end(self.link.control("COMMIT"))
        except Exception as error:
            raise failed(error) from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        await self._begin(ScopeOptions(isolation="REPEATABLE READ", read_only=True, holder="migration"))
        try:
            yield
        except Exception as error:
            await undo(self.link, error)
            raise
        except BaseException:
            # what was cancelled may be under way
            await end(self.link.stop())
            raise
        await end(self.link.control("ROLLBACK"))

    async def _begin(self, options: ScopeOptions) -> None:
        try:
            await self.link.begin(options)
        except Exception as error:
            raise failed(error) from error


def failed(error: Exception) -> StatementFailed:
    """What the driver said, without what the link makes of it."""
    return StatementFailed(None, error.error if isinstance(error, NotDone) else error)
