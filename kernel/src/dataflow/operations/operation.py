"""Operations: what a node or a direct call asks an adapter to do, after all validation.

An operation is complete and trusted: every value has its field's Python type, every name is a
registered one. Middlewares may replace it (``attrs.evolve``) before they pass it on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

import attrs

from dataflow.diagnostics import Problem
from dataflow.expressions.tree import Expression, Page, Sort
from dataflow.models.model import Model

Record = dict[str, Any]
#: what a caller gets: a record, None, or one of the documented result shapes
Result = Any
OnConflict = Literal["error", "skip", "update"]


class Transaction(Protocol):
    """An open scope of one adapter. Made by ``Adapter.begin``; ended exactly once."""

    @property
    def id(self) -> str:
        """What events call it; savepoints have that of their transaction. Unique within the process."""

    @property
    def is_open(self) -> bool: ...
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...
    async def savepoint(self) -> Transaction: ...
    def poison(self, cause: BaseException) -> None:
        """Mark it as failed: a commit will then raise and roll back."""


@attrs.frozen(kw_only=True)
class Increment:
    """An atomic change of a number: ``{"balance": {"$inc": 5}}``."""

    amount: Any


@attrs.frozen(kw_only=True)
class Operation:
    """The part that all operations share. ``transaction`` is None outside a scope."""

    kind: ClassVar[str] = "operation"
    writes: ClassVar[bool] = False

    model: Model
    transaction: Transaction | None = None


@attrs.frozen(kw_only=True)
class Create(Operation):
    """Insert ``record`` (all fields present, but a generated id) and give the stored record."""

    kind = "create"
    writes = True
    record: Record


@attrs.frozen(kw_only=True)
class Read(Operation):
    """The first record that matches (by id, when several do), or None.

    ``required`` makes none an error; the kernel raises it, not the adapter.
    """

    kind = "read"
    where: Expression
    fields: tuple[str, ...] | None = None
    required: bool = False


@attrs.frozen(kw_only=True)
class Update(Operation):
    """Change matching rows; gives ``{"updated": n, "records": [...]}`` (records only when asked).

    ``values`` holds final values or ``Increment``. ``key`` is the id of an update of one record, which
    must exist, and have ``expected_version`` when that is given; the kernel raises, not the adapter
    (``where`` already holds both conditions).
    """

    kind = "update"
    writes = True
    where: Expression
    values: Mapping[str, Any]
    return_records: bool = False
    key: Any = None
    expected_version: int | None = None


@attrs.frozen(kw_only=True)
class Delete(Operation):
    """Remove matching rows; gives ``{"deleted": n}``.

    With ``marks`` they are only marked, by an Update that the kernel makes of it: an adapter never sees one.
    """

    kind = "delete"
    writes = True
    where: Expression
    marks: Mapping[str, Any] | None = None


@attrs.frozen(kw_only=True)
class List(Operation):
    """A page of records: ``{"records", "total", "next_cursor"}``; total is None unless ``count``.

    The adapter fetches ``page.limit`` rows, one more than the caller wants, with the columns ``fields``, and
    counts what ``where`` matches without the page. The kernel cuts the page, sets ``next_cursor`` and leaves
    the fields of ``shown``.
    """

    kind = "list"
    where: Expression | None
    sort: Sort
    page: Page
    fields: tuple[str, ...] | None = None
    shown: tuple[str, ...] | None = None
    count: bool = True


@attrs.frozen(kw_only=True)
class Count(Operation):
    """``{"count": n}``."""

    kind = "count"
    where: Expression | None


@attrs.frozen(kw_only=True)
class Upsert(Operation):
    """Insert ``record`` or, when a row with the same ``conflict_on`` exists, apply ``changes`` to it.

    Gives the stored record plus ``created``. ``where`` guards the row to change (soft-deleted rows, tenants):
    when the row in conflict does not match it, the unique violation stands.
    """

    kind = "upsert"
    writes = True
    record: Record
    changes: Mapping[str, Any]
    conflict_on: tuple[str, ...]
    where: Expression | None = None


@attrs.frozen
class RejectedRow:
    """A row of a bulk that was not written: its place among those that were given, and what is wrong with it."""

    row: int
    problems: tuple[Problem, ...]


@attrs.frozen(kw_only=True)
class BulkCreate(Operation):
    """Insert many. ``columns`` are parallel sequences in the order of ``names``, all of one length.

    Gives ``{"created", "skipped", "updated", "ids"}``; ids is None unless ``return_ids``. All rows or none.
    ``changes`` names the fields that ``on_conflict="update"`` takes from the new row; ``sets`` are its further
    changes (an increment of the version). An id column may hold None where the database makes the id.
    ``where`` guards the rows that ``on_conflict="update"`` changes: when a row in conflict does not match it, the
    unique violation stands.
    """

    kind = "bulk_create"
    writes = True
    names: tuple[str, ...]
    columns: Sequence[Sequence[Any]]
    size: int
    on_conflict: OnConflict = "error"
    conflict_on: tuple[str, ...] = ("id",)
    changes: tuple[str, ...] = ()
    sets: Mapping[str, Any] = attrs.field(factory=dict)
    where: Expression | None = None
    batch_size: int = 10_000
    return_ids: bool = False
    progress: Callable[[int, int], None] | None = None
    #: whether bad rows are left out and told; ``places`` are then those of the rows among all that were given, where
    #: some were ``rejected`` already. An adapter never sees one that collects.
    collects: bool = False
    places: Sequence[int] | None = None
    rejected: tuple[RejectedRow, ...] = ()


@attrs.frozen(kw_only=True)
class BulkUpdate(Operation):
    """Change many rows, each by its own values: ``rows`` are ``(id, values)``. Gives ``{"updated": n}``.

    An update of many rows by one filter is an ``Update``. ``where`` is AND-ed to each id.
    """

    kind = "bulk_update"
    writes = True
    rows: Sequence[tuple[Any, Mapping[str, Any]]]
    where: Expression | None = None
    batch_size: int = 10_000
    progress: Callable[[int, int], None] | None = None


@attrs.frozen(kw_only=True)
class Call(Operation):
    """A node that is not a model's operation: the arguments of one call, by name."""

    kind = "call"
    model: Model | None = None  # type: ignore[assignment]  # a call has none
    node: Any = None
    arguments: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Statement(Operation):
    """A user's own SQL with bound parameters: ``{"rows": [...], "rowcount": n}``."""

    kind = "statement"
    writes = True
    model: Model | None = None  # type: ignore[assignment]  # free SQL has none
    sql: str
    parameters: Mapping[str, Any] | Sequence[Any] = ()
    reads_only: bool = False


Executor = Callable[[Any], Awaitable[Result]]
"""Runs one kind of operation; asked of an adapter once per node and composed with middlewares."""

Middleware = Callable[[Executor], Executor]
