"""An upsert into a table called ``excluded``, which is what PostgreSQL and SQLite call the row that is in conflict."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_ROW, _OTHER = "excluded", "kept"


def insertable(table: sa.Table) -> sa.Table:
    """The table under a name that tells it from the row in conflict, which is nearly always its own."""
    return table.to_metadata(sa.MetaData(), name=_OTHER) if _is_taken(table) else table


def into(sql: str, table: sa.Table, dialect: Dialect) -> str:
    """An insert into ``insertable(table)`` as one into the table itself."""
    if not _is_taken(table):
        return sql
    own = dialect.identifier_preparer.format_table(table)
    return sql.replace(f"INSERT INTO {_OTHER} ", f"INSERT INTO {own} AS {_OTHER} ", 1)


def _is_taken(table: sa.Table) -> bool:
    # SQLite's names are the same in upper and lower case
    return table.name.lower() == _ROW
