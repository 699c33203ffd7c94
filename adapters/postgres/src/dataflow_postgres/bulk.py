"""Many rows: COPY where nothing can be in conflict, else one statement that takes them from arrays or a stage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from dataflow.expressions.tree import Expression
from dataflow.operations.operation import BulkCreate, BulkUpdate, Increment, Result
from dataflow_postgres.link import PostgresLink
from dataflow_postgres.sequences import advance, drawn
from dataflow_postgres.sources import PLACE, Source
from dataflow_sql import Conditions, Statements, insertable, into, shape_of, values_of
from dataflow_sql.bulk import Group, RowFailed, column_groups, refused_row, rounds, set_values, teller
from dataflow_sql.rows import column_encoders, encoded_column
from dataflow_sql.servers import Execution, Link

Columns = Sequence[Sequence[Any]]


def bulk_create(statements: Statements, execution: Execution) -> Callable[[BulkCreate], Awaitable[Result]]:
    model = statements.model

    async def run(operation: BulkCreate) -> Result:
        encoders = column_encoders(model, operation.names, statements.dialect)
        columns = [encoded_column(encode, one) for encode, one in zip(encoders, operation.columns, strict=True)]
        loading = Loading(operation, statements, columns)
        sql = f"COPY {model.table} ({operation.size} rows)"
        if not operation.size:
            return {"created": 0, "skipped": 0, "updated": 0, "ids": [] if operation.return_ids else None}
        if operation.on_conflict == "error" and not loading.needs_ids:
            return await execution.perform(operation, sql, operation.size, loading.copied)
        work = loading.copied if operation.on_conflict == "error" else loading.merged
        return await execution.atomic(operation, sql, operation.size, work)

    return run


@attrs.define(eq=False)
class Loading:
    """One bulk create. ``columns`` are encoded, in the order of the operation's names."""

    operation: BulkCreate
    statements: Statements
    columns: list[Sequence[Any]]

    @property
    def needs_ids(self) -> bool:
        """Whether ids have to be drawn, or the counter of ids moved past those that were given."""
        return self.statements.model.key.generated

    async def copied(self, link: Link) -> Result:
        assert isinstance(link, PostgresLink)
        operation = self.operation
        given = await self._with_ids(link) if self.needs_ids else self._given_ids()
        loaded = [(name, one) for name, one in zip(operation.names, self.columns, strict=True) if name != "id"]
        if given is not None:
            loaded.append(("id", given))
        names, columns = [name for name, _ in loaded], [one for _, one in loaded]
        await link.copy(self.statements.model.table, names, self._told(columns))
        ids = self._decoded(given) if operation.return_ids else None
        return {"created": operation.size, "skipped": 0, "updated": 0, "ids": ids}

    def _told(self, columns: Columns) -> Iterator[tuple[Any, ...]]:
        """The rows; at the end of every batch it is told how far they are."""
        rows = zip(*columns, strict=True)
        return rows if self.operation.progress is None else self._telling(rows)

    def _telling(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        tell, step = teller(self.operation), self.operation.batch_size
        for place, row in enumerate(rows, 1):
            yield row
            if not place % step or place == self.operation.size:
                tell(place)

    def _given_ids(self) -> Sequence[Any] | None:
        return self.columns[self.operation.names.index("id")] if "id" in self.operation.names else None

    async def _with_ids(self, link: PostgresLink) -> Sequence[Any] | None:
        """The ids of the rows: None where the database makes all of them and nobody wants to know."""
        given = self._given_ids()
        table, size = self.statements.model.table, self.operation.size
        if given is None or all(one is None for one in given):
            return await drawn(link, table, size) if self.operation.return_ids else None
        await advance(link, table, max(one for one in given if one is not None))
        missing = sum(one is None for one in given)
        new = iter(await drawn(link, table, missing) if missing else ())
        return [next(new) if one is None else one for one in given]

    def _decoded(self, ids: Sequence[Any] | None) -> list[Any]:
        decode = self.statements.dialect.codec(self.statements.model.key.type).decode
        return [
            one if decode is None or isinstance(one, self.statements.model.key.type.python) else decode(one)
            for one in ids or ()
        ]

    async def merged(self, link: Link) -> Result:
        """Insert what is new, and skip or change what is in conflict."""
        assert isinstance(link, PostgresLink)
        operation = self.operation
        if self.needs_ids and "id" in operation.names:
            self.columns[operation.names.index("id")] = await self._with_all_ids(link)
        created = changed = 0
        ids: list[Any] = []
        tell, done = teller(operation), 0
        turns = rounds(operation) if operation.on_conflict == "update" else [range(operation.size)]
        for places in turns:
            whole = len(places) == operation.size
            columns = self.columns if whole else [[column[place] for place in places] for column in self.columns]
            new, found = await self._merge(link, columns, places, ids)
            created, changed, done = created + new, changed + found, done + len(places)
            tell(done)
        skipped = operation.size - created - changed
        return {
            "created": created, "skipped": skipped, "updated": changed, "ids": ids if operation.return_ids else None,
        }  # fmt: skip

    async def _with_all_ids(self, link: PostgresLink) -> Sequence[Any]:
        given = self._given_ids() or ()
        if all(one is None for one in given):
            return await drawn(link, self.statements.model.table, len(given))
        return await self._with_ids(link) or ()

    async def _merge(
        self, link: PostgresLink, columns: Columns, places: Sequence[int], ids: list[Any]
    ) -> tuple[int, int]:
        await link.control("SAVEPOINT merge")
        try:
            rows = await self._statement_on(link, columns)
        except Exception as error:
            refusal = await self._named(link, columns, places, error)
            if isinstance(refusal, _LeftAlone):
                # meanwhile it may be changed
                return await self._merge(link, columns, places, ids)
            raise refusal from error
        await link.control("RELEASE SAVEPOINT merge")
        if not self.operation.return_ids:
            return int(rows[0][0]), int(rows[0][1])
        decode = self.statements.dialect.codec(self.statements.model.key.type).decode
        ids += [one if decode is None else decode(one) for one, _ in rows]
        created = sum(made for _, made in rows)
        return created, len(rows) - created

    async def _statement_on(self, link: PostgresLink, columns: Columns) -> Sequence[Any]:
        rows = await self._rows(link, columns, self.operation)
        if self.operation.on_conflict == "update" and self.operation.where is not None:
            done = len(rows) if self.operation.return_ids else sum(rows[0])
            if done < len(columns[0]):
                raise _LeftAlone
        return rows

    async def _rows(self, link: PostgresLink, columns: Columns, operation: BulkCreate) -> Sequence[Any]:
        source = Source(self.statements, operation.names, columns, is_ordered=True)
        sql, order, encoders = merge_sql(self.statements, operation, source)
        values = _bound(order, source.values | self._encoded_sets(operation), encoders, _guard_values(operation))
        await source.fill(link)
        rows = await link.rows(sql, values)
        await source.drop(link)
        return rows

    def _encoded_sets(self, operation: BulkCreate) -> dict[str, Any]:
        sets = set_values(operation)
        encoders = column_encoders(self.statements.model, tuple(sets), self.statements.dialect)
        return {
            f"s_{name}": value if encode is None or value is None else encode(value)
            for encode, (name, value) in zip(encoders, sets.items(), strict=True)
        }

    async def _named(self, link: PostgresLink, columns: Columns, places: Sequence[int], error: Exception) -> Exception:
        """The failure with the row that was refused, found by trying halves."""
        if not (is_refusal(error) or isinstance(error, _LeftAlone)):
            return error

        async def attempt(start: int, end: int) -> Exception | None:
            part = [column[start:end] for column in columns]
            return await undone(link, "merge", lambda: self._statement_on(link, part))

        row = await refused_row(len(places), attempt)
        if row is None:
            return error
        refusal = await attempt(row, row + 1) or error
        if isinstance(refusal, _LeftAlone):
            # the row in conflict is not to be changed: the unique violation stands
            alone = attrs.evolve(self.operation, on_conflict="error")
            part = [column[row : row + 1] for column in columns]
            refusal = await undone(link, "merge", lambda: self._rows(link, part, alone)) or refusal
        return refusal if isinstance(refusal, _LeftAlone) else RowFailed(refusal, places[row])


class _LeftAlone(Exception):
    """A row is in conflict with one that is not to be changed."""


def _guard_values(operation: BulkCreate) -> list[Any]:
    return values_of(operation.where) if operation.on_conflict == "update" else []


MergeSQL = tuple[str, list[str], Sequence[Any]]


def merge_sql(statements: Statements, operation: BulkCreate, source: Source) -> MergeSQL:
    """The statement, the names of its parameters in the driver's order, and the encoders of its condition's values."""
    sets = tuple((name, isinstance(value, Increment)) for name, value in operation.sets.items())
    wanted = (operation.on_conflict, operation.conflict_on, operation.changes, sets, operation.return_ids)
    return statements.once(  # type: ignore[no-any-return]  # what make gives
        ("merge", source.form, shape_of(operation.where), *wanted),
        lambda: _merge_sql(statements, operation, source.columns()),
    )


def _merge_sql(statements: Statements, operation: BulkCreate, source: Mapping[str, Any]) -> MergeSQL:
    table = insertable(statements.table)
    conditions = Conditions(statements.model, table.c, statements.dialect)
    chosen = sa.select(*(source[name] for name in operation.names)).order_by(source[PLACE])
    statement = insert(table).from_select(list(operation.names), chosen)
    if operation.on_conflict == "skip":
        statement = statement.on_conflict_do_nothing(index_elements=list(operation.conflict_on))
    elif operation.on_conflict == "update":
        changes: dict[str, Any] = {name: statement.excluded[name] for name in operation.changes}
        for name, value in operation.sets.items():
            given: Any = sa.bindparam(f"s_{name}", None, type_=sa.types.NullType())
            adds = isinstance(value, Increment)
            changes[name] = (
                statements.dialect.increment(table.c[name], statements.model.fields[name], given) if adds else given
            )
        # a change to the same, where there is nothing to change, still tells the row in conflict
        changes = changes or {operation.conflict_on[0]: statement.excluded[operation.conflict_on[0]]}
        guard = None if operation.where is None else conditions.clause(operation.where)
        statement = statement.on_conflict_do_update(
            index_elements=list(operation.conflict_on), set_=changes, where=guard
        )
    # only a row that was there before has been locked by this transaction
    made: sa.ColumnElement[bool] = sa.literal_column("xmax = 0")
    if operation.return_ids:
        final: Any = statement.returning(table.c.id, made)
    else:
        done = statement.returning(made.label("made")).cte("done")
        created = sa.func.count().filter(done.c.made)
        final = sa.select(created, sa.func.count() - created)
    compiled = final.compile(dialect=statements.dialect.compiler)
    sql = into(str(compiled), statements.table, statements.dialect.compiler)
    return sql, list(compiled.positiontup or ()), conditions.encoders


def bulk_update(statements: Statements, execution: Execution) -> Callable[[BulkUpdate], Awaitable[Result]]:
    async def run(operation: BulkUpdate) -> Result:
        groups, tell = column_groups(operation.rows), teller(operation)

        async def work(link: Link) -> Result:
            assert isinstance(link, PostgresLink)
            changed = done = 0
            for group in groups:
                changed += await Changing(operation, statements, group).run(link)
                done += len(group.keys)
                tell(done)
            return {"updated": changed}

        sql = f"UPDATE {statements.model.table} ({len(operation.rows)} rows)"
        return await execution.atomic(operation, sql, len(operation.rows), work)

    return run


@attrs.define(eq=False)
class Changing:
    """One group of a bulk update: rows that change the same fields."""

    operation: BulkUpdate
    statements: Statements
    group: Group

    async def run(self, link: PostgresLink) -> int:
        columns = self._columns()
        await link.control("SAVEPOINT change")
        try:
            changed = await self._statement_on(link, columns)
        except Exception as error:
            raise await self._named(link, columns, error) from error
        await link.control("RELEASE SAVEPOINT change")
        return changed

    @property
    def _names(self) -> tuple[str, ...]:
        return ("id", *self.group.columns)

    def _columns(self) -> list[Sequence[Any]]:
        encoders = column_encoders(self.statements.model, self._names, self.statements.dialect)
        given = (self.group.keys, *self.group.columns.values())
        return [encoded_column(encode, one) for encode, one in zip(encoders, given, strict=True)]

    async def _statement_on(self, link: PostgresLink, columns: Columns) -> int:
        source = Source(self.statements, self._names, columns)
        where = self.operation.where
        sql, order, encoders = self.statements.once(
            ("change", source.form, self.group.adds, shape_of(where)), lambda: self._sql(source.columns())
        )
        values = _bound(order, source.values, encoders, values_of(where))
        await source.fill(link)
        changed = await link.changed(sql, values)
        await source.drop(link)
        return changed

    def _sql(self, source: Mapping[str, Any]) -> tuple[str, list[str], Sequence[Any]]:
        table, dialect = self.statements.table, self.statements.dialect
        changes = {
            name: dialect.increment(table.c[name], self.statements.model.fields[name], source[name])
            if name in self.group.adds
            else source[name]
            for name in self.group.columns
        }
        conditions = self.statements.conditions()
        guard: Expression | None = self.operation.where
        clauses = [table.c.id == source["id"]]
        if guard is not None:
            clauses.append(conditions.clause(guard))
        compiled: Any = sa.update(table).values(changes).where(*clauses).compile(dialect=dialect.compiler)
        return str(compiled), list(compiled.positiontup or ()), conditions.encoders

    async def _named(self, link: PostgresLink, columns: Columns, error: Exception) -> Exception:
        if not is_refusal(error):
            return error

        async def attempt(start: int, end: int) -> Exception | None:
            part = [column[start:end] for column in columns]
            return await undone(link, "change", lambda: self._statement_on(link, part))

        row = await refused_row(len(self.group.keys), attempt)
        return error if row is None else RowFailed(error, self.group.places[row])


def _bound(order: Sequence[str], values: Mapping[str, Any], encoders: Sequence[Any], where: Sequence[Any]) -> list[Any]:
    given = {
        f"w{place}": value if encode is None or value is None else encode(value)
        for place, (encode, value) in enumerate(zip(encoders, where, strict=True))
    }
    return [{**values, **given}[name] for name in order]


def is_refusal(error: Exception) -> bool:
    """Whether a row is to blame: a constraint, or a value that a column cannot hold."""
    return (getattr(error, "sqlstate", None) or "")[:2] in ("22", "23")


async def undone(link: PostgresLink, savepoint: str, work: Callable[[], Awaitable[Any]]) -> Exception | None:
    """Try something at a savepoint and go back to it; gives what was raised."""
    await link.control(f"ROLLBACK TO SAVEPOINT {savepoint}")
    try:
        await work()
    except Exception as error:
        if not link.is_open:
            raise
        return error
    finally:
        if link.is_open:
            await link.control(f"ROLLBACK TO SAVEPOINT {savepoint}")
    return None
