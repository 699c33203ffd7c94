"""Applies a mistake's cure to its program: what comes out is built from the error's own text."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mistakes.mistake import Edits, Mistake, Outside, Solution
from tests.mistakes.program import Outcome

from dataflow import Problem
from dataflow.diagnostics.callsite import CallSite
from dataflow.diagnostics.fixes import corrected_call, edits_at
from dataflow.diagnostics.problem import Applicability
from dataflow.diagnostics.source import SourceCall
from dataflow_cli.repairs import repaired

KINDS: tuple[Applicability, ...] = ("safe", "unsafe", "placeholder")
#: one change of a source: what stands between two offsets gives way to a text
Change = tuple[int, int, str]


class NoCure(Exception):
    """The error does not say what the mistake's cure needs."""


def cured(mistake: Mistake, outcome: Outcome) -> str:
    """The corrected program.

    :raises NoCure: when the error has no such fix, or its fix has no place in the program.
    """
    match mistake.cure:
        case Edits():
            return edited(mistake.program, outcome.problems)
        case Solution():
            return f"{mistake.before}{_solved(mistake.wrong, mistake.cure, outcome.problems)}{mistake.after}"
        case Outside():
            return _outside(mistake, mistake.cure, outcome.problems)


def _solved(wrong: str, cure: Solution, problems: Sequence[Problem]) -> str:
    ways = [one for problem in problems for one in problem.solutions]
    code = ways[cure.number - 1].code if cure.number <= len(ways) else ""
    if not code:
        raise NoCure(f"there is no solution {cure.number} with code")
    for key, text in cure.fill.items():
        if key not in code:
            raise NoCure(f"solution {cure.number} has no {key!r}: {code}")
        code = code.replace(key, text, 1)
    if wrong.count(cure.instead_of) != 1:
        raise NoCure(f"{cure.instead_of!r} does not stand once in the program")
    start = wrong.index(cure.instead_of)
    column = start - (wrong.rfind("\n", 0, start) + 1)
    return wrong.replace(cure.instead_of, textwrap.indent(code, " " * column).lstrip(" "))


def _outside(mistake: Mistake, cure: Outside, problems: Sequence[Problem]) -> str:
    said = "\n".join(f"{one.text} {one.code}" for problem in problems for one in problem.solutions)
    if cure.text not in said:
        raise NoCure(f"the solutions do not say {cure.text!r}: {said}")
    before = mistake.before if cure.before is None else cure.before
    return f"{before}{mistake.wrong if cure.wrong is None else cure.wrong}{mistake.after}"


def edited(source: str, problems: Sequence[Problem]) -> str:
    """The source after the fixes of all problems: as ``validate --fix`` writes them, or else as the error shows them.

    :raises NoCure: when a problem has none, or one that has no place.
    """
    return _repaired(source, problems) or _replaced(source, problems)


def _repaired(source: str, problems: Sequence[Problem]) -> str:
    """The source with edits written into it; nothing where a fix is something else, or has no place in the file."""
    sites = [one.where.call for one in problems if one.fix is not None and one.fix.edits]
    if None in sites or not sites or len(sites) < len(problems):
        return ""
    file = Path(next(one.file for one in sites if one is not None))
    repair = repaired(source.encode(), problems, file, KINDS)
    return repair.text.decode() if repair.text is not None and len(repair.problems) == len(problems) else ""


def _replaced(source: str, problems: Sequence[Problem]) -> str:
    changes: list[Change] = []
    done: set[tuple[CallSite, str]] = set()
    for problem in problems:
        if problem.fix is None:
            raise NoCure(f"{problem.code} has no fix: {problem.message}")
        site = problem.where.call
        if problem.fix.edits and site is not None and (site, "") not in done:
            done.add((site, ""))
            changes += _call_changes(source, site, problems)
        if problem.fix.script:
            changes += _script_changes(source, problem, replaces=not problem.fix.edits)
    for start, end, text in sorted(set(changes), reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _call_changes(source: str, site: CallSite, problems: Sequence[Problem]) -> Iterator[Change]:
    text = corrected_call(site, edits_at(site, problems, KINDS))
    if text is None:
        raise NoCure(f"the edits have no place in the call of line {site.line}")
    yield (*_call_span(source, site), text)


def _script_changes(source: str, problem: Problem, replaces: bool) -> Iterator[Change]:
    assert problem.fix is not None
    tree, site, script = ast.parse(source), problem.where.call, problem.fix.script
    for statement in ast.parse(script).body:
        text = ast.get_source_segment(script, statement) or ""
        if isinstance(statement, ast.ClassDef):
            yield (*_span(source, _class_named(tree, statement.name)), _with_decorators(script, statement))
        elif isinstance(statement, ast.AnnAssign | ast.Assign):
            yield from _member_changes(source, tree, problem, statement, text)
        elif site is None:
            raise NoCure(f"nobody knows where this belongs: {text}")
        elif replaces and _called(statement) == _name_of(_call_at(tree, site)):
            yield (*_call_span(source, site), text)
        else:
            _, end = _span(source, _statement_at(tree, site))
            yield end, end, f"\n{text}"


def _member_changes(
    source: str, tree: ast.Module, problem: Problem, member: ast.AnnAssign | ast.Assign, text: str
) -> Iterator[Change]:
    """A field or an option of a class, in the place of the one that the problem is about, or of its own name."""
    site = problem.where.call
    target = member.target if isinstance(member, ast.AnnAssign) else member.targets[0]
    assert isinstance(target, ast.Name)
    classes = [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef)]
    for cls in classes:
        within = site is None or cls.lineno - len(cls.decorator_list) <= site.line <= (cls.end_lineno or cls.lineno)
        for one in cls.body:
            named = (
                one.target
                if isinstance(one, ast.AnnAssign)
                else one.targets[0]
                if isinstance(one, ast.Assign)
                else None
            )
            if within and isinstance(named, ast.Name) and named.id in (problem.where.field, target.id):
                yield (*_span(source, one), text)
                return
    raise NoCure(f"no class of the program has a {target.id!r}: {text}")


def _with_decorators(script: str, statement: ast.ClassDef) -> str:
    """From the name of the class on; what decorates it in the program stays."""
    return "\n".join(script.splitlines()[statement.lineno - 1 : statement.end_lineno])


def _class_named(tree: ast.Module, name: str) -> ast.ClassDef:
    found = [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name == name]
    if not found:
        raise NoCure(f"the program has no class {name!r}")
    return found[-1]


def _called(statement: ast.stmt) -> str:
    return _name_of(statement.value) if isinstance(statement, ast.Expr) else ""


def _name_of(node: ast.AST) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _call_at(tree: ast.Module, site: CallSite) -> ast.Call:
    found = SourceCall.at(site)
    end = None if found is None else (found.call.end_lineno, found.call.end_col_offset)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (node.end_lineno, node.end_col_offset) == end:
            return node
    raise NoCure(f"there is no call in line {site.line}")


def _call_span(source: str, site: CallSite) -> tuple[int, int]:
    return _span(source, _call_at(ast.parse(source), site))


def _statement_at(tree: ast.Module, site: CallSite) -> ast.stmt:
    """The innermost statement that a call stands in."""
    call = _call_at(tree, site)
    around = [one for one in ast.walk(tree) if isinstance(one, ast.stmt) and call in ast.walk(one)]
    return around[-1]


def _span(source: str, node: ast.stmt | ast.expr) -> tuple[int, int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
