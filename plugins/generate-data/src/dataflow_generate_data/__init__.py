"""Test data for models: seeded, within every constraint, with foreign keys that hold."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dataflow_generate_data.plugin import GenerateDataPlugin

if TYPE_CHECKING:
    from dataflow_generate_data.generating import Generated, generate, records

__all__ = ["GenerateDataPlugin", "Generated", "generate", "records"]


def __getattr__(name: str) -> Any:
    # every instance of the development profile imports this module, and few of them generate
    if name not in ("Generated", "generate", "records"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module("dataflow_generate_data.generating"), name)
