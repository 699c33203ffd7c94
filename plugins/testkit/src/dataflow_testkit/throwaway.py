"""Servers of a test's own, made from the programs that are installed: they may be stopped, killed and started again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import attrs

#: how long a server may take to come up or down
PATIENCE_S = 60.0


class ThrowawayServer(Protocol):
    """A running server; ``url`` names a database of it that may be used for anything."""

    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None:
        """Have it end in good order."""

    def kill(self) -> None:
        """End it at once, as a loss of power does."""

    def pause(self) -> None:
        """Have it fall silent, its connections open."""

    def resume(self) -> None: ...
    def remove(self) -> None:
        """Stop it, and leave nothing behind."""


def free_port() -> int:
    """A port below those that systems give to clients: it is still free when the server comes back after a while."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311  # nobody has to be kept from guessing it
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


def program(*names: str) -> Path | None:
    """The first of some programs that is installed, where packages put servers as well."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), *map(str, versions), "/usr/sbin", "/usr/local/sbin"))
    found = next((path for name in names if (path := shutil.which(name, path=places))), None)
    return None if found is None else Path(found)


def as_user(command: Sequence[str | Path], user: str) -> list[str]:
    """A command for a server that refuses to run as root."""
    plain = [str(part) for part in command]
    if os.geteuid() != 0:
        return plain
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *plain]


@attrs.define(eq=False)
class Process:
    """A server's process. ``command`` starts it; ``place`` holds all that it writes; ``ready`` is what its log says then."""

    place: Path
    port: int
    command: list[str]
    ready: bytes
    _running: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        place = self.place / "server.log"
        with place.open("ab") as log:
            start = log.tell()
            self._running = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + PATIENCE_S
        while self.ready not in place.read_bytes()[start:]:
            if self._running.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start:\n{place.read_text()[-2000:]}")
            time.sleep(0.02)

    def end(self, number: signal.Signals) -> None:
        if self._running is None:
            return
        if self._running.poll() is not None:
            self._running = None
            return
        os.killpg(self._running.pid, signal.SIGCONT)
        if number is signal.SIGKILL:
            # its children too: they hold the sockets
            os.killpg(self._running.pid, signal.SIGKILL)
        else:
            self._running.send_signal(number)
        self._running.wait(PATIENCE_S)
        self._running = None

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def pause(self) -> None:
        assert self._running is not None
        os.killpg(self._running.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self._running is not None
        os.killpg(self._running.pid, signal.SIGCONT)


@attrs.define(eq=False)
class PostgresServer:
    """A cluster of its own, on a free port."""

    _process: Process
    _stop_signal: signal.Signals = signal.SIGINT

    @classmethod
    def made(cls, *installing: str, **settings: str) -> PostgresServer:
        """Make and start one.

        :param installing: further options of ``initdb``, such as ``--waldir=...``.
        :param settings: of the server, such as ``max_connections="20"``.
        :raises FileNotFoundError: when PostgreSQL is not installed.
        """
        initdb, postgres = program("initdb"), program("postgres")
        if initdb is None or postgres is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        place = place_of("postgres")
        data = place / "data"
        subprocess.run(
            as_user(
                (initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *installing),
                "postgres",
            ),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        # a user of that name has to prove who he is; all others are trusted
        rules = data / "pg_hba.conf"
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        port = free_port()
        options = {"fsync": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = as_user((postgres, "-D", data, "-p", str(port), *given), "postgres")
        made = cls(Process(place, port, command, b"ready to accept connections"))
        made.start()
        return made

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._process.port}/postgres"

    @property
    def port(self) -> int:
        return self._process.port

    @property
    def place(self) -> Path:
        return self._process.place

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    def start(self) -> None:
        self._process.start()

    def stop(self) -> None:
        self._process.end(self._stop_signal)

    def kill(self) -> None:
        self._process.end(signal.SIGKILL)

    def pause(self) -> None:
        self._process.pause()

    def resume(self) -> None:
        self._process.resume()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._process.place, ignore_errors=True)


class MariaDBServer(PostgresServer):
    """A MariaDB of its own, on a free port."""

    @classmethod
    def made(cls, *installing: str, **settings: str) -> MariaDBServer:
        """Make and start one.

        :param installing: further options of ``mariadb-install-db``.
        :param settings: of the server, such as ``max_connections="20"``.
        :raises FileNotFoundError: when MariaDB is not installed.
        """
        install, server = program("mariadb-install-db", "mysql_install_db"), program("mariadbd")
        if install is None or server is None:
            raise FileNotFoundError("MariaDB is not installed")
        place = place_of("mysql")
        data = place / "data"
        common = ["--user=mysql"] if os.geteuid() == 0 else []
        # a server that starts, as the installation does too, removes the temporary tables of others from the usual directory
        common.append(f"--tmpdir={place}")
        subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db", *common, *installing],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        # the database `mysql` is the server's own
        first = place / "first.sql"
        first.write_text("CREATE DATABASE IF NOT EXISTS dataflow;\n")
        port = free_port()
        options = {
            "init_file": str(first),
            "innodb_flush_log_at_trx_commit": "2",
            "bind_address": "127.0.0.1",
            **settings,
        }
        given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        command = [
            str(server), "--no-defaults", f"--datadir={data}", f"--port={port}", f"--socket={place}/server.sock", *common, *given,
        ]  # fmt: skip
        made = cls(Process(place, port, command, b"ready for connections"), signal.SIGTERM)
        made.start()
        return made

    @property
    def url(self) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/dataflow"


def place_of(user: str) -> Path:
    """A new directory for a server that runs as some user."""
    place = Path(tempfile.mkdtemp(prefix="dataflow-server-"))
    if os.geteuid() == 0:
        shutil.chown(place, user, user)
    return place
