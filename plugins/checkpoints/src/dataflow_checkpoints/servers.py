"""What a server tells of others: transactions that are open for long, replicas that are behind."""

from __future__ import annotations

from dataflow.adapters import StatementFailed
from dataflow.migrations import Session

_POSTGRES_TRANSACTIONS = """
SELECT 'process ' || pid || ' of ' || coalesce(usename, '?') || ', ' || round(extract(epoch FROM clock_timestamp() - xact_start))::text || ' s'
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - make_interval(secs => ?)
"""
_MYSQL_TRANSACTIONS = """
SELECT CONCAT('connection ', trx_mysql_thread_id, ', ', TIMESTAMPDIFF(SECOND, trx_started, NOW()), ' s')
FROM information_schema.innodb_trx
WHERE trx_mysql_thread_id <> CONNECTION_ID() AND trx_started < NOW() - INTERVAL ? SECOND
"""
# what processes do that begin at the same moment is no change of anybody's schema
_POSTGRES_CHANGES = r"""
SELECT 'process ' || pid || ': ' || left(regexp_replace(query, '\s+', ' ', 'g'), 80) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query !~ 'dataflow_migration'
AND query ~* '^\s*(create|alter|drop|truncate|reindex|cluster|refresh|vacuum)\y'
"""
_MYSQL_CHANGES = """
SELECT CONCAT('connection ', id, ': ', LEFT(info, 80)) FROM information_schema.processlist
WHERE id <> CONNECTION_ID() AND db = DATABASE() AND info NOT LIKE '%dataflow_migration%'
AND info REGEXP '^[[:space:]]*(create|alter|drop|truncate|rename|optimize)[[:space:]]'
"""
_POSTGRES_WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event <> 'advisory'
"""
_MYSQL_WAITS = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"


def is_mysql(session: Session) -> bool:
    return session.dialect in ("mysql", "mariadb")


async def long_transactions(session: Session, limit_s: float) -> list[str] | None:
    """Those of others that are open for longer, each in words; None where nobody keeps a list of them."""
    if session.dialect == "postgresql":
        rows = await session.rows(_POSTGRES_TRANSACTIONS, limit_s)
    elif is_mysql(session):
        try:
            rows = await session.rows(_MYSQL_TRANSACTIONS, int(limit_s))
        except StatementFailed:
            # only who may see all processes may see this
            return None
    else:
        return None
    return [str(text) for (text,) in rows]


async def schema_changes(session: Session) -> list[str]:
    """Statements of others that change the schema now, each in words; none where nobody keeps a list of them."""
    if session.dialect == "postgresql":
        rows = await session.rows(_POSTGRES_CHANGES)
    elif is_mysql(session):
        rows = await session.rows(_MYSQL_CHANGES)
    else:
        return []
    return [str(text) for (text,) in rows]


async def lock_waits(session: Session) -> int | None:
    """How many sessions wait for a row or a table; None where nobody can tell."""
    if session.dialect == "sqlite":
        return None
    try:
        ((number,),) = await session.rows(_POSTGRES_WAITS if session.dialect == "postgresql" else _MYSQL_WAITS)
    except StatementFailed:
        # only who may see all processes may see this
        return None
    return int(number)


async def lag_s(session: Session) -> float | None:
    """How far the slowest replica is behind; None where there is none, or nobody here can see it."""
    if session.dialect == "postgresql":
        ((lag,),) = await session.rows("SELECT extract(epoch FROM max(replay_lag))::float8 FROM pg_stat_replication")
        return None if lag is None else float(lag)
    # MySQL's primary does not know; a replica's own delay is known to the replica alone
    return None


async def why_no_lag(session: Session) -> str:
    """What is known where no lag is: MySQL's primary sees that replicas read from it, and not how far they are."""
    if not is_mysql(session):
        return "there is no replica, or nobody may see it"
    ((readers,),) = await session.rows(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'"
    )
    if not readers:
        return "no replica reads from this server, or this user may not see it"
    return f"cannot be known: {readers} replicas read from this server; ask each by SHOW REPLICA STATUS"
