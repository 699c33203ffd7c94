"""What PostgreSQL refused, as coded problems: from the SQLSTATE and the names it gives, never from its values."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping

import asyncpg

from dataflow.adapters import StatementFailed
from dataflow.diagnostics import Problem, Where
from dataflow.operations.operation import Operation
from dataflow_sql.bulk import RowFailed
from dataflow_sql.constraints import OUT_OF_RANGE, Refusal, constraint_problem
from dataflow_sql.constraints import Kind as Refused
from dataflow_sql.references import referring_values
from dataflow_sql.servers import NoAnswer
from dataflow_sql.servers.encryption import certificate_trouble
from dataflow_sql.servers.troubles import Kind, Surroundings, Trouble, trouble_problem
from dataflow_sql.tables import reference_name

_REFUSED: Mapping[str, Refused] = {
    "23505": "unique",
    "23503": "reference",
    # what RESTRICT gives from PostgreSQL 18 on
    "23001": "reference",
    "23502": "null",
    "23514": "check",
    "23P01": "check",
    "22001": "value",
    "22003": "value",
}
_VALUE_WORDS = {"22001": "the text is longer than the column", "22003": OUT_OF_RANGE}
_TROUBLES: Mapping[str, Kind] = {
    "40P01": "deadlock",
    "40001": "serialization",
    "55P03": "lock",
    "53100": "full",
    "53400": "full",
    "53300": "crowded",
    "25006": "read_only",
    "42501": "permission",
    "42P01": "missing",
    "42703": "missing",
    "28P01": "login",
    "28000": "login",
    "3D000": "database",
    "3F000": "missing",
    "08000": "lost",
    "08001": "lost",
    "08003": "lost",
    "08004": "lost",
    "08006": "lost",
    "57P01": "lost",
    "57P02": "lost",
    "57P03": "starting",
    "57P04": "lost",
    "57P05": "lost",
    "25P03": "lost",
}
_POOLERS: Mapping[str, Kind] = {
    "no such database": "database",
    "no such user": "login",
    '"trust" authentication failed': "login",
    "auth failed": "login",
    "SASL authentication failed": "login",
    "password authentication failed": "login",
    "no more connections": "crowded",
    "query_wait_timeout": "crowded",
}
#: internal is what a statement meets whose connection has just been told its end
_LOST = asyncpg.InterfaceError | asyncpg.InternalClientError | asyncpg.ConnectionDoesNotExistError
_KEY = re.compile(r"\(([^()]*)\)=\(")
_KEY_VALUE = re.compile(r"\)=\((.*)\)", re.DOTALL)
_USER = re.compile(r'(?:user|role) "([^"]*)"')
_QUOTED = re.compile(r'"([^"]*)"')
_FORBIDDEN = re.compile(r"(?:permission denied for|must be owner of) (.+)$")
_COPY_ROW = re.compile(r"^COPY \S+, line (\d+)", re.MULTILINE)


def explain(error: BaseException, where: Where, around: Surroundings, server: str) -> Problem | None:
    """The problem of an exception that came from PostgreSQL or the way to it; None for any other.

    :param server: host and port, for what prevents a connection.
    """
    operation: Operation | None = None
    found: Mapping[str, object] = {}
    ours = isinstance(error, StatementFailed)
    if isinstance(error, StatementFailed):
        operation, found, error = error.operation, error.found, error.error
    row = None
    if isinstance(error, RowFailed):
        row, error = error.index, error.error
    if isinstance(error, asyncpg.PostgresError) and not isinstance(error, asyncpg.ConnectionDoesNotExistError):
        problem = _answered(error, operation, row, found, where, around, server)
        _redact(error)
        return problem
    if ours or isinstance(error, _LOST | NoAnswer):
        return trouble_problem(_on_the_way(error, operation, server), where, around)
    return None


def _redact(error: asyncpg.PostgresError) -> None:
    """Take the row's values out of the driver's own exception: a traceback shows it above the problem."""
    for part in ("detail", "context", "where"):
        if getattr(error, part, None):
            setattr(error, part, None)


def _answered(
    error: asyncpg.PostgresError,
    operation: Operation | None,
    row: int | None,
    found: Mapping[str, object],
    where: Where,
    around: Surroundings,
    server: str,
) -> Problem:
    refused = _REFUSED.get(error.sqlstate or "")
    model = None if operation is None else operation.model
    if refused is not None and operation is not None and model is not None:
        return constraint_problem(_refusal(refused, error, operation, row, found), model, where)
    return trouble_problem(_trouble(error, server), where, around)


def _refusal(
    kind: Refused, error: asyncpg.PostgresError, operation: Operation, row: int | None, found: Mapping[str, object]
) -> Refusal:
    state = error.sqlstate or ""
    named = getattr(error, "column_name", None)
    columns = (named,) if named else _key_columns(error) if kind == "unique" else ()
    return Refusal(
        kind=kind,
        operation=operation,
        columns=columns,
        constraint=getattr(error, "constraint_name", None) or "",
        row=row if row is not None else copied_row(error),
        found={**found, **_missed(error, operation)} if kind == "reference" else found,
        detail=_VALUE_WORDS.get(state, ""),
    )


def _key_columns(error: asyncpg.PostgresError) -> tuple[str, ...]:
    """The columns of ``Key (a, b)=(1, 2) already exists.``, whose values are not looked at."""
    found = _KEY.search(getattr(error, "detail", None) or "")
    return () if found is None else tuple(one.strip().strip('"') for one in found[1].split(","))


def _missed(error: asyncpg.PostgresError, operation: Operation) -> Mapping[str, object]:
    """Which of the operation's own values refers to nothing: by the constraint's name and the value that is told.

    Others see nothing of what the transaction has made itself, so that asking them may name a row that is right.
    """
    named, told = getattr(error, "constraint_name", None), _KEY_VALUE.search(getattr(error, "detail", None) or "")
    field = next((one for one in operation.model.references if reference_name(one, operation.model) == named), None)
    if field is None:
        return {}
    given = referring_values(operation, field.name)
    for row, value in enumerate(given):
        if value is not None and (told is None or str(value) == told[1]):
            return {"field": field.name, "value": value, "row": row if len(given) > 1 else None}
    return {}


def copied_row(error: asyncpg.PostgresError) -> int | None:
    """Which row of a COPY was refused."""
    found = _COPY_ROW.search(getattr(error, "context", None) or "")
    return None if found is None else int(found[1]) - 1


def _trouble(error: asyncpg.PostgresError, server: str) -> Trouble:
    state = error.sqlstate or ""
    text = str(error).partition("\n")[0]
    if state == "57014":
        return Trouble(kind="slow" if "timeout" in text else "cancelled", code=state)
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return Trouble(kind="altered", code=state)
    if state[:2] == "08":
        return _of_pooler(state, text)
    kind = _TROUBLES.get(state)
    if kind == "login":
        return _login(state, text)
    if kind is None:
        # what a statement of the user's is refused for; the words may repeat it, and it holds no values
        kind = "sql" if state[:2] in ("42", "2B", "0A", "22", "23") or state == "2201B" else "other"
    if kind == "starting":
        return Trouble(kind=kind, code=state, thing=server)
    quoted = _QUOTED.search(text)
    thing = _forbidden(text) if kind == "permission" else "" if quoted is None else quoted[1]
    words, refused = "" if state[:2] == "22" else text, state in _REFUSED
    return Trouble(kind=kind, code=state, text=words, thing=thing, is_refusal=refused)


def _forbidden(text: str) -> str:
    """What may not be used, with its kind, as GRANT has it; a table by its name alone."""
    named = _FORBIDDEN.match(text)
    return text.rpartition(" ")[2].strip('"') if named is None else named[1].removeprefix("table ")


def _of_pooler(state: str, text: str) -> Trouble:
    """A failed connection; poolers have one SQLSTATE for all that they refuse."""
    plain: Kind = "other" if state == "08P01" else "lost"
    kind = next((kind for words, kind in _POOLERS.items() if text.startswith(words)), plain)
    return Trouble(kind=kind, code=state, thing=text.partition(": ")[2])


def _login(state: str, text: str) -> Trouble:
    """A refused login; a server that takes encrypted connections only refuses the user of one that is not."""
    if text.endswith(("no encryption", "SSL off")) and "no pg_hba.conf entry" in text:
        return Trouble(kind="tls_wanted", code=state)
    user = _USER.search(text) or _QUOTED.search(text)
    return Trouble(kind="login", code=state, text=text, thing="" if user is None else user[1])


def _on_the_way(error: BaseException, operation: Operation | None, server: str) -> Trouble:
    """What is no answer of the server's."""
    name = type(error).__name__
    if isinstance(error, NoAnswer):
        return Trouble(kind="unanswered", code=name, after_s=error.after_s)
    if isinstance(error, asyncpg.InterfaceError) and str(error).startswith("the server expects"):
        # it counts the values and shows none
        return Trouble(kind="sql", code=name, text=str(error).partition("\n")[0])
    if isinstance(error, asyncpg.DataError | OverflowError | ValueError) and not isinstance(error, OSError):
        return Trouble(kind="value", code=name)
    if isinstance(error, ssl.SSLError) or "SSL" in str(error):
        return _tls(error)
    if isinstance(error, socket.gaierror):
        return Trouble(kind="host", code=name, thing=server.rpartition(":")[0])
    if isinstance(error, ConnectionAbortedError):
        return Trouble(kind="starting", code=name, thing=server)
    if isinstance(error, TimeoutError):
        return Trouble(kind="silent", code=name, thing=server)
    if operation is None and isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return Trouble(kind="refused", code=name, thing=server)
    if isinstance(error, OSError | asyncpg.PostgresConnectionError | _LOST):
        refused = operation is None and isinstance(error, OSError) and "Connect call failed" in str(error)
        return Trouble(kind="refused" if refused else "lost", code=name, thing=server)
    return Trouble(kind="other", code=name)


def _tls(error: BaseException) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_trouble(error)
    # what asyncpg says where the server has none
    return Trouble(kind="tls_none" if "rejected" in str(error) else "tls", code=type(error).__name__)
