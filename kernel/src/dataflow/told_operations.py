"""``db.User`` of a profile for work in progress: calls that tell when nobody awaits them."""

from __future__ import annotations

import inspect
from typing import ParamSpec, TypeVar

from dataflow.awaiting import awaited
from dataflow.direct import OPERATIONS, Operations
from dataflow.typed_operations import TypedOperations

P = ParamSpec("P")
M = TypeVar("M")


class ToldOperations(TypedOperations[P, M]):
    """The same operations. Each call is an object of its own, which costs some microseconds."""


for _name, _method in list(vars(Operations).items()):
    if _name in OPERATIONS and inspect.iscoroutinefunction(_method):
        setattr(ToldOperations, _name, awaited(_method))
