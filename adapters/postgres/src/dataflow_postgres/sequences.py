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
#: how far the counter is moved by drawing from it, which nobody's own move or draw can undo
_DRAWN = 1_000
#: moves that are greater than that wait for one another; together with the number of the counter
_LOCK = 0x64617461 << 32
# pg_sequence_last_value is null as long as nothing was drawn; {least} is a parameter or a column of the statement's own
_MOVED = f"""
CASE WHEN {{least}} - coalesce(pg_sequence_last_value(s), 0) <= {_DRAWN}
THEN (SELECT max(n) FROM (SELECT nextval(s) AS n
      FROM generate_series(1, {{least}} - coalesce(pg_sequence_last_value(s), 0))) AS drawn)
ELSE (SELECT setval(s, {{least}}) FROM pg_advisory_xact_lock({_LOCK} + s::oid::bigint)
      WHERE coalesce(pg_sequence_last_value(s), 0) < {{least}}) END
"""  # noqa: S608  # constants
_ADVANCE = f"""
SELECT {_MOVED.format(least="$2::bigint")} FROM (SELECT pg_get_serial_sequence($1, 'id')::regclass AS s) AS found
WHERE s IS NOT NULL AND coalesce(pg_sequence_last_value(s), 0) < $2::bigint
"""  # noqa: S608  # constants


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
        f"WITH made AS ({insert} RETURNING id) "  # noqa: S608
        f"SELECT {_MOVED.format(least='made.id')} FROM made, ({counter}) AS found "
        "WHERE s IS NOT NULL AND coalesce(pg_sequence_last_value(s), 0) < made.id"
    )
