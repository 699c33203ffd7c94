"""Databases beside each other on one server: a schema, and the places where it is made anew."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import attrs

from dataflow_testkit.databases import Kind, run_mysql, run_postgres
from dataflow_testkit.throwaway import program


@attrs.frozen
class Place:
    """Where databases of one kind are made: ``at`` is the URL of a user who may make them, or a directory."""

    kind: Kind
    at: str
    prefix: str = "dataflow_real"

    def url(self, name: str) -> str:
        if self.kind == "sqlite":
            return f"sqlite:///{Path(self.at, f'{name}.db')}"
        return urlunsplit(urlsplit(self.at)._replace(path=f"/{self.prefix}_{os.getpid()}_{name}"))

    def emptied(self, name: str) -> str:
        """The URL of an empty database of this name."""
        url = self.url(name)
        own = urlsplit(url).path.removeprefix("/")
        if self.kind == "sqlite":
            Path(own).unlink(missing_ok=True)
        else:
            self._run(f"DROP DATABASE IF EXISTS {own}", f"CREATE DATABASE {own}")
        return url

    def drop(self, url: str) -> None:
        if self.kind != "sqlite":
            self._run(f"DROP DATABASE IF EXISTS {urlsplit(url).path.strip('/')}")

    def _run(self, *statements: str) -> None:
        (run_postgres if self.kind == "postgres" else run_mysql)(self.at, statements)


def load(kind: Kind, url: str, sql: str) -> None:
    """Run a script as the database's own program does."""
    parts = urlsplit(url)
    if kind == "sqlite":
        connection = sqlite3.connect(parts.path[1:])
        connection.executescript(sql)
        connection.close()
        return
    if kind == "postgres":
        command = [_program("psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]
    else:
        command = [_program("mariadb", "mysql"), *_of_mysql(url)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, input=sql)
    assert done.returncode == 0, done.stderr


def _program(*names: str) -> str:
    found = program(*names)
    assert found is not None, f"{names[0]} comes with the server"
    return str(found)


def _of_mysql(url: str) -> list[str]:
    """What the programs of MySQL and MariaDB take for a URL."""
    parts = urlsplit(url)
    user = [f"--user={parts.username or 'root'}", *([f"--password={parts.password}"] if parts.password else [])]
    return [f"--host={parts.hostname}", f"--port={parts.port or 3306}", *user, parts.path.strip("/")]


def dump(kind: Kind, url: str) -> str:
    """The schema as the database itself writes it down."""
    if kind == "sqlite":
        connection = sqlite3.connect(urlsplit(url).path[1:])
        found = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND tbl_name NOT IN"
            " (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY rowid"
        ).fetchall()
        connection.close()
        return "".join(f"{sql};\n\n" for (sql,) in found)
    if kind == "postgres":
        command = [_program("pg_dump"), "--schema-only", url]
    else:
        options = ["--no-data", "--routines", "--events", "--triggers", "--skip-comments"]
        command = [_program("mariadb-dump", "mysqldump"), *options, *_of_mysql(url)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
