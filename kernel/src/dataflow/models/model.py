"""What a registered class is to the rest of the framework: Model, Field, Index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType, MappingProxyType
from typing import Literal

import attrs

from dataflow.diagnostics import CallSite, is_secret_name
from dataflow.models.types import FieldType

OnDelete = Literal["cascade", "restrict", "set_null"]


class Missing:
    """The absence of a value where None is a value."""

    _only: Missing | None = None

    def __new__(cls) -> Missing:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


@attrs.frozen
class Reference:
    """A foreign key: ``field(references="User.id", on_delete="cascade")``."""

    model: str
    field: str
    on_delete: OnDelete = "restrict"

    def __str__(self) -> str:
        return f"{self.model}.{self.field}"


@attrs.frozen(init=False)
class Index:
    """An index of a model: ``Index("email", unique=True)``, ``Index("a", "b", where={"a": {"$gt": 0}})``.

    ``where`` is a filter in Mongo form; it makes the index partial.
    """

    fields: tuple[str, ...]
    unique: bool
    where: Mapping[str, object] | None
    name: str | None

    def __init__(
        self,
        *fields: str,
        unique: bool = False,
        where: Mapping[str, object] | None = None,
        name: str | None = None,
    ) -> None:
        self.__attrs_init__(tuple(fields), unique, where, name)


@attrs.frozen
class Bounds:
    """Limits that a value of a field must keep; None means no limit."""

    max_length: int | None = None
    min_length: int | None = None
    ge: object = None
    le: object = None
    pattern: str | None = None

    def __bool__(self) -> bool:
        return self != NO_BOUNDS


NO_BOUNDS = Bounds()


@attrs.frozen
class Field:
    """One column of a model.

    ``managed_by`` names who sets the value ("timestamps", "versions", a plugin): users may not.
    ``on_create`` and ``on_update`` compute such a value; one that increments on update has
    ``increments`` instead. ``generated`` marks a key that the database makes.
    """

    name: str
    type: FieldType
    nullable: bool = False
    default: object = MISSING
    default_factory: Callable[[], object] | None = None
    unique: bool = False
    index: bool = False
    bounds: Bounds = NO_BOUNDS
    reference: Reference | None = None
    encrypted: bool = False
    description: str = ""
    generated: bool = False
    managed_by: str | None = None
    on_create: Callable[[], object] | None = attrs.field(default=None, eq=False)
    on_update: Callable[[], object] | None = attrs.field(default=None, eq=False)
    increments: bool = False
    #: the column's former name, and the values that rows get which are there when it comes
    renamed_from: str = ""
    backfill: object = MISSING
    #: what the database gives to rows that others add without it
    server_default: object = MISSING
    line: int | None = attrs.field(default=None, eq=False)

    @property
    def is_key(self) -> bool:
        return self.name == "id"

    @property
    def is_secret(self) -> bool:
        """Whether errors, traces and descriptions leave the value out: encrypted, or named like a password."""
        return self.encrypted or is_secret_name(self.name)

    @property
    def has_default(self) -> bool:
        return self.default is not MISSING or self.default_factory is not None

    @property
    def is_managed(self) -> bool:
        return self.managed_by is not None

    @property
    def is_required(self) -> bool:
        """Whether a create must give it."""
        return not (self.has_default or self.nullable or self.generated or self.is_managed)

    @property
    def spelling(self) -> str:
        """The annotation as a user writes it: ``str | None``."""
        return f"{self.type} | None" if self.nullable else str(self.type)


@attrs.frozen
class ModelOptions:
    """The validated ``__dataflow__`` of a class."""

    table: str | None = None
    timestamps: bool = True
    soft_delete: bool = False
    versioned: bool = False
    description: str = ""
    #: the table's former name
    renamed_from: str = ""


@attrs.frozen
class Definition:
    """Where a class was written. ``code`` is what ran when it was registered: a reload or a cell run again has another."""

    file: str
    line: int
    qualname: str = ""
    code: CodeType | None = attrs.field(default=None, eq=False, repr=False)
    #: of each field whose text could be read
    lines: Mapping[str, int] = attrs.field(factory=dict, eq=False, repr=False)

    def site(self, field: str | None = None) -> CallSite:
        """The line of a field, or of the class."""
        return CallSite(self.file, self.lines.get(field, self.line) if field else self.line)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


#: names that a node's parameters or outputs have, which a record's fields would hide
RESERVED_FIELDS = frozenset(("updated", "records", "created", "data", "filter", "transaction", "tenant"))


def _read_only(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    return MappingProxyType(dict(fields))


@attrs.frozen(eq=False)
class Model:
    """A registered class. Compared by identity: two instances may hold models of one class."""

    name: str
    table: str
    fields: Mapping[str, Field] = attrs.field(converter=_read_only)
    indexes: tuple[Index, ...]
    options: ModelOptions
    cls: type
    defined_at: Definition

    @property
    def key(self) -> Field:
        return self.fields["id"]

    @property
    def references(self) -> tuple[Field, ...]:
        """The fields that are foreign keys."""
        return tuple(field for field in self.fields.values() if field.reference is not None)

    @property
    def writable(self) -> tuple[Field, ...]:
        """The fields that users may set."""
        return tuple(field for field in self.fields.values() if not field.is_managed)
