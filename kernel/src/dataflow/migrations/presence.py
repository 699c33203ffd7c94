"""Whether a table is there, by the catalogue: one that may not be read, or whose question failed otherwise, is not missing."""

from __future__ import annotations

from dataflow.migrations.seam import Session

_ASKED = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
    "postgresql": "SELECT count(to_regclass(?::text))",
}
_ON_MYSQL = "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"


async def has_table(session: Session, name: str) -> bool:
    """Whether a statement that names the table would find it; on MySQL also whether this user has any right on it."""
    ((number,),) = await session.rows(_ASKED.get(session.dialect, _ON_MYSQL), name)
    return bool(number)
