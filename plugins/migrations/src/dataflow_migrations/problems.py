"""What can be wrong with a migration, in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dataflow.diagnostics import Problem, Solution, Where, closest
from dataflow.migrations import MigrationPlan, MigrationStep, SchemaSnapshot
from dataflow.migrations.history import Revision

_WHERE = Where(operation="migrate")


def not_migratable(adapter: str) -> Problem:
    return Problem(
        code="DF-G102",
        message=f"the adapter '{adapter}' cannot be migrated",
        where=_WHERE,
        context={"adapter": adapter},
        cause="it has no 'schema' and 'session', by which the migration engines read and change a database",
        solutions=(
            Solution("use the tables that are there:", "DataFlow(url, existing_schema_mode=True, auto_migrate=False)"),
            Solution("or turn migrations off:", 'DataFlow.with_migrations(url, strategy="none")'),
        ),
    )


def to_stand_on(revisions: Sequence[str]) -> Problem:
    return Problem(
        code="DF-G103",
        message=f"the database lacks {len(revisions)} migration file{'s' * (len(revisions) != 1)}, on which a new one would stand",
        where=_WHERE,
        context={"pending": ", ".join(revisions)},
        cause="a file is planned from the database as it is: it would repeat what the others do",
        solutions=(Solution("apply them first:", "dataflow migrate apply app.py"),),
    )


def pending(lines: Sequence[str], strategy: str, *, is_filed: bool = False) -> Problem:
    """:param is_filed: whether all files are applied, and none has it."""
    if is_filed:
        return Problem(
            code="DF-G103",
            message=f"the models need {len(lines)} change{'s' * (len(lines) != 1)} that no migration file has",
            where=_WHERE,
            context={"pending": "; ".join(lines)},
            cause="where there are migration files, only what they have is applied",
            solutions=(
                Solution("write it down, and have it reviewed:", "dataflow migrate write app.py"),
                Solution("then apply it:", "dataflow migrate apply app.py"),
            ),
        )
    return Problem(
        code="DF-G103",
        message=f"the database lacks {len(lines)} change{'s' * (len(lines) != 1)} that the models need",
        where=_WHERE,
        context={"pending": "; ".join(lines), "strategy": strategy},
        cause=f"with the strategy '{strategy}' nothing is applied by itself",
        solutions=(
            Solution("look at what would be done:", "dataflow migrate plan app.py"),
            Solution("apply it:", "dataflow migrate apply app.py"),
            Solution("or let first use apply what loses nothing:", 'DataFlow.with_migrations(url, strategy="auto")'),
        ),
    )


def not_adopted(lines: Sequence[str]) -> Problem:
    return Problem(
        code="DF-G103",
        message="the tables that are there cannot be taken over: the models want something else",
        where=_WHERE,
        context={"pending": "; ".join(lines)},
        cause="what another tool has made is the models' own once they agree with it",
        solutions=(
            Solution("write the models after what is there:", "dataflow generate models --from-db URL"),
            Solution("or have what is missing made first:", "dataflow migrate apply app.py"),
        ),
    )


def changed_meanwhile(plan: MigrationPlan, found: str) -> Problem:
    return Problem(
        code="DF-G104",
        message="the schema is not the one that the plan was made for",
        where=_WHERE,
        context={"tables": ", ".join(plan.tables), "planned from": plan.from_fingerprint, "found": found},
        cause="somebody changed these tables after the plan was made",
        solutions=(Solution("make it again, and look at it again:", "plan = await db.migrations.plan()"),),
    )


def step_failed(
    plan: MigrationPlan, number: int, step: MigrationStep, why: Problem | None, error: BaseException, done: int
) -> Problem:
    total = len(plan.steps)
    left = f"the {done} before it are done" if done else "nothing was changed"
    return Problem(
        code="DF-G105",
        message=f"step {number} of {total} failed: {step}" + (f": {why.message}" if why is not None else ""),
        where=_WHERE,
        context={
            "revision": plan.revision,
            "step": number,
            "done before it": done,
            "database": str(error),
            **({"code": why.code} if why is not None else {}),
        },
        cause=(why.cause if why is not None and why.cause else "the database refused the statement") + f"; {left}",
        solutions=(
            *(why.solutions if why is not None else ()),
            Solution(
                "mend the cause and apply again: what is done is not done twice:", "dataflow migrate apply app.py"
            ),
            *([Solution("or undo the steps that are done:", "dataflow migrate rollback app.py")] if done else []),
        ),
    )


def cut_short(plan: MigrationPlan, step: MigrationStep, why: Problem | None, error: BaseException) -> Problem:
    return Problem(
        code="DF-G105",
        message=f"revision '{plan.revision}' was cut short at its step '{step}'"
        + (f": {why.message}" if why is not None else ""),
        where=_WHERE,
        context={
            "revision": plan.revision,
            "database": str(error),
            **({"code": why.code} if why is not None else {}),
        },
        cause="nothing could be written down any more; the journal says which steps are done",
        solutions=(
            Solution("finish it: what is done is not done twice:", "dataflow migrate apply app.py"),
            Solution("or undo what is done of it:", "dataflow migrate rollback app.py"),
        ),
    )


def took_too_long(timeout_s: float) -> Problem:
    return Problem(
        code="DF-G106",
        message=f"another migration of this database did not end within {timeout_s:g} s",
        where=_WHERE,
        context={"waited_s": timeout_s},
        cause="only one process migrates a database at a time; the others wait for it",
        solutions=(
            Solution("see who holds the lock, and at which step:", "dataflow migrate status app.py"),
            Solution("wait longer:", "DataFlow.with_migrations(url, migration_lock_timeout_s=600)"),
        ),
    )


def ahead(unknown: Sequence[str]) -> Problem:
    return Problem(
        code="DF-G109",
        message=f"the database has {len(unknown)} revision{'s' * (len(unknown) != 1)} that no migration file here is of",
        where=_WHERE,
        context={"unknown": ", ".join(unknown)},
        cause="a newer version of the application has migrated it",
        solutions=(
            Solution("deploy the version that has these files"),
            Solution("or undo them with that version:", "dataflow migrate rollback app.py --to REVISION"),
        ),
    )


def not_undone(revision: str, steps: Sequence[MigrationStep], rows: int = 0) -> Problem:
    """:param rows: how many have what would be taken away."""
    named = "; ".join(map(str, steps))
    return Problem(
        code="DF-G110",
        message=f"revision '{revision}' cannot be undone: {named}" if revision else "there is no revision to undo",
        where=_WHERE,
        context={"revision": revision, **({"rows": rows} if rows else {})},
        cause="rows have values that would be none any more"
        if rows
        else "a step has no inverse, or what it needs is gone"
        if revision
        else "the history has none that is applied",
        solutions=(
            *(
                [Solution("give these rows another value, then roll back:", "dataflow migrate rollback app.py")]
                if rows
                else []
            ),
            Solution("change the models to what they should be, and apply that:", "await db.migrations.apply()"),
        ),
    )


def no_such_revision(revision: str, there: Sequence[str]) -> Problem:
    near = closest(revision, there, 1)
    return Problem(
        code="DF-G110",
        message=f"there is no revision '{revision}' to go back to",
        where=_WHERE,
        context={"revision": revision},
        cause="nothing was undone: the history has no such revision that is applied",
        solutions=(
            *(Solution("it is this one:", f"dataflow migrate rollback app.py --to {name}") for name in near),
            Solution("see which there are:", "dataflow migrate history app.py"),
        ),
    )


def known_already(revision: Revision) -> Problem:
    return Problem(
        code="DF-G122",
        message=f"revision '{revision.revision}' is in the history already, as {revision.state}",
        where=_WHERE,
        context={"revision": revision.revision, "state": revision.state, "by": revision.applied_by},
        cause="to stamp it would put nothing in the place of its steps, and no rollback would find them any more",
        solutions=(
            Solution("leave it: the database stands at it, or behind it:", "dataflow migrate history app.py"),
            Solution("or stamp another name:", 'await db.migrations.stamp("release-7")'),
        ),
    )


def not_as_planned(plan: MigrationPlan, found: SchemaSnapshot, differences: Sequence[str]) -> Problem:
    return Problem(
        code="DF-G111",
        message=f"after '{plan.revision}' the schema is not as planned",
        where=_WHERE,
        context={"planned": plan.to_fingerprint, "found": found.fingerprint, "differences": "; ".join(differences)},
        cause="a statement did something else than its step says, or somebody changed the tables meanwhile",
        solutions=(
            Solution("plan again from what is there:", "await db.migrations.plan()"),
            Solution("or undo it:", "await db.migrations.rollback()"),
        ),
    )


def wrong_strategy(given: str) -> Problem:
    no_engine = given == "staging-first"
    return Problem(
        code="DF-G113",
        message="the strategy 'staging-first' needs the plugin 'staging', which is not loaded"
        if no_engine
        else f"'{given}' is no migration strategy",
        where=_WHERE,
        context={"given": given},
        cause="a migration is rehearsed on a copy of the database, which that plugin makes"
        if no_engine
        else "the strategies are: auto, manual, staging-first, none",
        solutions=(
            Solution("apply at first use what loses nothing:", 'db.migrations.set_strategy("auto")'),
            Solution("or only what is applied by hand:", 'db.migrations.set_strategy("manual")'),
        ),
    )


def not_of_alembic(directory: Path, why: str) -> Problem:
    return Problem(
        code="DF-G116",
        message=f"the revisions of Alembic in '{directory}' cannot be continued: {why}",
        where=_WHERE,
        context={"directory": str(directory)},
        cause="a revision stands on the one head of its directory, and is planned from a database that is at that head",
        solutions=(
            Solution("bring the database to the head:", "alembic upgrade head"),
            Solution("or make one of several heads:", "alembic merge heads"),
            Solution("or begin a directory:", "alembic init alembic"),
        ),
    )
