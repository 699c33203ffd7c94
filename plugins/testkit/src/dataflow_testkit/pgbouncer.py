"""A PgBouncer of a test's own, which lends a server's few sessions to many clients for a transaction each."""

from __future__ import annotations

import shutil
from urllib.parse import urlsplit, urlunsplit

import attrs

from dataflow_testkit.throwaway import PostgresServer, Process, as_user, free_port, place_of, program

_SETTINGS = """
[databases]
postgres = host=127.0.0.1 port={server} dbname=postgres user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = trust
auth_file = {place}/users.txt
pool_mode = transaction
default_pool_size = 5
max_client_conn = 500
unix_socket_dir =
"""


@attrs.define(eq=False)
class PgBouncer:
    """Runs until it is removed."""

    url: str
    _process: Process

    @classmethod
    def made(cls, server: PostgresServer, **settings: str) -> PgBouncer:
        """Start one in front of a server.

        :param settings: of PgBouncer, such as ``ignore_startup_parameters="statement_timeout"``.
        :raises FileNotFoundError: when PgBouncer is not installed.
        """
        found = program("pgbouncer")
        if found is None:
            raise FileNotFoundError("PgBouncer is not installed")
        place, port = place_of("postgres"), free_port()
        written = _SETTINGS.format(server=server.port, port=port, place=place)
        (place / "users.txt").write_text('"postgres" ""\n')
        file = place / "pgbouncer.ini"
        file.write_text(written + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        process = Process(place, port, as_user((found, file), "postgres"), b"process up")
        process.start()
        parts = urlsplit(server.url)
        return cls(urlunsplit(parts._replace(netloc=f"postgres@127.0.0.1:{port}")), process)

    def remove(self) -> None:
        self._process.kill()
        shutil.rmtree(self._process.place, ignore_errors=True)
