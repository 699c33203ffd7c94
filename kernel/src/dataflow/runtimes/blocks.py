"""A transaction scope that may be done again: its members become a plan of their own, which one task of the run repeats."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from dataflow.runtimes.plan import Block, Plan, Task


def with_blocks(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """The tasks, where an outermost scope that has retries stands for all that runs in it.

    Everything that its members need from outside is ready before it opens, and whoever needs them waits for its commit.
    """
    found = list(tasks)
    for task in tasks:
        retries = task.params.get("retries") if task.is_scope and task.inside is None else None
        if retries:
            commit = next(one for one in tasks if one.commits == task.number)
            found[task.number] = attrs.evolve(task, then=commit.then, block=_block(tasks, task, commit, retries))
    return tuple(found)


def _block(tasks: Sequence[Task], scope: Task, commit: Task, retries: int) -> Block:
    numbers = frozenset(one.number for one in tasks if one is commit or _is_in(tasks, one, scope.number))
    own = [attrs.evolve(one, then=()) if one is commit else one for one in tasks]
    waits = _waits_within(own, numbers)
    is_chain = all(len(own[number].then) <= 1 for number in numbers)
    return Block(Plan(tuple(own), (scope.number,), waits, is_chain, True), numbers, retries)


def _is_in(tasks: Sequence[Task], task: Task, scope: int) -> bool:
    """Whether a task is the scope's own, a member's at any depth, or the commit of a scope inside."""
    around: int | None = task.number if task.commits is None else task.commits
    while around is not None and around != scope:
        around = tasks[around].inside
    return around == scope


def _waits_within(tasks: Sequence[Task], numbers: Collection[int]) -> tuple[int, ...]:
    waits = [0] * len(tasks)
    for number in numbers:
        for other in tasks[number].then:
            waits[other] += 1
    return tuple(waits)
