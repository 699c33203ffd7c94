"""What the adapter itself refuses, to be worded with what the servers refuse."""

from __future__ import annotations


class TooLarge(Exception):
    """A statement that is longer than the server takes: it would close the connection."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class Unencrypted(Exception):
    """The server offers no encryption, and the options insist on it."""


class Written(Exception):
    """A statement that was to read only has written; it was undone."""


class Locked(Exception):
    """Others were making tables for longer than anybody waits for it."""


class SessionChanged(Exception):
    """A statement of the user's changed how texts are written; the connection is of no use any more."""
