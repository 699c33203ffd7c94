"""An instance starts with its first operation, whatever node that is of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError
from dataflow.plugins.hookspecs import hookimpl
from dataflow.runtimes.events import Event
from dataflow.workflows.workflow import Workflow


@attrs.define(eq=False)
class Opening:
    """A plugin that opens something with the instance, after it failed to some times; and hears of statements."""

    failures: int = 0
    told: list[str] = attrs.field(factory=list)
    statements: list[str] = attrs.field(factory=list)

    @hookimpl
    def dataflow_lifespan(self, app: DataFlow) -> AbstractAsyncContextManager[None]:
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        if self.failures:
            self.failures -= 1
            raise LookupError("not there yet")
        self.told.append("opened")
        yield
        self.told.append("closed")

    @hookimpl
    def dataflow_event(self, event: Event) -> None:
        if event.area == "sql":
            self.statements.append(str(event.details["statement"]))


def of_free_sql(db: DataFlow) -> Workflow:
    workflow = db.workflow()
    workflow.add_node("SQLNode", "one", {"sql": "SELECT 1 AS one"})
    return workflow.build()


def one() -> int:
    return 1


def of_a_function(db: DataFlow) -> Workflow:
    workflow = db.workflow()
    workflow.add_node(one, "one")
    return workflow.build()


async def test_free_sql_alone_opens_the_plugins_and_is_heard_of(database_url: str) -> None:
    plugin = Opening()
    async with DataFlow(database_url, plugins=[plugin]) as db, AsyncLocalRuntime() as runtime:
        workflow = of_free_sql(db)
        for _ in range(2):
            results, _ = await runtime.execute(workflow)
            assert results["one"]["rows"] == [{"one": 1}]
        assert (plugin.told, plugin.statements) == (["opened"], ["SELECT ? AS one"] * 2)
    assert plugin.told == ["opened", "closed"]


async def test_a_function_alone_opens_the_plugins() -> None:
    plugin = Opening()
    async with DataFlow(plugins=[plugin]) as db, AsyncLocalRuntime() as runtime:
        await runtime.execute(of_a_function(db))
    assert plugin.told == ["opened", "closed"]


async def test_what_did_not_open_is_tried_again_by_the_next_statement() -> None:
    plugin = Opening(failures=1)
    async with DataFlow(plugins=[plugin]) as db, AsyncLocalRuntime() as runtime:
        with pytest.raises(DataFlowError, match="DF-P110"):
            await runtime.execute(of_free_sql(db))
        results, _ = await runtime.execute(of_free_sql(db))
    assert (results["one"]["rows"], plugin.told) == ([{"one": 1}], ["opened", "closed"])
