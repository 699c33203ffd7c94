"""What the indexes of a model say together, and the conditions of its partial ones."""

from __future__ import annotations

from collections.abc import Iterator

from dataflow.diagnostics import Where
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.tree import Compare, Expression, Not
from dataflow.models.findings import Findings
from dataflow.models.indexes import index_name, indexes_of
from dataflow.models.model import Index, Model
from dataflow.models.name_checks import table_fault

_CAUSE = "an index is made with the table, and its name is that of no other index"


def check_indexes(model: Model, findings: Findings) -> None:
    """Find conditions that no index can have, and names that are taken or that some database refuses."""
    for index in model.indexes:
        _check_condition(index, model, findings)
        _check_name(index, model, findings)
    _check_twice(model, findings)


def spelled(index: Index) -> str:
    return f"Index({', '.join(map(repr, index.fields))})"


def _check_condition(index: Index, model: Model, findings: Findings) -> None:
    if index.where is None:
        return
    where = Where(model=model.name, operation="index")
    condition, problems = parse_filter(index.where, model, Limits(), where, ("__indexes__",), frozenset())
    told = f"'where' of {spelled(index)} of {model.name} cannot be used"
    cause = (
        "the condition of a partial index is a filter of its model, with values that stand in the table's definition"
    )
    shown = ("write it as:", 'Index("name", where={"active": True})')
    for problem in problems:
        ways = [(one.text, one.code) for one in problem.solutions]
        _add(findings, f"{told}: {problem.message}", problem.cause or cause, *(ways or [shown]))
    for comparison in () if problems or condition is None else _comparisons(condition):
        if comparison.operator == "has" or _holds_bytes(comparison.value):
            what = "elements of a list" if comparison.operator == "has" else "bytes"
            message = f"{told}: not every database compares {what} in an index ('{comparison.field}')"
            _add(findings, message, cause, ("use a field of its own for it:", "is_marked: bool = False"))


def _holds_bytes(value: object) -> bool:
    return isinstance(value, bytes) or (isinstance(value, tuple) and any(isinstance(one, bytes) for one in value))


def _comparisons(condition: Expression) -> Iterator[Compare]:
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Not):
        yield from _comparisons(condition.item)
    else:
        for item in condition.items:
            yield from _comparisons(item)


def _check_name(index: Index, model: Model, findings: Findings) -> None:
    name = index.name
    if name is None:
        return
    fault = table_fault(name)
    if fault is None and name.lower() == "primary":
        fault = "MySQL keeps it for the key"
    if fault is None and name.lower() == model.table.lower():
        fault = "it is the name of the table"
    if fault is not None:
        message = f"{spelled(index)} of {model.name} cannot be named {name!r}: {fault}"
        _add(findings, message, _CAUSE, ("leave the name out, or write it as:", 'Index("email", name="by_email")'))


def _check_twice(model: Model, findings: Findings) -> None:
    seen: dict[str, Index] = {}
    for index in indexes_of(model):
        name = index_name(index, model)
        first = seen.setdefault(name.lower(), index)
        if first is index:
            continue
        if (first.fields, first.unique, first.where) == (index.fields, index.unique, index.where):
            message = f"{spelled(index)} of {model.name} is there twice"
            way = ("leave one of them out; a field with 'index=True' or 'unique=True' has its index already", "")
        else:
            message = f"two indexes of {model.name} are named '{name}': {spelled(first)} and {spelled(index)}"
            fields = ", ".join(f'"{one}"' for one in index.fields)
            way = ("give one of them a name of its own:", f'Index({fields}, ..., name="{"_".join(index.fields)}_2")')
        _add(findings, message, _CAUSE, way)


def _add(findings: Findings, message: str, cause: str, *ways: tuple[str, str]) -> None:
    findings.add("DF-M115", message, cause, *ways, line=findings.source.line_of("__indexes__"))
