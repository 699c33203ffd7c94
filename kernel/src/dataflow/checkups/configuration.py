"""Where the options come from, and which of them are unsafe."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dataflow.checkups.plugins import OF_PLUGINS
from dataflow.config.conflicts import specified
from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Solution, Where
from dataflow.inspection.checkups import Checkup, Finding, passes, warns

if TYPE_CHECKING:
    from dataflow.app import DataFlow


def configuration_checkup(app: DataFlow) -> Checkup:
    async def examine() -> Iterator[Finding]:
        return _found(app.config)

    return Checkup("configuration", examine)


def _found(config: Config) -> Iterator[Finding]:
    explicit = {str(origin) for origin in config.origins.values() if origin.is_explicit}
    yield passes(f"profile {config.profile}; options from {', '.join(sorted(explicit)) or 'the profile alone'}")
    yield from (warns(one) for one in config.warnings if one.code not in OF_PLUGINS)
    if _may_be_read_along(config):
        yield warns(_unencrypted(config))


def _may_be_read_along(config: Config) -> bool:
    url = config.database_url
    # a socket's directory stands in the query, and needs no encryption
    is_elsewhere = bool(url.host) and not url.host.startswith("/") and not _is_here(url.host)
    return is_elsewhere and config.ssl.mode in ("disable", "prefer")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in ("localhost", "localhost.localdomain")


def _unencrypted(config: Config) -> Problem:
    return Problem(
        code="DF-C401",
        message=f"the connection to '{config.database_url.host}' need not be encrypted",
        where=Where(operation="configuration"),
        context={"database_url": specified(config, "database_url"), "ssl.mode": config.ssl.mode},
        cause=f"with ssl mode '{config.ssl.mode}' whoever stands in between can read and change what travels",
        solutions=(
            Solution("insist, and have the server prove who it is:", 'DataFlow(ssl={"mode": "verify-full"})'),
            Solution("or, where nobody can stand in between, leave it as it is"),
        ),
    )
