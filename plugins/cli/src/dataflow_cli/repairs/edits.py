"""Edits of a call, as changes of the dicts and calls that they touch."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import libcst as cst

from dataflow.diagnostics import Edit
from dataflow.diagnostics.source import SourceCall, Spot, entries, is_dict, is_operation
from dataflow_cli.repairs.held import HeldDict

#: what leaves a trace besides its value: taking it out may change what comes later
_LASTING = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
Place = tuple[int, int, int, int]
#: instead of an entry: the whole dict
WHOLE = -1


@attrs.frozen
class Change:
    """What happens to one entry of a dict, or one argument of a call: it goes, has another name or value, or comes in.

    ``inside`` is the place of the dict or call, first and last line and column in characters; ``index`` counts keys of a
    dict, and among the arguments of a call those with a name, or from ``positional`` those without. What comes in has a
    ``name`` and no index.
    """

    inside: Place
    index: int
    action: str
    text: str = ""
    positional: bool = False
    name: str = ""

    @property
    def subject(self) -> tuple[Place, int, bool, str]:
        """What is changed: two changes of it cannot both be made."""
        return self.inside, self.index, self.positional, self.name


def changes_of(call: SourceCall, edits: Sequence[Edit]) -> list[Change] | None:
    """The changes that make some edits, or None when one of them has no place in the source."""
    found: list[Change] = []
    for edit in edits:
        change = _change(call, edit)
        if change is None or _is_frozen(call, edit, edits):
            return None
        found.append(change)
    return found


def _change(call: SourceCall, edit: Edit) -> Change | None:
    if edit.action == "add":
        return _addition(call, edit)
    spot = call.spot(edit.path) if edit.path else call.parameters
    if spot is None or spot.depth != len(edit.path) or not _can_be(edit, spot):
        return None
    text = edit.text
    if not edit.path:
        whole = _in_own_words(call, spot, text)
        if whole is None:
            return None
        text = whole
    elif edit.action == "replace" and not _is_expression(text):
        return None
    if isinstance(spot.node, HeldDict) and edit.action == "replace":
        return Change(place_of(call, spot.node), WHOLE, edit.action, text)
    index, positional = _index(spot)
    return None if index is None else Change(place_of(call, spot.parent), index, edit.action, text, positional)


def _is_frozen(call: SourceCall, edit: Edit, edits: Sequence[Edit]) -> bool:
    """Whether an entry that is put elsewhere, with its value as it is now, computes it each time."""
    if edit.action != "remove" or not any(one.action == "add" and one.path[:-1] == edit.path[:-1] for one in edits):
        return False
    spot = call.spot(edit.path)
    return spot is None or any(isinstance(one, ast.Name | ast.Call) for one in ast.walk(spot.node))


def _addition(call: SourceCall, edit: Edit) -> Change | None:
    """A further entry of the dict, or of the ``dict(...)``, that the path leads to; else a further argument of the call."""
    if not edit.path or not isinstance(edit.path[-1], str) or not _is_expression(edit.text):
        return None
    name = edit.path[-1]
    spot = call.spot(edit.path[:-1]) if len(edit.path) > 1 else call.parameters
    if spot is None or spot.depth != len(edit.path) - 1 or not is_dict(spot.node):
        return _argument(call, edit, name)
    # a name that is there already would be given twice
    if name in dict(entries(spot.node)) or (isinstance(spot.node, ast.Call) and not name.isidentifier()):
        return None
    return Change(place_of(call, spot.node), WHOLE, "add", edit.text, name=name)


def _argument(call: SourceCall, edit: Edit, name: str) -> Change | None:
    """A keyword of a direct call, whose keywords are its data; the dict of parameters that a node has none of."""
    given = call.call
    if is_operation(given) and len(edit.path) < 3 and name.isidentifier():
        if any(map(is_dict, given.args)) or any(one.arg in (None, name) for one in given.keywords):
            return None
        return Change(place_of(call, given), WHOLE, "add", edit.text, name=name)
    if is_operation(given) or len(edit.path) > 1 or len(given.args) != 2:
        return None
    if any(isinstance(one, ast.Starred) for one in given.args) or any(
        one.arg in (None, "params") for one in given.keywords
    ):
        return None
    return Change(place_of(call, given), WHOLE, "add", f'{{"{name}": {edit.text}}}', name="params")


def _can_be(edit: Edit, spot: Spot) -> bool:
    if edit.action == "remove":
        lasting = any(isinstance(one, _LASTING) for one in ast.walk(spot.node))
        return spot.key is not None and not lasting
    if edit.action == "rename":
        return not isinstance(spot.key, ast.keyword) or edit.text.isidentifier()
    return edit.action == "replace"


def _index(spot: Spot) -> tuple[int | None, bool]:
    parent = spot.parent
    if isinstance(parent, ast.Dict):
        return next((at for at, one in enumerate(parent.values) if one is spot.node), None), False
    if isinstance(parent, ast.Call) and spot.key is not None:
        return next((at for at, one in enumerate(parent.keywords) if one is spot.key), None), False
    if isinstance(parent, ast.Call):
        return next((at for at, one in enumerate(parent.args) if one is spot.node), None), True
    if isinstance(parent, ast.List):
        return next((at for at, one in enumerate(parent.elts) if one is spot.node), None), False
    return None, False


def place_of(call: SourceCall, node: ast.AST) -> Place:
    """Where a node of the syntax tree stands, in characters as libcst counts them."""
    last, end = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]  # expressions have both
    return (*call.column(node), last, len(call.lines[last - 1].encode()[:end].decode()))


def _is_expression(text: str) -> bool:
    try:
        cst.parse_expression(text)
    except cst.ParserSyntaxError:
        return False
    return True


def _in_own_words(call: SourceCall, spot: Spot, text: str) -> str | None:
    """A dict's text whose values are the user's own expressions; None where the user has not written each of them."""
    source = "".join(call.lines)
    lines = call.lines[spot.node.lineno - 1 : spot.node.end_lineno]  # type: ignore[attr-defined]  # an expression has both
    if any("#" in line for line in lines):
        # a comment would have to find its new place
        return None
    written: dict[object, str | None] = {}
    for name, value in entries(spot.node):
        if name is None or any(isinstance(one, _LASTING) for one in ast.walk(value)):
            return None
        written[name] = ast.get_source_segment(source, value)
    used: set[object] = set()
    whole = "".join(_spelled(ast.parse(text, mode="eval").body, written, used))
    return whole if used == set(written) and _is_expression(whole) else None


def _spelled(value: ast.expr, written: Mapping[object, str | None], used: set[Any]) -> Iterator[str]:
    if not isinstance(value, ast.Dict):
        yield ast.unparse(value)
        return
    yield "{"
    for number, (key, one) in enumerate(zip(value.keys, value.values, strict=True)):
        name = key.value if isinstance(key, ast.Constant) else None
        yield f"{', ' if number else ''}{_quoted(name)}: "
        if name in written:
            used.add(name)
            yield written[name] or ""
        else:
            yield from _spelled(one, written, used)
    yield "}"


def _quoted(name: object) -> str:
    return f'"{name}"' if isinstance(name, str) and name.isidentifier() else repr(name)
