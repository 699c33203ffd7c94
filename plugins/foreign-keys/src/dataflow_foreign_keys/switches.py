"""Whether the database checks foreign keys for this application at all: each has a switch that turns them off."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dataflow.app import DataFlow
from dataflow.inspection.checkups import Finding, warns
from dataflow.operations.operation import Statement
from dataflow_foreign_keys.findings import unchecked


@attrs.frozen
class Switch:
    """How a database is asked for its switch, which value is off, and how it is turned on."""

    name: str
    sql: str
    off: str
    cure: str


SWITCHES: Mapping[str, Switch] = {
    "sqlite": Switch("foreign_keys", "PRAGMA foreign_keys", "0", "PRAGMA foreign_keys = ON"),
    "postgres": Switch(
        "session_replication_role",
        "SELECT current_setting('session_replication_role') AS role",
        "replica",
        "ALTER ROLE ... RESET session_replication_role",
    ),
    "mysql": Switch(
        "foreign_key_checks",
        "SELECT CAST(@@foreign_key_checks AS CHAR) AS checks",
        "0",
        "SET GLOBAL foreign_key_checks = 1",
    ),
}


async def unchecked_here(app: DataFlow) -> tuple[Finding, ...]:
    """DF-G407 when a connection of the application's own has them off: a session for schema work is no such one."""
    switch = SWITCHES.get(app.adapter.name)
    if switch is None:
        return ()
    answer = await app.adapter.executor(Statement, None)(Statement(sql=switch.sql, reads_only=False))
    ((value,),) = (tuple(row.values()) for row in answer["rows"])
    found = () if str(value) != switch.off else (warns(unchecked(switch.name, str(value), switch.cure)),)
    return tuple(attrs.evolve(one, area="schema") for one in found)
