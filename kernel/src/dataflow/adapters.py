"""The seam between the kernel and a database: everything the kernel asks of an adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, runtime_checkable

import attrs

from dataflow.models.model import Model
from dataflow.operations.operation import Executor, Operation, Transaction
from dataflow.runtimes.events import Event

if TYPE_CHECKING:
    from dataflow.inspection.plans import StatementPlan

Isolation = Literal["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]


@attrs.frozen(kw_only=True)
class ScopeOptions:
    """How a transaction is opened; None leaves a choice to the database. ``holder`` names who asked."""

    isolation: Isolation | None = None
    read_only: bool = False
    timeout_s: float | None = None
    holder: str = "db.transaction()"


#: a database that has the four levels of the standard
LEVELS: Mapping[Isolation, Isolation] = MappingProxyType({level: level for level in get_args(Isolation)})


@attrs.frozen(kw_only=True)
class Capabilities:
    """In what a database differs from others, as far as its users can notice.

    An adapter declares it; the compliance suite holds it to what it declares.
    """

    #: the isolation level that is asked for, and the one that is given
    isolation: Mapping[Isolation, Isolation] = LEVELS
    #: whether two transactions may both have changed rows; else the second one waits before its first statement
    concurrent_writers: bool = True
    #: whether a table made by others refuses what is longer or larger than its column is declared
    bounds_columns: bool = True
    #: whether an index may leave out the rows that do not match its ``where``
    partial_indexes: bool = True
    #: whether a float of -0.0, which equals 0.0, keeps its sign
    signed_zero: bool = True
    #: the column type of each kind of field, as it stands in a table's definition
    types: Mapping[str, str] = attrs.field(factory=dict)


class StatementFailed(Exception):
    """What the database refused, with what it was asked: the form in which a driver's exception leaves an adapter.

    ``found`` is what the adapter could learn on the spot, such as the row that a foreign key misses. The user's
    traceback has the driver's exception in its place.
    """

    def __init__(self, operation: Operation | None, error: Exception, found: Mapping[str, Any] | None = None) -> None:
        super().__init__(operation, error)
        self.operation = operation
        self.error = error
        self.found = dict(found or {})
        #: what there is to tell of the statement once it is known what its failure means; None where nobody observes
        self.event: Event | None = None

    def __str__(self) -> str:
        return f"{type(self.error).__name__} in {getattr(self.operation, 'kind', 'a statement')}"


def driver_error(error: BaseException) -> BaseException:
    """The driver's own exception, or what came instead of one."""
    return error.error if isinstance(error, StatementFailed) else error


@attrs.frozen
class PoolState:
    """A connection pool at one moment. ``holders`` says who keeps a connection and since when.

    ``overflow`` is how many connections it opens beyond its size under load.
    """

    name: str
    size: int
    active: int
    idle: int
    waiting: int
    healthy: bool
    holders: tuple[str, ...] = ()
    overflow: int = 0

    @property
    def health(self) -> str:
        return "healthy" if self.healthy else "unreachable or closed"


@attrs.frozen
class TableDifference:
    """One way in which a table differs from its model, as a sentence."""

    table: str
    column: str | None
    message: str


@attrs.frozen
class TableState:
    """What ``ensure`` found: ``created`` tells that it made the table; ``fingerprint`` is of its columns.

    ``lasts`` is false where only the commit of the asking transaction can tell.
    """

    table: str
    created: bool
    fingerprint: str
    differences: tuple[TableDifference, ...] = ()
    lasts: bool = True


@runtime_checkable
class Adapter(Protocol):
    """One database of one instance. Usable from several event loops and threads at once.

    Exceptions of the driver may pass through: the kernel has them explained by the
    ``dataflow_explain`` hook before they reach a user.
    """

    @property
    def name(self) -> str: ...

    @property
    def in_memory(self) -> bool:
        """Whether the data is gone when the instance closes."""

    @property
    def display_url(self) -> str:
        """The URL with its password masked."""

    @property
    def makes_tables_inside(self) -> bool:
        """Whether a transaction can make tables: some databases commit before they do."""

    @property
    def capabilities(self) -> Capabilities: ...

    def executor(self, operation: type[Operation], model: Model | None) -> Executor:
        """How to run one kind of operation on one model. Asked once, at first use."""

    async def ensure(
        self, models: Sequence[Model], create: bool, transaction: Transaction | None = None
    ) -> Sequence[TableState]:
        """Make sure that the tables exist, parents first; compare those that do with their models.

        ``transaction`` is the scope whose operation asks: it may hold the only connection that can make them.

        Safe against other tasks, threads and processes doing the same. With ``create=False``
        nothing is made, and a missing table is a difference.
        """

    async def fingerprint(self, model: Model) -> str:
        """The present fingerprint of a table's columns; empty when there is no such table."""

    async def explain(self, operation: Operation) -> Sequence[StatementPlan]:
        """The plan of each statement that an operation which finds rows would run; changes nothing.

        A database that has no plans gives none.
        """

    async def begin(self, options: ScopeOptions) -> Transaction: ...

    async def ping(self) -> None:
        """Reach the database, or raise what prevents it."""

    def pools(self) -> Sequence[PoolState]: ...

    async def close(self) -> None:
        """Give everything back. Idempotent, from any loop."""
