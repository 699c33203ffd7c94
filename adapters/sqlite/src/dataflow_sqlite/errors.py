"""What SQLite refused, as coded problems; the driver's own text is shown only where it holds no values."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from dataflow.adapters import StatementFailed
from dataflow.diagnostics import Problem, Solution, Where
from dataflow.models.model import Model
from dataflow.operations.operation import Operation, Statement
from dataflow_sql.constraints import OUT_OF_RANGE, Kind, Refusal, constraint_problem
from dataflow_sqlite.functions import RegexTooSlow
from dataflow_sqlite.opening import Database
from dataflow_sqlite.worker import ConnectionClosed, DeadlinePassed

_STORED = re.compile(r"cannot store (.+) column [^.]+\.(.+)", re.DOTALL)
#: what SQLite, its driver and this adapter's own threads raise
FAILURES = (sqlite3.Error, sqlite3.Warning, OverflowError, DeadlinePassed, ConnectionClosed, RegexTooSlow)


@attrs.frozen
class Failure:
    """One failure with what is known of it. ``code`` is SQLite's extended result code, 0 for none."""

    error: Exception
    code: int
    operation: Operation | None
    found: Mapping[str, Any]
    where: Where
    database: Database
    statement_timeout_s: float | None

    @property
    def model(self) -> Model | None:
        return None if self.operation is None else self.operation.model

    @property
    def row(self) -> int | None:
        return getattr(self.error, "index", None)

    @property
    def text(self) -> str:
        return str(self.error)

    @property
    def is_statement(self) -> bool:
        """Whether SQL is to blame that somebody wrote, or a migration: no operation of a model."""
        return isinstance(self.operation, Statement) or (self.operation is None and self.where.operation == "migrate")

    @property
    def place(self) -> str:
        return "the database in memory" if self.database.path is None else f"'{self.database.path}'"

    def problem(self, code: str, message: str, cause: str, *solutions: Solution, **context: Any) -> Problem:
        context = {"database": self.place.strip("'"), **context}
        return Problem(code=code, message=message, where=self.where, context=context, cause=cause, solutions=solutions)


def explain(
    error: BaseException, where: Where, database: Database, statement_timeout_s: float | None
) -> Problem | None:
    """The problem of an exception that came from SQLite; None for any other."""
    operation, found = None, {}
    if isinstance(error, StatementFailed):
        operation, found, error = error.operation, error.found, error.error
    if not isinstance(error, FAILURES):
        return None
    code = getattr(error, "sqlite_errorcode", 0) or 0
    failure = Failure(error, code, operation, found, where, database, statement_timeout_s)
    return _constraint(failure) or _known(failure)


def _constraint(failure: Failure) -> Problem | None:
    model, operation = failure.model, failure.operation
    if failure.code & 0xFF != sqlite3.SQLITE_CONSTRAINT or model is None or operation is None:
        return None
    kind = _CONSTRAINTS.get(failure.code, "value")
    columns = _columns(failure.text, model) if kind in ("unique", "null") else ()
    stored, detail = _STORED.fullmatch(failure.text), ""
    if stored is not None:
        # a sum of whole numbers that does not fit 64 bits is no whole number
        columns, detail = (stored[2],), OUT_OF_RANGE if stored[1] == "REAL value in INTEGER" else ""
    refusal = Refusal(
        kind=kind, operation=operation, columns=columns, row=failure.row, found=failure.found, detail=detail
    )
    return constraint_problem(refusal, model, failure.where)


def _columns(text: str, model: Model) -> tuple[str, ...]:
    """The columns in ``UNIQUE constraint failed: users.a, users.b``, or the fields of ``index 'name'``."""
    _, _, named = text.partition(": ")
    if named.startswith("index "):
        name = named.removeprefix("index ").strip("'")
        return next((index.fields for index in model.indexes if index.name == name), ())
    return tuple(one.strip().rpartition(".")[2] for one in named.split(",") if one.strip())


def _known(failure: Failure) -> Problem:
    for kind, make in _BY_EXCEPTION:
        if isinstance(failure.error, kind):
            return make(failure)
    make_by_code = _BY_CODE.get(failure.code & 0xFF)
    return make_by_code(failure) if make_by_code is not None else _other(failure)


def _too_slow(failure: Failure) -> Problem:
    limit = f"{failure.statement_timeout_s:g} s" if failure.statement_timeout_s is not None else "its limit"
    return failure.problem(
        "DF-A109",
        f"the statement ran for longer than {limit} and was stopped",
        "'statement_timeout_s' bounds every statement",
        Solution("give statements more time:", "DataFlow(statement_timeout_s=...)"),
        Solution("or help them with an index:", '__indexes__ = [Index("...")]'),
    )


def _slow_regex(failure: Failure) -> Problem:
    return failure.problem(
        "DF-A109",
        "the regular expression took too long and was stopped",
        "some patterns take exponential time on some texts, such as '(a+)+$'",
        Solution("write it without a repetition inside a repetition, or use:", '{"$contains": "..."}'),
    )


