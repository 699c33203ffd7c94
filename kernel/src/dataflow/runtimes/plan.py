"""A workflow compiled for execution: numbers instead of names, one call per step.

The commit of a transaction scope is a task of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import attrs

from dataflow.nodes.node_type import Path
from dataflow.operations.operation import Executor, Operation, Transaction
from dataflow.workflows.workflow import Step

Bind = Callable[[Mapping[str, Any]], Operation]


@attrs.frozen
class Wire:
    """One connection: from the result in a slot, by a path, into a parameter's place."""

    source: int
    output: Path
    input: Path
    #: the name in a workflow's inputs, when it comes from there
    workflow_input: str | None = None
    #: whether it fills a field of a filter: what arrives is then a value, never operators
    is_operand: bool = False


@attrs.frozen(eq=False)
class Task:
    """One slot of the plan. ``commits`` is the slot of the scope that this one ends, for a commit."""

    number: int
    id: str
    step: Step | None
    bind: Bind | None
    execute: Executor | None
    params: Mapping[str, Any]
    wires: tuple[Wire, ...]
    waits: int
    then: tuple[int, ...]
    commits: int | None = None
    #: the slot of the innermost scope that this step runs in
    inside: int | None = None
    #: where the code of this step finds that scope's transaction, when none is given to it
    ambient: ContextVar[Transaction | None] | None = None
    is_scope: bool = False
    #: whether nothing was asked for that needs the longer way: retry, timeout, mapping
    is_plain: bool = True
    #: whether its parameters hold containers that its code could change: each run gets its own
    is_changeable: bool = False
    #: whether the node can say how far it is
    has_progress: bool = False
    #: the scope with all that runs in it, where it may be done again as a whole
    block: Block | None = None


@attrs.frozen(eq=False)
class Plan:
    tasks: tuple[Task, ...]
    roots: tuple[int, ...]
    waits: tuple[int, ...]
    #: whether every task has at most one successor and there is one root: no concurrency to be had
    is_chain: bool
    has_scopes: bool
    #: the task that is all of it, when its parameters are known and nothing was asked for besides
    alone: Task | None = None


@attrs.frozen(eq=False)
class Block:
    """A scope that may be done again: the plan of what runs in it, the slots of that, and how often."""

    plan: Plan
    numbers: frozenset[int]
    retries: int
