"""The plugins of the framework itself: which distribution each name belongs to."""

from __future__ import annotations

from collections.abc import Mapping

_WITH_EXTRA = (
    "postgres", "mysql", "migrations", "risk", "mitigation", "foreign-keys", "renames", "staging", "locks", "checkpoints",
    "tenancy", "cache", "trace", "audit", "encryption", "monitoring", "otel", "persistence", "testkit", "visualize",
    "profile", "generate-data",
)  # fmt: skip

#: those that come with `dataflow` itself, so that no extra names them
NO_EXTRA = ("sqlite", "cli", "progress")

#: name -> distribution; another distribution that claims such a name is refused unless it is asked for as name@distribution
FIRST_PARTY: Mapping[str, str] = {name: f"dataflow-{name}" for name in (*NO_EXTRA, *_WITH_EXTRA)}
