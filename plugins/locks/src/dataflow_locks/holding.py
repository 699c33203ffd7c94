"""The lock while it is held: signs of life beside the steps, and what is asked before each of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import attrs

from dataflow.adapters import StatementFailed
from dataflow.diagnostics import MigrationError, error_of
from dataflow.migrations import MigrationRun, MigrationStep, Session
from dataflow_locks.lease import Lease
from dataflow_locks.problems import lock_lost, took_too_long
from dataflow_locks.server_locks import ServerLock

#: between two signs of life, as a part of the lease
BEAT = 1 / 3


@attrs.define(eq=False, kw_only=True)
class Holding:
    """What one run holds. ``connection`` is the lock's own; what uses it takes turns.

    ``server`` is None where the lease is all there is: in a file, which has the write lock for the rest, and behind a pooler.
    """

    run: MigrationRun
    lease: Lease
    connection: Session
    claim: str
    token: int
    server: ServerLock | None
    is_lent: bool
    _turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    _over: asyncio.Event = attrs.field(factory=asyncio.Event)
    _is_lost: bool = False

    async def begin(self) -> None:
        """Open the session that steps are done on, and have it fenced.

        :raises MigrationError: DF-G106 when a process that has no such lock migrates the database; DF-G107.
        """
        run = self.run
        session = await run.open()
        if self.server is not None:
            await self._held_by(session)
        run.token = self.token
        run.fences.append(self.fence)
        run.guards.append(self.guard)

    async def _held_by(self, session: Session) -> None:
        """Take the server's lock for the session too, so that it can be found and ended; and the one that takes no plugin to ask for."""
        assert self.server is not None
        numbers = [one.server_id for one in (self.connection, session) if one.server_id is not None]
        async with self._turn:
            is_taken = await self.server.take(session, "session")
            if not is_taken or not await self.lease.connected(self.connection, self.claim, numbers):
                raise await self.lost()
        try:
            await self.run.stack.enter_async_context(session.exclusive(self.run.timeout_s))
        except TimeoutError as error:
            raise error_of(took_too_long(self.run.timeout_s, None, "")) from error

    @property
    def _is_file(self) -> bool:
        return self.connection.dialect == "sqlite"

    async def fence(self, session: Session) -> None:
        """See, inside a transaction, that the token is the latest, and keep it so until the transaction ends.

        :raises MigrationError: DF-G107.
        """
        if self._is_file:
            # the transaction has the file: no sign of life comes through meanwhile, so it gives them itself
            step = self.run.current
            if not await self.lease.renew(session, self.claim, None if step is None else str(step)):
                raise await self.lost()
        if not await self.lease.is_latest(session, self.claim, self.token):
            raise await self.lost()

    async def guard(self, session: Session, step: MigrationStep) -> None:
        """See before a step that the server still knows the lock, and say which step it is.

        :raises MigrationError: DF-G107.
        """
        if self._is_file:
            await self.fence(session)
        elif self._is_lost or not await self._renewed(str(step)):
            raise await self.lost()

    async def _renewed(self, last_step: str | None = None) -> bool:
        """Give a sign of life; false when the lock is another one's, or its connection does not answer."""
        try:
            async with asyncio.timeout(self.lease.ttl_s), self._turn:
                if self.server is not None and not await self.server.is_own(self.connection, "lock"):
                    return False
                return await self.lease.renew(self.connection, self.claim, last_step)
        except (StatementFailed, TimeoutError):
            return False

    async def beat(self) -> None:
        """Give signs of life until the lock is lost or let go of."""
        while not await self._is_over(self.lease.ttl_s * BEAT):
            # in a file a step keeps the sign from being written down, and its own transaction gives it
            if not await self._renewed() and not self._is_file:
                self._is_lost = True
                return

    async def _is_over(self, wait_s: float) -> bool:
        """Whether the lock is let go of within a time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                return await self._over.wait()
        return False

    async def lost(self) -> MigrationError:
        """The error of a lock that is another one's by now, or nobody's."""
        found = None
        with suppress(Exception):
            async with self.run.connect("migration lock") as session:
                row = await self.lease.read(session)
                found = None if row is None or row.claim == self.claim else row.state
        error = error_of(lock_lost(self.token, found))
        assert isinstance(error, MigrationError)
        return error

    async def is_lost(self) -> bool:
        """Ask the database, with a connection of its own."""
        try:
            async with self.run.connect("migration lock") as session:
                return not await self.lease.is_latest(session, self.claim, self.token)
        except Exception:
            # nobody knows
            return False

    async def release(self, beating: asyncio.Task[None]) -> None:
        """Let go of it; where the connection is gone, the lease passes by itself or is found without its holder."""
        self._over.set()
        # not cancelled: a statement that is cut short may cost the connection
        await beating
        with suppress(StatementFailed, TimeoutError):
            async with asyncio.timeout(self.lease.ttl_s):
                await self.lease.release(self.connection, self.claim)
