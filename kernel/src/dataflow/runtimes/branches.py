"""The results of nodes that steer a run."""

from __future__ import annotations

from typing import Any

import attrs

from dataflow.adapters import ScopeOptions
from dataflow.operations.operation import Transaction


class Branches(dict[str, Any]):
    """The result of a switch: only the outputs whose branches are taken."""


@attrs.frozen
class OpenedScope:
    """What a transaction scope's node gives: the open transaction, and how it was asked for."""

    transaction: Transaction
    options: ScopeOptions
