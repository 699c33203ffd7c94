"""The engines of the pipeline: each turns a plan into a plan, in the phases that it declares."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, runtime_checkable

import attrs

from dataflow.migrations.plan import MigrationPlan, MigrationStep
from dataflow.migrations.seam import SchemaDialect, Session
from dataflow.models.model import Model

if TYPE_CHECKING:
    from dataflow.app import DataFlow

Phase = Literal[
    "observe", "diff", "assess", "mitigate", "stage", "lock", "verify_before", "apply", "verify_after", "record"
]
PHASES: tuple[Phase, ...] = get_args(Phase)
Guard = Callable[[Session, MigrationStep], Awaitable[None]]
"""Called before each step, inside its transaction where it has one; raises what must keep the step from being done."""
Fence = Callable[[Session], Awaitable[None]]
"""Called as a transaction that writes begins, and again before it is committed; raises when it is another one's turn."""


#: what a lock on a table is waited for at the least: a server takes a second to end its own upkeep that is in the way
LEAST_WAIT_S = 2.0


@attrs.define(eq=False, kw_only=True)
class MigrationRun:
    """What the engines of one pass through the pipeline share. Whatever ``stack`` holds is let go of when the pass ends.

    ``session`` is the connection on which steps are done, once ``open`` has opened it: the phase ``lock`` begins without, so
    that who waits for the lock keeps no connection. ``guards`` are asked before each step. ``token`` is the fencing token of
    the lock that is held, and None where the session itself is the lock.
    """

    app: DataFlow
    dialect: SchemaDialect
    #: another connection, for what must go on while a step is under way
    connect: Callable[[str], AbstractAsyncContextManager[Session]]
    _session: Session | None = None
    models: Sequence[Model] = ()
    #: what the user accepts: names of objects as ``str(ref)`` has them, and codes
    accepted: frozenset[str] = frozenset()
    #: how long another one's migration is waited for, and each lock that others have on what is changed
    timeout_s: float = 60.0
    stack: AsyncExitStack = attrs.field(factory=AsyncExitStack)
    guards: list[Guard] = attrs.field(factory=list)
    fences: list[Fence] = attrs.field(factory=list)
    #: asked by who had to wait for the lock: whether the other one has done everything, so that it is not needed
    is_settled: Callable[[], Awaitable[bool]] | None = None
    token: int | None = None
    #: called after a phase failed, innermost first, before its error goes on
    undo: list[Callable[[], Awaitable[None]]] = attrs.field(factory=list)
    #: what the step that is under way is, for whoever shows it
    current: MigrationStep | None = None
    #: told of each step as it begins and ends
    progress: Callable[[MigrationStep, str], None] | None = None
    #: engines keep here what they learn in one phase and need in another, by their names
    notes: dict[str, Any] = attrs.field(factory=dict)

    @property
    def session(self) -> Session:
        assert self._session is not None, "the run has no session before its lock"
        return self._session

    @property
    def is_open(self) -> bool:
        return self._session is not None

    async def open(self) -> Session:
        """The session, opened now if it is not."""
        if self._session is None:
            session = await self.stack.enter_async_context(self.connect("migrations"))
            await session.wait_at_most(max(self.timeout_s, LEAST_WAIT_S))
            self._session = session
        return self._session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """A transaction of the session that is committed only while the lock is held.

        :raises MigrationError: DF-G107 when another one has taken over; nothing is written then.
        """
        async with self.session.transaction():
            await self._fenced()
            yield
            await self._fenced()

    async def _fenced(self) -> None:
        for fence in self.fences:
            await fence(self.session)


@runtime_checkable
class MigrationEngine(Protocol):
    """What a plugin answers to ``dataflow_migration_engine``."""

    @property
    def name(self) -> str:
        """The word by which ``db.migrations`` has it: ``auto``, ``locks``, ``checkpoints``, ``foreign_keys``."""

    @property
    def phases(self) -> tuple[Phase, ...]: ...

    async def run(self, phase: Phase, plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
        """Do a phase's part: give the plan with changes, findings, evidence, or as it was.

        :raises MigrationError: for what must end the pass; nothing is changed before ``apply``.
        """

    def interface(self, app: DataFlow) -> object | None:
        """What ``db.migrations.<name>`` gives to applications, or None when the engine has nothing to be asked."""


@runtime_checkable
class AcceptingEngine(Protocol):
    """An engine that can be told more by ``accept`` than names of objects and codes, such as the number of a ticket."""

    def accepts(self, word: str) -> bool:
        """Whether a word is one of its own: what no engine knows is DF-G121."""
