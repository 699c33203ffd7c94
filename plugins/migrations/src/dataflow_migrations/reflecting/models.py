"""What models of a schema's tables say, and what of it no model says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import attrs

from dataflow.diagnostics import error_of
from dataflow.migrations import Column, Constraint, Index, ObjectRef, SchemaSnapshot
from dataflow.models.name_checks import table_fault
from dataflow_migrations.reflecting.constants import constant
from dataflow_migrations.reflecting.names import class_name, field_fault
from dataflow_migrations.reflecting.problems import unsaid, without_model
from dataflow_migrations.reflecting.types import PythonType, python_type

_ACTIONS = {"cascade": "cascade", "set null": "set_null", "restrict": "restrict", "no action": "restrict"}
_KEYS = ("int", "str", "UUID")
_STAMPS = ("created_at", "updated_at")
#: what is made with a table and is no object of its own to whoever reads it
_SEEN = ("table", "column", "constraint", "index", "sequence")


@attrs.frozen
class LeftOut:
    """One thing that stays in the database and that no model says; DF-G117 is a table without a model."""

    what: str
    why: str
    code: str = "DF-G118"

    def __str__(self) -> str:
        return f"{self.code} {self.what}: {self.why}"


@attrs.define
class FieldSource:
    name: str
    type: PythonType
    nullable: bool
    server_default: str | None = None
    unique: bool = False
    index: bool = False
    references: str = ""
    on_delete: str = ""


@attrs.define
class ModelSource:
    name: str
    table: str
    fields: dict[str, FieldSource]
    timestamps: bool
    indexes: list[tuple[tuple[str, ...], bool]] = attrs.field(factory=list)


@attrs.frozen
class Reflection:
    dialect: str
    models: Sequence[ModelSource]
    left_out: Sequence[LeftOut]
    #: what these models would make differently, where there is nothing yet
    otherwise: Sequence[LeftOut] = ()
    #: the module
    source: str = ""

    def raise_for_tables(self) -> None:
        """Refuse tables without a model.

        :raises MigrationError: DF-G117, with each of them and the reason.
        """
        tables = [one for one in self.left_out if one.code == "DF-G117"]
        if tables:
            raise error_of(without_model(tables))

    def raise_for_all(self) -> None:
        """Refuse whatever is not in the models.

        :raises MigrationError: DF-G117 for tables without a model, else DF-G118 for what else the database keeps.
        """
        self.raise_for_tables()
        if self.left_out:
            raise error_of(unsaid(self.left_out))


def reflected(schema: SchemaSnapshot, tables: Collection[str]) -> Reflection:
    """The models of some tables; of all when none is named."""
    return _Reader(schema, frozenset(tables)).read()


def targets_first(models: Sequence[ModelSource]) -> tuple[ModelSource, ...]:
    """Each after those that it refers to, as far as they do not refer to each other in a circle."""
    named = {one.name: one for one in models}
    found: dict[str, ModelSource] = {}
    under_way: set[str] = set()

    def take(one: ModelSource) -> None:
        if one.name in under_way:
            return
        under_way.add(one.name)
        for field in one.fields.values():
            if field.references:
                take(named[field.references.partition(".")[0]])
        found[one.name] = one

    for one in models:
        take(one)
    return tuple(found.values())


@attrs.define
class _Reader:
    schema: SchemaSnapshot
    tables: frozenset[str]
    models: dict[str, ModelSource] = attrs.field(factory=dict)
    left: list[LeftOut] = attrs.field(factory=list)

    def read(self) -> Reflection:
        refs = [one.ref for one in self.schema.of_kind("table") if not self.tables or one.ref.name in self.tables]
        for ref in refs:
            self._table(ref)
        own = [ref for ref in refs if ref.name in self.models]
        for ref in own:
            self._unique_and_indexes(ref)
        for ref in own:
            self._references(ref)
        self._others()
        return Reflection(self.schema.dialect, targets_first(list(self.models.values())), tuple(self.left))

    def _leave(self, what: object, why: str) -> None:
        self.left.append(LeftOut(str(what), why))

    def _leave_table(self, table: ObjectRef, why: str) -> None:
        self.left.append(LeftOut(str(table), why, "DF-G117"))

    def _table(self, ref: ObjectRef) -> None:
        key = next((one for one in self._constraints(ref) if one.type == "primary"), None)
        if key is None or key.columns != ("id",):
            had = "none" if key is None else f"({', '.join(key.columns)})"
            self._leave_table(ref, f"the key of a model is one column 'id'; that of the table is {had}")
            return
        fault = "it is in another schema" if ref.schema else table_fault(ref.name)
        if fault is not None:
            self._leave_table(ref, fault)
            return
        fields: dict[str, FieldSource] = {}
        for column in self.schema.columns_of(ref):
            field = self._field(column)
            if isinstance(field, FieldSource):
                fields[field.name] = field
                continue
            self._leave(column.ref, field)
            is_given = column.default is not None or column.generated is not None or column.identity
            if not column.nullable and not is_given:
                self._leave_table(ref, f"its column '{column.ref.name}' must have a value and can be no field")
                return
        if "id" not in fields or fields["id"].type.spelling not in _KEYS:
            self._leave_table(ref, "the key of a model is of type int, str or UUID")
            return
        self._add(ref, fields)

    def _add(self, ref: ObjectRef, fields: dict[str, FieldSource]) -> None:
        fields["id"].nullable = False
        kind = "str" if self.schema.dialect == "sqlite" else "dt.datetime"
        stamps = [fields[name] for name in _STAMPS if name in fields]
        fits = len(stamps) == len(_STAMPS) and all(one.type.kind == kind and not one.nullable for one in stamps)
        taken = {one.name for one in self.models.values()}
        kept = {name: one for name, one in fields.items() if not (fits and name in _STAMPS)}
        self.models[ref.name] = ModelSource(class_name(ref.name, {*taken, "db"}), ref.name, kept, fits)

    def _field(self, column: Column) -> FieldSource | str:
        fault = field_fault(column.ref.name)
        if fault is not None:
            return fault
        if column.generated is not None:
            return "the database computes it"
        kind = python_type(column, self.schema.dialect)
        if kind is None:
            return f"no field is of the type {column.type or 'that is not declared'}"
        field = FieldSource(column.ref.name, kind, column.nullable)
        has_default = column.default is not None and column.default.upper() != "NULL"
        if has_default and column.ref.name != "id" and column.default is not None:
            field.server_default = constant(column.default, kind.kind)
            if field.server_default is None:
                self._leave(column.ref, f"its default is kept by the database alone: {column.default}")
        if column.ref.name == "id" and kind.kind == "int" and not (column.identity or column.default):
            self._leave(column.ref, "a key 'id: int' is made by the database, and this one is not: creates will fail")
        if "on_update" in column.options:
            self._leave(column.ref, f"kept by the database alone: ON UPDATE {column.options['on_update']}")
        if "check" in column.options:
            self._leave(column.ref, f"its check is kept by the database: {column.options['check']}")
        return field

    def _constraints(self, ref: ObjectRef) -> Iterable[Constraint]:
        return (one for one in self.schema.parts_of(ref) if isinstance(one, Constraint))

    def _unique_and_indexes(self, ref: ObjectRef) -> None:
        model = self.models[ref.name]
        for part in self.schema.parts_of(ref):
            if isinstance(part, Constraint) and part.type in ("check", "exclude"):
                what = part.expression or part.definition
                kind = "a check" if part.type == "check" else "an exclusion"
                self._leave(part.ref, f"{kind} is kept by the database: {what}")
            elif isinstance(part, Constraint) and part.type == "unique":
                if part.options or part.deferrable:
                    self._leave(part.ref, "what it has beside its columns is kept by the database")
                self._index(model, part.ref, part.columns, True)
            elif isinstance(part, Index):
                columns = tuple(_plain(key) for key in part.keys)
                if part.where or part.options or part.method not in ("", "btree") or part.comment or not part.valid:
                    self._leave(part.ref, "an index of a model has columns alone")
                else:
                    self._index(model, part.ref, columns, part.unique)

    def _index(self, model: ModelSource, ref: ObjectRef, columns: tuple[str, ...], unique: bool) -> None:
        fields = [model.fields.get(name) for name in columns]
        known = [one for one in fields if one is not None and one.type.kind != "dict"]
        if len(known) != len(columns):
            stamps = model.timestamps and {*columns} <= {*model.fields, *_STAMPS}
            if not stamps:
                self._leave(ref, f"it is not of fields alone: {', '.join(columns)}")
                return
        if columns == ("id",) or self._has(model, columns, unique):
            self._leave(ref, "another index or key does the same")
        elif len(columns) == 1 and known and (unique or not known[0].unique):
            known[0].unique, known[0].index = unique or known[0].unique, known[0].index or not unique
        else:
            model.indexes.append((columns, unique))

    def _has(self, model: ModelSource, columns: tuple[str, ...], unique: bool) -> bool:
        field = model.fields.get(columns[0]) if len(columns) == 1 else None
        if field is not None and (field.unique if unique else field.index):
            return True
        return (columns, unique) in model.indexes

    def _references(self, ref: ObjectRef) -> None:
        model = self.models[ref.name]
        for key in self._constraints(ref):
            if key.type != "foreign":
                continue
            why = self._reference(model, key)
            if why:
                self._leave(key.ref, why)

    def _reference(self, model: ModelSource, key: Constraint) -> str:
        """Why it can be no field's; empty when it is one's now."""
        target = key.referred_table
        other = None if target is None or target.schema else self.models.get(target.name)
        field = model.fields.get(key.columns[0])
        if len(key.columns) != 1:
            return f"a foreign key of several columns: {', '.join(key.columns)}"
        if field is None or other is None:
            return f"it refers to {target.dotted if target else 'nothing'}, and no two models have both ends"
        aim = other.fields.get(key.referred_columns[0] if key.referred_columns else "id")
        if aim is None or aim.type.spelling != field.type.spelling or not (aim.name == "id" or aim.unique):
            return "what it refers to is no unique field of the same type"
        if key.on_update not in ("no action", "restrict") or (
            key.on_update == "restrict" and self.schema.dialect in ("sqlite", "postgresql")
        ):
            return f"ON UPDATE {key.on_update.upper()} is kept by the database alone"
        action = _ACTIONS.get(key.on_delete)
        if action is None or (action == "set_null" and not field.nullable) or field.references or field.name == "id":
            return f"ON DELETE {key.on_delete.upper()} of '{field.name}' is kept by the database alone"
        field.references, field.on_delete = f"{other.name}.{aim.name}", action
        return "it may be put off to the end of a transaction, which no model says" if key.deferrable else ""

    def _others(self) -> None:
        for ref in self.schema.objects:
            if ref.kind not in _SEEN and (not self.tables or ref.table in self.tables):
                self._leave(ref, "it is kept by the database")


def _plain(key: str) -> str:
    """The column of a key, without MySQL's quotes."""
    return key[1:-1].replace("``", "`") if key.startswith("`") and key.endswith("`") else key
