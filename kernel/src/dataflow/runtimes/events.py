"""What happens while an instance works, as data for observers."""

from __future__ import annotations

from typing import Any, Literal

import attrs

Area = Literal["init", "model", "nodes", "cache", "exec", "sql", "result", "skip", "progress", "scope"]


@attrs.frozen(kw_only=True)
class Event:
    """One thing that happened.

    ``area`` and ``name`` classify it: ("exec", "start"), ("result", "finish"), ("result", "error"),
    ("sql", "statement"), ("cache", "ensured"), ("model", "registered"), ("nodes", "generated"),
    ("init", "ready"), ("skip", "skipped"), ("progress", "batch" | "end"),
    ("scope", "begin" | "commit" | "rollback").
    ``details`` are plain values, masked where a field is secret.
    """

    area: Area
    name: str
    run_id: str | None = None
    node_id: str | None = None
    node_type: str | None = None
    model: str | None = None
    elapsed_ms: float | None = None
    details: dict[str, Any] = attrs.field(factory=dict)
