"""What a server answers before it takes a connection."""

from __future__ import annotations

import asyncio

import pytest

from dataflow import DataFlow, DataFlowError

FAILURE = b"Ecould not fork new process for connection: Cannot allocate memory\n\0"


@pytest.mark.parametrize("mode", ["prefer", "require"])
async def test_a_failure_in_place_of_a_word_on_encryption_is_no_trouble_of_encryption(mode: str) -> None:
    async def fail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(FAILURE)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(fail, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with DataFlow(f"postgresql://postgres@127.0.0.1:{port}/postgres", ssl={"mode": mode}) as db:
            with pytest.raises(DataFlowError) as caught:
                await db.ping()
    assert caught.value.code == "DF-A112"
    assert caught.value.message == f"nothing answers at 127.0.0.1:{port} yet: it is starting or stopping"
