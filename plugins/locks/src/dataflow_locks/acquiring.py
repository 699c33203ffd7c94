"""The way to the lock: asked for again and again up to a deadline, taken over from who gives no sign of life, let go of in any case."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import attrs

from dataflow.adapters import StatementFailed
from dataflow.diagnostics import DataFlowError, Where, error_of
from dataflow.migrations import MigrationRun, Session
from dataflow.migrations.history import LockState
from dataflow.transactions import end
from dataflow_locks.holding import Holding
from dataflow_locks.identity import is_gone, own_identity
from dataflow_locks.lease import Lease, Row, state_of
from dataflow_locks.problems import not_ended, took_too_long
from dataflow_locks.server_locks import ServerLock, is_lent, server_lock

#: between two tries: at first, how much more each time, and at most
FIRST_PAUSE_S, GROWTH, LONGEST_PAUSE_S = 0.02, 1.6, 1.0
#: how long what is begun near the deadline may still take
LAST_S = 5.0
#: what the database says when another process was faster, or is at it: a duplicate, a lock, a deadlock, a conflict, a connection that it has ended
_BUSY = frozenset(("DF-A101", "DF-A106", "DF-A107", "DF-A108", "DF-A122"))


@attrs.frozen
class Busy(Exception):
    """Another one has it: who, if that is known, and why it cannot be taken from him."""

    state: LockState | None
    why: str = ""


@asynccontextmanager
async def acquired(run: MigrationRun, namespace: str, ttl_s: float) -> AsyncIterator[Holding | None]:
    """The lock, for as long as the block lasts; None when another one was waited for who has done everything.

    :raises MigrationError: DF-G106 when the deadline passes; DF-G107 out of the block when the lock was lost in it.
    """
    async with AsyncExitStack() as stack:
        holding = await Acquisition(run, Lease(namespace, ttl_s)).waited_for(stack)
        if holding is None:
            yield None
            return
        async with _kept(holding):
            yield holding


@asynccontextmanager
async def _kept(holding: Holding) -> AsyncIterator[None]:
    """Give signs of life; tell an error that comes of a lost lock as such; let go of the lock."""
    beating = asyncio.create_task(holding.beat())
    try:
        yield
    except Exception as error:
        is_told = isinstance(error, DataFlowError) and error.code == "DF-G107"
        if not is_told and await holding.is_lost():
            raise await holding.lost() from error
        raise
    finally:
        await end(holding.release(beating))


@attrs.define(eq=False)
class Acquisition:
    """One process's way to the lock."""

    run: MigrationRun
    lease: Lease
    _deadline: float = attrs.field(init=False)
    #: who was met last
    _met: LockState | None = attrs.field(init=False, default=None)
    #: whether another one was waited for, and nobody has looked yet at what he has done
    _has_waited: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._deadline = asyncio.get_running_loop().time() + self.run.timeout_s

    @property
    def _left_s(self) -> float:
        return max(0.0, self._deadline - asyncio.get_running_loop().time())

    async def waited_for(self, stack: AsyncExitStack) -> Holding | None:
        """Try until it is held; nothing is kept open between two tries."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with AsyncExitStack() as own:
                    holding = await self._tried(own)
                    stack.push_async_exit(own.pop_all())
                    return holding
            except _Free:
                if self.run.is_settled is not None and await self.run.is_settled():
                    return None
                self._has_waited = False
                continue
            except Busy as busy:
                self._has_waited, self._met = True, busy.state or self._met
                if self._left_s == 0:
                    raise error_of(took_too_long(self.run.timeout_s, self._met, busy.why)) from None
            await asyncio.sleep(min(pause_s * random.uniform(0.5, 1.5), self._left_s))  # noqa: S311  # so that not all come back at once
            pause_s = min(pause_s * GROWTH, LONGEST_PAUSE_S)

    async def _tried(self, own: AsyncExitStack) -> Holding:
        """The lock, if nobody has it.

        :raises Busy: when another one has.
        """
        row, claim = None, secrets.token_hex(16)
        try:
            connection = await own.enter_async_context(self.run.connect("migration lock"))
            await self.lease.prepare(connection)
            row = await self.lease.read(connection)
            server = await server_lock(connection, self.lease.namespace)
            is_dead = row is not None and await self._is_dead(row, connection, server)
            if row is not None and not (row.state.is_expired or is_dead):
                raise Busy(row.state)
            if self._has_waited and row is None:
                # not when he left it behind: what he has under way would be waited for
                raise _Free
            lent = await is_lent(connection)
        except StatementFailed as error:
            raise self._busy(error, row) from error
        try:
            async with asyncio.timeout(max(self._left_s, LAST_S)):
                if not await self.lease.take(connection, claim, own_identity(), row, is_dead=is_dead):
                    raise Busy(state_of(row))
                return await self._claimed(connection, claim, server, lent=lent)
        except BaseException as error:
            await end(self._given_up(connection, claim))
            if isinstance(error, StatementFailed):
                raise self._busy(error, row) from error
            if isinstance(error, TimeoutError):
                raise Busy(state_of(row), "what its holder has under way is not undone yet") from error
            raise

    async def _is_dead(self, row: Row, connection: Session, server: ServerLock | None) -> bool:
        """Whether a holder is known to have ended: his process is gone, or the connection that his lease stands for."""
        if is_gone(row.process):
            return True
        return bool(row.connections) and server is not None and not await server.holders(connection)

    def _busy(self, error: StatementFailed, row: Row | None) -> BaseException:
        problem = self.run.app.plugins.explain(error, Where(operation="migrate"))
        return Busy(state_of(row)) if problem is not None and problem.code in _BUSY else error

    async def _claimed(self, connection: Session, claim: str, server: ServerLock | None, *, lent: bool) -> Holding:
        """With the lease, become the only one who can write: end the connections of earlier holders, and count the token up."""
        if server is not None:
            await self._cleared(connection, claim, server)
            while not lent and not await server.take(connection, "lock"):
                await self._cleared(connection, claim, server)
        token = await self.lease.fence(connection, claim)
        if token is None:
            raise Busy(None)
        return Holding(
            run=self.run, lease=self.lease, connection=connection, claim=claim, token=token,
            server=None if lent else server, is_lent=lent,
        )  # fmt: skip

    async def _cleared(self, connection: Session, claim: str, server: ServerLock) -> None:
        """End the connections of earlier holders: what they have under way is undone."""
        stale = await server.holders(connection) - {connection.server_id}
        # looked at before the lease is known to be this process's still: none of them is a later holder's
        if not await self.lease.renew(connection, claim):
            raise Busy(None)
        stuck = [number for number in sorted(stale) if not await connection.terminate(number)]
        if stuck:
            raise Busy(None, not_ended(stuck))

    async def _given_up(self, connection: Session, claim: str) -> None:
        """Give the row back, if it was taken: a statement that was cut short may have done it, and cost the connection."""
        try:
            await self.lease.release(connection, claim)
        except StatementFailed:
            with suppress(Exception):
                async with self.run.connect("migration lock") as another:
                    await self.lease.release(another, claim)


class _Free(Exception):
    """Who was waited for has let go of it."""
