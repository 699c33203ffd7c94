"""The names of a piece of Python: those it reads are a code node's inputs, those it binds its outputs."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from typing import Any

import attrs


@attrs.frozen
class Names:
    """``inputs`` the code needs; ``optional`` ones it can do without: names that Python has too, such as ``id``."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    optional: tuple[str, ...] = ()


def names_of(code: str) -> Names:
    """What the code reads before it is bound, and what it binds at its top level without a leading underscore.

    :raises SyntaxError: when it does not parse, as ValueError, RecursionError and MemoryError do for odd cases.
    """
    reader = _Reader()
    for statement in ast.parse(code).body:
        reader.visit(statement)
    tables = [*_inner(symtable.symtable(code, "<PythonCodeNode>", "exec"))]
    promised = [one.get_name() for table in tables for one in table.get_symbols() if _is_set_global(one)]
    used = [one.get_name() for table in tables for one in table.get_symbols() if _is_read_global(one)]
    for name in (*used, *promised):
        # a function runs when it is called: all of the top level may be bound by then
        reader.read(name)
    unsure = [name for name in reader.free if reader.has_star or hasattr(builtins, name) or name in promised]
    outputs = [name for name in dict.fromkeys((*reader.bound, *promised)) if not name.startswith("_")]
    return Names(tuple(name for name in reader.free if name not in unsure), tuple(outputs), tuple(unsure))


def _inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inner(child)


def _is_read_global(symbol: symtable.Symbol) -> bool:
    return symbol.is_global() and symbol.is_referenced()


def _is_set_global(symbol: symtable.Symbol) -> bool:
    return symbol.is_declared_global() and symbol.is_assigned()


class _Reader(ast.NodeVisitor):
    """Walks what runs at once, in its order; the bodies of functions are left out."""

    def __init__(self) -> None:
        self.free: dict[str, None] = {}
        self.bound: dict[str, None] = {}
        self.has_star = False
        self._tools: set[str] = set()
        #: of the classes and comprehensions around, innermost last
        self._local: list[set[str]] = []

    def read(self, name: str) -> None:
        if name not in self.bound and name not in self._tools and not any(name in scope for scope in self._local):
            self.free[name] = None

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id)
        else:
            self.read(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._each(node.value, *node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        # without a value it binds nothing
        self._each(node.annotation, *([node.value, node.target] if node.value is not None else []))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read(node.target.id)
        self._each(node.value, node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        # in a comprehension too it binds outside of it
        self.bound[node.target.id] = None

    def visit_For(self, node: ast.For) -> None:
        self._each(node.iter, node.target, *node.body, *node.orelse)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            # a module is a tool of the code, not a result of it
            self._hide((alias.asname or alias.name).partition(".")[0])
            self.has_star = self.has_star or alias.name == "*"

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
        if isinstance(node, ast.Lambda):
            self._each(*defaults)
            return
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        hints = [node.returns, *(one.annotation for one in arguments if one is not None)]
        self._each(*node.decorator_list, *defaults, *(one for one in hints if one is not None))
        self._hide(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_Lambda = visit_FunctionDef

    def _comprehension(self, node: Any) -> None:
        self._local.append(set())
        for generator in node.generators:
            self._each(generator.iter, generator.target, *generator.ifs)
        self._each(*(getattr(node, part) for part in ("elt", "key", "value") if hasattr(node, part)))
        self._local.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._each(*node.decorator_list, *node.bases, *node.keywords)
        self._local.append(set())
        self._each(*node.body)
        self._local.pop()
        self._hide(node.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self._hide(node.name)
        self._each(*node.body)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name:
            self._bind(node.name)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self._bind(node.rest)

    def _each(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.visit(node)

    def _bind(self, name: str) -> None:
        if self._local:
            self._local[-1].add(name)
        else:
            self.bound[name] = None

    def _hide(self, name: str) -> None:
        """Bind a name that is not an output."""
        (self._local[-1] if self._local else self._tools).add(name)
