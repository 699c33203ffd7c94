"""The socket under a transport, closed without its event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any


def abandon(transport: Any, loop: asyncio.AbstractEventLoop, *, is_own: bool) -> None:
    """Close this process's end of a connection at once.

    A loop that may run again is told, for it watches the socket; one that is closed cannot be, and a parent process's
    must not be: the kernel shares with the parent what the loop waits for.
    """
    if is_own and not loop.is_closed():
        transport.abort()
    plain = _plain(transport)
    found = plain.get_extra_info("socket")
    # asyncio hides the socket itself; a copy of its number would be closed a second time, when it is another's
    socket = getattr(found, "_sock", None)
    if socket is not None:
        with suppress(OSError):
            socket.close()
        if not is_own or loop.is_closed():
            # nothing is left for the collector to warn of, or to close by the loop
            plain._sock, plain._closing = None, True


def drop(transport: Any) -> None:
    """Close a connection in the loop's next round.

    ``close`` of an encrypted transport would wait for the server's own goodbye, and the loop may not run that long.
    """
    if transport is not None:
        transport.abort()


def _plain(transport: Any) -> Any:
    """The transport that has the socket: that of an encrypted connection stands on another."""
    below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
    if below is None:
        return transport
    # what the collector looks at
    transport._closed = True
    return below
