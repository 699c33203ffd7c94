"""The history of a database, in tables of its own: revisions, the journal of their steps, whose objects are the models', what is kept aside."""

from __future__ import annotations

import itertools
import json
import os
import socket
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
from importlib_metadata import version

from dataflow.migrations import MigrationPlan, ObjectRef, SchemaSnapshot, Session
from dataflow.migrations.history import Revision, RevisionState, StepRecord, StepState
from dataflow.migrations.objects import fingerprint_of
from dataflow.migrations.presence import has_table
from dataflow.migrations.serial import plan_data, plan_of, refs_data, refs_of

_TABLES = (
    """CREATE TABLE IF NOT EXISTS dataflow_migration (
    revision VARCHAR(150) NOT NULL PRIMARY KEY, parent VARCHAR(150) NOT NULL, checksum VARCHAR(64) NOT NULL,
    state VARCHAR(20) NOT NULL, from_fingerprint VARCHAR(64) NOT NULL, to_fingerprint VARCHAR(64) NOT NULL,
    created_at DOUBLE PRECISION NOT NULL, applied_at DOUBLE PRECISION, applied_by VARCHAR(250) NOT NULL,
    tool_version VARCHAR(50) NOT NULL, number INTEGER NOT NULL, plan {text} NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS dataflow_migration_step (
    revision VARCHAR(150) NOT NULL, step_no INTEGER NOT NULL, statement_sha256 VARCHAR(64) NOT NULL,
    state VARCHAR(20) NOT NULL, lock_token BIGINT, started_at DOUBLE PRECISION, finished_at DOUBLE PRECISION,
    sql_state VARCHAR(20) NOT NULL, message {text} NOT NULL, PRIMARY KEY (revision, step_no))""",
    """CREATE TABLE IF NOT EXISTS dataflow_migration_table (
    name VARCHAR(150) NOT NULL PRIMARY KEY, objects {text} NOT NULL, fingerprints {text} NOT NULL, adopted {text} NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS dataflow_migration_kept (
    name VARCHAR(150) NOT NULL PRIMARY KEY, revision VARCHAR(150) NOT NULL, object VARCHAR(250) NOT NULL)""",
)  # fmt: skip
#: of the tables that hold what is kept aside
PREFIX = "dataflow_trash_"
_REVISION = "revision, parent, checksum, state, from_fingerprint, to_fingerprint, created_at, applied_at, applied_by, tool_version"
_STEP = "revision, step_no, statement_sha256, state, lock_token, started_at, finished_at, sql_state, message"


def moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)


