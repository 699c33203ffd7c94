"""Database URLs: what is accepted, how a relative file is pinned, and what may be shown of them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

import attrs

from dataflow.values.faults import ValueFault

MASK = "***"
MEMORY = ":memory:"
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9]*)(?:\+(?P<driver>[A-Za-z0-9_]+))?://(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]+))?")
_SECRET_KEY = re.compile(r"pass|pwd|secret|token", re.IGNORECASE)
_USER_INFO = re.compile(r"((?:^(?!.*://)|://)[^:/?@]*:).*@", re.DOTALL)
_SECRET_PART = re.compile(r"([?&][^=&]*(?:pass|pwd|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)
_CODE = "DF-C103"


@attrs.frozen(repr=False)
class DatabaseUrl:
    """A parsed URL. ``str`` and ``repr`` mask its secrets; only ``reveal()`` shows them.

    ``scheme`` is in lower case and has no driver in it. A file database has ``path`` and no host;
    with neither path nor host it lives in memory.
    """

    scheme: str
    driver: str | None = None
    username: str | None = None
    _password: str | None = None
    host: str = ""
    port: int | None = None
    database: str = ""
    path: Path | None = None
    query: tuple[tuple[str, str], ...] = ()

    @property
    def in_memory(self) -> bool:
        """Whether it names a SQLite database that is gone when its process ends."""
        return self.scheme == "sqlite" and self.path is None

    def reveal(self) -> str:
        """The whole text, password included: for the driver alone."""
        return self._text(self._password and quote(self._password, safe=""), dict(self.query))

    @property
    def password(self) -> str | None:
        """The password as the server expects it, without percent encoding."""
        return self._password

    def resolved(self, directory: Path) -> DatabaseUrl:
        """The same URL, with the file of a relative path taken from ``directory``."""
        if self.path is None or self.path.is_absolute():
            return self
        return attrs.evolve(self, path=(directory / self.path).resolve())

    def _text(self, password: str | None, query: dict[str, str]) -> str:
        scheme = f"{self.scheme}+{self.driver}" if self.driver else self.scheme
        options = f"?{urlencode(query, safe='/*')}" if query else ""
        if self.scheme == "sqlite":
            return f"{scheme}:///{MEMORY if self.path is None else self.path.as_posix()}{options}"
        user = quote(self.username or "", safe="") + (f":{password}" if password else "")
        port = "" if self.port is None else f":{self.port}"
        return f"{scheme}://{user}{'@' if user else ''}{self.host}{port}/{self.database}{options}"

    def __str__(self) -> str:
        shown = {key: MASK if _SECRET_KEY.search(key) else value for key, value in self.query}
        return self._text(self._password and MASK, shown)

    def __repr__(self) -> str:
        return f"DatabaseUrl({str(self)!r})"


MEMORY_URL = DatabaseUrl("sqlite")


def parse_database_url(value: object) -> DatabaseUrl:
    """The URL that a user wrote as text, or a SQLite file given as a path.

    :raises ValueFault: DF-C103, whose texts show no password.
    """
    if isinstance(value, DatabaseUrl):
        return value
    if isinstance(value, Path):
        return DatabaseUrl("sqlite", path=value)
    if not isinstance(value, str):
        raise ValueFault("a database URL as text, or a Path to a SQLite file", '"sqlite:///app.db"', _CODE)
    if value == MEMORY:
        return MEMORY_URL
    found = _SCHEME.fullmatch(value.strip())
    if found is None:
        raise ValueFault("a database URL that starts with its scheme", _with_scheme(value), _CODE)
    scheme, driver, rest = found["scheme"].lower(), found["driver"], found["rest"]
    return _file_url(driver, rest) if scheme == "sqlite" else _server_url(scheme, driver, rest)


def masked(value: object) -> str:
    """What may be shown of something given as a URL, however broken it is."""
    if not isinstance(value, str):
        return repr(value)
    hidden = _USER_INFO.sub(rf"\g<1>{MASK}@", value)
    return repr(_SECRET_PART.sub(rf"\g<1>{MASK}", hidden))


def _with_scheme(value: str) -> str:
    if "@" in value or "://" in value:
        return '"postgresql://user:password@host/database"'
    if not value.strip() or "\n" in value:
        return '"sqlite:///app.db"'
    return f'"sqlite:///{re.sub("^(file|sqlite):", "", value.strip())}"'


def _file_url(driver: str | None, rest: str) -> DatabaseUrl:
    place, _, query = rest.partition("?")
    if place and not place.startswith("/"):
        raise ValueFault(
            "three slashes before a relative SQLite file, four before an absolute one", f'"sqlite:///{rest}"', _CODE
        )
    name = place.removeprefix("/")
    if name.startswith("file:"):
        raise ValueFault(
            "the name of a SQLite file, not a file: URI", f'"sqlite:///{name.removeprefix("file:")}"', _CODE
        )
    path = None if name in ("", MEMORY) else Path(name)
    return DatabaseUrl("sqlite", driver, path=path, query=_query(query))


def _server_url(scheme: str, driver: str | None, rest: str) -> DatabaseUrl:
    place, _, query = rest.partition("?")
    authority, _, database = place.partition("/")
    user_info, _, host_port = authority.rpartition("@")
    found = _HOST.fullmatch(host_port)
    # an `@` further right means that the password holds an unescaped `/` or `?`, and no longer where it ends
    if found is None or "@" in database or "@" in query:
        raise ValueFault(
            "a host and a numeric port; special characters of a password are percent-encoded",
            f"f\"{scheme}://user:{{urllib.parse.quote(password, safe='')}}@host:5432/database\"",
            _CODE,
        )
    username, _, password = user_info.partition(":")
    return DatabaseUrl(
        scheme,
        driver,
        unquote(username) or None,
        unquote(password) or None,
        found["host"],
        int(found["port"]) if found["port"] else None,
        database,
        query=_query(query),
    )


def _query(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(text, keep_blank_values=True))
