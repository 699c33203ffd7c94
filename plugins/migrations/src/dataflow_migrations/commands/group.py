"""The group ``dataflow migrate`` and its sub-commands."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import attrs
import click

from dataflow import DataFlowError
from dataflow.migrations import MigrationStep
from dataflow.plugins.command_line import CommandLine
from dataflow_migrations.commands.adopting import adopt
from dataflow_migrations.commands.command import ACTION, FAILED, Asked, accepting, migrating, patient
from dataflow_migrations.commands.shown import (
    plan_lines,
    revision_lines,
    shown_plan,
    shown_revision,
    status_lines,
)
from dataflow_migrations.drift import drift_of
from dataflow_migrations.files import with_checksum
from dataflow_migrations.passes import Passes


@click.group("migrate", short_help="Plan, apply and undo changes of a database's schema.")
def migrate() -> None:
    """What the models of a Python file want of its database: plan it, apply it, undo it, see where it stands."""


@migrating("plan", "Show what would be done; changes nothing.")
@click.option("--sql", "with_sql", is_flag=True, help="With the statements.")
@click.option("--drop-table", "drop_tables", multiple=True, metavar="TABLE", help="A table that has no model any more.")
@accepting
async def plan(asked: Asked, accept: Collection[str], drop_tables: Collection[str], with_sql: bool) -> int:
    """Show the steps that would bring the database to the models of FILE. Asks nobody and writes nothing.

    The exit code is 3 when there is something to do, 1 when a person must decide first.
    """
    found = await asked.db.migrations.plan(accept=accept, drop_tables=drop_tables)
    asked.out.put(plan=shown_plan(found))
    for line in plan_lines(found, with_sql=with_sql):
        asked.out.line(line)
    if found.is_empty:
        asked.out.line("nothing to do: the database is as the models want it")
    return FAILED if found.stops else ACTION if found.steps else 0


@migrating("sql", "Print the statements of what would be done.")
@accepting
async def sql(asked: Asked, accept: Collection[str]) -> int:
    """Print the statements that would bring the database to the models of FILE, for whoever applies them by hand."""
    found = await asked.db.migrations.plan(accept=accept)
    if found.stops:
        raise _error(found.stops)
    asked.out.put(statements=[statement for step in found.steps for statement in step.sql])
    for line in plan_lines(attrs.evolve(found, findings=()), with_sql=True):
        if line.startswith("--") or line.endswith(";"):
            asked.out.line(line)
    return 0


@migrating("apply", "Do what is pending.")
@click.option("--drop-table", "drop_tables", multiple=True, metavar="TABLE", help="A table that has no model any more.")
@accepting
@patient
async def apply(asked: Asked, accept: Collection[str], drop_tables: Collection[str], timeout_s: float | None) -> int:
    """Bring the database to the models of FILE: first what was cut short, then the migration files, then what the models want besides.

    What would lose data, or what the data does not allow, is refused until it is accepted by its name.
    """
    migrations = asked.db.migrations
    passes: Passes = migrations.pipeline("apply").passes  # type: ignore[attr-defined]  # this plugin's own engine
    passes.progress = lambda step, state: _told(asked, step, state)
    given = None
    if drop_tables:
        given = await migrations.plan(accept=accept, drop_tables=drop_tables)
    applied = await migrations.apply(given, accept=accept, timeout_s=timeout_s)
    asked.out.put(applied=[shown_revision(one) for one in applied])
    for one in applied:
        asked.out.line(f"applied {one.revision}")
    if not applied:
        asked.out.line("nothing to do: the database is as the models want it")
    return 0


def _told(asked: Asked, step: MigrationStep, state: str) -> None:
    if state == "applied":
        asked.out.line(f"  {step}")


@migrating("rollback", "Undo the latest revision.")
@click.option("--to", metavar="REVISION", help="Undo all after this one.")
@patient
async def rollback(asked: Asked, to: str | None, timeout_s: float | None) -> int:
    """Undo the latest revision of the database, or of one that was cut short the steps that are done."""
    undone = await asked.db.migrations.rollback(to, timeout_s=timeout_s)
    asked.out.put(undone=[shown_revision(one) for one in undone])
    for one in undone:
        asked.out.line(f"undone {one.revision}")
    return 0


@migrating("contract", "Let go of the data that lossy steps have kept aside.")
async def contract(asked: Asked) -> int:
    """Drop the copies that lossy steps have kept; these steps cannot be undone with their data afterwards."""
    gone = await asked.db.migrations.contract()
    asked.out.put(let_go=list(gone))
    for one in gone:
        asked.out.line(f"let go of {one}")
    if not gone:
        asked.out.line("nothing is kept aside")
    return 0


@migrating("status", "Where the database stands, and who migrates it now.")
async def status(asked: Asked) -> int:
    """Show the head, what is pending or cut short, who holds the lock, and what is kept aside.

    The exit code is 3 when an action is needed.
    """
    found = await asked.db.migrations.status()
    asked.out.put(status=attrs.asdict(found))
    for line in status_lines(found):
        asked.out.line(line)
    return 0 if found.state == "current" else ACTION


@migrating("history", "Every revision that the database knows.")
async def history(asked: Asked) -> int:
    """List the revisions of the database, the oldest first."""
    found = await asked.db.migrations.history()
    asked.out.put(revisions=[shown_revision(one) for one in found])
    for line in revision_lines(found):
        asked.out.line(line)
    return 0


@migrating("simulate", "Do what is pending where it changes nothing.")
async def simulate(asked: Asked) -> int:
    """Try the plan in a transaction that is rolled back, where the database can undo changes of its schema."""
    found = await asked.db.migrations.simulate()
    asked.out.put(plan=shown_plan(found))
    for line in plan_lines(found):
        asked.out.line(line)
    return FAILED if any(one.severity >= 60 for one in found.findings) else 0


@migrating("drift", "What others have changed in the models' tables.")
async def drift(asked: Asked) -> int:
    """Compare the models' tables with what their last migration has left. The exit code is 3 when they differ."""
    found = await drift_of(asked.db)
    asked.out.put(drift=[attrs.asdict(one) for one in found])
    for one in found:
        asked.out.line(str(one))
    if not found:
        asked.out.line("no drift")
    return ACTION if found else 0