@attrs.frozen(eq=False)
class History:
    """What one connection reads and writes of it. Times are the database's own clock's.

    What changes something is called inside ``run.writing()``.
    """

    session: Session

    async def exists(self) -> bool:
        """Whether there is a history."""
        return await has_table(self.session, "dataflow_migration_kept")

    async def is_leased(self) -> bool:
        """Whether a process that has the plugin ``locks`` migrates the database now."""
        if not await has_table(self.session, "dataflow_migration_lock"):
            return False
        return bool(
            await self.session.rows(f"SELECT 1 FROM dataflow_migration_lock WHERE expires_at > {self.session.now}")
        )

    async def prepare(self) -> None:
        """Make those of its tables that are missing; under the lock, for servers make them twice otherwise."""
        text = "LONGTEXT" if self.session.dialect in ("mysql", "mariadb") else "TEXT"
        for statement in _TABLES:
            await self.session.run(statement.format(text=text))

    async def revisions(self) -> tuple[Revision, ...]:
        """Every revision with its steps, the oldest first."""
        rows = await self.session.rows(f"SELECT {_REVISION} FROM dataflow_migration ORDER BY number")
        steps: dict[str, list[StepRecord]] = {}
        for row in await self.session.rows(f"SELECT {_STEP} FROM dataflow_migration_step ORDER BY revision, step_no"):
            steps.setdefault(row[0], []).append(_step(row))
        return tuple(_revision(row, steps.get(row[0], ())) for row in rows)

    async def head(self) -> str:
        """The latest revision that holds; empty when none does."""
        rows = await self.session.rows(
            "SELECT revision FROM dataflow_migration WHERE state IN ('applied', 'stamped') ORDER BY number DESC LIMIT 1"
        )
        return str(rows[0][0]) if rows else ""

    async def has(self, revision: str) -> bool:
        """Whether a revision is applied, or written down as if it were."""
        return any(one.revision == revision and one.state in ("applied", "stamped") for one in await self.revisions())

    async def unfinished(self) -> Revision | None:
        """The revision that was cut short, which everything else waits for."""
        return next((one for one in await self.revisions() if one.state == "running"), None)

    async def plan(self, revision: str) -> MigrationPlan:
        """A revision as it was planned."""
        ((text,),) = await self.session.rows("SELECT plan FROM dataflow_migration WHERE revision = ?", revision)
        return plan_of(json.loads(text))

    async def managed(self) -> tuple[frozenset[ObjectRef], dict[str, str]]:
        """The objects that are the models' own, and of those that others made what they are like."""
        rows = await self.session.rows("SELECT objects, adopted FROM dataflow_migration_table")
        adopted: dict[str, str] = {}
        for _, text in rows:
            adopted |= json.loads(text)
        return frozenset(ref for text, _ in rows for ref in refs_of(json.loads(text))), adopted

    async def begin(self, plan: MigrationPlan) -> None:
        """Write a revision and its steps down before the first of them is done; in a transaction."""
        ((number,),) = await self.session.rows("SELECT coalesce(max(number), 0) + 1 FROM dataflow_migration")
        if plan.reverts:
            # from here on this is what goes on after a kill, and no more what it undoes
            await self.session.change(
                "UPDATE dataflow_migration SET state = 'failed' WHERE revision = ? AND state = 'running'", plan.reverts
            )
        # one that failed and left nothing may be tried again
        await self.session.change("DELETE FROM dataflow_migration WHERE revision = ?", plan.revision)
        await self.session.change("DELETE FROM dataflow_migration_step WHERE revision = ?", plan.revision)
        await self.session.change(
            f"INSERT INTO dataflow_migration ({_REVISION}, number, plan)"
            f" VALUES (?, ?, ?, 'running', ?, ?, {self.session.now}, NULL, ?, ?, ?, ?)",
            plan.revision,
            plan.parent,
            plan.checksum,
            plan.from_fingerprint,
            plan.to_fingerprint,
            applied_by(),
            version("dataflow-migrations"),
            int(number),
            json.dumps(plan_data(plan)),
        )
        for number_of_step, step in enumerate(plan.steps, 1):
            await self.session.change(
                f"INSERT INTO dataflow_migration_step ({_STEP}) VALUES (?, ?, ?, 'pending', NULL, NULL, NULL, '', '')",
                plan.revision,
                number_of_step,
                step.checksum,
            )

    async def step(
        self, revision: str, number: int, state: StepState, token: int | None, sqlstate: str = "", message: str = ""
    ) -> None:
        """Write down what became of a step, as the holder of the lock with this token."""
        time = "started_at" if state == "running" else "finished_at"
        await self.session.change(
            f"UPDATE dataflow_migration_step SET state = ?, lock_token = ?, {time} = {self.session.now}, sql_state = ?, message = ?"
            " WHERE revision = ? AND step_no = ?",
            state,
            token,
            sqlstate,
            message[:2000],
            revision,
            number,
        )

    async def end(self, revision: str, state: RevisionState) -> None:
        applied = f", applied_at = {self.session.now}" if state == "applied" else ""
        await self.session.change(
            f"UPDATE dataflow_migration SET state = ?{applied} WHERE revision = ?", state, revision
        )

    async def manage(self, plan: MigrationPlan, found: SchemaSnapshot) -> None:
        """Say which objects of a plan's tables are the models' own from now on, and what all of them look like now."""
        for table in plan.tables:
            own = tuple(sorted(ref for ref in plan.managed if (ref.table or ref.name) == table))
            await self.session.change("DELETE FROM dataflow_migration_table WHERE name = ?", table)
            if own:
                there = found.objects.get(ObjectRef("table", table))
                parts = (*found.parts_of(ObjectRef("table", table)), *(() if there is None else (there,)))
                seen = {str(one.ref): fingerprint_of(one) for one in parts}
                await self.session.change(
                    "INSERT INTO dataflow_migration_table (name, objects, fingerprints, adopted) VALUES (?, ?, ?, ?)",
                    table,
                    json.dumps(refs_data(own)),
                    json.dumps(seen),
                    json.dumps({name: plan.adopted[name] for name in map(str, own) if name in plan.adopted}),
                )

    async def left(self) -> dict[str, dict[str, str]]:
        """By table: the fingerprint of each of its objects when the last migration of it had ended."""
        rows = await self.session.rows("SELECT name, fingerprints FROM dataflow_migration_table")
        return {str(name): json.loads(text) for name, text in rows}

    async def keep(self, name: str, revision: str, what: str) -> None:
        """Remember a copy that a lossy step has left."""
        await self.session.change("DELETE FROM dataflow_migration_kept WHERE name = ?", name)
        await self.session.change(
            "INSERT INTO dataflow_migration_kept (name, revision, object) VALUES (?, ?, ?)", name, revision, what
        )

    async def let_go(self, names: Sequence[str]) -> None:
        for name in names:
            await self.session.change("DELETE FROM dataflow_migration_kept WHERE name = ?", name)

    async def kept(self) -> tuple[tuple[str, str, str], ...]:
        """Name, revision and object of each copy."""
        rows = await self.session.rows("SELECT name, revision, object FROM dataflow_migration_kept ORDER BY name")
        return tuple((str(name), str(revision), str(what)) for name, revision, what in rows)

    async def free_name(self, words: str) -> str:
        """A name for a revision of now that the history has not: the same change may be made, undone and made again within a second."""
        name = f"{await self.now():%Y%m%d%H%M%S}_{words}"
        rows = await self.session.rows("SELECT revision FROM dataflow_migration")
        taken = {str(revision) for (revision,) in rows}
        others = (f"{name}_{number}" for number in itertools.count(2))
        return next(one for one in itertools.chain([name], others) if one not in taken)

    async def now(self) -> datetime:
        ((seconds,),) = await self.session.rows(f"SELECT {self.session.now}")
        found = moment(seconds)
        assert found is not None
        return found


def applied_by() -> str:
    """Who does it, as the history shows it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _revision(row: Sequence[Any], steps: Iterable[StepRecord]) -> Revision:
    created, applied = moment(row[6]), moment(row[7])
    assert created is not None
    return Revision(
        revision=row[0], parent=row[1], checksum=row[2], state=row[3], from_fingerprint=row[4], to_fingerprint=row[5],
        created_at=created, applied_at=applied, applied_by=row[8], tool_version=row[9], steps=tuple(steps),
    )  # fmt: skip


def _step(row: Sequence[Any]) -> StepRecord:
    return StepRecord(
        revision=row[0], step_no=int(row[1]), statement_sha256=row[2], state=row[3], lock_token=row[4],
        started_at=moment(row[5]), finished_at=moment(row[6]), sqlstate=row[7], message=row[8],
    )  # fmt: skip
