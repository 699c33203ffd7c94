"""What a server answers before it takes a connection."""

from __future__ import annotations

import asyncio

import pytest

from dataflow import DataFlow, DataFlowError

END = b"E\0\0\0\x43SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0"


@pytest.mark.parametrize(("mode", "answer"), [("prefer", END), ("prefer", b"N" + END), ("require", END)])
async def test_the_end_of_a_server_is_no_trouble_of_encryption(mode: str, answer: bytes) -> None:
    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(end, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with DataFlow(f"postgresql://postgres@127.0.0.1:{port}/postgres", ssl={"mode": mode}) as db:
            with pytest.raises(DataFlowError) as caught:
                await db.ping()
    assert caught.value.code == "DF-A112"
    assert caught.value.message == f"nothing answers at 127.0.0.1:{port} yet: it is starting or stopping"
    (problem,) = caught.value.problems
    told = "the server is there and takes no connections: after a crash it mends its data first, and a full disk keeps it from that"
    assert problem.cause == told
