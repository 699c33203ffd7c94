"""aiomysql and asyncmy behind one seam: what of a connection the leaf uses, and how each opens one."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any, Protocol

import attrs
from aiomysql import Connection
from pymysql.constants import CLIENT

from dataflow.config.tls import TLS
from dataflow_mysql.readers import READERS
from dataflow_mysql.refusals import Unencrypted
from dataflow_sql.servers.encryption import ssl_context
from dataflow_sql.servers.sockets import drop


class Answer(Protocol):
    """What the server said to one statement; ``rows`` is None where it gives none."""

    rows: Any
    affected_rows: int
    insert_id: int
    has_next: Any
    description: Any


class Raw(Protocol):
    """A driver's connection. Its cursors are not used: they ask for warnings on their own, and raise them as Python's."""

    server_status: int
    _result: Any

    async def query(self, sql: str) -> Any: ...

    async def next_result(self) -> Any: ...

    async def ensure_closed(self) -> None: ...

    def close(self) -> None: ...

    def thread_id(self) -> int: ...

    def get_server_info(self) -> str: ...


@attrs.frozen(kw_only=True)
class Place:
    """Where the server is and who asks."""

    host: str
    port: int
    unix_socket: str | None
    user: str | None
    password: str = attrs.field(repr=False)
    database: str | None
    tls: TLS


class DriverForm(Protocol):
    """One driver."""

    async def open(self, place: Place) -> Raw:
        """A connection that is logged in. When it is cancelled nothing stays open."""

    def is_open(self, raw: Any) -> bool: ...

    def transport(self, raw: Any) -> Any:
        """asyncio's transport, or None."""

    def forget(self, raw: Any) -> None:
        """Keep a connection whose socket is closed from telling so to a loop that may not run any more."""


#: an update of a row to what it was counts it, as on every other database
_FLAGS = CLIENT.FOUND_ROWS | CLIENT.MULTI_STATEMENTS


class Aiomysql:
    """The driver by default: all Python."""

    async def open(self, place: Place) -> Raw:
        raw = _made(
            Connection,
            host=place.host,
            port=place.port,
            unix_socket=place.unix_socket,
            user=place.user,
            password=place.password,
            db=place.database,
            charset="utf8mb4",
            client_flag=_FLAGS,
            conv=READERS,
            autocommit=None,
            ssl=_encryption(place),
        )
        try:
            # connects one that is not; ``connect`` would leave the socket open when it is cancelled
            await raw.ping()
        except BaseException:
            transport = self.transport(raw)
            raw.close()
            drop(transport)
            raise
        return raw  # type: ignore[no-any-return]  # see _made

    def is_open(self, raw: Any) -> bool:
        # what the server has closed while nobody asked is told by the stream alone
        reader = raw._reader
        return reader is not None and not reader.at_eof()

    def transport(self, raw: Any) -> Any:
        return None if raw._writer is None else raw._writer.transport

    def forget(self, raw: Any) -> None:
        raw._writer = raw._reader = None


@attrs.define(eq=False)
class Asyncmy:
    """The same protocol in Cython; an extra of this distribution."""

    _offers_none: bool = False

    async def open(self, place: Place) -> Raw:
        encryption = None if self._offers_none else _encryption(place)
        raw = self._made(place, encryption)
        try:
            await raw.connect()
        except Exception as error:
            # it does not ask whether the server can, as the other does; what the server answers may be anything
            if encryption is None or getattr(raw, "server_capabilities", CLIENT.SSL) & CLIENT.SSL:
                raise
            if place.tls.mode != "prefer":
                raise Unencrypted from error
        else:
            return raw  # type: ignore[no-any-return]  # see _made
        self._offers_none = True
        return await self.open(place)

    def _made(self, place: Place, encryption: ssl.SSLContext | None) -> Any:
        from asyncmy.connection import Connection as AsyncmyConnection

        return _made(
            AsyncmyConnection,
            host=place.host,
            port=place.port,
            unix_socket=place.unix_socket,
            user=place.user,
            password=place.password,
            database=place.database,
            charset="utf8mb4",
            client_flag=_FLAGS,
            conv=dict(READERS),
            autocommit=None,
            # the most it takes; whoever opens has a deadline
            connect_timeout=31_536_000,
            ssl=encryption,
        )

    def is_open(self, raw: Any) -> bool:
        return not raw._stream_broken

    def transport(self, raw: Any) -> Any:
        return raw._transport

    def forget(self, raw: Any) -> None:
        with suppress(Exception):
            raw._transport = None
            raw._connected = False


def _made(connection: Any, **options: Any) -> Any:
    """A connection that is not open yet; the drivers' own types say less than they do."""
    return connection(**options)


def _encryption(place: Place) -> ssl.SSLContext | None:
    """What both drivers take for ``ssl``; they go on without where the server offers none."""
    return None if place.unix_socket or place.tls.mode == "disable" else ssl_context(place.tls)
