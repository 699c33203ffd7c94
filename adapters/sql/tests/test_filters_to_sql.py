"""A filter as SQL: values travel as parameters, whatever they hold, and one shape is compiled once."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlow
from dataflow.expressions.tree import And, Compare, Expression, Not, Or
from dataflow.models.model import Model
from dataflow_sql.filters import Conditions, literal_clause, shape_of, values_of
from dataflow_sql.tables import schema_tables, statement_table
from dataflow_sqlite.dialect import SQLiteDialect

DIALECT = SQLiteDialect()
HOSTILE = "x'; DROP TABLE users; --"


@pytest.fixture
def model() -> Model:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        age: int | None = None

    return db.models["User"]


def sql(model: Model, expression: Expression) -> str:
    table = statement_table(model, DIALECT)
    clause = Conditions(model, table.c, DIALECT).clause(expression)
    return str(clause.compile(dialect=DIALECT.compiler))


def test_a_value_is_never_part_of_the_text(model: Model) -> None:
    for operator in ("eq", "ne", "gt", "contains", "startswith", "like", "regex"):
        text = sql(model, Compare("name", operator, HOSTILE))
        assert HOSTILE not in text
        assert "?" in text
    text = sql(model, Compare("name", "in", [HOSTILE, "b"]))
    assert text.count("?") == 1


def test_an_empty_list_is_a_condition_like_any_other(model: Model) -> None:
    assert sql(model, Compare("age", "in", [])) == sql(model, Compare("age", "in", [1, 2, 3]))


def test_a_negation_holds_also_for_null(model: Model) -> None:
    assert "IS NOT" in sql(model, Compare("age", "ne", 3))
    assert "IS NOT" in sql(model, Not(Compare("age", "gt", 3)))


def test_empty_combinations_have_a_value(model: Model) -> None:
    assert sql(model, And(())) != sql(model, Or(()))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Compare("age", "gt", 1), Compare("age", "gt", 2), True),
        (Compare("age", "gt", 1), Compare("age", "lt", 1), False),
        (Compare("age", "gt", 1), Compare("name", "gt", "a"), False),
        (Compare("age", "in", [1]), Compare("age", "in", [1, 2]), True),
        (Compare("age", "eq", 1), Compare("age", "eq", None), True),
        (Not(Compare("age", "eq", 1)), Compare("age", "eq", 1), False),
        (And((Compare("age", "eq", 1),)), Or((Compare("age", "eq", 1),)), False),
    ],
)
def test_the_shape_is_all_but_the_values(model: Model, one: Expression, other: Expression, equal: bool) -> None:
    if equal:
        assert sql(model, one) == sql(model, other) or shape_of(one) != shape_of(other)
    else:
        assert shape_of(one) != shape_of(other)


def test_values_stand_in_the_order_of_their_parameters(model: Model) -> None:
    tree: Any = And(
        (Compare("age", "between", (1, 5)), Not(Or((Compare("name", "eq", "a"), Compare("id", "in", ["b"])))))
    )
    table = statement_table(model, DIALECT)
    conditions = Conditions(model, table.c, DIALECT)
    conditions.clause(tree)
    assert len(conditions.encoders) == len(values_of(tree)) == 4


def test_the_condition_of_an_index_has_its_values_written_out(model: Model) -> None:
    (table,) = schema_tables([model], DIALECT)
    clause = literal_clause(Compare("name", "eq", "it's"), table, model, DIALECT)
    text = str(clause.compile(dialect=DIALECT.compiler, compile_kwargs={"literal_binds": True}))
    assert text.endswith("'it''s'")
