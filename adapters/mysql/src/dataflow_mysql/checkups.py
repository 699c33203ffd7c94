"""What is looked at on a MySQL or MariaDB server: version, settings, limits of connections, indexes."""

from __future__ import annotations

import re

from dataflow import DataFlow
from dataflow.inspection.checkups import Checkup, Finding
from dataflow.models.model import Model
from dataflow_mysql.link import MySQLLink
from dataflow_sql.checkups import (
    driver_finding,
    durability_finding,
    index_findings,
    limit_finding,
    read_only_finding,
    version_finding,
)
from dataflow_sql.servers import Link, ServerAdapter

OLDEST = {"MariaDB": (10, 7), "MySQL": (8, 0, 17)}
_SERVER = "SELECT @@version, @@read_only, @@innodb_flush_log_at_trx_commit, @@max_connections, @@max_user_connections"
_USED = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"
_INDEXES = """
SELECT index_name, column_name FROM information_schema.statistics
WHERE table_schema = DATABASE() AND table_name = %s ORDER BY index_name, seq_in_index
"""


def checkups(app: DataFlow, adapter: ServerAdapter, processes: int) -> list[Checkup]:
    """Those of one instance."""

    async def driver() -> list[Finding]:
        return [driver_finding(app.config.database_url.driver or "aiomysql")]

    async def server() -> list[Finding]:
        return await adapter.execution.alone("diagnose", _server)

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


async def _server(link: Link) -> list[Finding]:
    assert isinstance(link, MySQLLink)
    product = "MariaDB" if link.session.mariadb else "MySQL"
    ((version, read_only, flush, _, _),) = await link.rows(_SERVER, ())
    numbers = tuple(map(int, re.findall(r"\d+", version)[:3]))
    found = [version_finding(product, numbers, OLDEST[product])]
    # from version 12 on MariaDB has words for it
    if str(read_only).upper() not in ("0", "OFF"):
        found.append(read_only_finding("read_only is on"))
    unsafe = {} if str(flush) == "1" else {"innodb_flush_log_at_trx_commit": str(flush)}
    cure = "SET GLOBAL innodb_flush_log_at_trx_commit = 1"
    found.append(durability_finding(unsafe, "commits are on the disk when they are told", cure))
    return found


async def _pool(app: DataFlow, link: Link, processes: int) -> list[Finding]:
    ((_, _, _, limit, of_user),) = await link.rows(_SERVER, ())
    ((_, used),) = await link.rows(_USED, ())
    # 0 is no limit
    limits = {"max_connections": int(limit), **({"max_user_connections": int(of_user)} if int(of_user) else {})}
    what, least = min(limits.items(), key=lambda pair: pair[1])
    return [limit_finding(app.config, processes, least, int(used), what)]


async def _indexes(app: DataFlow, link: Link) -> list[Finding]:
    return [finding for model in app.models.values() for finding in await _of_table(model, link)]


async def _of_table(model: Model, link: Link) -> list[Finding]:
    present: dict[str, list[str]] = {}
    for index, column in await link.rows(_INDEXES, (model.table,)):
        # an index on an expression has no column there
        present.setdefault(index, []).append(column or "")
    # a table that is not there is told of by others
    return list(index_findings(model, present)) if present else []
