"""How a model's table is made: one statement with all its indexes, for nothing here can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import sqlalchemy as sa

from dataflow.models.indexes import index_name, indexes_of
from dataflow.models.model import MISSING, Field, Index, Model
from dataflow_mysql.dialect import KEY_BYTES, MySQLDialect, quoted
from dataflow_mysql.literals import plain_literal, written
from dataflow_sql import Conditions, values_of
from dataflow_sql.codecs import stored_kind
from dataflow_sql.tables import ON_DELETE, index_condition, reference_name

#: bytes that a column takes of an index; a text takes the rest, shared with the other texts
_SIZES = {"decimal": 30, "uuid": 36, "bool": 1}
_USUAL_SIZE = 8
#: from here on rows of such columns would be longer than the 65,535 bytes that a row may have
MANY_KEYED, FEWER_BYTES = 16, 1_020


@attrs.define(eq=False)
class Definition:
    """The DDL of one model. ``targets`` are fields that other models refer to; ``tables`` are names by model."""

    model: Model
    dialect: MySQLDialect
    tables: Mapping[str, str]
    targets: frozenset[str] = frozenset()

    def sql(self) -> str:
        model = self.model
        parts = [self._column(field) for field in model.fields.values()]
        parts += [column for index in indexes_of(model) for column in self._shadows(index)]
        parts.append(f"PRIMARY KEY ({quoted(model.key.name)})")
        parts += [self._index(index) for index in indexes_of(model)]
        parts += [self._foreign_key(field) for field in model.references]
        collation = self.dialect.flavour.collation
        inside = ",\n  ".join(parts)
        return (
            f"CREATE TABLE {quoted(model.table)} (\n  {inside}\n) ENGINE=InnoDB ROW_FORMAT=DYNAMIC "
            f"DEFAULT CHARSET=utf8mb4 COLLATE={collation}"
        )

    def _column(self, field: Field) -> str:
        null = "NULL" if field.nullable else "NOT NULL"
        counts = " AUTO_INCREMENT" if field.generated else ""
        default = "" if field.server_default is MISSING else f" DEFAULT {self._default(field)}"
        return f"{quoted(field.name)} {self.column_type(field)} {null}{default}{counts}"

    def _default(self, field: Field) -> str:
        encode, value = self.dialect.codec(field.type).encode, field.server_default
        written_out = plain_literal(value if encode is None or value is None else encode(value))
        # an expression is all that MySQL takes as the default of a long text
        return f"({written_out})" if self.column_type(field).startswith("LONG") else written_out

    def column_type(self, field: Field) -> str:
        kind = stored_kind(field.type)
        width = self.width(field)
        if width is not None and kind == "str":
            return f"VARCHAR({width})"
        if width is not None and kind == "bytes":
            return f"VARBINARY({width})"
        return str(self.dialect.column_type(field).compile(dialect=self.dialect.compiler))

    def width(self, field: Field) -> int | None:
        """How long a text or bytes may be that stand in an index; None for what stands in none."""
        indexes = [index for index in indexes_of(self.model) if field.name in index.fields]
        if not (indexes or field.is_key or field.reference is not None or field.name in self.targets):
            return None
        most = min([KEY_BYTES, *map(self._room, indexes)])
        if len(self._keyed()) > MANY_KEYED:
            most = min(most, FEWER_BYTES)
        if stored_kind(field.type) != "bytes":
            most //= 4
        asked = field.bounds.max_length
        return most if asked is None else max(1, min(asked, most))

    def _room(self, index: Index) -> int:
        """Bytes that an index has for each text in it."""
        texts = sum(map(self._is_text, index.fields))
        others = [stored_kind(self.model.fields[name].type) for name in index.fields if not self._is_text(name)]
        return (KEY_BYTES - sum(_SIZES.get(kind, _USUAL_SIZE) for kind in others)) // max(1, texts)

    def _is_text(self, name: str) -> bool:
        return stored_kind(self.model.fields[name].type) in ("str", "bytes")

    def _keyed(self) -> set[str]:
        indexed = {name for index in indexes_of(self.model) for name in index.fields}
        return {name for name in {*indexed, *self.targets, "id"} if self._is_text(name)}

    def _index(self, index: Index) -> str:
        names = index.fields if not self._is_partial(index) else self._shadow_names(index)
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        return f"{kind} {quoted(index_name(index, self.model))} ({', '.join(map(quoted, names))})"

    def _is_partial(self, index: Index) -> bool:
        """Whether an index keeps apart only some rows. One that keeps nothing apart may as well have all of them."""
        return index.unique and index.where is not None

    def _shadow_names(self, index: Index) -> Sequence[str]:
        return [f"p{place}_{index_name(index, self.model)[-60:]}" for place in range(len(index.fields))]

    def _shadows(self, index: Index) -> list[str]:
        """Columns that have a value only in the rows of a partial index: nulls are in conflict with nothing."""
        condition = index_condition(index, self.model) if self._is_partial(index) else None
        if condition is None:
            return []
        columns: Mapping[str, sa.ColumnElement[object]] = {name: sa.column(name) for name in self.model.fields}
        conditions = Conditions(self.model, columns, self.dialect)
        compiled = conditions.clause(condition).compile(dialect=self.dialect.compiler)
        given = dict(zip((f"w{place}" for place in range(len(conditions.encoders))), values_of(condition), strict=True))
        values = [_encoded(conditions, name, given, compiled.params) for name in getattr(compiled, "positiontup", ())]
        holds = written(str(compiled), values)
        return [
            f"{quoted(shadow)} {self.column_type(self.model.fields[name])} "
            f"GENERATED ALWAYS AS (CASE WHEN {holds} THEN {quoted(name)} END) VIRTUAL"
            for shadow, name in zip(self._shadow_names(index), index.fields, strict=True)
        ]

    def _foreign_key(self, field: Field) -> str:
        reference = field.reference
        assert reference is not None
        return (
            f"CONSTRAINT {quoted(reference_name(field, self.model))} FOREIGN KEY ({quoted(field.name)}) "
            f"REFERENCES {quoted(self.tables[reference.model])} ({quoted(reference.field)}) "
            f"ON DELETE {ON_DELETE[reference.on_delete]}"
        )


def _encoded(conditions: Conditions, name: str, given: Mapping[str, object], constants: Mapping[str, object]) -> object:
    if name not in given:
        return constants[name]
    encode = conditions.encoders[int(name[1:])]
    return given[name] if encode is None else encode(given[name])


def definitions(models: Sequence[Model], wanted: Sequence[Model], dialect: MySQLDialect) -> list[str]:
    """The DDL of some tables; all that they refer to are among ``models``."""
    tables = {model.name: model.table for model in models}
    referred = [field.reference for model in models for field in model.references if field.reference is not None]
    return [
        Definition(
            model, dialect, tables, frozenset(one.field for one in referred if one.model == model.name)
        ).sql()
        for model in wanted
    ]  # fmt: skip


def keyed_width(model: Model, field: Field) -> int | None:
    """How many characters or bytes the column of a field in an index has where the adapter makes it; None for others."""
    return Definition(model, MySQLDialect(), {}).width(field) if stored_kind(field.type) in ("str", "bytes") else None
