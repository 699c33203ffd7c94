"""Whether the database can be reached."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

from dataflow.diagnostics import DataFlowError, Problem
from dataflow.inspection.checkups import Checkup, Finding, fails, passes

if TYPE_CHECKING:
    from dataflow.app import DataFlow


#: what an adapter calls it, and its usual name
REASONS = {"silent": "timeout", "login": "password", "database": "missing database", "tls": "TLS", "crowded": "full"}


def database_checkup(app: DataFlow) -> Checkup:
    """Which of host, refusal, silence, login, database, TLS or driver keeps it from being reached."""

    async def examine() -> list[Finding]:
        started = time.perf_counter()
        try:
            await app.ping()
        except DataFlowError as error:
            return [unreachable(one) for one in error.problems]
        elapsed_ms = (time.perf_counter() - started) * 1000
        lasting = "; in memory: it is gone with the process" if app.adapter.in_memory else ""
        return [passes(f"{app.adapter.display_url} answers, {elapsed_ms:.0f} ms{lasting}")]

    return Checkup("database", examine)


def unreachable(problem: Problem) -> Finding:
    """What prevents it, its kind first."""
    reason = str(problem.introspection.get("reason", ""))
    kind = REASONS.get(reason, reason)
    text = f"{kind}: {problem.message}" if kind else problem.message
    return attrs.evolve(fails(problem), text=text, area="database")
