"""The catalogue's answers about one database: lists of what there is, and SHOW CREATE of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from dataflow.migrations import Kind
from dataflow_mysql.dialect import quoted
from dataflow_mysql.errors import number_of
from dataflow_mysql.link import MySQLLink

_SERVER = "SELECT VERSION(), @@lower_case_table_names, DATABASE(), CURRENT_USER()"
_TABLES = """
SELECT table_name AS n, table_type AS t, engine AS e, row_format AS r, table_collation AS c, table_comment AS m
FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name
"""
_COLLATIONS = """
SELECT table_name AS t, column_name AS c, collation_name AS n FROM information_schema.columns
WHERE table_schema = DATABASE() AND collation_name IS NOT NULL
"""
_REFERENCES = """
SELECT constraint_name AS n, table_name AS t, referenced_table_name AS r, update_rule AS u, delete_rule AS d
FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()
"""
_VIEWS = """
SELECT table_name AS n, view_definition AS b, definer AS d, '' AS m, collation_connection AS c, '' AS x
FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY table_name
"""
_TRIGGERS = """
SELECT trigger_name AS n, action_statement AS b, definer AS d, sql_mode AS m, collation_connection AS c,
event_object_table AS x
FROM information_schema.triggers WHERE trigger_schema = DATABASE()
ORDER BY event_object_table, event_manipulation, action_timing, action_order
"""
_ROUTINES = """
SELECT routine_name AS n, routine_definition AS b, definer AS d, sql_mode AS m, collation_connection AS c, routine_type AS x
FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY routine_type, routine_name
"""
_EVENTS = """
SELECT event_name AS n, event_definition AS b, definer AS d, sql_mode AS m, collation_connection AS c, time_zone AS x
FROM information_schema.events WHERE event_schema = DATABASE() ORDER BY event_name
"""
_NAMES = """
SELECT table_name AS t, column_name AS n FROM information_schema.columns WHERE table_schema = DATABASE()
UNION SELECT table_name, index_name FROM information_schema.statistics WHERE table_schema = DATABASE()
UNION SELECT table_name, constraint_name FROM information_schema.table_constraints WHERE table_schema = DATABASE()
"""
_LISTS: Mapping[Kind, str] = {"view": _VIEWS, "trigger": _TRIGGERS, "routine": _ROUTINES, "event": _EVENTS}
#: no such table, routine, trigger, event
_GONE = frozenset((1146, 1305, 1360, 1539, 4091))
#: statements of one round trip
_TOGETHER = 50
#: where a SHOW CREATE has its text
_PLACES = {"table": 1, "sequence": 1, "view": 1, "trigger": 2, "function": 2, "procedure": 2, "event": 3}


@attrs.frozen
class Listed:
    """A view, trigger, routine or event. ``of`` is a trigger's table, a routine's kind, an event's time zone."""

    kind: Kind
    name: str
    body: str
    definer: str
    sql_mode: str
    collation: str
    of: str

    @property
    def word(self) -> str:
        """By which SHOW CREATE knows it."""
        return self.of.lower() if self.kind == "routine" else self.kind


@attrs.frozen
class Server:
    version: str
    folds_tables: int
    database: str
    user: str


@attrs.frozen
class TableRow:
    """``kind`` is as information_schema has it, such as BASE TABLE."""

    name: str
    kind: str
    engine: str
    row_format: str
    collation: str
    comment: str


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else "" if value is None else str(value)


async def _rows(link: MySQLLink, sql: str) -> list[tuple[str, ...]]:
    return [tuple(map(_text, row)) for row in await link.rows(sql, ())]


async def server(link: MySQLLink) -> Server:
    ((version, folds, database, user),) = await _rows(link, _SERVER)
    return Server(version, int(folds), database, user)


async def tables(link: MySQLLink) -> list[TableRow]:
    return [TableRow(*row) for row in await _rows(link, _TABLES)]


async def collations(link: MySQLLink) -> dict[str, dict[str, str]]:
    """By table and column."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, collation in await _rows(link, _COLLATIONS):
        found[table][column] = collation
    return found


async def references(link: MySQLLink) -> dict[tuple[str, str], tuple[str, str, str]]:
    """By constraint and table: the table it refers to, what an update does, what a delete does."""
    found = await _rows(link, _REFERENCES)
    return {(name, table): (target, update.lower(), delete.lower()) for name, table, target, update, delete in found}


async def listed(link: MySQLLink) -> list[Listed]:
    """What stands beside the tables, in an order in which it can be made."""
    return [Listed(kind, *row) for kind, sql in _LISTS.items() for row in await _rows(link, sql)]


async def definitions(link: MySQLLink, kind: str, names: Collection[str]) -> dict[str, str]:
    """SHOW CREATE of some, in few round trips. What this user may not see is empty; what was dropped meanwhile is left out."""
    place = _PLACES.get(kind)
    if place is None:
        # a package, which is nothing that could be made again by its parts
        return dict.fromkeys(names, "")
    statements = {name: f"SHOW CREATE {kind.upper()} {quoted(name)}" for name in names}
    found: dict[str, str] = {}
    wanted = list(statements)
    for first in range(0, len(wanted), _TOGETHER):
        some = wanted[first : first + _TOGETHER]
        for name, rows in zip(some, await _shown(link, [statements[name] for name in some]), strict=True):
            if rows:
                found[name] = _text(rows[0][place])
    return found


async def _shown(link: MySQLLink, statements: Sequence[str]) -> list[Any]:
    try:
        return [answer.rows for answer in await link.script(statements)]
    except Exception:
        if not link.is_settled:
            raise
    # one of them fails: it is looked at alone
    return [await _alone(link, statement) for statement in statements]


async def _alone(link: MySQLLink, statement: str) -> Any:
    try:
        return (await link.answer(statement)).rows
    except Exception as error:
        if number_of(error) not in _GONE:
            raise
        return ()


async def names(link: MySQLLink) -> list[tuple[str, str]]:
    """Tables, each with each of its columns, indexes and constraints, as they are spelled."""
    return [(table, name) for table, name in await _rows(link, _NAMES)]
