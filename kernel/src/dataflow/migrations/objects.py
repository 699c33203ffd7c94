"""The objects of a database as its catalogue has them, in the server's own spelling.

Field terms are those of information_schema and pg_catalog. Two objects are equal when the server would describe them alike;
where a column stands in its table, and how much its rows weigh, is no part of that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property, lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Literal, get_args

import attrs

Kind = Literal[
    "schema", "extension", "type", "domain", "sequence", "routine", "table", "column", "constraint", "index", "view",
    "materialized_view", "trigger", "event", "policy", "partition", "rule", "statistics", "foreign_table", "collation",
    "operator", "text_search",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)


@attrs.frozen(cache_hash=True)
class ObjectRef:
    """The name of one object. ``table`` is that of a column, constraint, index, trigger or policy; ``signature`` a routine's.

    ``schema`` is empty for the one that unqualified names mean.
    """

    kind: Kind
    name: str
    table: str = ""
    schema: str = ""
    signature: str = ""

    def __str__(self) -> str:
        """As messages and ``--accept`` write it: ``column users.age``."""
        return f"{self.kind.replace('_', ' ')} {self.dotted}{self.signature}"

    @property
    def dotted(self) -> str:
        return ".".join(part for part in (self.schema, self.table, self.name) if part)

    @property
    def owner(self) -> ObjectRef | None:
        """The table that an object is part of."""
        return _table(self.table, self.schema) if self.table else None

    def __lt__(self, other: ObjectRef) -> bool:
        return bool(_ORDER(self) < _ORDER(other))


@lru_cache(maxsize=10_000)
def _table(name: str, schema: str) -> ObjectRef:
    # asked for each part of each table, again and again
    return ObjectRef("table", name, schema=schema)


#: of names, as they compare: with their fields at once, ten thousand are sorted in a moment
_ORDER = attrgetter("kind", "name", "table", "schema", "signature")


_NONE: Mapping[str, str] = MappingProxyType({})


def _options(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return MappingProxyType(dict(sorted(dict(given).items()))) if given else _NONE


# attrs asks for a converter's signature: of the class ``tuple`` it is a text, which takes a process ten milliseconds to read
def _statements(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def access_field() -> Any:
    """Statements that give an object made anew its owner and rights again; whose it is, is no part of a schema."""
    return attrs.field(default=(), converter=_statements, eq=False)


def options_field() -> Any:
    """What only one database knows of an object, by its own words, such as ``{"engine": "InnoDB"}``."""
    return attrs.field(default=_NONE, converter=_options, hash=False)


@attrs.frozen(kw_only=True)
class Table:
    """A table without its parts; ``definition`` is what makes it again with all of them, where the server says that."""

    ref: ObjectRef
    options: Mapping[str, str] = options_field()
    comment: str = ""
    definition: str = attrs.field(default="", eq=False)
    access: tuple[str, ...] = access_field()


@attrs.frozen(kw_only=True)
class Column:
    """``default`` and ``generated`` are expressions in the server's spelling; ``definition`` is what follows the name in DDL."""

    ref: ObjectRef
    type: str
    nullable: bool = True
    default: str | None = None
    generated: str | None = None
    #: "always" or "by default", "auto_increment", "rowid": the database makes the value
    identity: str = ""
    collation: str = ""
    options: Mapping[str, str] = options_field()
    comment: str = ""
    position: int = attrs.field(default=0, eq=False)
    definition: str = attrs.field(default="", eq=False)
    #: what NOT NULL is called, where the database has a name for it that it did not make up
    not_null_name: str = attrs.field(default="", eq=False)


ConstraintType = Literal["primary", "unique", "foreign", "check", "exclude"]
ReferenceAction = Literal["no action", "restrict", "cascade", "set null", "set default"]


@attrs.frozen(kw_only=True)
class Constraint:
    """``definition`` is what follows CONSTRAINT and its name. ``named`` is false where the database made the name up."""

    ref: ObjectRef
    type: ConstraintType
    columns: tuple[str, ...] = ()
    #: the condition of a check
    expression: str = ""
    referred_table: ObjectRef | None = None
    referred_columns: tuple[str, ...] = ()
    on_delete: ReferenceAction = "no action"
    on_update: ReferenceAction = "no action"
    match: str = ""
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    enforced: bool = True
    named: bool = attrs.field(default=True, eq=False)
    options: Mapping[str, str] = options_field()
    comment: str = ""
    definition: str = attrs.field(default="", eq=False)


def name_of_nameless(type: ConstraintType, columns: Iterable[str], expression: str = "") -> str:
    """What a constraint is called for which the database has no name: by what it is made of, as its place may change."""
    if type == "check":
        # a server that renames a column may put it in quotes there
        bare = expression.replace('"', "").replace("`", "")
        return f"check_{hashlib.sha256(bare.encode()).hexdigest()[:8]}"
    return "_".join((type, *(columns if type in ("unique", "foreign") else ())))


@attrs.frozen(kw_only=True)
class Index:
    """``keys`` are columns or expressions with their order and collation, in the server's spelling; ``where`` a partial one's condition."""

    ref: ObjectRef
    keys: tuple[str, ...]
    unique: bool = False
    where: str = ""
    method: str = ""
    #: false after a build that failed half-way
    valid: bool = True
    options: Mapping[str, str] = options_field()
    comment: str = ""
    definition: str = attrs.field(default="", eq=False)


