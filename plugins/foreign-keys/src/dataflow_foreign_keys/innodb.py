"""In which order InnoDB acts on the keys that refer to a row: index by index of the row's table, each time by the keys' names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataflow.adapters import StatementFailed
from dataflow.migrations import Session
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.keys import ForeignKey

_COLUMNS = """
SELECT table_name, index_name, column_name FROM information_schema.statistics
WHERE table_schema = DATABASE() ORDER BY table_name, index_name = 'PRIMARY' DESC, non_unique, index_name, seq_in_index
"""
#: bit 1 of a type: the clustered index
_MADE = """
SELECT t.name, i.name FROM information_schema.{0}_indexes i JOIN information_schema.{0}_tables t ON t.table_id = i.table_id
WHERE t.name LIKE CONCAT(DATABASE(), '/%') ORDER BY i.type & 1 DESC, i.index_id
"""
#: of the index that a key refers to, and of the one that its own columns are found by
Places = Mapping[ForeignKey, tuple[int, int]]


async def places_of(graph: ForeignKeyGraph, session: Session) -> Places:
    """The places of both indexes of each key among those of its table; 0 is the clustered one."""
    columns: dict[tuple[str, str], list[str]] = {}
    for table, index, column in await session.rows(_COLUMNS):
        columns.setdefault((table, index), []).append(column or "")
    made = await _made(session)
    # a user who may not see when indexes were made has them in the order in which the server lists them
    order = sorted(columns, key=lambda one: made.get(one, 0))

    def place(table: str, names: Sequence[str]) -> int:
        own = [columns[one] for one in order if one[0] == table]
        return next((number for number, one in enumerate(own) if one[: len(names)] == list(names)), len(own))

    return {
        key: (place(key.referred_table, key.referred_columns), place(key.constrained_table, key.constrained_columns))
        for key in graph.keys
    }


async def _made(session: Session) -> Mapping[tuple[str, str], int]:
    prefix = "innodb_sys" if session.dialect == "mariadb" else "innodb"
    try:
        rows = await session.rows(_MADE.format(prefix))
    except StatementFailed:
        # without the privilege PROCESS
        return {}
    return {(name.partition("/")[2], index): number for number, (name, index) in enumerate(rows)}
