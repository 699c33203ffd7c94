"""Fixes in the names of the user's code: the builder is called what the failing call calls it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import attrs

from dataflow.diagnostics import CallSite, Problem
from dataflow.diagnostics.source import SourceCall

USUAL = "workflow"
_USED = re.compile(rf"(?<![\w.]){USUAL}\.(?=add_)")
_OWN = ("add_node", "add_connection", "add_input", "add_workflow", "transaction")


def worded(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, with the builder's own name in what they suggest."""
    return tuple(map(_worded, problems))


def _worded(problem: Problem) -> Problem:
    name = builder_name(problem.where.call)
    if name == USUAL:
        return problem
    fix = problem.fix
    return attrs.evolve(
        problem,
        solutions=tuple(attrs.evolve(one, code=_renamed(one.code, name)) for one in problem.solutions),
        fix=None
        if fix is None
        else attrs.evolve(fix, script=_renamed(fix.script, name), instead=_renamed(fix.instead, name)),
    )


def _renamed(text: str, name: str) -> str:
    return _USED.sub(lambda _: f"{name}.", text)


def builder_name(site: CallSite | None) -> str:
    """What the source calls the builder of a call, such as ``flow`` or ``self.flow``; else the usual name."""
    source = None if site is None else SourceCall.at(site)
    called = None if source is None else source.call.func
    if not isinstance(called, ast.Attribute) or called.attr not in _OWN:
        return USUAL
    return ast.unparse(called.value) if _is_name(called.value) else USUAL


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_name(node.value))
