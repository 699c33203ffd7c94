"""What the migration engines ask of an adapter: a connection of their own, and the database's way of saying schemas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, runtime_checkable

from dataflow.expressions.tree import Expression
from dataflow.migrations.changes import Change, Conversion, Followed, Intents
from dataflow.migrations.objects import Column, ObjectRef, SchemaSnapshot
from dataflow.migrations.plan import MigrationStep
from dataflow.models.model import Field, Model


class Session(Protocol):
    """One connection of its own, outside of every pool, for one task; statements have no deadline but ``deadline_s``.

    Values stand for question marks, whatever the driver's own placeholders are; a statement without values is sent as it is.
    What the database refuses is raised as the driver has it, inside ``StatementFailed``.
    """

    @property
    def dialect(self) -> str:
        """ "sqlite", "postgresql", "mysql" or "mariadb"."""

    @property
    def now(self) -> str:
        """An SQL expression: the database's own clock, in seconds since 1970, with a fraction."""

    @property
    def server_id(self) -> int | None:
        """The number by which the server knows this connection: what a lock's view shows and KILL takes; None where there is no server."""

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The answer of one statement."""

    async def change(self, sql: str, *values: Any) -> int:
        """Run one statement; gives how many rows it matched."""

    async def run(self, sql: str) -> None:
        """Run one statement as it stands: DDL, a setting."""

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Committed at the end, rolled back on any exception. On SQLite it has the write lock from the beginning."""

    def reading(self) -> AbstractAsyncContextManager[None]:
        """One state of the database for all that is read inside, whatever others commit meanwhile; nothing is written."""

    def exclusive(self, timeout_s: float) -> AbstractAsyncContextManager[None]:
        """Keep out everybody else who asks for it on this database, by whatever the server has for that.

        What was done inside stays done when an exception ends it; a transaction inside is undone alone.

        :raises TimeoutError: when another one has it all that time.
        """

    async def wait_at_most(self, limit_s: float) -> None:
        """From here on give a statement up, and what its transaction did, when a lock of others keeps it waiting for longer.

        A shorter limit that the adapter was given for locks stays.
        """

    async def terminate(self, server_id: int) -> bool:
        """Have the server end another connection and undo what it has under way; false when that is not allowed.

        Returns when it is gone.
        """


class SchemaDialect(Protocol):
    """How one database is asked for its schema, and told to change it."""

    async def snapshot(self, session: Session, tables: Collection[str] | None = None) -> SchemaSnapshot:
        """What is there: everything, or these tables with their parts, and what depends on them.

        The framework's own tables (``dataflow_...``) are left out.
        """

    async def desired(self, session: Session, models: Sequence[Model]) -> SchemaSnapshot:
        """The tables of the models as this server would describe them, without making them where they belong.

        All that they refer to are among the models. Rendered in a scratch place and read back, so that both sides of a
        comparison are in the server's own spelling.
        """

    def literal(self, field: Field, value: object) -> str:
        """A value of a field as an SQL literal."""

    def quoted(self, name: str) -> str:
        """A name as SQL writes it."""

    async def spelled(self, session: Session, names: Collection[str]) -> Mapping[str, str]:
        """Each name as it stands in the texts of the catalogue where it needs no quotes, and in quotes where it does."""

    async def followed(
        self, session: Session, schema: SchemaSnapshot, renames: Mapping[ObjectRef, ObjectRef]
    ) -> Followed:
        """What becomes of what names something that is renamed: views, triggers, conditions of indexes.

        :param renames: as of ``Intents``: new name to old one, in an order in which each new name is free.
        """

    def refilled(self, table: str, columns: Sequence[Column]) -> Sequence[str]:
        """Statements that follow when rows with their own ids were put into a table: the next id is above them."""

    def conversion(self, before: str, after: str, column: str) -> Conversion | None:
        """What becomes of values of one type in another; None where only trying would tell.

        :param column: as SQL writes it, for the condition.
        """

    def made_anew(self, step: MigrationStep, there: SchemaSnapshot) -> Sequence[str]:
        """The statements of a step that makes a table anew, and of what others have put upon the table since it was planned.

        :param there: what is there now.
        :raises ValueError: for a column that the step would lose.
        """

    def steps(
        self, changes: Sequence[Change], before: SchemaSnapshot, after: SchemaSnapshot, intents: Intents
    ) -> Sequence[MigrationStep]:
        """The statements of some changes, in an order in which each can be done.

        ``before`` and ``after`` are whole schemas, for what stands around the changed objects; in ``before`` everything that
        is renamed has its new name already, only the renaming change itself knows the old one. Each step says what holds
        after it, so that one cut short can be decided, and how it is undone, data that ``intents.kept`` has included.

        :raises MigrationError: DF-G112 for an object of a kind that cannot be made anew, naming it.
        """


@runtime_checkable
class MigratableAdapter(Protocol):
    """An adapter whose database can be migrated; one that has neither is used with the tables that are there."""

    @property
    def schema(self) -> SchemaDialect: ...

    def session(self, holder: str) -> AbstractAsyncContextManager[Session]:
        """A new connection, closed at the end. ``holder`` says for what, to the server too where it shows that.

        A database in memory has one connection only: the session has it until it ends, and everybody else waits.
        """

    async def matching(self, session: Session, model: Model, where: Expression | None, limit: int) -> Sequence[Any]:
        """The keys of the first rows of a model that a filter is true of, read on a session, as it has values.

        :param limit: how many are enough.
        """
