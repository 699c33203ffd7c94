"""A transaction that failed, undone so that the failure stays the one that is raised."""

from __future__ import annotations

from dataflow_sql.servers.link import Link


async def undo(link: Link, failure: Exception) -> None:
    """Roll back. Where that fails too, which ``failure`` notes, the connection is closed, and the server does it."""
    if not link.is_open:
        return
    try:
        await link.control("ROLLBACK")
    except Exception as error:
        failure.add_note(f"the ROLLBACK after it failed too ({type(error).__name__}): the connection was closed")
        await link.stop()
