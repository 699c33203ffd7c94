"""What the time of workflows and calls is spent on: a table, a flame graph, and hints that follow from the numbers."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dataflow_profile.plugin import ProfilePlugin

if TYPE_CHECKING:
    from dataflow_profile.profiling import Profile, profile

__all__ = ["Profile", "ProfilePlugin", "profile"]


def __getattr__(name: str) -> Any:
    # every instance of the development profile imports this module, and few of them measure
    if name not in ("Profile", "profile"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module("dataflow_profile.profiling"), name)