@migrating("stamp", "Write a revision into the history, and do nothing else.")
@click.argument("revision")
async def stamp(asked: Asked, revision: str) -> int:
    """Say that the database stands at REVISION."""
    found = await asked.db.migrations.stamp(revision)
    asked.out.put(revision=shown_revision(found))
    asked.out.line(f"stamped {found.revision}")
    return 0


@migrating("unlock", "Break the migration lock of a process that is gone.")
@click.option("--token", type=int, required=True, help="The token that 'dataflow migrate status' shows.")
async def unlock(asked: Asked, token: int) -> int:
    """Take the lock from who holds it; an audit row tells who did it."""
    await asked.db.migrations.locks.unlock(token)
    asked.out.put(token=token)
    asked.out.line(f"unlocked; the holder of token {token} writes nothing any more")
    return 0


@migrating("write", "Write what is pending as the next migration file.")
@click.option("-m", "--message", default="", help="Words for its name.")
@click.option(
    "--directory", type=click.Path(file_okay=False, path_type=Path), help="Where to; the instance's own when absent."
)
@click.option(
    "--alembic",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a revision of Alembic into this directory.",
)
@accepting
async def write(
    asked: Asked, message: str, directory: Path | None, alembic: Path | None, accept: Collection[str]
) -> int:
    """Write the steps that would bring the database to the models of FILE into a file that is reviewed and kept."""
    own = getattr(asked.db.migrations.pipeline("write"), "directory", None)
    where = alembic or directory or own or Path("migrations")
    found = await asked.db.migrations.write(where, message, accept=accept, form="alembic" if alembic else "toml")
    asked.out.put(file=None if found is None else str(found))
    asked.out.line("nothing to write: the database is as the models want it" if found is None else str(found))
    return 0


@click.command("checksum", short_help="Write the new checksum of a migration file that was edited.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--no-color", is_flag=True, help="Print no colours, whatever the terminal.")
@click.pass_obj
def checksum(line: CommandLine, file: Path, as_json: bool, no_color: bool) -> int:
    """Write the checksum of the statements of FILE, a migration file, into it."""
    out = line.output(as_json, no_color)
    found = with_checksum(file)
    out.put(ok=True, checksum=found)
    out.line(found)
    out.finish()
    return 0


def _error(problems: Collection[object]) -> DataFlowError:
    from dataflow.diagnostics import error_of

    return error_of(list(problems))  # type: ignore[arg-type]  # problems


for command in (
    plan, sql, apply, rollback, contract, status, history, simulate, drift, stamp, unlock, write, checksum, adopt,
):  # fmt: skip
    migrate.add_command(command)
