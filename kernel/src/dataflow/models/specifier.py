"""What stands in a class body behind ``=``: ``field(...)`` and ``generated()``; and ``typed``, for checkers that need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Never, TypeVar, dataclass_transform, overload

import attrs

from dataflow.models.model import MISSING, OnDelete

T = TypeVar("T")


@attrs.frozen
class FieldSpecifier:
    """The options of one field as they were written, of whatever types; judged when the class is registered."""

    default: object = MISSING
    default_factory: object = None
    unique: object = False
    index: object = False
    max_length: object = None
    min_length: object = None
    ge: object = None
    le: object = None
    pattern: object = None
    references: object = None
    on_delete: object = None
    encrypted: object = False
    description: object = ""
    renamed_from: object = ""
    backfill: object = MISSING
    server_default: object = MISSING
    generated: bool = False
    #: names that no option has
    unknown: Mapping[str, object] = attrs.field(factory=dict)


@overload
def field(
    *,
    default: T,
    unique: bool = False,
    index: bool = False,
    max_length: int | None = None,
    min_length: int | None = None,
    ge: object = None,
    le: object = None,
    pattern: str | None = None,
    references: str | None = None,
    on_delete: OnDelete | None = None,
    encrypted: bool = False,
    description: str = "",
    renamed_from: str = "",
    backfill: Any = MISSING,
    server_default: Any = MISSING,
) -> T: ...


@overload
def field(
    *,
    default_factory: Callable[[], T],
    unique: bool = False,
    index: bool = False,
    max_length: int | None = None,
    min_length: int | None = None,
    ge: object = None,
    le: object = None,
    pattern: str | None = None,
    references: str | None = None,
    on_delete: OnDelete | None = None,
    encrypted: bool = False,
    description: str = "",
    renamed_from: str = "",
    backfill: Any = MISSING,
    server_default: Any = MISSING,
) -> T: ...


@overload
def field(
    *,
    server_default: T,
    unique: bool = False,
    index: bool = False,
    max_length: int | None = None,
    min_length: int | None = None,
    ge: object = None,
    le: object = None,
    pattern: str | None = None,
    references: str | None = None,
    on_delete: OnDelete | None = None,
    encrypted: bool = False,
    description: str = "",
    renamed_from: str = "",
    backfill: Any = MISSING,
) -> T: ...


@overload
def field(
    *,
    unique: bool = False,
    index: bool = False,
    max_length: int | None = None,
    min_length: int | None = None,
    ge: object = None,
    le: object = None,
    pattern: str | None = None,
    references: str | None = None,
    on_delete: OnDelete | None = None,
    encrypted: bool = False,
    description: str = "",
    renamed_from: str = "",
    backfill: Any = MISSING,
) -> Any: ...


def field(
    *,
    default: Any = MISSING,
    default_factory: Callable[[], Any] | None = None,
    unique: bool = False,
    index: bool = False,
    max_length: int | None = None,
    min_length: int | None = None,
    ge: object = None,
    le: object = None,
    pattern: str | None = None,
    references: str | None = None,
    on_delete: OnDelete | None = None,
    encrypted: bool = False,
    description: str = "",
    renamed_from: str = "",
    backfill: Any = MISSING,
    server_default: Any = MISSING,
    **unknown: Never,
) -> Any:
    """The options of one field of a model; a field without a default must be given by every create.

    :param references: ``"Model.field"``, the target of a foreign key; the model may be registered later.
    :param on_delete: what a deleted target does to the records that refer to it; "restrict" unless given.
    :param renamed_from: the column's former name, so that a migration renames it instead of dropping its values.
    :param backfill: the value that a migration gives to records which are there before the field is.
    :param server_default: the column's DEFAULT, for rows that others add; new records have it too, unless ``default`` says otherwise.
    :param pattern: a regular expression that a text must contain a match of.
    """
    return FieldSpecifier(
        default=default,
        default_factory=default_factory,
        unique=unique,
        index=index,
        max_length=max_length,
        min_length=min_length,
        ge=ge,
        le=le,
        pattern=pattern,
        references=references,
        on_delete=on_delete,
        encrypted=encrypted,
        description=description,
        renamed_from=renamed_from,
        backfill=backfill,
        server_default=server_default,
        unknown=unknown,
    )


def generated(*, init: Literal[False] = False) -> Any:
    """The value of a key that the database makes: ``id: int = generated()``.

    A plain ``id: int`` is generated too; this says so to a type checker. ``init`` only tells
    checkers that a create need not give the field.
    """
    return FieldSpecifier(generated=True)


@dataclass_transform(kw_only_default=True, field_specifiers=(field, generated))
def typed(cls: type[T]) -> type[T]:
    """Give the class back unchanged; written under ``@db.model`` it lets mypy and ty check ``db[User].create(...)``.

    They read ``dataclass_transform`` on functions, not on methods; pyright reads both.
    """
    return cls
