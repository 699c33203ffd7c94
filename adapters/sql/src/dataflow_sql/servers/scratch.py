"""Where the tables of models are made to be compared, and nowhere is allowed."""

from __future__ import annotations

from dataflow.diagnostics import Problem, Solution, Where


def no_scratch(place: str, grant: str) -> Problem:
    """:param place: what the tables would be made in otherwise; ``grant`` allows the least."""
    return Problem(
        code="DF-A123",
        message=f"the database user may make no temporary tables and no {place}, so that models and database cannot be compared",
        where=Where(operation="migrate"),
        context={"needed": grant.partition(" ON ")[0].removeprefix("GRANT ")},
        cause="both sides are compared in the server's own words, for which it makes the models' tables where nobody sees them",
        solutions=(
            Solution("allow it, which lets nothing be changed:", grant),
            Solution("or look at nothing with this user:", 'DataFlow.with_migrations(url, strategy="none")'),
        ),
    )
