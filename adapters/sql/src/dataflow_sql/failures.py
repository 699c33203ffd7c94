"""What the database refused, together with what it was asked: the one form in which drivers' exceptions leave an adapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataflow.operations.operation import Operation


class StatementFailed(Exception):
    """Raised from the driver's exception, which is its ``__cause__``.

    ``found`` is what the adapter could learn on the spot, such as the row that a foreign key misses.
    """

    def __init__(self, operation: Operation | None, error: Exception, found: Mapping[str, Any] | None = None) -> None:
        super().__init__(operation, error)
        self.operation = operation
        self.error = error
        self.found = dict(found or {})

    def __str__(self) -> str:
        return f"{type(self.error).__name__} in {getattr(self.operation, 'kind', 'a statement')}"
