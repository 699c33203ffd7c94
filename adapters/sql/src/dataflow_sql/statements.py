"""The statements of one model, each compiled once per shape by SQLAlchemy and then only given values."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from dataflow.expressions.tree import Compare, Expression, Page, Sort
from dataflow.models.model import Model
from dataflow.operations.operation import Increment
from dataflow_sql.dialect import Clause, SQLDialect
from dataflow_sql.filters import Conditions, Encode, shape_of, values_of
from dataflow_sql.rows import Record, Row, record_encoder, rows_decoder
from dataflow_sql.tables import statement_table

#: shapes kept per model; filters are written in code, so there are few, but a caller may compose them freely
MAX_SHAPES = 2_000


@attrs.frozen(eq=False)
class Prepared:
    """A compiled statement. ``encoders`` belong to the values in their logical order, ``order`` is the driver's."""

    sql: str
    encoders: tuple[Encode | None, ...]
    order: tuple[int, ...] | None
    #: what the form itself binds, such as paths into documents; placed after the values
    constants: tuple[Any, ...] = ()

    def bind(self, values: Sequence[Any]) -> Sequence[Any]:
        """The driver's arguments for values in logical order."""
        encoded = [
            value if encode is None or value is None else encode(value)
            for encode, value in zip(self.encoders, values, strict=True)
        ]
        if self.order is None:
            return encoded
        encoded += self.constants
        return [encoded[place] for place in self.order]


