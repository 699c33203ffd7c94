"""What a failed check, or a check that cannot be made, is told as."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics import Problem, Solution, Where
from dataflow_checkpoints.check import CheckResult

_WHERE = Where(operation="migrate")


def failed_before(results: Sequence[CheckResult]) -> Problem:
    return Problem(
        code="DF-G301",
        message=f"the migration did not begin: {_told(results)}",
        where=_WHERE,
        context={"checks": ", ".join(one.code for one in results)},
        cause="a check before the first step failed; nothing was changed",
        solutions=(
            Solution("mend what it found, then apply again:", "dataflow migrate apply app.py"),
            Solution("see what was measured:", "await db.migrations.checkpoints.results()"),
            Solution(
                "or leave the check out:",
                f'DataFlow.with_migrations(url, checkpoints={{"skip": ["{results[0].code}"]}})',
            ),
        ),
    )


def failed_after(results: Sequence[CheckResult]) -> Problem:
    return Problem(
        code="DF-G302",
        message=f"the migration was applied, and is not sound: {_told(results)}",
        where=_WHERE,
        context={"checks": ", ".join(one.code for one in results)},
        cause="a check after the last step failed; what can be undone is undone, as the history says",
        solutions=(
            Solution("see what was measured:", "await db.migrations.checkpoints.results()"),
            Solution("see what became of the revision:", "dataflow migrate history app.py"),
        ),
    )


def wrong_check(code: str, why: str) -> Problem:
    return Problem(
        code="DF-G303",
        message=f"check '{code}' cannot be made: {why}",
        where=_WHERE,
        context={"check": code},
        cause="a check of one's own has a code that no other has, a stage, and a question that can be asked",
        solutions=(
            Solution(
                "as SQL that finds nothing when all is well:",
                'db.migrations.checkpoints.add_sql("APP1", "SELECT id FROM users WHERE name = \'\'", stage="post")',
            ),
            Solution(
                "or as a function that answers what is wrong:",
                '@db.migrations.checkpoints.check("APP2", stage="pre")\nasync def check(about): ...',
            ),
        ),
    )


def _told(results: Sequence[CheckResult]) -> str:
    return "; ".join(f"{one.code} {one.message}" for one in results)
