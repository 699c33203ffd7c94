"""PostgreSQL as the migration engines ask it: its schema, that of models, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

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
from dataflow_postgres.dialect import PostgresDialect

if TYPE_CHECKING:
    from dataflow_postgres.migrations.session import PostgresSession


@attrs.frozen(eq=False)
class PostgresSchema:
    """Its scratch place is a schema that is never committed."""

    dialect: PostgresDialect

    async def snapshot(self, session: Session, tables: Collection[str] | None = None) -> SchemaSnapshot:
        # a schema is seldom read
        from dataflow_postgres.migrations.reading import snapshot_of

        return await snapshot_of(_own(session), tables)

    async def desired(self, session: Session, models: Sequence[Model]) -> SchemaSnapshot:
        from dataflow_postgres.migrations.scratch import rendered

        return await rendered(_own(session), models, self.dialect)

    def literal(self, field: Field, value: object) -> str:
        from dataflow_postgres.migrations.literals import literal

        encode = self.dialect.codec(field.type).encode
        return literal(value if encode is None or value is None else encode(value))

    def quoted(self, name: str) -> str:
        from dataflow_postgres.migrations.names import quoted

        return quoted(name)

    async def spelled(self, session: Session, names: Collection[str]) -> Mapping[str, str]:
        return dict(await session.rows("SELECT name, quote_ident(name) FROM unnest(?::text[]) name", [*names]))

    async def followed(
        self, session: Session, schema: SchemaSnapshot, renames: Mapping[ObjectRef, ObjectRef]
    ) -> Followed:
        from dataflow_postgres.migrations.scratch import followed

        return await followed(_own(session), schema, renames)

    def refilled(self, table: str, columns: Sequence[Column]) -> Sequence[str]:
        from dataflow_postgres.migrations.names import quoted, text

        own = quoted(table)
        return [
            f"SELECT setval(pg_get_serial_sequence({text(own)}, {text(one.ref.name)}),"
            f" greatest((SELECT max({quoted(one.ref.name)}) FROM {own}), 1), EXISTS (SELECT 1 FROM {own}))"
            for one in columns
            if one.identity
        ]

    def conversion(self, before: str, after: str, column: str) -> Conversion | None:
        # types seldom change
        from dataflow_postgres.migrations.conversions import conversion

        return conversion(before, after, column)

    def made_anew(self, step: MigrationStep, there: SchemaSnapshot) -> Sequence[str]:
        # no table is made anew
        return step.sql

    def steps(
        self, changes: Sequence[Change], before: SchemaSnapshot, after: SchemaSnapshot, intents: Intents
    ) -> Sequence[MigrationStep]:
        from dataflow_postgres.migrations.steps import Planned

        return Planned(changes, before, after, intents).steps()


def _own(session: Session) -> PostgresSession:
    from dataflow_postgres.migrations.session import PostgresSession

    assert isinstance(session, PostgresSession)
    return session