@attrs.define(eq=False)
class Statements:
    """All statements of one model in one dialect. Thread-safe: a shape compiled twice is the same."""

    model: Model
    dialect: SQLDialect
    table: sa.Table = attrs.field(init=False)
    names: tuple[str, ...] = attrs.field(init=False)
    _shapes: dict[Hashable, Any] = attrs.field(init=False, factory=dict)
    _by_key: Prepared | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.table = statement_table(self.model, self.dialect)
        self.names = tuple(self.model.fields)

    def decoder(
        self, names: tuple[str, ...] | None = None, extra: bool = False
    ) -> Callable[[Sequence[Row]], list[Record]]:
        """What makes records of rows with these columns; ``extra``: one more at the end, which is left out."""
        wanted = names or self.names
        key = ("decoder", wanted, extra)
        return self.once(key, lambda: rows_decoder(self.model, wanted, self.dialect, extra))  # type: ignore[no-any-return]

    def encoder(self, names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """What makes the values of these columns of a record."""
        return self.once(("encoder", names), lambda: record_encoder(self.model, names, self.dialect))  # type: ignore[no-any-return]

    def by_key(self, key: object) -> tuple[str, Sequence[Any]]:
        """The statement that reads the record with an id, and its values; the shape of what is asked most is not looked at."""
        prepared = self._by_key
        if prepared is None:
            prepared = self._by_key = self.select(Compare("id", "eq", key), None, (), None)
        return prepared.sql, prepared.bind((key,))

    def select(
        self, where: Expression | None, fields: tuple[str, ...] | None, sort: Sort, page: Page | None
    ) -> Prepared:
        """Rows in order; the values are those of the condition, then limit and offset."""
        key = ("select", shape_of(where), fields, sort, page is None)
        return self.once(key, lambda: self._select(where, fields, sort, page is not None))  # type: ignore[no-any-return]

    def select_with_total(
        self, where: Expression | None, counted: Expression | None, fields: tuple[str, ...] | None, sort: Sort
    ) -> Prepared:
        """A page whose rows end with the number of all that ``counted`` matches.

        The values are those of the condition, limit and offset, then those of ``counted``.
        """
        key = ("page", shape_of(where), shape_of(counted), fields, sort)
        return self.once(key, lambda: self._select_with_total(where, counted, fields, sort))  # type: ignore[no-any-return]

    def count(self, where: Expression | None) -> Prepared:
        return self.once(("count", shape_of(where)), lambda: self._count(where))  # type: ignore[no-any-return]

    def insert(self, names: tuple[str, ...], returning: tuple[str, ...] = ()) -> str:
        """An insert of one row; its values come from ``encoder(names)``."""
        return self.once(("insert", names, returning), lambda: self._text(self._insert(names, returning)))  # type: ignore[no-any-return]

    def update(self, values: Mapping[str, Any], where: Expression | None, returning: bool) -> Prepared:
        """The values are those to set, in the order of ``values``, then those of the condition."""
        names = tuple(values)
        added = tuple([name for name, value in values.items() if type(value) is Increment])
        key = ("update", names, added, shape_of(where), returning)
        return self.once(key, lambda: self._update(names, added, where, returning))  # type: ignore[no-any-return]

    def delete(self, where: Expression | None) -> Prepared:
        return self.once(("delete", shape_of(where)), lambda: self._delete(where))  # type: ignore[no-any-return]

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made at the first call with this key."""
        found = self._shapes.get(key)
        if found is None:
            if len(self._shapes) >= MAX_SHAPES:
                self._shapes.clear()
            found = self._shapes[key] = make()
        return found

    def conditions(self, encoders: Sequence[Encode | None] = ()) -> Conditions:
        return Conditions(self.model, self.table.c, self.dialect, list(encoders))

    def _select(self, where: Expression | None, fields: tuple[str, ...] | None, sort: Sort, paged: bool) -> Prepared:
        conditions = self.conditions()
        statement = self._rows(conditions, where, fields, sort)
        if paged:
            return self.prepare(_window(statement, conditions), conditions.encoders)
        return self.prepare(statement, conditions.encoders)

    def _rows(
        self, conditions: Conditions, where: Expression | None, fields: tuple[str, ...] | None, sort: Sort
    ) -> sa.Select[Any]:
        statement = sa.select(*(self.table.c[name] for name in fields or self.names))
        if where is not None:
            statement = statement.where(conditions.clause(where))
        orders = (
            self.dialect.order(self.table.c[key.field], self.model.fields[key.field], key.descending) for key in sort
        )
        return statement.order_by(*orders)

    def _select_with_total(
        self, where: Expression | None, counted: Expression | None, fields: tuple[str, ...] | None, sort: Sort
    ) -> Prepared:
        conditions = self.conditions()
        statement = _window(self._rows(conditions, where, fields, sort), conditions)
        # under a name of its own, or it would count the rows of the page's own table
        table = self.table.alias("counted")
        total = sa.select(sa.func.count()).select_from(table)
        if counted is not None:
            own = Conditions(self.model, table.c, self.dialect, conditions.encoders)
            total = total.where(own.clause(counted))
        return self.prepare(statement.add_columns(total.scalar_subquery()), conditions.encoders)

    def _count(self, where: Expression | None) -> Prepared:
        conditions = self.conditions()
        statement = sa.select(sa.func.count()).select_from(self.table)
        if where is not None:
            statement = statement.where(conditions.clause(where))
        return self.prepare(statement, conditions.encoders)

    def _insert(self, names: tuple[str, ...], returning: tuple[str, ...] = ()) -> sa.Insert:
        statement = sa.insert(self.table).values(
            {name: sa.bindparam(f"v_{name}", None, type_=sa.types.NullType()) for name in names}
        )
        return statement.returning(*(self.table.c[name] for name in returning)) if returning else statement

    def _update(
        self, names: tuple[str, ...], added: tuple[str, ...], where: Expression | None, returning: bool
    ) -> Prepared:
        encoders = [self.dialect.codec(self.model.fields[name].type).encode for name in names]
        conditions = self.conditions(encoders)
        changes = {name: self._new_value(name, f"w{place}", name in added) for place, name in enumerate(names)}
        statement = sa.update(self.table).values(changes)
        if where is not None:
            statement = statement.where(conditions.clause(where))
        if returning:
            statement = statement.returning(*self.table.c)
        return self.prepare(statement, conditions.encoders)

    def _new_value(self, name: str, parameter: str, adds: bool) -> Clause:
        value: Clause = sa.bindparam(parameter, None, type_=sa.types.NullType())
        if not adds:
            return value
        return self.dialect.increment(self.table.c[name], self.model.fields[name], value)

    def _delete(self, where: Expression | None) -> Prepared:
        conditions = self.conditions()
        statement = sa.delete(self.table)
        if where is not None:
            statement = statement.where(conditions.clause(where))
        return self.prepare(statement, conditions.encoders)

    def prepare(self, statement: Any, encoders: Sequence[Encode | None]) -> Prepared:
        """Compile a statement whose parameters are numbered in logical order."""
        compiled = statement.compile(dialect=self.dialect.compiler, compile_kwargs={"render_postcompile": True})
        places = {f"w{place}": place for place in range(len(encoders))}
        constants: list[Any] = []
        for name in compiled.positiontup or ():
            if name not in places:
                places[name] = len(encoders) + len(constants)
                constants.append(compiled.params[name])
        order = tuple(places[name] for name in compiled.positiontup or ())
        plain = order == tuple(range(len(encoders)))
        return Prepared(str(compiled), tuple(encoders), None if plain else order, tuple(constants))

    def _text(self, statement: Any) -> str:
        return str(statement.compile(dialect=self.dialect.compiler))


def _window(statement: sa.Select[Any], conditions: Conditions) -> sa.Select[Any]:
    """Limit and offset, as the next two parameters."""
    first = len(conditions.encoders)
    conditions.encoders += (None, None)
    limit, offset = (sa.bindparam(f"w{place}", None, type_=sa.Integer()) for place in (first, first + 1))
    return statement.limit(limit).offset(offset)


def update_values(values: Mapping[str, Any], where: Expression | None) -> list[Any]:
    """The values of an update in logical order."""
    amounts = [value.amount if isinstance(value, Increment) else value for value in values.values()]
    return amounts + values_of(where)
