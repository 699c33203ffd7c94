"""What MySQL or MariaDB refused, as coded problems: from the error's number and the names it gives, never its values."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping

from dataflow.adapters import StatementFailed
from dataflow.diagnostics import Problem, Solution, Where
from dataflow.operations.operation import Operation
from dataflow_mysql.definitions import keyed_width
from dataflow_mysql.error_numbers import NAMES_ONLY, REFUSED, STATEMENT_WORDS, TROUBLES, VALUE_WORDS, WITH_VALUES
from dataflow_mysql.refusals import Locked, SessionChanged, TooLarge, Unencrypted, Written
from dataflow_sql.bulk import RowFailed
from dataflow_sql.codecs import stored_kind
from dataflow_sql.constraints import Kind as Refused
from dataflow_sql.constraints import Refusal, constraint_problem
from dataflow_sql.references import referring_values
from dataflow_sql.servers import NoAnswer
from dataflow_sql.servers.encryption import certificate_trouble
from dataflow_sql.servers.troubles import Kind, Surroundings, Trouble, trouble_problem
from dataflow_sql.tables import reference_name

#: a value that is longer than its column
_TOO_LONG = 1406
_KEY = re.compile(r"for key '(?:[^'.]*\.)?([^'.]*)'$")
_COLUMN = re.compile(r"(?:Column|Field|column) '([^']*)'")
_CHECK = re.compile(r"(?:CONSTRAINT|constraint) [`']([^`']*)[`']")
_ROW = re.compile(r"at row (\d+)$")
_LINE = re.compile(r"at line (\d+)$")
_QUOTED = re.compile(r"'([^']*)'")
#: MariaDB names the database too
_TABLE = re.compile(r"for table (?:`[^`]*`\.)?['`]?([^'`]*)")


def number_of(error: object) -> int | None:
    """The server's or the driver's number of a failure; None for what is none of theirs."""
    if type(error).__module__.partition(".")[0] not in ("pymysql", "asyncmy"):
        return None
    first = getattr(error, "args", ())[:1]
    return first[0] if first and isinstance(first[0], int) else 0


def said(error: BaseException) -> str:
    return str(error.args[1]) if len(error.args) > 1 else ""


def takes_no_writes(error: BaseException) -> bool:
    """Whether a write was refused because the server, or the transaction, only reads."""
    number = number_of(error)
    # one number for all options that forbid something, such as a directory to load files from
    return number is not None and TROUBLES.get(number) == "read_only" and (number != 1290 or "read" in said(error))


def is_refusal(error: Exception) -> bool:
    """Whether a row is to blame: a constraint, or a value that a column cannot hold."""
    return number_of(error) in REFUSED


def broken_key(error: Exception) -> str:
    """The name of the unique key that refused a row, or nothing."""
    found = _KEY.search(said(error)) if number_of(error) in (1062, 1586) else None
    return "" if found is None else found[1]


def explain(error: BaseException, where: Where, around: Surroundings, server: str) -> Problem | None:
    """The problem of an exception that came from the server or the way to it; None for any other.

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
    number = number_of(error)
    try:
        return _explained(error, number, operation, row, found, where, around, server, ours)
    finally:
        if number is not None and number in WITH_VALUES:
            _redact(error, number)


def _redact(error: BaseException, number: int) -> None:
    """Take values out of the driver's own exception: a traceback shows it above the problem."""
    words = STATEMENT_WORDS[REFUSED[number]] if number in REFUSED else "the statement is wrong"
    named = _KEY.search(said(error)) or _CHECK.search(said(error)) or _COLUMN.search(said(error))
    error.args = (number, f"{words} ({named[0]})" if named is not None else words)


def _explained(
    error: BaseException,
    number: int | None,
    operation: Operation | None,
    row: int | None,
    found: Mapping[str, object],
    where: Where,
    around: Surroundings,
    server: str,
    ours: bool,
) -> Problem | None:
    if number is not None and number in REFUSED and isinstance(error, Exception):
        model = None if operation is None else operation.model
        if operation is not None and model is not None:
            return constraint_problem(_refusal(REFUSED[number], error, operation, row, found), model, where)
        # a statement of the user's: the server's own words would repeat its values
        trouble = Trouble(kind="sql", code=str(number), text=STATEMENT_WORDS[REFUSED[number]], is_refusal=True)
        return trouble_problem(trouble, where, around)
    if number is not None and number in TROUBLES:
        return trouble_problem(_trouble(TROUBLES[number], number, error, server), where, around)
    if ours or number is not None or isinstance(error, NoAnswer):
        return trouble_problem(_on_the_way(error, number, operation, server), where, around)
    return None


