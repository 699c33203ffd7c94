"""Whether the tables are as the models need them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dataflow.adapters import TableState
from dataflow.inspection.checkups import Checkup, Finding, fails, passes
from dataflow.models.model import Model
from dataflow.operations.drift import differs

if TYPE_CHECKING:
    from dataflow.app import DataFlow


def schema_checkup(app: DataFlow) -> Checkup:
    async def examine() -> Iterator[Finding]:
        models = tuple(app.models.values())
        states = await app.adapter.ensure(models, False)
        return _found(app, dict(zip(models, states, strict=True)))

    return Checkup("schema", examine, needs_database=True)


def _found(app: DataFlow, states: dict[Model, TableState]) -> Iterator[Finding]:
    creates = app.config.auto_migrate and not app.config.existing_schema_mode
    fitting = 0
    for model, state in states.items():
        problem = differs(model, state, creates)
        if problem is None:
            fitting += 1
        elif creates and problem.code == "DF-S101":
            yield passes(f"table '{state.table}' of {model.name} is not there yet: its first use makes it")
        else:
            yield fails(problem)
    yield passes(f"{fitting} of {len(states)} tables are there and fit their models" if states else "no model")
