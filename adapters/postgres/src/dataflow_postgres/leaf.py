"""What PostgreSQL gives to the layer that all servers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg

from dataflow.adapters import LEVELS, Capabilities, driver_error
from dataflow.config.database_url import DatabaseUrl
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.operations.operation import (
    BulkCreate,
    BulkUpdate,
    Count,
    Create,
    Delete,
    List,
    Operation,
    Read,
    Update,
    Upsert,
)
from dataflow_postgres import bulk, executors
from dataflow_postgres.catalogue import PostgresCatalogue
from dataflow_postgres.dialect import PostgresDialect
from dataflow_postgres.free_sql import bound_statement, statement
from dataflow_postgres.link import PostgresDriver
from dataflow_postgres.migrations.dialect import PostgresSchema
from dataflow_postgres.migrations.session import PostgresSession
from dataflow_sql.servers import executors as shared
from dataflow_sql.servers.adapter import Leaf
from dataflow_sql.servers.executors import Make
from dataflow_sql.servers.session import Migrating

if TYPE_CHECKING:
    from dataflow.inspection.plans import StatementPlan
    from dataflow_sql.servers.link import Link

EXECUTORS: Mapping[type[Operation], Make] = {
    Create: executors.create,
    Read: shared.read,
    Update: shared.update,
    Delete: shared.delete,
    List: shared.page,
    Count: shared.count,
    Upsert: executors.upsert,
    BulkCreate: bulk.bulk_create,
    BulkUpdate: bulk.bulk_update,
}


def postgres_leaf(
    config: Config,
    settings: Mapping[str, str],
    deadlines: Mapping[str, int],
    explained: Callable[[Exception], DataFlowError],
) -> tuple[Leaf, str]:
    """The leaf of one instance, and the server's place for messages."""
    url = config.database_url
    if url.driver not in (None, "asyncpg") or set(dict(url.query)) - {"host"}:
        raise error_of(_wrong_url(url))
    host = dict(url.query).get("host") or url.host or None
    dialect = PostgresDialect()
    driver = PostgresDriver(
        host=host,
        port=url.port,
        user=url.username,
        password=url.password,
        database=url.database or None,
        tls=config.ssl,
        connect_timeout_s=config.connect_timeout_s,
        statement_timeout_s=config.statement_timeout_s,
        settings=settings,
        deadlines=deadlines,
    )
    leaf = Leaf(
        name="postgres",
        display_url=str(url),
        driver=driver,
        dialect=dialect,
        catalogue=PostgresCatalogue(dialect),
        executors=EXECUTORS,
        statement=statement,
        bound=bound_statement,
        plan=planned,
        refers=refers,
        takes_no_writes=takes_no_writes,
        explained=explained,
        migrating=Migrating(
            schema=PostgresSchema(dialect),
            driver=driver.patient,
            session=lambda link: PostgresSession(link, driver.patient),
        ),
        capabilities=Capabilities(isolation={**LEVELS, "READ UNCOMMITTED": "READ COMMITTED"}),
    )
    return leaf, f"{host or 'localhost'}:{url.port or 5432}"


def refers(error: Exception) -> bool:
    """Whether a foreign key refused a row."""
    found = driver_error(error)
    return isinstance(
        getattr(found, "error", found), (asyncpg.ForeignKeyViolationError, asyncpg.RestrictViolationError)
    )


def takes_no_writes(error: Exception) -> bool:
    """Whether a write was refused because the transaction only reads, as every one does on a replica."""
    return isinstance(driver_error(error), asyncpg.ReadOnlySQLTransactionError)


def _wrong_url(url: DatabaseUrl) -> Problem:
    return Problem(
        code="DF-A113",
        message=f"'{url}' is not a URL of a PostgreSQL database",
        where=Where(operation="configuration"),
        context={"database_url": str(url)},
        cause="the driver is asyncpg, and all that may follow a '?' is 'host' with the directory of a socket",
        solutions=(
            Solution("a server:", 'DataFlow("postgresql://user:password@host:5432/database")'),
            Solution("a socket of this machine:", 'DataFlow("postgresql:///database?host=/var/run/postgresql")'),
            Solution("encryption is an option:", 'DataFlow(url, ssl={"mode": "verify-full", "ca": "ca.pem"})'),
        ),
    )


async def planned(link: Link, sql: str, values: Sequence[Any], inside: bool) -> StatementPlan:
    """The plan of one statement, which is not run."""
    # plans are seldom asked for
    from dataflow_postgres.plans import plan_of

    return await plan_of(link, sql, values, inside)
