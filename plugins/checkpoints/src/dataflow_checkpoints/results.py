"""The verdicts of a database, in a table of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs

from dataflow.migrations import Session
from dataflow.migrations.presence import has_table
from dataflow_checkpoints.check import CheckResult

_TABLE = """CREATE TABLE IF NOT EXISTS dataflow_migration_check (
    revision VARCHAR(150) NOT NULL, code VARCHAR(100) NOT NULL, stage VARCHAR(20) NOT NULL, severity VARCHAR(20) NOT NULL,
    status VARCHAR(20) NOT NULL, message {text} NOT NULL, measured {text} NOT NULL, took_s DOUBLE PRECISION NOT NULL,
    checked_at DOUBLE PRECISION NOT NULL)"""
_COLUMNS = "revision, code, stage, severity, status, message, measured, took_s"


@attrs.frozen(eq=False)
class Results:
    """What one connection reads and writes of it."""

    session: Session

    async def exists(self) -> bool:
        return await has_table(self.session, "dataflow_migration_check")

    async def make(self) -> None:
        """Make the table where it is missing."""
        text = "LONGTEXT" if self.session.dialect in ("mysql", "mariadb") else "TEXT"
        await self.session.run(_TABLE.format(text=text))

    async def write(self, results: Sequence[CheckResult]) -> None:
        if not results:
            return
        # one statement: with one each, a first use would wait for sixteen
        rows = ", ".join([f"(?, ?, ?, ?, ?, ?, ?, ?, {self.session.now})"] * len(results))
        await self.session.change(
            f"INSERT INTO dataflow_migration_check ({_COLUMNS}, checked_at) VALUES {rows}",
            *(value for one in results for value in _row(one)),
        )

    async def read(self, revision: str | None = None) -> tuple[CheckResult, ...]:
        """Of one revision, or all, the oldest first."""
        if not await self.exists():
            return ()
        where, values = ("", ()) if revision is None else (" WHERE revision = ?", (revision,))
        rows = await self.session.rows(
            f"SELECT {_COLUMNS} FROM dataflow_migration_check{where} ORDER BY checked_at, code", *values
        )
        return tuple(
            CheckResult(
                revision=row[0], code=row[1], stage=row[2], severity=row[3], status=row[4], message=row[5],
                measured=json.loads(row[6]), took_s=float(row[7]),
            )
            for row in rows
        )  # fmt: skip


def _row(result: CheckResult) -> tuple[object, ...]:
    return (
        result.revision, result.code, result.stage, result.severity, result.status, result.message,
        json.dumps(dict(result.measured), default=str), result.took_s,
    )  # fmt: skip
