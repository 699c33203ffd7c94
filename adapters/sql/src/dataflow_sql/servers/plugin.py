"""What the plugins of servers' adapters have in common: a leaf gives its schemes, its words for failures, and itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, ClassVar

import attrs

from dataflow import hookimpl
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, Problem, Where, error_of
from dataflow_sql.servers.adapter import Leaf, ServerAdapter
from dataflow_sql.servers.pool import PoolSettings
from dataflow_sql.servers.troubles import Surroundings

if TYPE_CHECKING:
    from dataflow import DataFlow
    from dataflow.inspection.checkups import Checkup


@attrs.define(eq=False)
class ServerPlugin(ABC):
    """A plugin whose adapter is for servers. The options of a leaf's own are the fields of its class."""

    #: of the URLs that it takes, each with the name of the product in messages
    products: ClassVar[dict[str, str]] = {}
    _adapter: ServerAdapter | None = attrs.field(default=None, init=False, repr=False)
    _around: Surroundings | None = attrs.field(default=None, init=False, repr=False)
    _server: str = attrs.field(default="", init=False, repr=False)

    @abstractmethod
    def leaf(self, config: Config) -> tuple[Leaf, str]:
        """The leaf of one instance, and the server's place for messages."""

    @abstractmethod
    def explained(self, error: BaseException, where: Where, around: Surroundings, server: str) -> Problem | None:
        """The problem of an exception that came from the driver; None for any other."""

    def checkups(self, app: DataFlow, adapter: ServerAdapter, processes: int) -> Iterable[Checkup]:
        """What a diagnosis looks at on such a server."""
        return ()

    @hookimpl
    def dataflow_adapter(self, config: Config) -> ServerAdapter | None:
        url = config.database_url
        product = self.products.get(url.scheme)
        if product is None:
            return None
        self._around = Surroundings(
            database=str(url),
            product=product,
            connect_timeout_s=config.connect_timeout_s,
            statement_timeout_s=config.statement_timeout_s,
        )
        leaf, self._server = self.leaf(config)
        settings = PoolSettings(
            config.pool_size,
            config.pool_max_overflow,
            config.pool_timeout_s,
            config.pool_recycle_s,
            config.pool_pre_ping,
        )
        self._adapter = ServerAdapter(leaf, settings)
        return self._adapter

    @hookimpl
    def dataflow_lifespan(self, app: DataFlow) -> AbstractAsyncContextManager[None] | None:
        """Nothing is opened here: the adapter only learns who observes."""
        if self._adapter is not None:
            self._adapter.listen(app.plugins.listeners("sql", "scope"))
        return None

    @hookimpl
    def dataflow_checkups(self, app: DataFlow, processes: int) -> Iterable[Checkup]:
        return () if self._adapter is None else self.checkups(app, self._adapter, processes)

    @hookimpl
    def dataflow_explain(self, error: BaseException, where: Where) -> Problem | None:
        if self._around is None:
            return None
        return self.explained(error, where, self._around, self._server)

    def coded(self, error: Exception) -> DataFlowError:
        """A failure of a transaction itself, as a coded error."""
        problem = self.dataflow_explain(error, Where(operation="transaction"))
        assert problem is not None, error
        return error_of(problem)
