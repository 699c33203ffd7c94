"""What MySQL and MariaDB give to the layer that all servers share."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.adapters import Capabilities, driver_error
from dataflow.config.database_url import DatabaseUrl
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, error_of
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
from dataflow_mysql import bulk_create, bulk_update, executors, upsert
from dataflow_mysql.catalogue import MySQLCatalogue
from dataflow_mysql.dialect import Flavour, MySQLDialect
from dataflow_mysql.drivers import Aiomysql, Asyncmy, DriverForm, Place
from dataflow_mysql.errors import number_of, takes_no_writes
from dataflow_mysql.free_sql import bound_statement, statement
from dataflow_mysql.link import MySQLDriver, Session
from dataflow_mysql.migrations.dialect import MySQLSchema
from dataflow_mysql.migrations.session import MySQLSession
from dataflow_mysql.url_problems import missing_driver, wrong_url
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
    Update: executors.update,
    Delete: shared.delete,
    List: shared.page,
    Count: shared.count,
    Upsert: upsert.upsert,
    BulkCreate: bulk_create.bulk_create,
    BulkUpdate: bulk_update.bulk_update,
}
#: a foreign key that misses its target, and one that a row to delete is the target of
_REFERS = frozenset((1451, 1452, 1216, 1217))


def mysql_leaf(
    config: Config, settings: str, patient: str, explained: Callable[[Exception], DataFlowError]
) -> tuple[Leaf, str]:
    """The leaf of one instance, and the server's place for messages; ``patient`` are the settings of sessions without deadlines."""
    url = config.database_url
    place, form = _place(config), _form(url)
    flavour = Flavour()

    def learned(session: Session) -> None:
        flavour.mariadb = session.mariadb

    dialect = MySQLDialect(flavour)
    driver = MySQLDriver(
        form=form,
        place=place,
        connect_timeout_s=config.connect_timeout_s,
        statement_timeout_s=config.statement_timeout_s,
        control_timeout_s=config.connect_timeout_s,
        settings=settings,
        learned=learned,
    )
    unhurried = attrs.evolve(driver, statement_timeout_s=None, control_timeout_s=None, settings=patient)
    leaf = Leaf(
        name="mysql",
        display_url=str(url),
        driver=driver,
        dialect=dialect,
        catalogue=MySQLCatalogue(dialect),
        executors=EXECUTORS,
        statement=statement,
        bound=lambda operation: (bound_statement(operation), ()),
        plan=planned,
        refers=refers,
        takes_no_writes=lambda error: takes_no_writes(driver_error(error)),
        explained=explained,
        migrating=Migrating(schema=MySQLSchema(dialect, unhurried), driver=unhurried, session=MySQLSession),
        capabilities=Capabilities(signed_zero=False),
    )
    return leaf, place.unix_socket or f"{place.host}:{place.port}"


def _place(config: Config) -> Place:
    url, options = config.database_url, dict(config.database_url.query)
    if set(options) - {"unix_socket", "charset"} or options.get("charset", "utf8mb4") != "utf8mb4" or not url.database:
        raise error_of(wrong_url(url))
    return Place(
        host=url.host or "localhost",
        port=url.port or 3306,
        unix_socket=options.get("unix_socket"),
        user=url.username,
        password=url.password or "",
        database=url.database,
        tls=config.ssl,
    )


def _form(url: DatabaseUrl) -> DriverForm:
    if url.driver in (None, "aiomysql"):
        return Aiomysql()
    if url.driver != "asyncmy":
        raise error_of(wrong_url(url))
    if importlib.util.find_spec("asyncmy") is None:
        raise error_of(missing_driver(url))
    return Asyncmy()


def refers(error: Exception) -> bool:
    """Whether a foreign key refused a row."""
    found = driver_error(error)
    return number_of(getattr(found, "error", found)) in _REFERS


async def planned(link: Link, sql: str, values: Sequence[Any], inside: bool) -> StatementPlan:
    """The plan of one statement, which is not run."""
    # plans are seldom asked for
    from dataflow_mysql.plans import plan_of

    return await plan_of(link, sql, values, inside)
