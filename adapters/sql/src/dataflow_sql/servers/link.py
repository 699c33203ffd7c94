"""The seam to a driver: all that is asked of one. Another driver for the same database is another ``Driver``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dataflow.adapters import ScopeOptions
from dataflow_sql.rows import Row


class NoAnswer(Exception):
    """The server did not answer within the deadline; what it did with the statement is unknown."""

    def __init__(self, after_s: float) -> None:
        super().__init__(after_s)
        #: how long it was waited for
        self.after_s = after_s


class NotDone(Exception):
    """What failed is certainly not done: it never left, or the server had undone it when the connection ended."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        #: the driver's exception
        self.error = error


class Link(Protocol):
    """One open connection. Used by one task at a time, on the event loop that opened it.

    Every wait ends by the driver's own deadline (``NoAnswer``); what the server refuses is raised as the driver has
    it. A connection that was lost before a statement left, or whose end the server's answer to it was, raises
    ``NotDone``. A cancelled call leaves the connection to ``stop``.
    """

    #: who uses it and since when; written by the pool
    holder: str
    since: float
    #: on the monotonic clock
    opened_at: float
    #: whether a user's own statement has changed how it behaves: nobody else gets it
    is_spoiled: bool

    @property
    def is_open(self) -> bool:
        """Whether the connection is there, as far as the client can know without asking."""

    @property
    def is_lost(self) -> bool:
        """Whether the connection ended by itself: not by a statement that was cancelled or given up."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way: no statement, no transaction."""

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Row]: ...

    async def changed(self, sql: str, values: Sequence[Any]) -> int:
        """Run a statement without an answer; gives the number of rows it matched."""

    async def begin(self, options: ScopeOptions) -> None:
        """Open a transaction, in one round trip."""

    async def control(self, sql: str) -> str:
        """Run a statement without values: transaction control, a setting, DDL. Gives what was done, in upper case."""

    async def ping(self) -> None:
        """Have the server answer, within a few seconds at most."""

    async def stop(self) -> None:
        """Have the server stop what runs, then close. Never raises, never takes longer than a few seconds."""

    async def close(self) -> None:
        """Say goodbye and close. Never raises, never takes longer than a few seconds."""

    def abandon(self) -> None:
        """Close this process's end of the socket at once, without a goodbye.

        The loop may be closed, not run any more, or be that of the process this one was forked from, which goes on
        using the connection.
        """


class Driver(Protocol):
    """Opens connections to one database."""

    async def connect(self) -> Link:
        """A new connection, within the connect timeout.

        :raises TimeoutError: when the server is silent; and whatever the driver raises.
        """
