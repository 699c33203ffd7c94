"""The problems of a URL that names MySQL or MariaDB, in words."""

from __future__ import annotations

from dataflow.config.database_url import DatabaseUrl
from dataflow.diagnostics import Problem, Solution, Where

_WHERE = Where(operation="configuration")


def wrong_url(url: DatabaseUrl) -> Problem:
    """DF-A113."""
    return Problem(
        code="DF-A113",
        message=f"'{url}' is not a URL of a MySQL or MariaDB database",
        where=_WHERE,
        context={"database_url": str(url)},
        cause="it names a database; the driver is aiomysql or asyncmy, and all that may follow a '?' is 'unix_socket' and "
        "'charset=utf8mb4'",
        solutions=(
            Solution("a server:", 'DataFlow("mysql://user:password@host:3306/database")'),
            Solution(
                "a socket of this machine:", 'DataFlow("mysql://user@/database?unix_socket=/run/mysqld/mysqld.sock")'
            ),
            Solution("encryption is an option:", 'DataFlow(url, ssl={"mode": "verify-full", "ca": "ca.pem"})'),
        ),
    )


def missing_driver(url: DatabaseUrl) -> Problem:
    """DF-A113."""
    return Problem(
        code="DF-A113",
        message=f"the driver '{url.driver}' is not installed",
        where=_WHERE,
        context={"database_url": str(url)},
        cause="it is an extra of this adapter; the one that comes with it is aiomysql",
        solutions=(
            Solution("install it:", 'pip install "dataflow-mysql[asyncmy]"'),
            Solution("or use the one that is there:", f'DataFlow("{url.scheme}://user:password@host:3306/database")'),
        ),
    )
