"""What a test says to each kind of server: how to make one, and how to see and end its sessions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs

from dataflow_testkit.databases import Kind, run_mysql, run_postgres
from dataflow_testkit.throwaway import MariaDBServer, PostgresServer

#: how long a condition may take to come true
PATIENCE_S = 10.0


@attrs.frozen
class ServerKind:
    """Statements count or name the sessions other than the one that asks."""

    plugin: str
    made: Callable[..., PostgresServer]
    run: Callable[[str, Sequence[str]], list[Any]]
    #: a query that takes a minute
    sleep: str
    #: the sessions that run it
    sleepers: str
    #: all sessions of clients
    clients: str
    #: the session's own number
    own_number: str
    #: ends the session of a number
    terminate: str
    #: stops the statement of a session
    cancel: str
    #: makes the server refuse writes
    read_only: str
    #: and take them again
    writable: Sequence[str]
    #: a user who obeys when the server takes no writes, and what makes him
    obedient: str
    with_obedient: Sequence[str]
    #: makes a server refuse the writes of its old connections too, as one does that was a primary
    demote: Sequence[str]
    #: whether it does by now
    demoted: str
    #: and take them again
    promote: Sequence[str]
    #: the code of a write that closing the instance stops: whether the client knows what became of it
    closed_code: str
    #: makes a user ``guarded`` who needs a password, which is not the tests'
    with_password: Sequence[str]
    #: settings of a server with room for few sessions
    few_sessions: Mapping[str, str]
    #: gives a server a database ``small`` whose tables are in a directory
    on_disk: Callable[[PostgresServer, Path], None]
    #: tells in its last column whether the session is encrypted
    cipher: str
    #: the user that it runs as
    account: str
    #: settings of one that offers encryption, with the file of a certificate and that of its key
    encrypted: Callable[[Path, Path], Mapping[str, str]]


def _postgres_on_disk(server: PostgresServer, directory: Path) -> None:
    run_postgres(server.url, [f"CREATE TABLESPACE small LOCATION '{directory}'"])
    run_postgres(server.url, ["CREATE DATABASE small TABLESPACE small"])


def _mariadb_on_disk(server: PostgresServer, directory: Path) -> None:
    # each directory beside its tables is a database
    (server.place / "data" / "small").symlink_to(directory)


SERVERS: Mapping[Kind, ServerKind] = {
    "postgres": ServerKind(
        plugin="dataflow_postgres.plugin",
        made=PostgresServer.made,
        run=run_postgres,
        sleep="SELECT pg_sleep(60)",
        sleepers="SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()",
        clients="SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        own_number="SELECT pg_backend_pid()",
        terminate="SELECT pg_terminate_backend({})",
        cancel="SELECT pg_cancel_backend({})",
        read_only="ALTER DATABASE postgres SET default_transaction_read_only = on",
        writable=(
            "SET default_transaction_read_only = off",
            "ALTER DATABASE postgres RESET default_transaction_read_only",
        ),
        obedient="postgres",
        with_obedient=(),
        demote=(
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
        ),
        demoted="SELECT current_setting('default_transaction_read_only')::bool",
        promote=(
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        ),
        closed_code="DF-A119",
        with_password=(
            "DROP ROLE IF EXISTS guarded",
            "CREATE ROLE guarded LOGIN PASSWORD 'another'",
        ),
        few_sessions={"max_connections": "5", "superuser_reserved_connections": "1"},
        on_disk=_postgres_on_disk,
        cipher="SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        account="postgres",
        encrypted=lambda certificate, key: {
            "ssl": "on",
            "ssl_cert_file": str(certificate),
            "ssl_key_file": str(key),
        },
    ),
    "mysql": ServerKind(
        plugin="dataflow_mysql.plugin",
        made=MariaDBServer.made,
        run=run_mysql,
        sleep="SELECT SLEEP(60)",
        sleepers="SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP(60)%' AND id <> connection_id()",
        clients="SELECT id FROM information_schema.processlist WHERE user <> 'system user' AND id <> connection_id()",
        own_number="SELECT connection_id()",
        terminate="KILL CONNECTION {}",
        cancel="KILL QUERY {}",
        read_only="SET GLOBAL tx_read_only = 1",
        writable=("SET GLOBAL tx_read_only = 0",),
        obedient="application",
        with_obedient=(
            "CREATE OR REPLACE USER application@'127.0.0.1'",
            "GRANT ALL ON dataflow.* TO application@'127.0.0.1'",
        ),
        demote=("SET GLOBAL read_only = 1",),
        demoted="SELECT @@read_only",
        promote=("SET GLOBAL read_only = 0",),
        closed_code="DF-T104",
        with_password=("CREATE OR REPLACE USER guarded@'127.0.0.1' IDENTIFIED BY 'another'",),
        few_sessions={"max_connections": "5"},
        on_disk=_mariadb_on_disk,
        cipher="SHOW STATUS LIKE 'Ssl_cipher'",
        account="mysql",
        encrypted=lambda certificate, key: {"ssl_cert": str(certificate), "ssl_key": str(key)},
    ),
}


def servers() -> list[Kind]:
    """The kinds of server whose adapter is there."""
    return [kind for kind, one in SERVERS.items() if find_spec(one.plugin) is not None]


def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait until a condition holds, asking again and again; for what tells of itself in no other way."""
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, "the condition did not come true"
        time.sleep(0.01)
