"""The counter behind a generated key: ids drawn ahead of their rows, and moved past ids that were given.

PostgreSQL itself does not look at ids that were given, so that a later row would get one that is taken.
"""

from __future__ import annotations

from dataflow_postgres.catalogue import quoted
from dataflow_postgres.link import PostgresLink

# one array is one value to decode; and the counter is looked up once, not per id
_DRAW = """
SELECT array_agg(nextval(s)) FROM (SELECT pg_get_serial_sequence($1, 'id')::regclass AS s OFFSET 0) AS found,
generate_series(1, $2::bigint)
"""
_ADVANCE = """
SELECT setval(s, $2::bigint) FROM (SELECT pg_get_serial_sequence($1, 'id')::regclass AS s) AS found
WHERE s IS NOT NULL AND coalesce(pg_sequence_last_value(s), 0) < $2::bigint
"""


async def drawn(link: PostgresLink, table: str, count: int) -> list[int]:
    """New ids, in order."""
    ((numbers,),) = await link.rows(_DRAW, (quoted(table), count))
    return numbers or []


async def advance(link: PostgresLink, table: str, least: int) -> None:
    """Have the next new id be greater than one that is given by hand."""
    await link.rows(_ADVANCE, (quoted(table), least))


def advancing(insert: str, table: str) -> str:
    """An insert of one row with its id, which moves the counter in the same round trip."""
    name = quoted(table).replace("'", "''")
    counter = f"SELECT pg_get_serial_sequence('{name}', 'id')::regclass AS s"
    # nothing here comes from a caller: the table's name is the model's
    return (
        f"WITH made AS ({insert} RETURNING id) SELECT setval(s, made.id) FROM made, ({counter}) AS found "  # noqa: S608
        "WHERE s IS NOT NULL AND coalesce(pg_sequence_last_value(s), 0) < made.id"
    )
