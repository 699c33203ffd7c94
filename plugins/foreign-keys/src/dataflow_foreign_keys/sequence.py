"""In which order a server acts on the keys that refer to a table: none documents it, and where rows are contested it decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataflow.migrations import ObjectRef, Session
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.innodb import Places
from dataflow_foreign_keys.keys import ForeignKey

#: the triggers by which PostgreSQL carries out its keys are fired in the order of their names
_TRIGGERS = """
SELECT n.nspname::text, r.relname::text, c.conname::text, min(t.tgname::text)
FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE c.contype = 'f' AND t.tgrelid = c.confrelid AND (t.tgtype & 8) = 8
GROUP BY 1, 2, 3
"""
#: SQLite puts each key that it reads in front of those that refer to the same table; 0 is the last one of its own table
_LISTED = """
SELECT s.name, f.id, f."table", f."from" FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) f
WHERE s.type = 'table' ORDER BY s.rowid DESC, f.id, f.seq
"""


async def in_sequence(
    graph: ForeignKeyGraph, session: Session, places: Places
) -> Mapping[ObjectRef, Sequence[ForeignKey]]:
    """The enforced keys that refer to each table, the first to be acted on first.

    :param places: those of InnoDB's indexes.
    """
    if session.dialect == "sqlite":
        keys = await _sqlite(graph, session)
    elif session.dialect == "postgresql":
        keys = await _postgres(graph, session)
    else:
        # as InnoDB has them: by the index that they refer to, then by their full names
        keys = sorted(graph.keys, key=lambda one: (places[one][0], one.constrained_schema, one.constraint_name))
    found: dict[ObjectRef, list[ForeignKey]] = {}
    for key in keys:
        if key.enforced:
            found.setdefault(key.referred, []).append(key)
    return found


async def _postgres(graph: ForeignKeyGraph, session: Session) -> list[ForeignKey]:
    names = {(schema, table, name): trigger for schema, table, name, trigger in await session.rows(_TRIGGERS)}
    ((own,),) = await session.rows("SELECT current_schema()::text")

    def place(key: ForeignKey) -> str:
        return names.get((key.constrained_schema or own, key.constrained_table, key.constraint_name), "")  # type: ignore[no-any-return]  # text

    return sorted(graph.keys, key=place)


async def _sqlite(graph: ForeignKeyGraph, session: Session) -> list[ForeignKey]:
    listed: dict[tuple[str, int, str], list[str]] = {}
    for table, number, referred, column in await session.rows(_LISTED):
        listed.setdefault((table, number, referred.lower()), []).append(column.lower())
    left = list(graph.keys)
    found: list[ForeignKey] = []
    for (table, _, referred), columns in listed.items():
        one = next(key for key in left if _is(key, table, referred, columns))
        left.remove(one)
        found.append(one)
    return found


def _is(key: ForeignKey, table: str, referred: str, columns: Sequence[str]) -> bool:
    return (
        key.constrained_table == table
        and key.referred_table.lower() == referred
        and [name.lower() for name in key.constrained_columns] == columns
    )
