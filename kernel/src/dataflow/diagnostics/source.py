"""The source text of a call: where each of its arguments stands, and the text with some of them changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

import attrs

from dataflow.diagnostics.callsite import CallSite
from dataflow.diagnostics.problem import Edit
from dataflow.diagnostics.source_text import UNREADABLE, SourceText

Path = Sequence[str | int]
#: parameters of a node that a call of its own has under another name
SHORT = {"isolation_level": "isolation"}

#: parameters of calls whose problems point at an argument that may stand without its name
_POSITIONS = {
    "add_workflow": ("workflow", "id", "inputs"),
    "add_connection": ("source", "output", "target", "input"),
    **dict.fromkeys(("DataFlow", "development", "production", "testing"), ("database_url",)),
}


@attrs.frozen
class Spot:
    """A place inside a call. ``key`` is the dict key or keyword; ``depth`` says how much of the path it follows.

    ``parent`` is the dict, the list or the call that holds it.
    """

    node: ast.AST
    parent: ast.AST
    key: ast.AST | None
    depth: int

    @property
    def shown(self) -> ast.AST:
        """What a caret points at."""
        return self.key or self.node


@attrs.frozen(eq=False)
class SourceCall:
    """A call as written. Columns are in characters from 0, lines from 1."""

    lines: tuple[str, ...]
    call: ast.Call

    @classmethod
    def at(cls, site: CallSite) -> SourceCall | None:
        """The call of a site, or None when its source cannot be read or has changed since."""
        position = site.position
        lines = SourceText.of(site.code).lines
        if position is None or not lines:
            return None
        _, last, _, end = position
        # each call ends at a bracket of its own; where one starts depends on the version for chained methods
        call = _calls_of_blocks(lines).get(position) or _calls_by_end(lines).get((last, end))
        return None if call is None else cls(lines, call)

    def spot(self, path: Path) -> Spot | None:
        """The deepest place on a path of parameter names, dict keys and list indexes."""
        found = [spot for start, depth in self._starts(path) if (spot := _descend(start, path, depth)) is not None]
        return max(found, key=lambda spot: spot.depth, default=None)

    def _starts(self, path: Path) -> Iterator[tuple[Spot, int]]:
        yield from self._arguments(path)
        yield from self._named(path)
        for argument in self.call.args:
            if is_dict(argument):
                yield Spot(argument, self.call, None, 0), 0
                if len(path) > 1 or path in (("data",), ("filter",)):
                    # a direct call's one dict is the data, or the filter, itself
                    yield Spot(argument, self.call, None, 1), 1
            elif isinstance(argument, ast.List):
                yield Spot(argument, self.call, None, 1), 1

    def _named(self, path: Path) -> Iterator[tuple[Spot, int]]:
        for keyword in self.call.keywords:
            if path and keyword.arg is not None and keyword.arg in (path[0], SHORT.get(str(path[0]))):
                yield Spot(keyword.value, self.call, keyword, 1), 1
            elif len(path) > 1 and keyword.arg == path[1]:
                # flat keywords of a direct call: data.age is written age=
                yield Spot(keyword.value, self.call, keyword, 2), 2
            if is_dict(keyword.value):
                yield Spot(keyword.value, self.call, keyword, 0), 0

    def _arguments(self, path: Path) -> Iterator[tuple[Spot, int]]:
        """The argument at the place that the path begins with, or whose parameter it names."""
        known = _POSITIONS.get(getattr(self.call.func, "attr", getattr(self.call.func, "id", "")), ())
        if not path or any(isinstance(one, ast.Starred) for one in self.call.args):
            return
        place = known.index(path[0]) if path[0] in known else path[0]
        if isinstance(place, int) and place < len(self.call.args):
            yield Spot(self.call.args[place], self.call, None, 1), 1

    def column(self, node: ast.AST) -> tuple[int, int]:
        """Line and column of a node."""
        line, offset = node.lineno, node.col_offset  # type: ignore[attr-defined]  # expressions and keywords have both
        return line, len(self.lines[line - 1].encode()[:offset].decode())

    @property
    def text(self) -> str:
        """The source of the call."""
        first, last = self.call.lineno, self.call.end_lineno or self.call.lineno
        # ast.get_source_segment splits the whole file each time
        taken = [line.encode() for line in self.lines[first - 1 : last]]
        taken[-1] = taken[-1][: self.call.end_col_offset]
        taken[0] = taken[0][self.call.col_offset :]
        return b"".join(taken).decode()

    def edited(self, edits: Sequence[Edit]) -> str | None:
        """The call's text after the edits, or None when one of them has no place in it."""
        try:
            # in brackets a chain may go over several lines, as it does in the source
            call = ast.parse(f"({self.text})", mode="eval").body
            copy = SourceCall(self.lines, call) if isinstance(call, ast.Call) else None
            if copy is None or not all(map(copy._apply, edits)):
                return None
        except UNREADABLE:
            # the text of an edit is a placeholder that is no Python
            return None
        return ast.unparse(ast.fix_missing_locations(call))

    def _apply(self, edit: Edit) -> bool:
        if not edit.path:
            return edit.action == "replace" and self._replace_parameters(_expression(edit.text))
        if edit.action == "add":
            return self._add(edit)
        spot = self.spot(edit.path)
        if spot is None or spot.depth != len(edit.path):
            return False
        if edit.action == "remove":
            return _remove(spot)
        if edit.action == "rename":
            return _rename(spot, edit.text)
        return _replace(spot, _expression(edit.text))

    @property
    def parameters(self) -> Spot | None:
        """The one dict that the call is given."""
        found = [Spot(one, self.call, None, 0) for one in self.call.args if is_dict(one)]
        found += [Spot(one.value, self.call, one, 0) for one in self.call.keywords if is_dict(one.value)]
        return found[0] if len(found) == 1 else None

    def _replace_parameters(self, value: ast.expr) -> bool:
        """Put a value in the place of the one dict that a call is given, made of what the user wrote in it."""
        spot = self.parameters
        if spot is None:
            return isinstance(value, ast.Dict) and self._replace_arguments(value)
        return _replace(spot, _in_own_words(value, dict(entries(spot.node))))

    def _replace_arguments(self, value: ast.Dict) -> bool:
        """Parameters of a direct call are its keywords."""
        given = [*self.call.args, *(one.value for one in self.call.keywords)]
        if not is_operation(self.call) or any(map(is_dict, given)):
            return False
        pairs = zip(value.keys, value.values, strict=True)
        self.call.args = []
        self.call.keywords = [ast.keyword(ast.literal_eval(key), one) for key, one in pairs if key is not None]
        return True

    def _add(self, edit: Edit) -> bool:
        spot = self.spot(edit.path[:-1])
        if spot is not None and spot.depth == len(edit.path) - 1:
            if isinstance(spot.node, ast.Dict):
                spot.node.keys.append(ast.Constant(edit.path[-1]))
                spot.node.values.append(_expression(edit.text))
                return True
            if isinstance(spot.node, ast.Call) and is_dict(spot.node):
                spot.node.keywords.append(ast.keyword(str(edit.path[-1]), _expression(edit.text)))
                return True
        return self._add_argument(edit)

    def _add_argument(self, edit: Edit) -> bool:
        if len(edit.path) == 1 and not is_operation(self.call) and len(self.call.args) == 2:
            # an `add_node` without parameters
            self.call.args.append(ast.Dict([ast.Constant(edit.path[0])], [_expression(edit.text)]))
            return True
        is_keyword = len(edit.path) == 2 or (len(edit.path) == 1 and is_operation(self.call))
        if is_keyword and not any(map(is_dict, self.call.args)):
            self.call.keywords.append(ast.keyword(str(edit.path[-1]), _expression(edit.text)))
            return True
        return False


