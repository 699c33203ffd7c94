"""A module of types for the models of an application, so that checkers and editors know ``db.User`` and its fields."""

from __future__ import annotations

from dataflow_cli.typegen.module import types_of

__all__ = ["types_of"]
