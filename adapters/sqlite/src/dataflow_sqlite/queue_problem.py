"""The problem of an operation that waited too long for its turn at the connection that writes."""

from __future__ import annotations

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of


def queue_too_long(holder: str | None, held_s: float, patience_s: float) -> DataFlowError:
    """DF-A106: somebody keeps the writing connection for too long."""
    who = f"'{holder}' has had it for {held_s:.1f} s" if holder else "others were before it in the queue"
    return error_of(
        Problem(
            code="DF-A106",
            message=f"no connection was free within {patience_s:g} s: {who}",
            where=Where(operation="connect"),
            context={"holder": holder or "none", "pool_timeout_s": patience_s},
            cause="SQLite has one writer at a time, and an open transaction is one",
            solutions=(
                Solution("keep slow work out of transactions, or bound them:", "db.transaction(timeout_s=...)"),
                Solution("or wait for longer:", "DataFlow(pool_timeout_s=...)"),
            ),
        )
    )