def is_operation(call: ast.Call) -> bool:
    """Whether it is a direct call rather than an ``add_node``, whose parameters are one dict."""
    return isinstance(call.func, ast.Attribute) and not call.func.attr.startswith("add_")


@lru_cache(maxsize=4)
def _calls_by_end(lines: tuple[str, ...]) -> dict[tuple[int | None, int | None], ast.Call]:
    """The calls of a source by line and column of their ends; an error of many problems asks for one file again and again."""
    try:
        tree = ast.parse("".join(lines))
    except UNREADABLE:
        return {}
    return {(one.end_lineno, one.end_col_offset): one for one in ast.walk(tree) if isinstance(one, ast.Call)}


@lru_cache(maxsize=4)
def _calls_of_blocks(lines: tuple[str, ...]) -> dict[tuple[int | None, ...], ast.Call]:
    """What a ``with`` statement enters, by the statement's place: entering it stands at the whole statement."""
    try:
        tree = ast.parse("".join(lines))
    except UNREADABLE:
        return {}
    found = [one for one in ast.walk(tree) if isinstance(one, ast.With | ast.AsyncWith) and len(one.items) == 1]
    return {
        (one.lineno, one.end_lineno, one.col_offset, one.end_col_offset): one.items[0].context_expr
        for one in found
        if isinstance(one.items[0].context_expr, ast.Call)
    }


