"""What the migrations of this database refuse to do."""

from __future__ import annotations

from typing import NoReturn

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.migrations import SchemaObject


def refuse(one: SchemaObject) -> NoReturn:
    """:raises MigrationError: DF-G112."""
    raise error_of(
        Problem(
            code="DF-G112",
            message=f"'{one.ref}' cannot be made anew",
            where=Where(operation="migrations"),
            context={"object": str(one.ref), "kind": one.ref.kind},
            cause="the catalogue does not say all that it is made of, or its change has no statement",
            solutions=(
                Solution("change it by statements of your own, and plan again"),
                Solution("or leave it as it is: what no plan touches is no hindrance"),
            ),
        )
    )
