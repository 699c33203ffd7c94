"""Whether the disk has room for tables that are made anew: what is needed is known everywhere, what is free only on this host."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from dataflow.migrations import MigrationStep, Session
from dataflow_checkpoints.check import Surroundings, Verdict, failed, passed, skipped
from dataflow_checkpoints.servers import is_mysql

_POSTGRES_SIZE = "SELECT coalesce(sum(pg_total_relation_size(to_regclass(quote_ident(?)))), 0)::bigint"
_MYSQL_SIZE = (
    "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name = ?"
)
#: where this host is meant
_HERE = ("", "localhost", "127.0.0.1", "::1")


async def room_for_rewrites(about: Surroundings) -> Verdict:
    rewritten = [step for step in about.plan.steps if step.kind in ("rebuild", "keep")]
    if not rewritten:
        return passed(rewritten=0)
    if about.session.dialect == "sqlite":
        file = Path(about.app.config.database_url.path or "")
        if not await asyncio.to_thread(file.is_file):
            return skipped("the database is in memory")
        needed, place = 2 * (await asyncio.to_thread(file.stat)).st_size, str(file.parent)
    else:
        needed, place = 2 * await _size(about.session, rewritten), await _directory(about)
    free = await asyncio.to_thread(_free, place)
    if free is None:
        return skipped(f"cannot be known: see on the server's own host that {needed:,} bytes are free")
    measured = {"needed_bytes": needed, "free_bytes": free}
    if free >= needed:
        return passed(**measured)
    return failed(f"a table that is made anew needs {needed:,} bytes, and {free:,} are free", **measured)


async def _size(session: Session, steps: Iterable[MigrationStep]) -> int:
    """What the tables and their indexes take now, as the server says."""
    sql = _MYSQL_SIZE if is_mysql(session) else _POSTGRES_SIZE
    names = sorted({step.target.table or step.target.name for step in steps})
    return sum([int((await session.rows(sql, name))[0][0]) for name in names])


async def _directory(about: Surroundings) -> str:
    """Where a server on this host keeps its data; empty when it is another host's, or it does not tell."""
    if about.app.config.database_url.host not in _HERE:
        return ""
    if is_mysql(about.session):
        ((place,),) = await about.session.rows("SELECT @@datadir")
        return str(place)
    # asked so that who may not read it is answered, too: a question that fails ends a transaction of PostgreSQL
    ((may,),) = await about.session.rows("SELECT pg_has_role('pg_read_all_settings', 'MEMBER')")
    if not may:
        return ""
    ((place, system),) = await about.session.rows(
        "SELECT current_setting('data_directory'), system_identifier FROM pg_control_system()"
    )
    # a port may be forwarded from elsewhere, and that server's directory be called as one that is here
    return str(place) if await asyncio.to_thread(_system_of, str(place)) in (None, system) else ""


def _system_of(place: str) -> int | None:
    """The identifier of the cluster whose directory this is: what pg_control begins with; None for who may not read it."""
    try:
        with Path(place, "global", "pg_control").open("rb") as file:
            return int.from_bytes(file.read(8), sys.byteorder)
    except OSError:
        return None


def _free(place: str) -> int | None:
    try:
        return shutil.disk_usage(place).free if place else None
    except OSError:
        return None