def _descend(spot: Spot, path: Path, depth: int) -> Spot | None:
    if depth == len(path):
        return spot
    name = path[depth]
    node = spot.node
    if is_dict(node):
        # of two equal keys the last one counts
        for found in reversed(_entries(node, depth)):
            if _name(found.key) == name:
                return _descend(found, path, depth + 1)
    elif isinstance(node, ast.List | ast.Tuple) and isinstance(name, int) and name < len(node.elts):
        return _descend(Spot(node.elts[name], node, None, depth + 1), path, depth + 1)
    return spot if spot.depth else None


def is_dict(node: ast.AST) -> bool:
    """Whether an expression is a dict as written: in braces, or ``dict(name=...)``."""
    return isinstance(node, ast.Dict) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args
    )


def entries(node: ast.AST) -> Iterator[tuple[object, ast.expr]]:
    """The names and values of a written dict; those of dicts merged into it too."""
    for one in _entries(node, 0):
        yield _name(one.key), one.node  # type: ignore[misc]  # the node of an entry is an expression


def _entries(node: ast.AST, depth: int) -> list[Spot]:
    pairs: list[tuple[ast.expr | ast.keyword | None, ast.expr]] = []
    if isinstance(node, ast.Dict):
        pairs += zip(node.keys, node.values, strict=True)
    elif isinstance(node, ast.Call):
        pairs += [(one if one.arg is not None else None, one.value) for one in node.keywords]
    found: list[Spot] = []
    for key, value in pairs:
        if key is not None:
            found.append(Spot(value, node, key, depth + 1))
        elif is_dict(value):
            # `**{"name": ...}` is part of the dict around it
            found += _entries(value, depth)
    return found


def _name(key: ast.AST | None) -> object:
    if isinstance(key, ast.keyword):
        return key.arg
    return key.value if isinstance(key, ast.Constant) else None


def _in_own_words(value: ast.expr, written: dict[object, ast.expr]) -> ast.expr:
    """A dict whose values are the expressions that the user has for them, where there are any."""
    if not isinstance(value, ast.Dict):
        return value
    values = [
        written[name] if (name := _name(key)) in written else _in_own_words(one, written)
        for key, one in zip(value.keys, value.values, strict=True)
    ]
    return ast.Dict(value.keys, values)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _remove(spot: Spot) -> bool:
    if isinstance(spot.parent, ast.Dict):
        place = spot.parent.values.index(spot.node)  # type: ignore[arg-type]  # it is one of them
        del spot.parent.keys[place], spot.parent.values[place]
        return True
    if isinstance(spot.key, ast.keyword) and isinstance(spot.parent, ast.Call):
        spot.parent.keywords.remove(spot.key)
        return True
    return False


def _rename(spot: Spot, name: str) -> bool:
    if isinstance(spot.key, ast.Constant):
        spot.key.value = name
    elif isinstance(spot.key, ast.keyword):
        spot.key.arg = name
    else:
        return False
    return True


def _replace(spot: Spot, value: ast.expr) -> bool:
    if isinstance(spot.parent, ast.Dict):
        spot.parent.values[spot.parent.values.index(spot.node)] = value  # type: ignore[arg-type]  # it is one of them
    elif isinstance(spot.key, ast.keyword):
        spot.key.value = value
    elif isinstance(spot.parent, ast.List | ast.Tuple):
        spot.parent.elts[spot.parent.elts.index(spot.node)] = value  # type: ignore[arg-type]  # as above
    elif isinstance(spot.parent, ast.Call) and spot.node in spot.parent.args:
        spot.parent.args[spot.parent.args.index(spot.node)] = value
    else:
        return False
    return True
