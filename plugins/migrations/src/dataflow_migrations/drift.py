"""What others have changed in the models' tables since the last migration of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from dataflow.app import DataFlow
from dataflow.diagnostics import error_of
from dataflow.migrations import MigratableAdapter
from dataflow.migrations.objects import fingerprint_of
from dataflow_migrations.history import History
from dataflow_migrations.problems import not_migratable


@attrs.frozen
class Drift:
    """One object of a table that a migration has left otherwise."""

    what: str
    kind: Literal["changed", "missing", "added"]

    def __str__(self) -> str:
        words = {"changed": "was changed", "missing": "was dropped", "added": "was added"}
        return f"{self.what} {words[self.kind]}"


async def drift_of(app: DataFlow) -> tuple[Drift, ...]:
    """What differs, by object; nothing where no migration was applied."""
    adapter = app.adapter
    if not isinstance(adapter, MigratableAdapter):
        raise error_of(not_migratable(app.adapter.name))
    async with adapter.session("drift") as session:
        history = History(session)
        left = await history.left() if await history.exists() else {}
        found = await adapter.schema.snapshot(session, list(left))
    return tuple(
        drift
        for table, before in left.items()
        for drift in _drifts(
            before, {str(ref): fingerprint_of(one) for ref, one in found.tables([table]).objects.items()}
        )
    )


def _drifts(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Drift]:
    for what in sorted({*before, *now}):
        if what not in now:
            yield Drift(what, "missing")
        elif what not in before:
            yield Drift(what, "added")
        elif before[what] != now[what]:
            yield Drift(what, "changed")
