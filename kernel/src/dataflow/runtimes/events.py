"""What happens while an instance works, as data for observers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import attrs

Area = Literal["init", "model", "nodes", "cache", "exec", "sql", "result", "skip", "progress", "scope", "migration"]


@attrs.frozen(kw_only=True)
class Event:
    """One thing that happened.

    ``area`` and ``name`` classify it: ("init", "ready"), ("model", "registered"), ("nodes", "generated"),
    ("cache", "known" | "ensured" | "validated"), ("migration", "created"), ("exec", "start" | "retry"),
    ("result", "finish" | "error"), ("skip", "skipped"), ("progress", "batch" | "end"), ("sql", "statement" | "error"),
    ("scope", "begin" | "commit" | "rollback" | "retry").

    The ids say whose it is: of a run, of a node in it, of a call of ``db.User...``, which may be inside of a node's
    function, and of a transaction. A start, finish or error with a ``run_id`` alone is that of the whole run.
    ``details`` are plain values; those of statements hold no values of records.
    """

    area: Area
    name: str
    run_id: str | None = None
    node_id: str | None = None
    node_type: str | None = None
    call_id: str | None = None
    transaction_id: str | None = None
    model: str | None = None
    elapsed_ms: float | None = None
    details: dict[str, Any] = attrs.field(factory=dict)


OnEvent = Callable[[Event], None]