@attrs.frozen(kw_only=True)
class Defined:
    """Whatever its definition says all of: a view, a trigger, a rule, a routine, a type, a sequence, a policy."""

    ref: ObjectRef
    #: empty for a kind that cannot be made anew
    definition: str
    options: Mapping[str, str] = options_field()
    comment: str = ""
    access: tuple[str, ...] = access_field()


SchemaObject = Table | Column | Constraint | Index | Defined


@attrs.frozen
class Dependency:
    """``dependent`` cannot be without ``referenced``; ``confidence`` from 0 to 1 where it was found in text."""

    dependent: ObjectRef
    referenced: ObjectRef
    source: Literal["catalog", "parsed", "text"] = "catalog"
    confidence: float = 1.0


def fingerprint_of(one: SchemaObject) -> str:
    """Changes exactly when the object does; sha256 of canonical JSON, 16 digits."""
    return _digest({name: _plain(getattr(one, name)) for name in _COMPARED[type(one)]})


_COMPARED = {
    kind: tuple(attribute.name for attribute in attrs.fields(kind) if attribute.eq) for kind in get_args(SchemaObject)
}


def _plain(value: Any) -> Any:
    if isinstance(value, ObjectRef):
        return _ORDER(value)
    return dict(value) if isinstance(value, Mapping) else value


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=list).encode()).hexdigest()[:16]


def _by_ref(given: Iterable[SchemaObject]) -> Mapping[ObjectRef, SchemaObject]:
    return MappingProxyType({one.ref: one for one in sorted(given, key=lambda one: _ORDER(one.ref))})


@attrs.define(eq=False, frozen=True, slots=False)
class SchemaSnapshot:
    """A schema at one moment: every object by its name, and what depends on what. Equal when all objects are."""

    #: "sqlite", "postgresql", "mysql" or "mariadb"
    dialect: str
    objects: Mapping[ObjectRef, SchemaObject] = attrs.field(converter=_by_ref, factory=tuple)
    dependencies: tuple[Dependency, ...] = ()
    server_version: str = ""
    settings: Mapping[str, str] = options_field()

    @cached_property
    def fingerprint(self) -> str:
        return _digest([fingerprint_of(one) for one in self.objects.values()])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SchemaSnapshot) and self.objects == other.objects

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def of_kind(self, kind: Kind) -> tuple[SchemaObject, ...]:
        return tuple(one for ref, one in self.objects.items() if ref.kind == kind)

    @property
    def folds_tables(self) -> bool:
        """Whether names of tables that differ in case alone are the same to the server."""
        return self.settings.get("lower_case_table_names", "0") != "0"

    def spelling_of(self, table: str) -> str:
        """The name that a table has there already, whatever its case is here."""
        if not self.folds_tables:
            return table
        return next((one.ref.name for one in self.of_kind("table") if one.ref.name.lower() == table.lower()), table)

    @cached_property
    def _parts(self) -> Mapping[ObjectRef, tuple[SchemaObject, ...]]:
        found: dict[ObjectRef, list[SchemaObject]] = {}
        for ref, one in self.objects.items():
            if ref.owner is not None:
                found.setdefault(ref.owner, []).append(one)
        return {owner: tuple(parts) for owner, parts in found.items()}

    def parts_of(self, table: ObjectRef) -> tuple[SchemaObject, ...]:
        """The columns, constraints, indexes, triggers and policies of a table."""
        return self._parts.get(table, ())

    def key_of(self, table: ObjectRef) -> tuple[str, ...]:
        """The columns of a table's primary key."""
        parts = self.parts_of(table)
        return next((one.columns for one in parts if isinstance(one, Constraint) and one.type == "primary"), ())

    def columns_of(self, table: ObjectRef) -> tuple[Column, ...]:
        """In the order in which they stand in the table."""
        columns = [one for one in self.parts_of(table) if isinstance(one, Column)]
        return tuple(sorted(columns, key=lambda one: one.position))

    def tables(self, names: Iterable[str]) -> SchemaSnapshot:
        """The same schema with these tables and their parts alone."""
        wanted = set(names)
        return self.only(lambda ref: (ref.table or (ref.name if ref.kind == "table" else "")) in wanted)

    def outline(self, tables: Iterable[str], managed: Collection[ObjectRef]) -> str:
        """The fingerprint of some tables, all their columns, and what is the models' own of their parts.

        Others may put something on them at any time, and where something is renamed the server writes the texts of that anew.

        :param managed: what is the models' own.
        """
        beside = set(self.beside(tables, managed))
        return _digest([fingerprint_of(one) for ref, one in self.tables(tables).objects.items() if ref not in beside])

    def beside(self, tables: Iterable[str], managed: Collection[ObjectRef]) -> tuple[ObjectRef, ...]:
        """What others have put on some tables: triggers, indexes, constraints, policies."""
        own = set(managed)
        return tuple(
            ref for ref in self.tables(tables).objects if ref not in own and ref.kind not in ("table", "column")
        )

    def only(self, chosen: Callable[[ObjectRef], bool]) -> SchemaSnapshot:
        """The same schema with the objects whose names are chosen."""
        kept = [one for ref, one in self.objects.items() if chosen(ref)]
        names = {one.ref for one in kept}
        within = tuple(one for one in self.dependencies if one.dependent in names and one.referenced in names)
        return attrs.evolve(self, objects=kept, dependencies=within)
