"""``SQLNode`` on MySQL and MariaDB: the user's own statement, one at a time, its values written in."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.operations.operation import Result, Statement
from dataflow_mysql.documents import dumps
from dataflow_mysql.drivers import Answer
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import Listed, literal
from dataflow_mysql.refusals import Written
from dataflow_sql.free_sql import check_control, check_count, check_values, plain, spoils
from dataflow_sql.placeholders import parts, with_marks, with_placeholders, without_values
from dataflow_sql.servers import Execution, Link, undo

_WHERE = Where(node_type="SQLNode", operation="sql", path=("sql",))
#: what stands in quotes and comments: two dashes begin one only before a blank
_QUOTED = r"""
      '(?:[^'\\]|''|\\.)*(?:'|\Z) | "(?:[^"\\]|""|\\.)*(?:"|\Z) | `[^`]*(?:`|\Z)
    | --(?=[\s\x00-\x1f]|\Z)[^\n]* | \#[^\n]* | /\*.*?(?:\*/|\Z)
    """
#: and what ends a statement
_ENDS = re.compile(_QUOTED + "| (?P<end>;)", re.VERBOSE | re.DOTALL)
#: a value is written in, so that one whose place stands in a text or a comment would end it
_PLACES = parts(_QUOTED)
#: after them the second byte of a character may be a backslash or a quote, which `literals` does not see
_UNREADABLE = re.compile(
    r"\s*SET\b.*?\b(NAMES|CHARACTER\s+SET|CHARSET|CHARACTER_SET_\w+|COLLATION_CONNECTION|SQL_MODE)\b",
    re.IGNORECASE | re.DOTALL,
)
#: these servers commit before and after them
_COMMITS = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(ALTER|CREATE(?!\s+TEMPORARY)|DROP(?!\s+TEMPORARY)|RENAME|TRUNCATE|LOCK|UNLOCK|"
    r"GRANT|REVOKE|ANALYZE|OPTIMIZE|REPAIR|FLUSH|SET\s+(?:SESSION\s+|@@)?autocommit)\b",
    re.IGNORECASE | re.DOTALL,
)


def statement(execution: Execution) -> Callable[[Statement], Awaitable[Result]]:
    """Named values stand as ``:name``; listed ones as ``?``."""

    async def run(operation: Statement) -> Result:
        sql = bound_statement(operation)

        async def work(link: Link) -> Result:
            assert isinstance(link, MySQLLink)
            link.is_spoiled = link.is_spoiled or spoils(operation.sql)
            if not operation.reads_only:
                return _told(await link.answer(sql))
            if operation.transaction is not None:
                return await reading_inside(link, sql)
            await link.control("START TRANSACTION READ ONLY")
            try:
                told = _told(await link.answer(sql))
            except Exception as error:
                if not link.is_stopped:
                    await undo(link, error)
                raise
            await link.control("ROLLBACK")
            return told

        return await execution.perform(
            operation, lambda: without_values(operation.sql, _PLACES, "'\""), len(operation.parameters), work
        )

    return run


async def reading_inside(link: MySQLLink, sql: str) -> Result:
    """A transaction cannot be kept from writing once it has begun: what was written is undone, and refused."""
    await link.control("SAVEPOINT reading")
    answer = await link.answer(sql)
    await link.control("ROLLBACK TO SAVEPOINT reading")
    if answer.rows is None:
        raise Written
    return _told(answer)


def _told(answer: Answer) -> Result:
    if answer.rows is None:
        return {"rows": [], "rowcount": answer.affected_rows}
    names = [column[0] for column in answer.description]
    return {"rows": [dict(zip(names, row, strict=True)) for row in answer.rows], "rowcount": len(answer.rows)}


def bound_statement(operation: Statement) -> str:
    """The user's statement as it is sent.

    :raises AdapterError: DF-A120 for one that may not be.
    """
    check_control(operation.sql)
    check_alone(operation.sql)
    check_readable(operation.sql)
    if operation.transaction is not None:
        check_stays(operation.sql)
    return bound(operation.sql, operation.parameters)


def bound(sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> str:
    """The statement with its values."""
    if isinstance(parameters, Mapping):
        _, names = with_placeholders(sql, lambda name: "", _PLACES)
        check_values(names, parameters)
        return with_placeholders(sql, lambda name: encoded(parameters[name]), _PLACES)[0]
    if not parameters:
        return sql
    written = list(map(encoded, parameters))
    found, count = with_marks(sql, lambda number: written[number - 1] if number <= len(written) else "?", _PLACES)
    check_count(count, len(parameters))
    return found


def encoded(value: Any) -> str:
    """A value as a field of its type would be written."""
    value = plain(value)
    if isinstance(value, dict):
        return literal(dumps(value))
    if isinstance(value, list | tuple | set | frozenset):
        return literal(Listed(_listed(one) for one in value))
    return literal(value)


def _listed(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, dict | list | tuple):
        raise error_of(
            Problem(
                code="DF-A120",
                message=f"a list of values of the statement holds a {type(value).__name__}",
                where=attrs.evolve(_WHERE, path=("params",)),
                cause="a list stands in parentheses, as after IN, and what stands there are single values",
                solutions=(Solution("give a whole document as a dict:", '{"params": {"document": {"items": [[1]]}}}'),),
            )
        )
    return value


def check_alone(sql: str) -> None:
    """Refuse a second statement behind the first, as every other database does.

    :raises AdapterError: DF-A120.
    """
    for found in _ENDS.finditer(sql):
        if found["end"] and _ENDS.sub("", sql[found.end() :]).strip():
            raise error_of(
                Problem(
                    code="DF-A120",
                    message="'sql' holds more than one statement",
                    where=_WHERE,
                    cause="one node runs one statement, whose rows it gives",
                    solutions=(Solution("use a node for each:", 'workflow.add_node("SQLNode", ..., {"sql": "..."})'),),
                )
            )


def check_readable(sql: str) -> None:
    """Refuse what would make the connection, which others use after it, read values in another way.

    :raises AdapterError: DF-A120.
    """
    found = _UNREADABLE.match(_ENDS.sub(" ", sql))
    if found is not None:
        word = " ".join(found[1].upper().split())
        raise error_of(
            Problem(
                code="DF-A120",
                message=f"'SET {word}' would change how the connection reads text",
                where=_WHERE,
                context={"statement": f"SET {word}"},
                cause="values are written into statements, safely only in UTF-8 and with backslashes",
                solutions=(Solution("leave it out; text arrives and comes back as it is"),),
            )
        )


def check_stays(sql: str) -> None:
    """Refuse what would commit the transaction around it without a word.

    :raises AdapterError: DF-A120.
    """
    found = _COMMITS.match(sql)
    if found is None:
        return
    word = " ".join(found[1].upper().split())
    raise error_of(
        Problem(
            code="DF-A120",
            message=f"'{word}' would commit the transaction that it runs in",
            where=_WHERE,
            context={"statement": word},
            cause="MySQL and MariaDB commit before they change a table's form or a user's rights",
            solutions=(Solution("run it outside of the transaction"),),
        )
    )
