"""The lock as rows: who holds it until when, by the database's clock, and the token that every writing transaction looks at.

The token has a table of its own, which is locked for the length of a transaction; signs of life meanwhile go to the other one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from dataflow.adapters import StatementFailed
from dataflow.migrations import Session
from dataflow.migrations.history import LockState
from dataflow.migrations.presence import has_table
from dataflow_locks.identity import Identity

_TABLES = (
    """CREATE TABLE IF NOT EXISTS dataflow_migration_unlock (
    namespace VARCHAR(100) NOT NULL, token BIGINT NOT NULL, holder VARCHAR(250) NOT NULL, host VARCHAR(250) NOT NULL,
    pid BIGINT NOT NULL, last_step VARCHAR(500) NOT NULL, unlocked_by VARCHAR(500) NOT NULL,
    unlocked_at DOUBLE PRECISION NOT NULL, PRIMARY KEY (namespace, token, unlocked_at)){engine}""",
    """CREATE TABLE IF NOT EXISTS dataflow_migration_fence (
    namespace VARCHAR(100) NOT NULL PRIMARY KEY, token BIGINT NOT NULL){engine}""",
    """CREATE TABLE IF NOT EXISTS dataflow_migration_lock (
    namespace VARCHAR(100) NOT NULL PRIMARY KEY, claim VARCHAR(40) NOT NULL, token BIGINT NOT NULL,
    holder VARCHAR(250) NOT NULL, host VARCHAR(250) NOT NULL, pid BIGINT NOT NULL, process VARCHAR(250) NOT NULL,
    connections VARCHAR(250) NOT NULL, since DOUBLE PRECISION NOT NULL, expires_at DOUBLE PRECISION NOT NULL,
    last_step VARCHAR(500) NOT NULL){engine}""",
)  # fmt: skip
STEP_LENGTH = 500


@attrs.frozen
class Row:
    """What stands in the lock's table. ``claim`` is drawn anew by each holder; ``connections`` are empty where no server lock is held."""

    state: LockState
    claim: str
    process: str
    connections: str


