"""MySQL and MariaDB as the migration engines ask them: their schema, that of models, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import attrs

from dataflow.adapters import StatementFailed
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
from dataflow_mysql.definitions import definitions
from dataflow_mysql.dialect import MySQLDialect, quoted
from dataflow_mysql.link import MySQLDriver
from dataflow_mysql.literals import plain_literal
from dataflow_mysql.migrations.catalogue import snapshot_of
from dataflow_mysql.migrations.conversions import conversion
from dataflow_mysql.migrations.following import left_behind
from dataflow_mysql.migrations.scratch import Scratch
from dataflow_mysql.migrations.session import MySQLSession
from dataflow_mysql.migrations.steps import Planned


@attrs.frozen(eq=False)
class MySQLSchema:
    """Its scratch place is a database of its own, or temporary tables for a user who may make none."""

    dialect: MySQLDialect
    driver: MySQLDriver

    async def snapshot(self, session: Session, tables: Collection[str] | None = None) -> SchemaSnapshot:
        assert isinstance(session, MySQLSession)
        try:
            return await snapshot_of(session.link, tables)
        except Exception as error:
            raise StatementFailed(None, error) from error

    async def desired(self, session: Session, models: Sequence[Model]) -> SchemaSnapshot:
        return await Scratch(self.driver).described(definitions(models, models, self.dialect))

    def literal(self, field: Field, value: object) -> str:
        encode = self.dialect.codec(field.type).encode
        return plain_literal(value if encode is None or value is None else encode(value))

    def quoted(self, name: str) -> str:
        return quoted(name)

    async def spelled(self, session: Session, names: Collection[str]) -> Mapping[str, str]:
        # there every name is in quotes
        return {}

    async def followed(
        self, session: Session, schema: SchemaSnapshot, renames: Mapping[ObjectRef, ObjectRef]
    ) -> Followed:
        return Followed(hindrances=tuple(left_behind(schema, renames)))

    def refilled(self, table: str, columns: Sequence[Column]) -> Sequence[str]:
        # MySQL counts on from the highest id that it was given
        return ()

    def conversion(self, before: str, after: str, column: str) -> Conversion | None:
        return conversion(before, after, column)

    def made_anew(self, step: MigrationStep, there: SchemaSnapshot) -> Sequence[str]:
        # no table is made anew
        return step.sql

    def steps(
        self, changes: Sequence[Change], before: SchemaSnapshot, after: SchemaSnapshot, intents: Intents
    ) -> Sequence[MigrationStep]:
        return Planned(changes, before, after, intents).steps()
