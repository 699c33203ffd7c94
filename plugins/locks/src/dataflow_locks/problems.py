"""What can be wrong with the lock, in words."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.migrations import MigrationStep
from dataflow.migrations.history import LockState

_WHERE = Where(operation="migrate")


def took_too_long(timeout_s: float, state: LockState | None, why: str) -> Problem:
    who = "another migration of this database" if state is None else f"the migration of {described(state)}"
    return Problem(
        code="DF-G106",
        message=f"{who} did not end within {timeout_s:g} s",
        where=_WHERE,
        context={"waited_s": timeout_s, **({} if state is None else _shown(state)), **({"why": why} if why else {})},
        cause=why or "only one process migrates a database at a time; the others wait for it",
        solutions=(
            Solution("see who holds the lock, and at which step:", "await db.migrations.locks.status()"),
            Solution("wait longer:", "DataFlow.with_migrations(url, migration_lock_timeout_s=600)"),
            *(
                [Solution("or break the lock of a process that is of no use any more:", _unlock(state.token))]
                if state is not None
                else []
            ),
        ),
    )


def lock_lost(token: int, state: LockState | None) -> Problem:
    now = "nobody holds it now" if state is None else f"it is held by {described(state)} now"
    return Problem(
        code="DF-G107",
        message="the migration lock was lost: another process may have taken over",
        where=_WHERE,
        context={"token": token, **({} if state is None else _shown(state))},
        cause=f"this process gave no sign of life for longer than its lease, lost its connection, or its lock was broken; {now}",
        solutions=(
            Solution("see what became of the migration:", "await db.migrations.status()"),
            Solution("and apply what is left:", "await db.migrations.apply()"),
        ),
    )


def not_migratable(adapter: str) -> Problem:
    return Problem(
        code="DF-G102",
        message=f"the adapter '{adapter}' cannot be migrated, so that nobody locks its database",
        where=_WHERE,
        context={"adapter": adapter},
        cause="it has no 'schema' and 'session', by which the migration engines read and change a database",
        solutions=(Solution("leave the lock out:", 'DataFlow(url, block=["locks"])'),),
    )


def needs_a_session(steps: Sequence[MigrationStep]) -> Problem:
    return Problem(
        code="DF-G114",
        message=f"a pooler stands before the database, and {len(steps)} step{'s' * (len(steps) != 1)} cannot be in a transaction: {steps[0]}",
        where=_WHERE,
        context={"steps": "; ".join(map(str, steps))},
        cause="it lends out the server's connections for one transaction at a time, so that no lock holds outside of one",
        solutions=(
            Solution(
                "connect to the server itself to migrate:", 'DataFlow.with_migrations("postgresql://server:5432/app")'
            ),
        ),
    )


def another_token(given: int, state: LockState | None) -> Problem:
    return Problem(
        code="DF-G115",
        message=f"the lock with the token {given} is not held"
        + ("" if state is None else f": {described(state)} has the token {state.token}"),
        where=Where(operation="unlock"),
        context={"given": given, **({} if state is None else _shown(state))},
        cause="the lock has been let go of, or taken by another process, since it was looked at",
        solutions=(Solution("look again:", "await db.migrations.locks.status()"),),
    )


def not_ended(connections: Sequence[int]) -> str:
    """Why a lock that has expired cannot be taken."""
    named = ", ".join(map(str, connections))
    return f"the lease has passed, but this user may not end the holder's connections: {named}"


def described(state: LockState) -> str:
    """Who, where, since when, at which step."""
    step = f" at '{state.last_step}'" if state.last_step else ""
    return f"'{state.holder}' on {state.host}, process {state.pid}, since {state.since:%Y-%m-%d %H:%M:%S} UTC{step}"


def _shown(state: LockState) -> dict[str, object]:
    return {
        "holder": state.holder,
        "host": state.host,
        "pid": state.pid,
        "since": f"{state.since:%Y-%m-%d %H:%M:%S} UTC",
        "step": state.last_step,
        "held token": state.token,
    }


def _unlock(token: int) -> str:
    return f"await db.migrations.locks.unlock({token})"
