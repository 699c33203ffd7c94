"""What is looked at on a PostgreSQL server: version, settings, limits of connections, poolers, indexes."""

from __future__ import annotations

from collections.abc import Iterator

from dataflow import DataFlow
from dataflow.diagnostics import Problem, Solution, Where
from dataflow.inspection.checkups import Checkup, Finding, passes, warns
from dataflow.models.model import Model
from dataflow_postgres.catalogue import quoted
from dataflow_postgres.link import PostgresLink
from dataflow_sql.checkups import (
    driver_finding,
    durability_finding,
    index_findings,
    limit_finding,
    read_only_finding,
    version_finding,
)
from dataflow_sql.servers import Link, ServerAdapter

#: ON CONFLICT, JSONB and identity columns are older; earlier ones are not maintained any more
OLDEST = (13,)
_SERVER = """
SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), pg_is_in_recovery(),
       current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')
"""
_LIMITS = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0),
       (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
       (SELECT datconnlimit FROM pg_database WHERE datname = current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
"""
_INDEXES = """
SELECT c.relname::text, array_agg(a.attname::text ORDER BY k.place)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = to_regclass($1) AND i.indisvalid GROUP BY c.relname
"""


def checkups(app: DataFlow, adapter: ServerAdapter, processes: int) -> list[Checkup]:
    """Those of one instance."""

    async def driver() -> list[Finding]:
        return [driver_finding("asyncpg")]

    async def server() -> list[Finding]:
        return await adapter.execution.alone("diagnose", lambda link: _server(app, link))

    async def pool() -> list[Finding]:
        return await adapter.execution.alone("diagnose", lambda link: _pool(app, link, processes))

    async def indexes() -> list[Finding]:
        return await adapter.execution.alone("diagnose", lambda link: _indexes(app, link))

    return [
        Checkup("environment", driver),
        Checkup("server", server, needs_database=True),
        Checkup("pool", pool, needs_database=True),
        Checkup("schema", indexes, needs_database=True),
    ]


async def _server(app: DataFlow, link: Link) -> list[Finding]:
    ((number, encoding, replica, fsync, commit, pages),) = await link.rows(_SERVER, ())
    version = (number // 10_000, number % 10_000)
    found = [version_finding("PostgreSQL", version, OLDEST, f", encoding {encoding}")]
    if encoding != "UTF8":
        found.append(warns(_encoding(encoding)))
    if replica:
        found.append(read_only_finding("the server is a replica"))
    settings = {"fsync": fsync, "synchronous_commit": commit, "full_page_writes": pages}
    unsafe = {name: value for name, value in settings.items() if value == "off"}
    found.append(
        durability_finding(unsafe, "commits are on the disk when they are told", "synchronous_commit = on, fsync = on")
    )
    return found


async def _pool(app: DataFlow, link: Link, processes: int) -> list[Finding]:
    assert isinstance(link, PostgresLink)
    ((limit, of_role, of_database, used),) = await link.rows(_LIMITS, ())
    if link.is_lent:
        # what the server allows is the pooler's concern
        return [await _pooled(app, link)]
    # -1 is no limit
    limits = {"max_connections": limit, "the role's CONNECTION LIMIT": of_role, "the database's": of_database}
    what, least = min(((name, one) for name, one in limits.items() if one >= 0), key=lambda pair: pair[1])
    return [passes("no pooler in between"), limit_finding(app.config, processes, least, used, what)]


async def _pooled(app: DataFlow, link: Link) -> Finding:
    ((timeout,),) = await link.rows("SELECT current_setting('statement_timeout')", ())
    kept = timeout != "0" or app.config.statement_timeout_s is None
    deadlines = "" if kept else "; outside of transactions the client alone keeps statement_timeout_s"
    return passes(f"a pooler lends out the server's connections: prepared statements are off{deadlines}")


async def _indexes(app: DataFlow, link: Link) -> list[Finding]:
    return [finding for model in app.models.values() for finding in await _of_table(model, link)]


async def _of_table(model: Model, link: Link) -> Iterator[Finding]:
    present = {name: columns for name, columns in await link.rows(_INDEXES, (quoted(model.table),))}  # noqa: C416  # rows are no pairs to a checker
    # a table that is not there is told of by others
    return index_findings(model, present) if present else iter(())


def _encoding(encoding: str) -> Problem:
    return Problem(
        code="DF-A105",
        message=f"the database holds texts in {encoding}, which has not every character",
        where=Where(operation="diagnose"),
        context={"server_encoding": encoding},
        cause="a text with another character is refused when it is written",
        solutions=(Solution("make the database anew:", "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"),),
    )
