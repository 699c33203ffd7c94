"""The problems of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of

if TYPE_CHECKING:
    from dataflow_sql.servers.pool import PoolSettings

_WHERE = Where(operation="connect")


def exhausted(settings: PoolSettings, holders: Sequence[str]) -> DataFlowError:
    """DF-A106: every connection is in use for longer than anyone waits."""
    limit = settings.size + settings.overflow
    who = "; ".join(holders[:5]) or "all are being opened"
    more = f" and {len(holders) - 5} more" if len(holders) > 5 else ""
    return error_of(
        Problem(
            code="DF-A106",
            message=f"no connection was free within {settings.timeout_s:g} s: all {limit} are in use by {who}{more}",
            where=_WHERE,
            context={"pool_size": settings.size, "pool_max_overflow": settings.overflow, "holders": who},
            cause="a transaction keeps its connection until it ends, and so does a statement that runs",
            solutions=(
                Solution("keep slow work out of transactions, or bound them:", "db.transaction(timeout_s=...)"),
                Solution("allow more connections, or wait for longer:", "DataFlow(pool_size=..., pool_timeout_s=...)"),
            ),
        )
    )


def pool_closed() -> DataFlowError:
    """DF-A119: the instance was closed."""
    return error_of(
        Problem(
            code="DF-A119",
            message="the connection is closed",
            where=_WHERE,
            cause="the instance was closed while the operation waited",
        )
    )


def stayed_behind() -> DataFlowError:
    """DF-T109: a transaction that is used on another event loop than its own."""
    return error_of(
        Problem(
            code="DF-T109",
            message="the transaction belongs to another event loop",
            where=Where(operation="transaction"),
            cause="its connection can only be used on the loop that opened it",
            solutions=(Solution("open it where it is used:", "async with db.transaction(): ..."),),
        )
    )
