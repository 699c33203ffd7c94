"""What a schema is after renames: SQLite writes it, in a copy that has no rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress

from dataflow.migrations import Followed, Hindrance, ObjectRef
from dataflow_sqlite.migrations.catalogue import snapshot_of
from dataflow_sqlite.migrations.renames import renamed
from dataflow_sqlite.opening import Database


def followed(raw: sqlite3.Connection, renames: Mapping[ObjectRef, ObjectRef]) -> Followed:
    """On the thread."""
    hindrances = []
    rows = raw.execute("SELECT type, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY rowid").fetchall()  # fmt: skip
    # what stands on tables comes after all of them, whenever it was made
    statements = sorted(rows, key=lambda row: row[0] != "table")
    with closing(Database(None).open_writer()) as copy:
        for _, statement in statements:
            # one whose module or function this program has not, and what shadows a virtual table and came with it
            with suppress(sqlite3.Error):
                copy.execute(statement)
        for new, old in renames.items():
            try:
                copy.execute(renamed(new, old))
            except sqlite3.Error as error:
                hindrances.append(Hindrance(new, str(error)))
        found = snapshot_of(copy)
    return Followed(tuple(found.objects.values()), tuple(hindrances))
