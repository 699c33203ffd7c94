"""What the tests of one subject share: an instance on the database, its tables emptied before each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from dataflow import DataFlow, DataFlowError
from dataflow.adapters import Capabilities
from dataflow.workflows.builder import WorkflowBuilder

Open = Callable[..., DataFlow]


@pytest.mark.asyncio(loop_scope="class")
class Compliance:
    """The base of the suite's classes. All tests of a class share its event loop and ``db``.

    ``models`` are registered on ``db`` in this order, parents first. Their tables are of this class alone: the classes
    of the suite run in one database.
    """

    models: ClassVar[Sequence[type]] = ()
    #: options of ``db`` besides those of the adapter
    options: ClassVar[Mapping[str, Any]] = {}

    @pytest_asyncio.fixture(scope="class", loop_scope="class")
    @classmethod
    async def db(cls, compliance_url: str, compliance_options: dict[str, Any]) -> AsyncIterator[DataFlow]:
        """Give the instance that the tests of this class share."""
        async with DataFlow(compliance_url, **{**compliance_options, **cls.options}) as db:
            for model in cls.models:
                db.model(model)
            yield db

    @pytest_asyncio.fixture(autouse=True, loop_scope="class")
    async def empty_tables(self, db: DataFlow) -> None:
        """Begin every test with empty tables."""
        for model in reversed(self.models):
            hard: dict[str, Any] = {"hard": True} if "deleted_at" in db.models[model.__name__].fields else {}
            await db[model].bulk_delete(filter={}, all=True, **hard)

    @pytest_asyncio.fixture(loop_scope="class")
    async def open(self, compliance_url: str, compliance_options: dict[str, Any]) -> AsyncIterator[Open]:
        """Give a function that opens a further instance on the same database, closed when the test ends."""
        async with AsyncExitStack() as stack:

            def opened(*models: type, **options: Any) -> DataFlow:
                db = DataFlow(compliance_url, **{**compliance_options, **options})
                stack.push_async_callback(db.close)
                for model in models:
                    db.model(model)
                return db

            yield opened

    @pytest.fixture
    def can(self, db: DataFlow) -> Capabilities:
        """Give what the adapter declares."""
        return db.adapter.capabilities


async def sql(db: DataFlow, statement: str, params: Any = (), **options: Any) -> dict[str, Any]:
    """Run a statement past the models, as other users of the database do."""
    node = db.node_types["SQLNode"]
    given = {"sql": statement, "params": params, **options}
    result: dict[str, Any] = await db.pipeline(node)(node.behaviour.bind(node.behaviour.canonical(given)))
    return result


class Undone(Exception):
    """Ends a block without any failure of the database's."""


@asynccontextmanager
async def undone(db: DataFlow) -> AsyncIterator[None]:
    """A transaction that is rolled back at its end."""
    with suppress(Undone):
        async with db.transaction():
            yield
            raise Undone


async def refused(work: Any, code: str) -> DataFlowError:
    """Await what must fail, and give the error; it must have this code."""
    with pytest.raises(DataFlowError) as caught:
        await work
    assert caught.value.code == code, str(caught.value)
    return caught.value


def names(result: Mapping[str, Any]) -> list[Any]:
    """The ids on a page."""
    return [record["id"] for record in result["records"]]


def step(db: DataFlow, node: str, params: Mapping[str, Any]) -> WorkflowBuilder:
    """A workflow of one step, whose id is ``step``."""
    workflow = db.workflow()
    workflow.add_node(node, "step", dict(params))
    return workflow
