"""A way to a server that fails as ordered: cut, silent, slow, or lost at the very statement that matters."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

import attrs

#: what happens to a connection at a request: it is cut, or nothing passes any more
Fault = Literal["cut", "stall"]
#: before the server has the request, or after it has answered, before the client has the answer
Moment = Literal["before", "after"]
_LINGER_NOT = struct.pack("ii", 1, 0)
_CHUNK = 1 << 16
#: PostgreSQL's word on the process that a connection has, before it is ready; and a process that nobody is
_KEY = re.compile(rb"(K\x00\x00\x00\x0c)....(....Z\x00\x00\x00\x05I)", re.DOTALL)
_OTHER = rb"\1" + struct.pack("!i", 2**30) + rb"\2"


@attrs.define(eq=False)
class Proxy:
    """Passes connections on to a port of this machine, on a thread of its own.

    A context manager; every method may be called from any thread.
    """

    target: int
    port: int = 0
    #: how long each chunk is kept back, in either direction
    delay_s: float = 0.0
    #: whether clients of PostgreSQL are told another process than they have, as by a pooler that lends one out for a transaction
    lends: bool = False
    #: how many connections were opened through it so far
    opened: int = 0
    _loop: asyncio.AbstractEventLoop = attrs.field(init=False, factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _open: set[_Connection] = attrs.field(init=False, factory=set)
    _flows: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)
    _traps: list[_Trap] = attrs.field(init=False, factory=list)
    _over: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(ready),), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def url(self, url: str) -> str:
        """A server's URL by way of the proxy."""
        parts = urlsplit(url)
        user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{self.port}"))

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def cut(self) -> None:
        """Reset every connection."""
        self._do(self._reset)

    def stall(self) -> None:
        """Let nothing pass, of old connections and new; all stay open."""
        self._do(self._flows.clear)

    def resume(self) -> None:
        """Let everything pass again."""
        self._do(self._flows.set)

    def strand(self) -> None:
        """Let nothing pass of the connections there are, as when a router forgot them; new ones work."""
        self._do(self._strand)

    def _strand(self) -> None:
        for connection in self._open:
            connection.silent = True

    def at(self, request: bytes, moment: Moment, fault: Fault = "cut") -> None:
        """Have the next request that contains some bytes fail, once."""
        self._do(lambda: self._traps.append(_Trap(request, moment, fault)))

    def _do(self, work: Callable[[], object]) -> None:
        done = threading.Event()

        def run() -> None:
            work()
            done.set()

        self._loop.call_soon_threadsafe(run)
        done.wait()

    async def _serve(self, ready: threading.Event) -> None:
        self._flows.set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        server.close()
        self._reset()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _reset(self) -> None:
        for connection in list(self._open):
            connection.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        connection = _Connection(self, reader, writer)
        self._open.add(connection)
        try:
            await connection.run()
        finally:
            self._open.discard(connection)
            connection.reset()

    def sprung(self, data: bytes) -> _Trap | None:
        """The trap that a request springs, which is then gone."""
        found = next((trap for trap in self._traps if trap.request in data), None)
        if found is not None:
            self._traps.remove(found)
        return found

    async def passage(self) -> None:
        """Wait until data may pass."""
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        await self._flows.wait()


@attrs.frozen
class _Trap:
    request: bytes
    moment: Moment
    fault: Fault


@attrs.define(eq=False)
class _Connection:
    proxy: Proxy
    from_client: asyncio.StreamReader
    to_client: asyncio.StreamWriter
    to_server: asyncio.StreamWriter | None = None
    #: what the next answer of the server's meets
    _awaited: _Trap | None = None
    silent: bool = False

    async def run(self) -> None:
        await self.proxy.passage()
        with suppress(OSError):
            from_server, self.to_server = await asyncio.open_connection("127.0.0.1", self.proxy.target)
            requests = asyncio.create_task(self._requests(self.to_server))
            answers = asyncio.create_task(self._answers(from_server))
            try:
                await asyncio.wait((requests, answers), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (requests, answers):
                    task.cancel()
                await asyncio.gather(requests, answers, return_exceptions=True)

    async def _requests(self, to_server: asyncio.StreamWriter) -> None:
        while data := await self.from_client.read(_CHUNK):
            trap = self.proxy.sprung(data)
            if trap is not None and trap.moment == "before":
                await self._fail(trap)
                return
            self._awaited = trap or self._awaited
            await self._pass(data, to_server)

    async def _answers(self, from_server: asyncio.StreamReader) -> None:
        while data := await from_server.read(_CHUNK):
            if self._awaited is not None:
                await self._fail(self._awaited)
                return
            if self.proxy.lends:
                data = _KEY.sub(_OTHER, data, count=1)
            await self._pass(data, self.to_client)

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        await self.proxy.passage()
        if self.silent:
            await asyncio.Event().wait()
        writer.write(data)
        await writer.drain()

    async def _fail(self, trap: _Trap) -> None:
        if trap.fault == "stall":
            self.silent = True
            await asyncio.Event().wait()

    def reset(self) -> None:
        """End both sides at once, with nothing said."""
        for writer in (self.to_client, self.to_server):
            if writer is None or writer.is_closing():
                continue
            found = writer.get_extra_info("socket")
            with suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            writer.transport.abort()
