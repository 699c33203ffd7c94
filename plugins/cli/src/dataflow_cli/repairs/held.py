"""Parameters that a variable holds: the dict is read as if it stood in the call, where nothing else can see it.

That is sure of a name that its scope binds once, to a dict as written, and reads once.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from functools import lru_cache

import attrs

from dataflow.diagnostics.source import SourceCall
from dataflow.diagnostics.source_text import UNREADABLE

#: where these are used, a variable may be read by its text
_BY_TEXT = frozenset(("__all__", "eval", "exec", "globals", "locals", "vars"))
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Module)


class HeldDict(ast.Dict):
    """A dict that stands elsewhere than where it is used; its place is where it stands."""


def with_held_dicts(call: SourceCall) -> SourceCall:
    """The call with the dicts that its variables hold in the variables' places."""
    if not any(isinstance(one, ast.Name) for one in _inputs(call.call)):
        return call
    tree = _tree(call.lines)
    scope = None if tree is None else _scope_around(tree, call.call)
    if tree is None or scope is None:
        return call
    found = _Finder(tree, scope, call.call.lineno).visit(copy.deepcopy(call.call))
    return attrs.evolve(call, call=found)


def _inputs(call: ast.Call) -> Iterator[ast.AST]:
    for one in (*call.args, *call.keywords):
        yield from ast.walk(one)


@lru_cache(maxsize=4)
def _tree(lines: tuple[str, ...]) -> ast.Module | None:
    try:
        return ast.parse("".join(lines))
    except UNREADABLE:
        return None


def _scope_around(tree: ast.Module, call: ast.Call) -> ast.AST | None:
    """The innermost scope that a call stands in; None where the call is not in the tree."""
    place = (call.lineno, call.col_offset, call.end_lineno, call.end_col_offset)

    def search(node: ast.AST, scope: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Call) and place == (
            node.lineno, node.col_offset, node.end_lineno, node.end_col_offset,
        ):  # fmt: skip
            return scope
        inner = node if isinstance(node, _SCOPES) else scope
        found = (search(one, inner) for one in ast.iter_child_nodes(node))
        return next((one for one in found if one is not None), None)

    return search(tree, tree)


class _Finder(ast.NodeTransformer):
    """Puts dicts in the places of the names that hold them; dicts in such dicts too."""

    def __init__(self, tree: ast.Module, scope: ast.AST, line: int) -> None:
        self.tree, self.scope, self.line = tree, scope, line

    def visit_Call(self, node: ast.Call) -> ast.AST:
        # what is called, and what another call is given, is no parameter of this one
        if node.lineno <= self.line and not isinstance(node.func, ast.Name):
            node.args = [self.visit(one) for one in node.args]
            node.keywords = [self.visit(one) for one in node.keywords]
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        held = _held(self.tree, self.scope, node.id)
        if held is None or held.lineno > self.line:
            return node
        found = HeldDict(**{name: getattr(held, name) for name in (*held._fields, *held._attributes)})
        return self.generic_visit(copy.deepcopy(found))


def _held(tree: ast.Module, scope: ast.AST, name: str) -> ast.Dict | None:
    """The dict that a name is bound to, when nothing else binds it and nothing but one place reads it."""
    if any(isinstance(one, ast.Name) and one.id in _BY_TEXT for one in ast.walk(tree)):
        return None
    if sum(_mentions(one, name) for one in ast.walk(scope)) != 2:
        return None
    bound = [one.value for one in _statements(scope) if _targets(one) == [name]]  # type: ignore[attr-defined]  # assignments
    return bound[0] if len(bound) == 1 and isinstance(bound[0], ast.Dict) else None


def _mentions(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name
    if isinstance(node, ast.arg):
        return node.arg == name
    if isinstance(node, ast.alias):
        return name in (node.asname, node.name)
    if isinstance(node, ast.Global | ast.Nonlocal):
        return name in node.names
    # functions, classes, exceptions, patterns
    return getattr(node, "name", None) == name or getattr(node, "rest", None) == name


def _statements(scope: ast.AST) -> Iterator[ast.AST]:
    """The statements of a scope that are in none inside of it."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)


def _targets(node: ast.AST) -> Sequence[str]:
    """The names that a plain assignment binds."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id if isinstance(one, ast.Name) else "" for one in targets]
