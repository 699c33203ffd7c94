"""How a connection is opened: as what, with which settings."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import attrs

from dataflow_sqlite.functions import teach

Synchronous = Literal["OFF", "NORMAL", "FULL"]
Mode = Literal["rwc", "rw", "ro"]
#: STRICT tables and built-in JSON
OLDEST = (3, 38, 0)
#: SQLite's own wait for a lock, in parts short enough to be cancelled between them
BUSY_PART_S = 0.05
#: 16 MB of log. SQLite's own 1,000 copy the same pages back four times as often, which is a third of a small write's
#: cost; up to 4,062 pages the log's index is one block, so that finding a page in it costs a reader the same.
CHECKPOINT_PAGES = 4_000


@attrs.frozen
class Database:
    """One SQLite database. ``path`` is None in memory; ``mode`` is SQLite's own word for how to open a file."""

    path: Path | None
    mode: Mode = "rwc"
    synchronous: Synchronous = "FULL"
    busy_timeout_s: float = 5.0
    checkpoint_pages: int = CHECKPOINT_PAGES

    @property
    def in_memory(self) -> bool:
        return self.path is None

    def open_writer(self) -> sqlite3.Connection:
        """The connection that writes; makes the file and switches it to a write-ahead log."""
        raw = self._connect()
        raw.execute(f"PRAGMA busy_timeout = {BUSY_PART_S * 1000:.0f}")
        if not self.in_memory and self.mode != "ro":
            _use_wal(raw, self.busy_timeout_s)
            raw.execute(f"PRAGMA synchronous = {self.synchronous}")
            raw.execute(f"PRAGMA wal_autocheckpoint = {self.checkpoint_pages:d}")
        return raw

    def open_reader(self) -> sqlite3.Connection:
        """A connection that only reads."""
        raw = self._connect()
        raw.execute("PRAGMA query_only = ON")
        return raw

    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self._uri(),
            uri=True,
            # another process may be switching the file to its write-ahead log just now
            timeout=self.busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        try:
            raw.execute("PRAGMA foreign_keys = ON")
            # reads the file's header, so that a file that is no database is found here
            raw.execute("PRAGMA schema_version").fetchone()
            teach(raw)
        except BaseException:
            raw.close()
            raise
        return raw

    def _uri(self) -> str:
        if self.path is None:
            return "file::memory:"
        return f"file:{quote(str(self.path))}?mode={self.mode}"


def _use_wal(raw: sqlite3.Connection, patience_s: float) -> None:
    """Switch to the write-ahead log; SQLite does not wait for others there, so it is asked until it answers."""
    until = time.monotonic() + patience_s
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.005)
