"""What a leaf adapter tells this layer about its database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from dataflow.expressions.tree import Compare
from dataflow.models.model import Field
from dataflow.models.types import FieldType
from dataflow_sql.codecs import Codec

Clause = ColumnElement[Any]
Bind = Callable[[Callable[[Any], Any] | None], Clause]
"""Makes the placeholder of the comparison's value; given the function that encodes it."""


class SQLDialect(Protocol):
    """The differences between databases, as far as statements are concerned."""

    @property
    def compiler(self) -> Dialect:
        """SQLAlchemy's dialect, with positional placeholders of the driver's style."""

    def column_type(self, field: Field) -> TypeEngine[Any]: ...

    def codec(self, field_type: FieldType) -> Codec: ...

    def negation(self, clause: Clause) -> Clause:
        """True where the clause is false or null."""

    def compare(self, column: Clause, field: Field, comparison: Compare, bind: Bind) -> Clause:
        """One comparison, with the tree's two-valued meaning under ``negation``."""

    def order(self, column: Clause, field: Field, descending: bool) -> sa.UnaryExpression[Any]:
        """One key of an ORDER BY: nulls smallest, values in Python's order."""

    def increment(self, column: Clause, field: Field, amount: Clause) -> Clause:
        """The column's value plus an amount."""