@attrs.frozen(eq=False)
class Lease:
    """The rows of one namespace, asked with any connection."""

    namespace: str
    ttl_s: float

    async def prepare(self, session: Session) -> None:
        """Make the tables where they are missing."""
        if await self.exists(session):
            return
        engine = " ENGINE=InnoDB" if session.dialect in ("mysql", "mariadb") else ""
        for statement in _TABLES:
            try:
                await session.run(statement.format(engine=engine))
            except StatementFailed:
                # another process made it meanwhile, which PostgreSQL takes for a mistake, though only once
                await session.run(statement.format(engine=engine))

    async def exists(self, session: Session) -> bool:
        return await has_table(session, "dataflow_migration_lock")

    async def read(self, session: Session) -> Row | None:
        """Who has it, or had it and did not let go."""
        rows = await session.rows(
            "SELECT token, holder, host, pid, since, expires_at, last_step, claim, process, connections,"
            f" CASE WHEN expires_at <= {session.now} THEN 1 ELSE 0 END"
            " FROM dataflow_migration_lock WHERE namespace = ?",
            self.namespace,
        )
        return _row(rows[0]) if rows else None

    async def take(self, session: Session, claim: str, who: Identity, old: Row | None, *, is_dead: bool) -> bool:
        """Take the row for as long as a lease lasts; false when another one was faster.

        ``old`` is replaced when it has expired by the time of the statement, or ``is_dead``.
        """
        known = (who.holder, who.host, who.pid, who.process)
        if old is None:
            return await self._inserted(session, claim, *known)
        taken = await session.change(
            "UPDATE dataflow_migration_lock SET claim = ?, token = token + 1, holder = ?, host = ?, pid = ?, process = ?,"
            f" connections = '', since = {session.now}, expires_at = {session.now} + {self.ttl_s}, last_step = ''"
            " WHERE namespace = ? AND claim = ?" + ("" if is_dead else f" AND expires_at <= {session.now}"),
            claim, *known, self.namespace, old.claim,
        )  # fmt: skip
        return bool(taken)

    async def _inserted(self, session: Session, claim: str, *known: str | int) -> bool:
        try:
            await session.change(
                "INSERT INTO dataflow_migration_lock (namespace, claim, token, holder, host, pid, process, connections,"
                " since, expires_at, last_step)"
                " VALUES (?, ?, (SELECT coalesce(max(token), 0) + 1 FROM dataflow_migration_fence WHERE namespace = ?),"
                f" ?, ?, ?, ?, '', {session.now}, {session.now} + {self.ttl_s}, '')",
                self.namespace, claim, self.namespace, *known,
            )  # fmt: skip
        except StatementFailed:
            if await self.read(session) is None:
                raise
            return False
        return True

    async def fence(self, session: Session, claim: str) -> int | None:
        """The next token, from which on no transaction of an earlier holder can begin; None when the row is another one's by now.

        The transaction leaves the row itself alone: one that is stopped in it must not keep others from taking that.
        """
        try:
            async with session.transaction():
                token = await self._next(session)
                rows = await session.rows(
                    "SELECT claim FROM dataflow_migration_lock WHERE namespace = ?", self.namespace
                )
                if rows != [(claim,)]:
                    raise _Taken
        except _Taken:
            return None
        owned = await session.change(
            "UPDATE dataflow_migration_lock SET token = ? WHERE namespace = ? AND claim = ?", token, self.namespace, claim
        )  # fmt: skip
        return token if owned else None

    async def _next(self, session: Session) -> int:
        """Count the token up, inside a transaction; waits for those that have looked at it to end."""
        counted = await session.change(
            "UPDATE dataflow_migration_fence SET token = token + 1 WHERE namespace = ?", self.namespace
        )
        if not counted:
            await session.change(
                "INSERT INTO dataflow_migration_fence (namespace, token) VALUES (?, 1)", self.namespace
            )
        return await self.token(session) or 1

    async def token(self, session: Session) -> int | None:
        """The latest token."""
        rows = await session.rows("SELECT token FROM dataflow_migration_fence WHERE namespace = ?", self.namespace)
        return int(rows[0][0]) if rows else None

    async def is_latest(self, session: Session, claim: str, token: int) -> bool:
        """Whether a token is the latest, and the row its holder's; until the transaction ends nobody gets another one."""
        hold = {"sqlite": "", "postgresql": " FOR SHARE"}.get(session.dialect, " LOCK IN SHARE MODE")
        rows = await session.rows(
            "SELECT token, (SELECT count(*) FROM dataflow_migration_lock WHERE namespace = ? AND claim = ?)"
            f" FROM dataflow_migration_fence WHERE namespace = ?{hold}",
            self.namespace,
            claim,
            self.namespace,
        )
        return [tuple(map(int, row)) for row in rows] == [(token, 1)]

    async def renew(self, session: Session, claim: str, last_step: str | None = None) -> bool:
        """Another lease from now on; false when the row is another one's by now."""
        step, values = "", [self.namespace, claim]
        if last_step is not None:
            step, values = ", last_step = ?", [last_step[:STEP_LENGTH], *values]
        return bool(
            await session.change(
                f"UPDATE dataflow_migration_lock SET expires_at = {session.now} + {self.ttl_s}{step} WHERE namespace = ? AND claim = ?",
                *values,
            )
        )

    async def connected(self, session: Session, claim: str, connections: Sequence[int]) -> bool:
        """Say which connections the server lock is held on."""
        return bool(
            await session.change(
                "UPDATE dataflow_migration_lock SET connections = ? WHERE namespace = ? AND claim = ?",
                " ".join(map(str, connections)),
                self.namespace,
                claim,
            )
        )

    async def release(self, session: Session, claim: str) -> bool:
        """Let go of it; false when it is another one's by now."""
        return bool(
            await session.change(
                "DELETE FROM dataflow_migration_lock WHERE namespace = ? AND claim = ?", self.namespace, claim
            )
        )

    async def broken(self, session: Session, row: Row, by: Identity) -> bool:
        """Take the lock from its holder, for nobody, and write down who did; inside a transaction."""
        state = row.state
        if not await self.release(session, row.claim):
            return False
        await self._next(session)
        await session.change(
            "INSERT INTO dataflow_migration_unlock (namespace, token, holder, host, pid, last_step, unlocked_by, unlocked_at)"
            f" VALUES (?, ?, ?, ?, ?, ?, ?, {session.now})",
            self.namespace, state.token, state.holder, state.host, state.pid, state.last_step, f"{by.holder} on {by.host}, process {by.pid}",
        )  # fmt: skip
        return True


class _Taken(Exception):
    """Another one has the row: whose token is the latest stays."""


def state_of(row: Row | None) -> LockState | None:
    return None if row is None else row.state


def _row(found: Sequence[Any]) -> Row:
    token, holder, host, pid, since, expires_at, last_step, claim, process, connections, is_expired = found
    state = LockState(
        token=int(token), holder=holder, host=host, pid=int(pid), since=_moment(since), expires_at=_moment(expires_at),
        is_expired=bool(is_expired), last_step=last_step,
    )  # fmt: skip
    return Row(state, claim, process, connections)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
