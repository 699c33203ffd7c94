"""Tables that a person names to be dropped: the models' own, and of no model any more."""

from __future__ import annotations

from collections.abc import Collection

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.diagnostics.closest import closest
from dataflow.migrations import MigrationRun, ObjectRef
from dataflow_migrations.observing import Observation


def check_droppable(names: Collection[str], seen: Observation, run: MigrationRun) -> None:
    """See that each is a table that earlier plans have made or taken over, and that has no model.

    :raises MigrationError: DF-G119.
    """
    problems = [problem for name in sorted(names) if (problem := _problem(name, seen, run)) is not None]
    if problems:
        raise error_of(problems)


def _problem(name: str, seen: Observation, run: MigrationRun) -> Problem | None:
    table = ObjectRef("table", name)
    model = next((one for one in run.models if one.table == name), None)
    if model is not None:
        return _refused(
            name, f"it is the table of {model.name}", Solution(f"remove the model '{model.name}', then name its table")
        )
    if table not in seen.actual.objects:
        own = [ref.name for ref in seen.managed if ref.kind == "table"]
        near = closest(name, own)
        return _refused(
            name, "the database has none of this name",
            Solution(f"name one that is there: '{near[0]}'" if near else "leave it out: it is gone already"),
        )  # fmt: skip
    if table not in seen.managed:
        return _refused(
            name, "no plan has made it, and none has taken it over", Solution("drop it yourself:", f"DROP TABLE {name}")
        )
    return None


def _refused(name: str, why: str, solution: Solution) -> Problem:
    return Problem(
        code="DF-G119",
        message=f"table '{name}' is not dropped: {why}",
        where=Where(operation="migrate"),
        context={"table": name},
        cause="only what migrations have made, or taken over, and what has no model any more is dropped",
        solutions=(solution,),
    )