def _interrupted(failure: Failure) -> Problem:
    return failure.problem(
        "DF-A109", "the statement was cancelled", "its caller was cancelled, and nothing of it remains"
    )


def _closed(failure: Failure) -> Problem:
    return failure.problem("DF-A119", "the connection is closed", "the instance was closed while the operation waited")


def _overflow(failure: Failure) -> Problem:
    return failure.problem("DF-A105", "a number does not fit 64 bits", "SQLite's integers have 64 bits")


def _locked(failure: Failure) -> Problem:
    return failure.problem(
        "DF-A106",
        f"{failure.place} stayed locked for {failure.database.busy_timeout_s:g} s",
        "another connection or process is in a write transaction",
        Solution("wait for longer:", 'DataFlow(sqlite={"busy_timeout_s": 30})'),
        Solution("or end the other's transaction sooner"),
    )


def _full(failure: Failure) -> Problem:
    return failure.problem(
        "DF-A110", f"there is no room left for {failure.place}", "the disk is full, or a limit is reached"
    )


def _readonly(failure: Failure) -> Problem:
    return failure.problem(
        "DF-A111", f"{failure.place} is open for reading only", "the file, its directory, its URL or the scope allows no writing",
        Solution("make file and directory writable, and leave 'mode=ro' out of the URL"),
    )  # fmt: skip


def _forbidden(failure: Failure) -> Problem:
    return failure.problem("DF-A116", f"no permission to use {failure.place}", "the operating system refused it")


def _unopenable(failure: Failure) -> Problem:
    path = failure.database.path
    missing = path is not None and not path.parent.is_dir()
    cause = (
        f"the directory '{path.parent}' does not exist"
        if missing and path is not None
        else "it is a directory, or may not be opened"
    )
    return failure.problem(
        "DF-A116", f"{failure.place} cannot be opened", cause,
        Solution("create the directory first:", f'Path("{path.parent}").mkdir(parents=True)' if path is not None else ""),
    )  # fmt: skip


def _corrupt(failure: Failure) -> Problem:
    return failure.problem(
        "DF-A117", f"{failure.place} is no SQLite database, or is damaged", "its contents are not what SQLite wrote",
        Solution("check that it is the right file; restore it from a backup, or try:", "sqlite3 FILE .recover"),
    )  # fmt: skip


def _input_output(failure: Failure) -> Problem:
    name = getattr(failure.error, "sqlite_errorname", "SQLITE_IOERR")
    return failure.problem(
        "DF-A199", f"reading or writing {failure.place} failed", f"the operating system reports {name}"
    )


def _statement(failure: Failure) -> Problem:
    text = failure.text
    if "no such table" in text or "no such column" in text or "has no column" in text:
        return failure.problem(
            "DF-A114", text, "the database has no table or column of that name",
            Solution("have the tables looked at again:", "db.schema_cache.clear()"),
        )  # fmt: skip
    if failure.is_statement:
        return failure.problem(
            "DF-A120", f"SQLite refuses the statement: {text}", "it is not SQL that SQLite understands"
        )
    return _other(failure)


def _rule(failure: Failure) -> Problem:
    if not failure.is_statement:
        return _other(failure)
    return failure.problem(
        "DF-A120",
        f"SQLite refuses the statement: {failure.text}",
        "rows that are there, or would be, break a rule of their table",
    )


def _other(failure: Failure) -> Problem:
    name = getattr(failure.error, "sqlite_errorname", type(failure.error).__name__)
    if failure.is_statement:
        return failure.problem("DF-A120", f"SQLite refuses the statement: {failure.text}", f"SQLite reports {name}")
    return failure.problem("DF-A199", f"SQLite failed with {name}", "the exception above is SQLite's own")


_CONSTRAINTS: Mapping[int, Kind] = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: "unique",
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: "unique",
    sqlite3.SQLITE_CONSTRAINT_ROWID: "unique",
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: "reference",
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: "reference",
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: "null",
    sqlite3.SQLITE_CONSTRAINT_CHECK: "check",
}
_BY_EXCEPTION: tuple[tuple[type[Exception], Callable[[Failure], Problem]], ...] = (
    (DeadlinePassed, _too_slow),
    (RegexTooSlow, _slow_regex),
    (ConnectionClosed, _closed),
    (OverflowError, _overflow),
)
_BY_CODE: Mapping[int, Callable[[Failure], Problem]] = {
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_INTERRUPT: _interrupted,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_READONLY: _readonly,
    sqlite3.SQLITE_PERM: _forbidden,
    sqlite3.SQLITE_AUTH: _forbidden,
    sqlite3.SQLITE_CANTOPEN: _unopenable,
    sqlite3.SQLITE_CORRUPT: _corrupt,
    sqlite3.SQLITE_NOTADB: _corrupt,
    sqlite3.SQLITE_IOERR: _input_output,
    sqlite3.SQLITE_ERROR: _statement,
    sqlite3.SQLITE_CONSTRAINT: _rule,
    sqlite3.SQLITE_TOOBIG: _overflow,
    sqlite3.SQLITE_MISMATCH: _overflow,
}
