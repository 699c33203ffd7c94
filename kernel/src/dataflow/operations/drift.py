"""How far a table is from its model, in words."""

from __future__ import annotations

from collections.abc import Iterator

from dataflow.adapters import TableState
from dataflow.diagnostics import Problem, Solution, Where
from dataflow.models.model import Model

MANAGED = ("created_at", "updated_at")


def differs(model: Model, state: TableState, create: bool) -> Problem | None:
    """DF-S101 or DF-S102 for a table that cannot hold its model's records; ``create`` tells whether one may be made."""
    if not state.differences:
        return None
    missing = any(difference.column is None and "missing" in difference.message for difference in state.differences)
    return Problem(
        code="DF-S101" if missing else "DF-S102",
        message=f"table '{state.table}' "
        + ("is missing" if missing else f"differs from the model {model.name}")
        + ("" if create else ", and this instance creates nothing"),
        where=Where(model=model.name, operation="ensure"),
        context=_by_column(state),
        cause="a model is only used with a table that can hold its records",
        solutions=tuple(_ways(model, state, missing, create)),
    )


def _ways(model: Model, state: TableState, missing: bool, create: bool) -> Iterator[Solution]:
    managed = [one.column for one in state.differences if one.column in MANAGED and "no such column" in one.message]
    if missing:
        yield Solution("name the table that is there:", '__dataflow__ = {"table": "..."}')
        yield Solution("or let this instance make it:", "DataFlow(..., existing_schema_mode=False, auto_migrate=True)")
        return
    if managed:
        option = '{"timestamps": False}'
        yield Solution(f"the table has no {', '.join(map(str, managed))}; leave them out:", f"__dataflow__ = {option}")
    for one in state.differences:
        if one.column is not None and one.column not in MANAGED:
            yield Solution(f"change the table, or the field '{one.column}' of {model.name}: {one.message}")
    if create:
        yield Solution(
            "a table that is there is not changed; add what is missing:", f"ALTER TABLE {state.table} ADD COLUMN ..."
        )


def _by_column(state: TableState) -> dict[str, str]:
    """All that is to be said of each column."""
    found: dict[str, list[str]] = {}
    for one in state.differences:
        found.setdefault(one.column or "table", []).append(one.message)
    return {column: "; ".join(messages) for column, messages in found.items()}