def _refusal(
    kind: Refused, error: Exception, operation: Operation, row: int | None, found: Mapping[str, object]
) -> Refusal:
    text, number = said(error), number_of(error) or 0
    column, check = _COLUMN.search(text), _CHECK.search(text)
    named = kind in ("null", "value") and column is not None
    cause, cures = _too_long(operation, column[1]) if number == _TOO_LONG and column is not None else ("", ())
    return Refusal(
        kind=kind,
        operation=operation,
        columns=(column[1],) if named and column is not None else (),
        constraint=broken_key(error) if kind == "unique" else check[1] if check is not None and kind == "check" else "",
        row=row,
        found={**found, **_missed(error, operation, row)} if kind == "reference" else found,
        detail=VALUE_WORDS.get(number, ""),
        cause=cause,
        cures=cures,
    )


def _too_long(operation: Operation, column: str) -> tuple[str, tuple[Solution, ...]]:
    """Why a text does not fit into a column that the adapter makes shorter than the model's bound."""
    model = operation.model
    field = model.fields.get(column)
    width = None if field is None else keyed_width(model, field)
    if field is None or width is None or (field.bounds.max_length or width + 1) <= width:
        return "", ()
    unit = "bytes" if stored_kind(field.type) == "bytes" else "characters"
    return (
        f"in MySQL and MariaDB a field that stands in an index has at most {width} {unit}",
        (
            Solution(
                "have longer ones refused before the database is asked:",
                f"{field.name}: {field.spelling} = field(max_length={width})",
            ),
            Solution("or leave it out of the indexes, and keep in one what is shorter, such as a hash of it"),
        ),
    )


def _missed(error: Exception, operation: Operation, row: int | None) -> Mapping[str, object]:
    """Which of the operation's own values refers to nothing, by the constraint's name and the row's place.

    Others see nothing of what the transaction has made itself, so that asking them may name a row that is right.
    """
    named = _CHECK.search(said(error))
    model = operation.model
    field = next(
        (one for one in model.references if named is not None and reference_name(one, model) == named[1]), None
    )
    if field is None or number_of(error) not in (1452, 1216):
        return {}
    given = referring_values(operation, field.name)
    if row is None and len(given) != 1:
        return {}
    return {"field": field.name, "value": given[row or 0], "row": row}


def _trouble(kind: Kind, number: int, error: BaseException, server: str) -> Trouble:
    text, code = said(error), str(number)
    if kind == "read_only" and not takes_no_writes(error):
        return Trouble(kind="sql", code=code, text=text)
    thing = server if kind in ("lost", "crowded") else ""
    if kind in ("login", "database"):
        # the user, or the database: the first name of either message
        found = _QUOTED.search(text)
        thing = "" if found is None else found[1]
    if kind == "permission":
        found = _TABLE.search(text) or re.search(r"database '([^']*)'", text)
        thing = "" if found is None else found[1]
    line = _LINE.search(text)
    if number == 1064 and line is not None:
        # what stands near the mistake may be a value
        return Trouble(kind=kind, code=code, text=f"its syntax is wrong in line {line[1]}")
    if kind == "value":
        return Trouble(kind=kind, code=code, text="it is larger than the server takes (max_allowed_packet)")
    return Trouble(kind=kind, code=code, text=text if number in NAMES_ONLY else "", thing=thing)


def _on_the_way(error: BaseException, number: int | None, operation: Operation | None, server: str) -> Trouble:
    """What is no answer of the server's."""
    name = type(error).__name__
    cause = error.__cause__ if number in (2003, 2002) and error.__cause__ is not None else error
    ours = _ours(error, name)
    if ours is not None:
        return ours
    if isinstance(error, TypeError | ValueError) and not isinstance(error, OSError):
        return Trouble(kind="sql", code=name, text=str(error))
    if isinstance(cause, ssl.SSLCertVerificationError):
        return certificate_trouble(cause)
    if isinstance(cause, ssl.SSLError):
        return Trouble(kind="tls", code=type(cause).__name__)
    if isinstance(cause, socket.gaierror):
        return Trouble(kind="host", code=name, thing=server.rpartition(":")[0])
    if isinstance(cause, TimeoutError):
        return Trouble(kind="silent", code=name, thing=server)
    opening = operation is None and isinstance(error, OSError) and not isinstance(error, ConnectionResetError)
    if number in (2003, 2002) or opening:
        return Trouble(kind="refused", code=str(number or name), thing=server)
    if isinstance(error, OSError | SessionChanged) or number is not None:
        # a driver's own exception without a number: it knows that the connection is gone
        return Trouble(kind="other" if number else "lost", code=str(number or name), thing=server)
    return Trouble(kind="other", code=name)


def _ours(error: BaseException, name: str) -> Trouble | None:
    """What the adapter itself raises."""
    if isinstance(error, NoAnswer):
        return Trouble(kind="unanswered", code=name, after_s=error.after_s)
    if isinstance(error, Locked):
        return Trouble(kind="lock", code=name)
    if isinstance(error, TooLarge):
        text = f"the statement has more than {error.limit} bytes (max_allowed_packet)"
        return Trouble(kind="value", code=name, text=text)
    if isinstance(error, Written):
        return Trouble(kind="read_only", code=name)
    return Trouble(kind="tls_none", code=name) if isinstance(error, Unencrypted) else None
