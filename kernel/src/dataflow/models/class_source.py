"""The text of a class as its author wrote it: the lines of its fields, and the class with some of them changed."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import FrameType

import attrs

from dataflow.diagnostics.source_text import UNREADABLE
from dataflow.models.annotations import own_annotations
from dataflow.models.model import Definition

#: where the statements within a statement stand
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@attrs.frozen
class FieldLine:
    """One name that a class body annotates or sets; ``value`` is the text behind its ``=``."""

    name: str
    line: int
    text: str
    value: str = ""
    annotated: bool = True


@attrs.frozen
class ClassSource:
    """Where a class stands; ``lines`` is empty when its text cannot be read, ``has_more`` says it has methods too."""

    file: str
    line: int
    header: str
    lines: tuple[FieldLine, ...] = ()
    has_more: bool = False

    def line_of(self, name: str) -> int | None:
        """The line of a field, the last one when it is declared twice."""
        return next((one.line for one in reversed(self.lines) if one.name == name), None)

    def value_text(self, name: str) -> str:
        """What is written behind a name's ``=``."""
        return next((one.value for one in reversed(self.lines) if one.name == name), "")

    def with_fields(self, fields: Mapping[str, str], changed: Mapping[str, str]) -> str:
        """The class with its fields as written, except those in ``changed``; methods are only hinted at.

        :param fields: name to text of each field, for a class whose source cannot be read.
        """
        written = {one.name: one.text for one in self.lines} or {**fields}
        texts = [changed.get(name, text) for name, text in written.items()]
        added = [text for name, text in changed.items() if name not in written]
        body = [line for text in (*added, *texts) for line in text.splitlines()]
        return "\n".join(
            [f"{self.header}:", *(f"    {line}" for line in body), *(["    ..."] if self.has_more else [])]
        )


def source_of(cls: type, frame: FrameType) -> ClassSource:
    """Where a class stands, found from the frame that registers it."""
    file = frame.f_code.co_filename
    if cls.__module__ != frame.f_globals.get("__name__"):
        file = getattr(sys.modules.get(cls.__module__), "__file__", None) or file
    # a reloaded module's text may be another
    linecache.checkcache(file)
    lines = linecache.getlines(file, frame.f_globals)
    start = frame.f_lineno
    # a decorator's call stands at the decorator; parsing only what follows it costs a hundredth of the module
    node = _class_at(lines, start, cls) or _class_in(lines, cls)
    if node is None:
        return ClassSource(file, getattr(cls, "__firstlineno__", start), f"class {cls.__name__}")
    has_more = any(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for one in node.body)
    return ClassSource(file, node.lineno, _header(node), tuple(_field_lines(node, lines)), has_more)


def definition_of(cls: type, source: ClassSource, frame: FrameType) -> Definition:
    lines = {one.name: one.line for one in source.lines}
    return Definition(source.file, source.line, cls.__qualname__, frame.f_code, lines)


def _class_at(lines: Sequence[str], start: int, cls: type) -> ast.ClassDef | None:
    """The class whose text begins at a line, decorators included."""
    block = inspect.getblock(lines[start - 1 :]) if 0 < start <= len(lines) else []
    try:
        body = ast.parse(textwrap.dedent("".join(block))).body
    except UNREADABLE:
        return None
    if len(body) != 1 or not isinstance(body[0], ast.ClassDef) or not _is_text_of(body[0], cls):
        return None
    ast.increment_lineno(body[0], start - 1)
    return body[0]


def _class_in(lines: Sequence[str], cls: type) -> ast.ClassDef | None:
    """The last class of that name and those fields in a file."""
    found = [node for node in _classes_in("".join(lines)) if _is_text_of(node, cls)]
    return max(found, key=lambda node: node.lineno, default=None)


# a module's models are registered one after the other, and parsing it takes 10 ms for each thousand lines
@lru_cache(maxsize=4)
def _classes_in(text: str) -> tuple[ast.ClassDef, ...]:
    """Every class of a text; functions, also those in a class, are emptied, so that little is kept."""
    try:
        waiting: list[ast.AST] = [ast.parse(text)]
    except UNREADABLE:
        return ()
    found = []
    while waiting:
        node = waiting.pop()
        # a class is a statement: expressions, which are most of a tree, hold none
        waiting += [one for block in _BLOCKS for one in getattr(node, block, ()) if not isinstance(one, ast.expr)]
        if isinstance(node, ast.ClassDef):
            found.append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = []
    return tuple(found)


def _is_text_of(node: ast.ClassDef, cls: type) -> bool:
    """Whether a class was written so: several of one name can stand in a file, and some are made without text."""
    annotated = [
        one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]
    public = {name for name in own_annotations(cls) if not name.startswith("_")}
    return node.name == cls.__name__ and {name for name in annotated if not name.startswith("_")} == public


def _header(node: ast.ClassDef) -> str:
    bases = [*map(ast.unparse, node.bases), *(f"{one.arg}={ast.unparse(one.value)}" for one in node.keywords)]
    return f"class {node.name}({', '.join(bases)})" if bases else f"class {node.name}"


def _field_lines(node: ast.ClassDef, lines: Sequence[str]) -> list[FieldLine]:
    found = []
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            name = one.target.id
        elif isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            name = one.targets[0].id
        else:
            continue
        text = textwrap.dedent("".join(lines[one.lineno - 1 : one.end_lineno])).split("  #")[0].rstrip()
        value = "" if one.value is None else ast.unparse(one.value)
        found.append(FieldLine(name, one.lineno, text, value, isinstance(one, ast.AnnAssign)))
    return found
