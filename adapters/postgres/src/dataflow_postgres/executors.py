"""What PostgreSQL does in one statement and other servers do not: an insert that moves the counter, an upsert."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from dataflow.expressions.tree import And, Compare, Expression
from dataflow.operations.operation import Create, Increment, Result, Upsert
from dataflow_postgres.link import PostgresLink
from dataflow_postgres.sequences import advance, advancing
from dataflow_sql import Conditions, Prepared, Statements, insertable, into, shape_of, values_of
from dataflow_sql.rows import Row
from dataflow_sql.servers import Execution, Link
from dataflow_sql.servers import executors as shared


def create(statements: Statements, execution: Execution) -> Callable[[Create], Awaitable[Result]]:
    plain = shared.create(statements, execution)
    if not statements.model.key.generated:
        return plain
    encode = statements.encoder(statements.names)
    sql = advancing(statements.insert(statements.names), statements.model.table)

    async def run(operation: Create) -> Result:
        if operation.record.get("id") is None:
            return await plain(operation)
        await execution.rows(operation, sql, encode(operation.record))
        return operation.record

    return run


def upsert(statements: Statements, execution: Execution) -> Callable[[Upsert], Awaitable[Result]]:
    decode = statements.decoder(extra=True)
    insert_alone = create(statements, execution)

    def advanced(operation: Upsert, sql: str, bound: Sequence[Any]) -> Callable[[Link], Awaitable[Sequence[Row]]]:
        """The same, after the counter was moved past the id: whatever comes of the row, that does no harm."""

        async def work(link: Link) -> Sequence[Row]:
            assert isinstance(link, PostgresLink)
            await advance(link, statements.model.table, operation.record["id"])
            return await link.rows(sql, bound)

        return work

    async def run(operation: Upsert) -> Result:
        names = tuple(name for name in statements.names if name != "id" or operation.record.get("id") is not None)
        prepared = upsert_sql(statements, operation, names)
        values = [operation.record[name] for name in names]
        values += [value.amount if isinstance(value, Increment) else value for value in operation.changes.values()]
        values += values_of(operation.where)
        bound = prepared.bind(values)
        if statements.model.key.generated and "id" in names:
            rows = await execution.perform(
                operation, prepared.sql, len(bound), advanced(operation, prepared.sql, bound)
            )
        else:
            rows = await execution.rows(operation, prepared.sql, bound)
        if rows:
            return {**decode(rows)[0], "created": rows[0][-1]}
        found = None if operation.changes else await _existing(statements, execution, operation)
        if found is not None:
            return {**found, "created": False}
        # the row in conflict is not to be changed: the unique violation stands
        await insert_alone(Create(model=operation.model, record=operation.record, transaction=operation.transaction))
        return {**operation.record, "created": True}

    return run


async def _existing(statements: Statements, execution: Execution, operation: Upsert) -> dict[str, Any] | None:
    same = tuple(Compare(name, "eq", operation.record[name]) for name in operation.conflict_on)
    where: Expression = And(same if operation.where is None else (*same, operation.where))
    prepared = statements.select(where, None, (), None)
    rows = await execution.rows(operation, prepared.sql, prepared.bind(values_of(where)))
    return statements.decoder()(rows)[0] if rows else None


def upsert_sql(statements: Statements, operation: Upsert, names: tuple[str, ...]) -> Prepared:
    """The values are those of the record, of the changes, then of the condition."""
    form = tuple((name, isinstance(value, Increment)) for name, value in operation.changes.items())
    return statements.once(  # type: ignore[no-any-return]  # what make gives
        ("upsert", names, form, operation.conflict_on, shape_of(operation.where)),
        lambda: _compiled(statements, operation, names, dict(form)),
    )


def _compiled(statements: Statements, operation: Upsert, names: tuple[str, ...], form: Mapping[str, bool]) -> Prepared:
    table, fields, dialect = insertable(statements.table), statements.model.fields, statements.dialect
    encoders = [dialect.codec(fields[name].type).encode for name in (*names, *form)]
    conditions = Conditions(statements.model, table.c, dialect, encoders)
    given: list[Any] = [sa.bindparam(f"w{place}", None, type_=sa.types.NullType()) for place in range(len(encoders))]
    statement = insert(table).values(dict(zip(names, given, strict=False)))
    target = list(operation.conflict_on)
    if form:
        changes = {
            name: dialect.increment(table.c[name], fields[name], value) if adds else value
            for (name, adds), value in zip(form.items(), given[len(names) :], strict=True)
        }
        guard = None if operation.where is None else conditions.clause(operation.where)
        statement = statement.on_conflict_do_update(index_elements=target, set_=changes, where=guard)
    else:
        conditions.encoders += [None] * len(values_of(operation.where))
        statement = statement.on_conflict_do_nothing(index_elements=target)
    # only a row that was there before has been locked by this transaction
    final = statement.returning(*table.c, sa.literal_column("xmax = 0"))
    prepared = statements.prepare(final, conditions.encoders)
    return attrs.evolve(prepared, sql=into(prepared.sql, statements.table, dialect.compiler))
