"""Locks that a server keeps for a connection and lets go of with it: what a killed process leaves is seen at once, and a stopped one can be ended."""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal, Protocol

import attrs

from dataflow.migrations import Session

#: a holder's connection for signs of life, and the one that steps are done on
Part = Literal["lock", "session"]
#: of a name, in MySQL
NAME_LENGTH = 64


class ServerLock(Protocol):
    """What a server has of the kind; nothing of it waits."""

    async def take(self, session: Session, part: Part) -> bool:
        """Have it held by a connection until that ends; false when another one has it."""

    async def is_own(self, session: Session, part: Part) -> bool:
        """Whether the server still says that this connection holds it."""

    async def holders(self, session: Session) -> set[int]:
        """The connections that hold either part."""


async def server_lock(session: Session, namespace: str) -> ServerLock | None:
    """The lock of a database and namespace; None where there is no server."""
    if session.dialect == "sqlite":
        return None
    if session.dialect == "postgresql":
        ((place,),) = await session.rows("SELECT current_database() || '.' || coalesce(current_schema(), '')")
        return PostgresLock({part: _key(f"{place}\0{namespace}\0{part}") for part in _PARTS})
    ((place,),) = await session.rows("SELECT DATABASE()")
    return MySQLLock({part: _name(str(place), namespace, part) for part in _PARTS})


_PARTS: tuple[Part, ...] = ("lock", "session")


async def is_lent(session: Session) -> bool:
    """Whether a pooler lends out the server's connections for a transaction at a time: a lock of a session would be left behind on one."""
    if session.dialect != "postgresql":
        return False
    if session.server_id is None:
        return True
    word = secrets.token_hex(8)
    await session.run(f"SET dataflow.lock_test = '{word}'")
    for _ in range(2):
        (found,) = await session.rows("SELECT pg_backend_pid(), current_setting('dataflow.lock_test', true)")
        if found != (session.server_id, word):
            return True
    return False


def _key(text: str) -> int:
    """A number of 64 bits with a sign; of our own, for the server's hashes may change with its version."""
    return int.from_bytes(hashlib.sha256(f"dataflow migration\0{text}".encode()).digest()[:8], "big", signed=True)


def _name(database: str, namespace: str, part: Part) -> str:
    """The lock's name, which is the whole server's; quotes and case cannot matter in it."""
    seed = hashlib.sha256(f"{database}\0{namespace}".encode()).hexdigest()[:16]
    readable = "".join(one for one in database if one.isalnum() and one.isascii())
    return f"dataflow {part} {readable[: NAME_LENGTH - 34]} {seed}"


@attrs.frozen
class PostgresLock:
    """Advisory locks of the session; ``pg_locks`` has a key in two halves."""

    keys: dict[Part, int]

    async def take(self, session: Session, part: Part) -> bool:
        return bool((await session.rows(f"SELECT pg_try_advisory_lock({self.keys[part]})"))[0][0])

    async def is_own(self, session: Session, part: Part) -> bool:
        return bool(await session.rows(f"{self._holding(part)} AND pid = pg_backend_pid()"))

    async def holders(self, session: Session) -> set[int]:
        return {int(pid) for part in _PARTS for (pid,) in await session.rows(self._holding(part))}

    def _holding(self, part: Part) -> str:
        key = self.keys[part] % 2**64
        return (
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            f" AND classid = {key >> 32} AND objid = {key & 0xFFFFFFFF}"
        )


@attrs.frozen
class MySQLLock:
    """Named locks, which are the server's."""

    names: dict[Part, str]

    async def take(self, session: Session, part: Part) -> bool:
        return bool((await session.rows(f"SELECT GET_LOCK('{self.names[part]}', 0)"))[0][0])

    async def is_own(self, session: Session, part: Part) -> bool:
        return bool((await session.rows(f"SELECT IS_USED_LOCK('{self.names[part]}') = CONNECTION_ID()"))[0][0])

    async def holders(self, session: Session) -> set[int]:
        asked = ", ".join(f"IS_USED_LOCK('{name}')" for name in self.names.values())
        return {int(found) for found in (await session.rows(f"SELECT {asked}"))[0] if found is not None}
