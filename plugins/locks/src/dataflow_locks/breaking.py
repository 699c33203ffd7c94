"""``db.migrations.locks``: who holds the lock, and how it is taken from him."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from dataflow.app import DataFlow
from dataflow.awaiting import awaited
from dataflow.diagnostics import error_of
from dataflow.migrations import MigratableAdapter, Session
from dataflow.migrations.explained import explained
from dataflow.migrations.history import LockState
from dataflow_locks.identity import own_identity
from dataflow_locks.lease import Lease, Row, state_of
from dataflow_locks.problems import another_token, not_migratable
from dataflow_locks.server_locks import server_lock


@attrs.frozen(eq=False)
class Locks:
    """The lock of one database and namespace, looked at from outside."""

    app: DataFlow
    namespace: str

    @property
    def _lease(self) -> Lease:
        # whoever only looks, or breaks it, gives no lease
        return Lease(self.namespace, 0.0)

    @awaited
    @explained
    async def status(self) -> LockState | None:
        """Who holds the lock, since when, from where, at which step; None when nobody does.

        One whose process was killed stands there until another one takes the lock.
        """
        async with self._session("status") as session:
            row = await self._found(session)
            return state_of(row)

    @awaited
    @explained
    async def unlock(self, token: int) -> LockState:
        """Take the lock from its holder, for nobody: what he has under way is undone where the server can, and he writes no more.

        Who did it, and to whom, is a row of ``dataflow_migration_unlock``.

        :param token: the one that ``status()`` shows, so that no later holder is meant.
        :returns: the state of the lock that was broken.
        :raises MigrationError: DF-G115 when it is held with another token, or by nobody.
        """
        async with self._session("unlock") as session:
            row = await self._found(session)
            if row is None or row.state.token != token:
                raise error_of(another_token(token, state_of(row)))
            await self._end(session, row)
            async with session.transaction():
                if not await self._lease.broken(session, row, own_identity()):
                    found = await self._lease.read(session)
                    raise error_of(another_token(token, state_of(found)))
            return row.state

    async def _found(self, session: Session) -> Row | None:
        return await self._lease.read(session) if await self._lease.exists(session) else None

    async def _end(self, session: Session, row: Row) -> None:
        """End the holder's connections; a number alone may be somebody else's by now, so that it must hold the server's lock too."""
        server = await server_lock(session, self.namespace)
        if server is not None:
            recorded = {int(one) for one in row.connections.split()}
            for number in sorted(recorded & await server.holders(session)):
                await session.terminate(number)

    @asynccontextmanager
    async def _session(self, asked: str) -> AsyncIterator[Session]:
        adapter = self.app.adapter
        if not isinstance(adapter, MigratableAdapter):
            raise error_of(not_migratable(adapter.name))
        async with adapter.session(f"db.migrations.locks.{asked}()") as session:
            yield session
