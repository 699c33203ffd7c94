"""Names in the spelling that the database has: what differs in case alone is the same to the server."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dataflow_mysql.migrations.create_text import bare, tokens
from dataflow_mysql.migrations.writing import renamed


def respelled(statements: Sequence[str], there: Collection[tuple[str, str]], folds_tables: bool) -> list[str]:
    """The definitions of tables with the names that their columns, indexes and constraints have already.

    :param there: tables of the database, with the names in each.
    :param folds_tables: whether the server takes names of tables in any case, too.
    """
    return [_respelled(statement, there, folds_tables) for statement in statements]


def _respelled(statement: str, there: Collection[tuple[str, str]], folds_tables: bool) -> str:
    written = [bare(part.text) for part in tokens(statement) if part.kind == "name"]
    own = written[0]
    spelled = {name.lower(): name for table, name in there if _same(table, own, folds_tables)}
    if folds_tables:
        spelled = {**{table.lower(): table for table, _ in there}, **spelled}
    names = {name: spelled[name.lower()] for name in written if spelled.get(name.lower(), name) != name}
    return renamed(statement, names) if names else statement


def _same(table: str, other: str, folds: bool) -> bool:
    return table.lower() == other.lower() if folds else table == other
