"""Changes made in the concrete syntax tree of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import attrs
import libcst as cst
from libcst.metadata import CodeRange, PositionProvider

from dataflow_cli.repairs.edits import WHOLE, Change, Place
from dataflow_cli.repairs.gaps import Entries

Node = TypeVar("Node", bound=cst.CSTNode)


@attrs.define(eq=False)
class Rewriting(cst.CSTTransformer):
    """Makes changes of dicts and calls, and adds lines behind statements.

    :param changes: by the place of the dict or call.
    :param added: lines behind the statement in which the call at a place stands.
    """

    positions: Mapping[cst.CSTNode, CodeRange]
    changes: Mapping[Place, Sequence[Change]]
    added: Mapping[Place, Sequence[str]]
    #: the places of ``added`` for which there was no statement
    homeless: set[Place] = attrs.field(factory=set)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def _place(self, node: cst.CSTNode) -> Place:
        found = self.positions[node]
        return found.start.line, found.start.column, found.end.line, found.end.column

    def leave_Dict(self, original_node: cst.Dict, updated_node: cst.Dict) -> cst.BaseExpression:
        changes = self.changes.get(self._place(original_node), ())
        if not changes:
            return updated_node
        whole = next((one for one in changes if one.index == WHOLE and one.action == "replace"), None)
        if whole is not None:
            return cst.parse_expression(whole.text)
        elements = [_changed(one, changes, at) for at, one in enumerate(updated_node.elements)]
        known = Entries.of(elements, updated_node.lbrace.whitespace_after, updated_node.rbrace.whitespace_before)
        left = known.without({one.index for one in changes if one.action == "remove"})
        left = left.with_entries([_element(one) for one in changes if one.action == "add"])
        before = left.gaps[0]
        behind = left.gaps[-1] if left.entries else cst.SimpleWhitespace("")
        return updated_node.with_changes(
            elements=left.with_commas(),
            lbrace=updated_node.lbrace.with_changes(whitespace_after=before),
            rbrace=updated_node.rbrace.with_changes(whitespace_before=behind),
        )

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.List:
        changes = self.changes.get(self._place(original_node), ())
        elements = [_changed(one, changes, at) for at, one in enumerate(updated_node.elements)]
        return updated_node.with_changes(elements=elements) if changes else updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        changes = self.changes.get(self._place(original_node), ())
        if not changes:
            return updated_node
        named = [at for at, one in enumerate(updated_node.args) if one.keyword is not None or one.star == "**"]
        others = [at for at in range(len(updated_node.args)) if at not in named]
        added = [_argument(one) for one in changes if one.action == "add"]
        changes = [one for one in changes if one.action != "add"]
        placed = [attrs.evolve(one, index=(others if one.positional else named)[one.index]) for one in changes]
        args = [_changed(one, placed, at) for at, one in enumerate(updated_node.args)]
        behind = args[-1].whitespace_after_arg if args else cst.SimpleWhitespace("")
        known = Entries.of(args, updated_node.whitespace_before_args, behind)
        left = known.without({one.index for one in placed if one.action == "remove"}).with_entries(added)
        entries = [one.with_changes(whitespace_after_arg=cst.SimpleWhitespace("")) for one in left.with_commas()]
        if entries:
            last = entries[-1]
            comma = last.comma
            entries[-1] = (
                last.with_changes(comma=comma.with_changes(whitespace_after=left.gaps[-1]))
                if isinstance(comma, cst.Comma)
                else last.with_changes(whitespace_after_arg=left.gaps[-1])
            )
        return updated_node.with_changes(args=entries, whitespace_before_args=left.gaps[0])

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Any:
        lines: list[str] = []
        if len(original_node.body) == 1 and isinstance(original_node.body[0], cst.Expr):
            place = self._place(original_node.body[0].value)
            lines += self.added.get(place, ())
            self.homeless.discard(place)
        return cst.FlattenSentinel([updated_node, *map(cst.parse_statement, lines)]) if lines else updated_node


def _element(change: Change) -> cst.DictElement:
    return cst.DictElement(cst.SimpleString(f'"{change.name}"'), cst.parse_expression(change.text))


def _argument(change: Change) -> cst.Arg:
    plain = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(cst.parse_expression(change.text), cst.Name(change.name), plain)


def _changed(node: Any, changes: Sequence[Change], index: int) -> Any:
    for one in changes:
        if one.index == index and one.action == "rename":
            node = _renamed(node, one.text)
        elif one.index == index and one.action == "replace":
            node = node.with_changes(value=cst.parse_expression(one.text))
    return node


def _renamed(node: Any, name: str) -> Any:
    if isinstance(node, cst.Arg):
        return node.with_changes(keyword=cst.Name(name))
    key = node.key
    quote = key.quote if isinstance(key, cst.SimpleString) and not key.prefix else '"'
    return node.with_changes(key=cst.SimpleString(f"{quote}{name}{quote}"))


def rewritten(text: bytes, changes: Sequence[Change], added: Mapping[Place, Sequence[str]]) -> bytes | None:
    """A file's text after changes; None when the text cannot be kept as it is, or a line has no statement to stand behind."""
    try:
        wrapper = cst.MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except (cst.ParserSyntaxError, UnicodeDecodeError):
        return None
    if wrapper.module.bytes != text:
        # a line that ends in a way of its own, such as those of old Macs
        return None
    by_place: dict[Place, list[Change]] = {}
    for change in changes:
        by_place.setdefault(change.inside, []).append(change)
    rewriting = Rewriting(wrapper.resolve(PositionProvider), by_place, added, set(added))
    module = wrapper.module.visit(rewriting)
    return None if rewriting.homeless else module.bytes
