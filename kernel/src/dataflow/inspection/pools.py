"""The connection pools and the schema cache of an instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs

from dataflow.adapters import PoolState
from dataflow.inspection.report import Grid, Report, table


@attrs.frozen
class PoolsInspection(Report):
    """Every pool at one moment."""

    pools: tuple[PoolState, ...]

    def lines(self) -> Iterator[str]:
        yield "connection pools"
        yield from table(
            [
                (
                    pool.name,
                    f"size {pool.size}",
                    f"active {pool.active}",
                    f"idle {pool.idle}",
                    f"waiting {pool.waiting}",
                    pool.health,
                    ", ".join(pool.holders),
                )
                for pool in self.pools
            ]
        )

    def grids(self) -> Iterator[Grid]:
        columns = ("pool", "size", "active", "idle", "waiting", "health", "holders")
        yield Grid(
            "connection pools",
            columns,
            [
                (one.name, one.size, one.active, one.idle, one.waiting, one.health, "\n".join(one.holders))
                for one in self.pools
            ],
        )


@attrs.frozen(eq=False)
class ConnectionPools:
    """``db.connection_pools``."""

    _pools: Callable[[], Sequence[PoolState]]

    def inspect(self) -> PoolsInspection:
        """Size, active, idle and waiting of each pool, and who holds a connection."""
        return PoolsInspection(tuple(self._pools()))
