"""SQLite as the migration engines ask it: its schema, that of models, and the way from one to the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from dataflow.migrations import (
    Change,
    Column,
    Conversion,
    Followed,
    Intents,
    MigrationStep,
    ObjectRef,
    SchemaSnapshot,
    Session,
)
from dataflow.models.model import Field, Model
from dataflow_sqlite.dialect import SQLiteDialect
from dataflow_sqlite.migrations.catalogue import quoted, snapshot_of
from dataflow_sqlite.migrations.rebuild import made_anew
from dataflow_sqlite.migrations.session import SQLiteSession
from dataflow_sqlite.migrations.steps import Planned
from dataflow_sqlite.opening import Database
from dataflow_sqlite.schema import definitions


@attrs.frozen(eq=False)
class SQLiteSchema:
    """Its scratch place is a database in memory of its own."""

    dialect: SQLiteDialect

    async def snapshot(self, session: Session, tables: Collection[str] | None = None) -> SchemaSnapshot:
        assert isinstance(session, SQLiteSession)
        return await session.call(lambda raw: snapshot_of(raw, tables))

    async def desired(self, session: Session, models: Sequence[Model]) -> SchemaSnapshot:
        assert isinstance(session, SQLiteSession)
        return await session.call(lambda _: self._rendered(models))

    def _rendered(self, models: Sequence[Model]) -> SchemaSnapshot:
        scratch = Database(None).open_writer()
        try:
            for statement in definitions(models, models, self.dialect):
                scratch.execute(statement)
            return snapshot_of(scratch)
        finally:
            scratch.close()

    def literal(self, field: Field, value: object) -> str:
        encode = self.dialect.codec(field.type).encode
        return _literal(value if encode is None or value is None else encode(value))

    def quoted(self, name: str) -> str:
        return quoted(name)

    async def spelled(self, session: Session, names: Collection[str]) -> Mapping[str, str]:
        # the statements that make indexes have been written so
        quote = self.dialect.compiler.identifier_preparer.quote
        return {name: quote(name) for name in names}

    async def followed(
        self, session: Session, schema: SchemaSnapshot, renames: Mapping[ObjectRef, ObjectRef]
    ) -> Followed:
        # things are seldom renamed
        from dataflow_sqlite.migrations.following import followed

        assert isinstance(session, SQLiteSession)
        return await session.call(lambda raw: followed(raw, renames))

    def refilled(self, table: str, columns: Sequence[Column]) -> Sequence[str]:
        # SQLite counts from the rows and from what it gave, whichever is more
        return ()

    def conversion(self, before: str, after: str, column: str) -> Conversion | None:
        there = f"CAST(CAST({column} AS {after}) AS {before})"
        return Conversion(f"{there} IS NULL OR {there} <> {column}")

    def made_anew(self, step: MigrationStep, there: SchemaSnapshot) -> Sequence[str]:
        return made_anew(step, there)

    def steps(
        self, changes: Sequence[Change], before: SchemaSnapshot, after: SchemaSnapshot, intents: Intents
    ) -> Sequence[MigrationStep]:
        return Planned(changes, before, after, intents).steps()


def _literal(value: Any) -> str:
    """As SQLite's own quote() writes it, which knows every type that it stores."""
    scratch = sqlite3.connect(":memory:")
    try:
        return scratch.execute("SELECT quote(?)", (value,)).fetchone()[0]  # type: ignore[no-any-return]  # text
    finally:
        scratch.close()
