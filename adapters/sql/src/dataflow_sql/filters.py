"""The neutral filter tree as a SQLAlchemy condition; the only place where a filter becomes SQL.

Identifiers come from the model, values travel as parameters. A tree's shape is all of it but the
values: one shape is compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeGuard

import attrs
import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from dataflow.expressions.tree import And, Compare, Expression, Not, Operator, Or
from dataflow.models.model import Model
from dataflow_sql.dialect import Clause, SQLDialect

Encode = Callable[[Any], Any]


def shape_of(expression: Expression | None) -> Hashable:
    """What of a tree decides its SQL."""
    if expression is None:
        return None
    if isinstance(expression, Compare):
        # inside a document the operand's type decides the form, elsewhere the field's type does
        return (expression.field, expression.operator, expression.path, _form(expression))
    if isinstance(expression, Not):
        return ("not", shape_of(expression.item))
    return (type(expression), *map(shape_of, expression.items))


def _form(comparison: Compare) -> object:
    """What of a comparison's value decides its SQL."""
    value = comparison.value
    if comparison.operator == "null":
        return value
    if not comparison.path:
        return type(value) if comparison.operator == "has" else None
    if comparison.operator == "between" and isinstance(value, list | tuple):
        return tuple(type(one) for one in value)
    return type(value)


def is_by_key(where: Expression | None) -> TypeGuard[Compare]:
    """Whether a condition is an id, and nothing else."""
    return isinstance(where, Compare) and where.field == "id" and where.operator == "eq"


def values_of(expression: Expression | None) -> list[Any]:
    """The values of a tree, in the order in which ``Conditions`` numbers them."""
    found: list[Any] = []
    _collect(expression, found)
    return found


def _collect(expression: Expression | None, found: list[Any]) -> None:
    if isinstance(expression, Compare):
        if expression.operator == "between":
            found += expression.value  # type: ignore[arg-type]  # a pair
        else:
            found.append(expression.value)
    elif isinstance(expression, Not):
        _collect(expression.item, found)
    elif expression is not None:
        for item in expression.items:
            _collect(item, found)


@attrs.define(eq=False)
class Conditions:
    """Turns one tree into a condition; ``encoders`` are those of its values, ``names`` those of their parameters."""

    model: Model
    columns: Mapping[str, Clause] | ReadOnlyColumnCollection[str, sa.Column[Any]]
    dialect: SQLDialect
    encoders: list[Encode | None] = attrs.field(factory=list)

    def clause(self, expression: Expression) -> Clause:
        if isinstance(expression, Compare):
            return self._comparison(expression)
        if isinstance(expression, Not):
            return self.dialect.negation(self.clause(expression.item))
        items = [self.clause(item) for item in expression.items]
        if isinstance(expression, And):
            return sa.and_(sa.true(), *items)
        assert isinstance(expression, Or)
        return sa.or_(sa.false(), *items)

    def _comparison(self, comparison: Compare) -> Clause:
        field = self.model.fields[comparison.field]
        first = len(self.encoders)
        clause = self.dialect.compare(self.columns[field.name], field, comparison, self._bind)
        # a value that the form does not bind, such as null's flag, keeps its place
        wanted = first + (2 if comparison.operator == "between" else 1)
        self.encoders += [None] * (wanted - len(self.encoders))
        return clause

    def _bind(self, encode: Encode | None) -> Clause:
        self.encoders.append(encode)
        return sa.bindparam(f"w{len(self.encoders) - 1}", None, type_=sa.types.NullType())


def one_by_one(expression: Expression) -> Expression:
    """The same with each value of a list compared by itself: the form for a list may be a query, which no index takes."""
    if isinstance(expression, Not):
        return Not(one_by_one(expression.item))
    if isinstance(expression, And | Or):
        return type(expression)(tuple(map(one_by_one, expression.items)))
    if expression.operator in ("in", "nin") and isinstance(expression.value, tuple):
        single: Operator = "eq" if expression.operator == "in" else "ne"
        several = tuple(attrs.evolve(expression, operator=single, value=value) for value in expression.value)
        return Or(several) if single == "eq" else And(several)
    return expression


def literal_clause(expression: Expression, table: sa.Table, model: Model, dialect: SQLDialect) -> Clause:
    """The condition with its values written out, for the DDL of a partial index."""
    expression = one_by_one(expression)
    conditions = Conditions(model, table.c, dialect)
    clause = conditions.clause(expression)
    values = [
        value if encode is None or value is None else encode(value)
        for encode, value in zip(conditions.encoders, values_of(expression), strict=True)
    ]
    literals = {f"w{index}": literal_of(value, dialect) for index, value in enumerate(values)}

    def written(element: Any, **_: Any) -> Any:
        return literals.get(element.key) if isinstance(element, sa.BindParameter) else None

    replaced: Clause = sa.sql.visitors.replacement_traverse(clause, {}, written)
    return replaced


def literal_of(value: Any, dialect: SQLDialect) -> Clause:
    """A value as text: not every form hands on that its parameters are to be written out."""
    return sa.literal_column(
        str(sa.literal(value).compile(dialect=dialect.compiler, compile_kwargs={"literal_binds": True}))
    )
