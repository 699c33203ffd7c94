"""Schemas that Debian packages bring as scripts: downloaded, unpacked, never installed, and no part of this repository."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from dataflow_testkit.databases import KINDS, Kind


@attrs.frozen
class Script:
    """One application's schema for one kind of database: ``files`` of a package, in the order in which they are run."""

    name: str
    kind: Kind
    package: str
    files: Sequence[str]
    #: lines that no client runs here, as an expression: they name a database, or make what is there
    without: str = ""

    def __str__(self) -> str:
        return f"{self.name}-{self.kind}"

    def text(self, cache: Path) -> str:
        """What the files say, after the package is got into ``cache`` when it is not there yet."""
        place = _unpacked(self.package, cache)
        text = "\n".join(_read(place / one) for one in self.files)
        return re.sub(self.without, "", text, flags=re.MULTILINE) if self.without else text


_RADIUS = "etc/freeradius/3.0/mods-config/sql/{}/{}/{}.sql"
_BACULA = "usr/share/dbconfig-common/data/bacula-director-{0}/install/{0}"
_OPENDMARC = "usr/share/dbconfig-common/data/opendmarc/install/mysql"
_DIRECTOR = "usr/share/icingaweb2/modules/director/schema/{}.sql"
_PDNS = "usr/share/pdns-backend-{0}/schema/schema.{0}.sql"
_ROUNDCUBE = "usr/share/roundcube/SQL/{}.initial.sql"
_WIKI = "usr/share/mediawiki/maintenance/{}"
_EJABBERD = "usr/share/ejabberd/sql/{}.sql"
_JABBER = "usr/share/doc/jabberd2/db-setup.{}.gz"
_GAMMU = "usr/share/doc/gammu-smsd/examples/{}.sql"
_OF_A_DATABASE = r"(?i)^(CREATE DATABASE|USE) .*"
_KEA = "usr/share/kea/scripts/{0}/dhcpdb_create.{0}"

_PROGRAMS: Mapping[Kind, str] = {"sqlite": "sqlite3", "postgres": "pgsql", "mysql": "mysql"}
_SERVERS: Mapping[Kind, str] = {"postgres": "pgsql", "mysql": "mysql"}
_SHORT: Mapping[Kind, str] = {**_PROGRAMS, "sqlite": "sqlite"}


def _each(name: str, package: str, file: str, words: Mapping[Kind, str], without: str = "") -> Iterator[Script]:
    """A script per kind, in whose package and file its word stands."""
    for kind, word in words.items():
        yield Script(name, kind, package.format(word), [file.format(word)], without)


SCRIPTS: Sequence[Script] = (
    *_each("PowerDNS", "pdns-backend-{}", _PDNS, _PROGRAMS),
    *_each("Roundcube", "roundcube-core", _ROUNDCUBE, {kind: kind for kind in KINDS}),
    Script("MediaWiki", "sqlite", "mediawiki", [_WIKI.format("sqlite/tables-generated.sql")]),
    Script("MediaWiki", "postgres", "mediawiki",
           [_WIKI.format("postgres/tables-generated.sql"), _WIKI.format("postgres/tables.sql")]),
    Script("MediaWiki", "mysql", "mediawiki", [_WIKI.format("tables-generated.sql")]),
    *_each("ejabberd", "ejabberd", _EJABBERD, {"sqlite": "lite.new", "postgres": "pg.new", "mysql": "mysql.new"}),
    *_each("jabberd2", "jabberd2", _JABBER, _SHORT, _OF_A_DATABASE),
    *_each("Bacula", "bacula-director-{}", _BACULA, _PROGRAMS),
    *_each("Gammu", "gammu-smsd", _GAMMU, _SHORT, r"^CREATE LANGUAGE plpgsql;"),
    Script("FreeRADIUS", "sqlite", "freeradius-config",
           [_RADIUS.format(one, "sqlite", "schema") for one in ("main", "cui", "dhcp", "ippool")]),
    Script("FreeRADIUS", "postgres", "freeradius-config",
           [*(_RADIUS.format(one, "postgresql", "schema") for one in ("main", "cui", "dhcp", "ippool")),
            _RADIUS.format("main", "postgresql", "process-radacct"), _RADIUS.format("ippool", "postgresql", "procedure")],
           r"^#.*"),
    Script("FreeRADIUS", "mysql", "freeradius-config",
           [*(_RADIUS.format(one, "mysql", "schema") for one in ("main", "cui", "dhcp", "ippool")),
            _RADIUS.format("main", "mysql", "process-radacct"), _RADIUS.format("ippool", "mysql", "procedure")]),
    *_each("Kea", "kea-admin", _KEA, _SERVERS),
    *_each("IcingaDB", "icingadb", "usr/share/icingadb/schema/{}/schema.sql", _SERVERS),
    *_each("IcingaIDO", "icinga2-ido-{}", "usr/share/icinga2-ido-{0}/schema/{0}.sql", _SERVERS),
    *_each("IcingaDirector", "icingaweb2-module-director", _DIRECTOR, _SERVERS),
    *_each("IcingaWeb", "icingaweb2", "usr/share/icingaweb2/schema/{}.schema.sql", _SERVERS),
    Script("Zabbix", "sqlite", "zabbix-proxy-sqlite3", ["usr/share/zabbix-proxy-sqlite3/schema.sql.gz"]),
    Script("Zabbix", "postgres", "zabbix-server-pgsql", ["usr/share/zabbix-server-pgsql/schema.sql.gz"]),
    Script("Zabbix", "mysql", "zabbix-server-mysql", ["usr/share/zabbix-server-mysql/schema.sql.gz"]),
    Script("Cacti", "mysql", "cacti", ["usr/share/cacti/conf_templates/cacti.sql"]),
    Script("Tango", "mysql", "tango-db",
           ["usr/share/tango-db/create_db_tables.sql", "usr/share/tango-db/stored_proc.sql"], r"\btango\.(?=\w)"),
    Script("OpenDMARC", "mysql", "opendmarc", [_OPENDMARC], _OF_A_DATABASE),
)  # fmt: skip


def _unpacked(package: str, cache: Path) -> Path:
    place = cache / package
    if not place.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "--quiet", package], check=True, cwd=cache, stdout=subprocess.DEVNULL)
        (file,) = cache.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "--extract", str(file), str(place)], check=True)
        file.unlink()
    return place


def _read(file: Path) -> str:
    data = file.read_bytes()
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
