"""``db.migrations``: the face of the engines that an instance has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import attrs

from dataflow.awaiting import awaited
from dataflow.config.problems import INSTALL
from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.migrations.engine import MigrationEngine
from dataflow.migrations.explained import explained
from dataflow.migrations.history import MigrationStatus, Revision
from dataflow.migrations.plan import MigrationPlan
from dataflow.models.model import Model

if TYPE_CHECKING:
    from dataflow.app import DataFlow

Strategy = Literal["auto", "manual", "staging-first", "none"]
"""``auto`` applies at first use what loses nothing; ``manual`` only what is applied by hand; ``none`` looks at nothing."""

FileForm = Literal["toml", "alembic"]
"""A migration file as it is applied here, or a revision of Alembic for teams that keep it."""

#: an engine's name and the plugin that brings it
PLUGINS = {
    "auto": "migrations", "locks": "locks", "checkpoints": "checkpoints", "foreign_keys": "foreign-keys", "risk": "risk",
    "mitigation": "mitigation", "renames": "renames", "staging": "staging",
}  # fmt: skip


class MigrationPipeline(Protocol):
    """What the engine ``auto`` gives as its interface: the whole pass from models to an applied plan."""

    @property
    def strategy(self) -> Strategy: ...
    def set_strategy(self, strategy: Strategy) -> None: ...
    async def ready(self, models: Sequence[Model]) -> None: ...
    async def pending(self) -> tuple[str, ...]: ...
    async def plan(self, *, accept: Collection[str] = (), drop_tables: Collection[str] = ()) -> MigrationPlan: ...
    async def apply(
        self, plan: MigrationPlan | None = None, *, accept: Collection[str] = (), timeout_s: float | None = None
    ) -> tuple[Revision, ...]: ...
    async def rollback(self, to: str | None = None, *, timeout_s: float | None = None) -> tuple[Revision, ...]: ...
    async def contract(self) -> tuple[str, ...]: ...
    async def stamp(self, revision: str) -> Revision: ...
    async def adopt(self, revision: str) -> Revision: ...
    async def history(self) -> tuple[Revision, ...]: ...
    async def status(self) -> MigrationStatus: ...
    async def simulate(self, plan: MigrationPlan | None = None) -> MigrationPlan: ...
    async def write(
        self, directory: Path, message: str = "", *, accept: Collection[str] = (), form: FileForm = "toml"
    ) -> Path | None: ...


@attrs.frozen(eq=False, slots=False)
class Migrations:
    """Plan, apply and undo changes of the database's schema; further engines stand beside by their names.

    ``db.migrations.foreign_keys``, ``db.migrations.locks`` and ``db.migrations.checkpoints`` are there where their plugins
    are. Every method that needs an engine which is not raises a MigrationError: DF-G101.
    """

    app: DataFlow
    engines: tuple[MigrationEngine, ...]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._interface(name)
        if found is not None:
            return found
        if name in PLUGINS:
            raise error_of(_no_engine(f"db.migrations.{name}", PLUGINS[name]))
        raise AttributeError(
            f"db.migrations has no '{name}'; its engines are: {', '.join(self.capabilities) or 'none'}"
        )

    def _interface(self, name: str) -> object | None:
        interfaces = self.__dict__.setdefault("_interfaces", {})
        if name not in interfaces:
            engine = next((one for one in self.engines if one.name == name), None)
            interfaces[name] = None if engine is None else engine.interface(self.app)
        return interfaces[name]  # type: ignore[no-any-return]  # a cache by name

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The names of the engines that are there."""
        return tuple(one.name for one in self.engines)

    @property
    def has_pipeline(self) -> bool:
        return self._interface("auto") is not None

    def pipeline(self, asked: str) -> MigrationPipeline:
        """The engine that plans and applies.

        :param asked: what was called, for the message.
        :raises MigrationError: DF-G101.
        """
        found = self._interface("auto")
        if found is None:
            raise error_of(_no_engine(f"db.migrations.{asked}()", "migrations"))
        return found  # type: ignore[return-value]  # what the engine of that name promises

    @property
    def strategy(self) -> Strategy:
        return self.pipeline("strategy").strategy

    def enable_auto(self) -> None:
        """From now on apply at first use whatever loses nothing and needs no decision."""
        self.pipeline("enable_auto").set_strategy("auto")

    def disable(self) -> None:
        """From now on look at nothing by itself."""
        self.pipeline("disable").set_strategy("none")

    def set_strategy(self, strategy: Strategy) -> None:
        """Change what happens at first use.

        :raises MigrationError: DF-G113 for a word that is no strategy, or one whose engine is not there.
        """
        self.pipeline("set_strategy").set_strategy(strategy)

    @awaited
    @explained
    async def pending(self) -> tuple[str, ...]:
        """What is to be applied: revisions of files, and changes that models want besides, a line each."""
        return await self.pipeline("pending").pending()

    @awaited
    @explained
    async def plan(self, *, accept: Collection[str] = (), drop_tables: Collection[str] = ()) -> MigrationPlan:
        """What would be done now; changes nothing and asks nobody.

        :param accept: names of objects whose data may be lost, such as ``"column users.age"``, and codes of stops.
        :param drop_tables: tables that were the models' own and have none any more.
        :raises MigrationError: DF-G119 for a table that is not there, has a model, or is none of the models' own;
            DF-G120 for arguments of the wrong form, DF-G121 for an accepted name of nothing.
        """
        return await self.pipeline("plan").plan(accept=accept, drop_tables=drop_tables)

    @awaited
    @explained
    async def apply(
        self, plan: MigrationPlan | None = None, *, accept: Collection[str] = (), timeout_s: float | None = None
    ) -> tuple[Revision, ...]:
        """Do what is pending, or a plan that was made before; one that was cut short is finished first.

        :param timeout_s: how long another one's migration, and each lock that others have on the tables, is waited for; the option ``migration_lock_timeout_s`` when absent.
        :raises MigrationError: with every stop of the plan (DF-G2..), or what prevented it; what was done is in the history.
        """
        return await self.pipeline("apply").apply(plan, accept=accept, timeout_s=timeout_s)

    @awaited
    @explained
    async def rollback(self, to: str | None = None, *, timeout_s: float | None = None) -> tuple[Revision, ...]:
        """Undo the latest revision, or all after ``to``.

        One that was cut short, or that failed at a step, is undone as far as it was done; an undoing that was cut short
        is finished, and counts.

        :raises MigrationError: DF-G110 for a step that has no inverse.
        """
        return await self.pipeline("rollback").rollback(to, timeout_s=timeout_s)

    @awaited
    @explained
    async def contract(self) -> tuple[str, ...]:
        """Let go of the data that lossy steps have kept aside; gives what went. What was lossy cannot be undone afterwards."""
        return await self.pipeline("contract").contract()

    @awaited
    @explained
    async def stamp(self, revision: str) -> Revision:
        """Write a revision into the history as done, and do nothing else.

        :raises MigrationError: DF-G122 for one that the history has already.
        """
        return await self.pipeline("stamp").stamp(revision)

    @awaited
    @explained
    async def adopt(self, revision: str) -> Revision:
        """Take over the tables that another tool has made, and begin the history at its revision.

        Columns that serve the models as they are stay so until the models want something else of them.

        :raises MigrationError: DF-G103 when the models want something else than what is there.
        """
        return await self.pipeline("adopt").adopt(revision)

    @awaited
    @explained
    async def history(self) -> tuple[Revision, ...]:
        """Every revision that the database knows, the oldest first."""
        return await self.pipeline("history").history()

    @awaited
    @explained
    async def status(self) -> MigrationStatus:
        """Where the database stands, who migrates it now, and what is kept aside."""
        return await self.pipeline("status").status()

    @awaited
    @explained
    async def simulate(self, plan: MigrationPlan | None = None) -> MigrationPlan:
        """Do the plan where it changes nothing, and give it with what was found out."""
        return await self.pipeline("simulate").simulate(plan)

    @awaited
    @explained
    async def write(
        self, directory: Path | str, message: str = "", *, accept: Collection[str] = (), form: FileForm = "toml"
    ) -> Path | None:
        """Write what is pending as the next migration file, or give None when nothing is.

        :param accept: what may lose data, as for ``plan``.
        :raises MigrationError: whatever stops the plan; DF-G108 for files, DF-G116 for revisions of Alembic that cannot be continued.
        """
        return await self.pipeline("write").write(Path(directory), message, accept=accept, form=form)


def _no_engine(asked: str, plugin: str) -> Problem:
    return Problem(
        code="DF-G101",
        message=f"{asked} needs the plugin '{plugin}', which is not loaded",
        where=Where(operation="migrations"),
        context={"plugin": plugin},
        cause="each migration engine is a plugin of its own",
        solutions=(
            Solution("install it:", INSTALL.format("migrations" if plugin == "migrations" else plugin)),
            Solution("and name it:", f'DataFlow(url, plugins=["{plugin}"])'),
            Solution("or take all that are installed:", "DataFlow.with_migrations(url)"),
        ),
    )
