"""Spans as an SDK gets them, of real runs on real databases."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from dataflow import AsyncLocalRuntime, ConstraintError, DataFlow, LocalRuntime, NodeFailed, field
from dataflow.diagnostics import Problem, error_of


class User:
    id: str
    name: str
    email: str | None = field(default=None, unique=True)
    password: str | None = None


@attrs.frozen
class Telemetry:
    """An SDK that keeps its spans."""

    exporter: InMemorySpanExporter = attrs.field(factory=InMemorySpanExporter)
    provider: TracerProvider = attrs.field(factory=TracerProvider)

    def __attrs_post_init__(self) -> None:
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def open(self, database_url: str | None = None, **options: Any) -> DataFlow:
        db = DataFlow(database_url, plugins=["otel"], otel={"tracer_provider": self.provider, **options})
        db.model(User)
        return db

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def named(self, name: str) -> ReadableSpan:
        (found,) = (span for span in self.spans if span.name == name)
        return found

    def paths(self) -> list[str]:
        """Each span by the names of those around it, outermost first."""
        by_id = {span.context.span_id: span for span in self.spans}
        return sorted(_path(span, by_id) for span in self.spans)


def _path(span: ReadableSpan, by_id: dict[int, ReadableSpan]) -> str:
    outer = None if span.parent is None else by_id[span.parent.span_id]
    return span.name if outer is None else f"{_path(outer, by_id)} > {span.name}"


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    telemetry = Telemetry()
    yield telemetry
    telemetry.provider.shutdown()


async def test_a_run_holds_its_nodes_and_they_their_statements(telemetry: Telemetry, database_url: str) -> None:
    async with telemetry.open(database_url) as db:
        await db.User.count()
        telemetry.exporter.clear()
        workflow = db.workflow("signup")
        with workflow.transaction("tx"):
            workflow.add_node("UserCreateNode", "create", {"id": "a", "name": "A"})
        workflow.add_node("UserCountNode", "count", after=["create"])
        _, run_id = await AsyncLocalRuntime().execute(workflow.build())
    assert telemetry.paths() == [
        "workflow signup",
        "workflow signup > COMMIT",
        "workflow signup > TransactionScopeNode tx",
        "workflow signup > TransactionScopeNode tx > BEGIN",
        "workflow signup > UserCountNode count",
        "workflow signup > UserCountNode count > SELECT users",
        "workflow signup > UserCreateNode create",
        "workflow signup > UserCreateNode create > INSERT users",
    ]
    assert {(span.attributes or {})["dataflow.run.id"] for span in telemetry.spans} == {run_id}
    run, insert = telemetry.named("workflow signup"), telemetry.named("INSERT users")
    assert (run.kind, insert.kind) == (SpanKind.INTERNAL, SpanKind.CLIENT)
    assert run.attributes == {"dataflow.run.id": run_id, "dataflow.workflow.name": "signup"}
    assert {span.status.status_code for span in telemetry.spans} == {StatusCode.UNSET}


async def test_a_statement_has_the_stable_names_and_no_values(telemetry: Telemetry, database_url: str) -> None:
    async with telemetry.open(database_url) as db:
        await db.User.create(id="canary", name="canary", password="canary")
        await db.User.bulk_create([{"id": f"canary{number}", "name": "canary"} for number in range(3)])
        workflow = db.workflow()
        free = "SELECT id FROM users WHERE name = 'canary' AND id <> :id -- canary"
        workflow.add_node("SQLNode", "free", {"sql": free, "params": {"id": "canary"}})
        await AsyncLocalRuntime().execute(workflow.build())
    statements = [dict(span.attributes or {}) for span in telemetry.spans if span.kind is SpanKind.CLIENT]
    assert "canary" not in str([span.to_json() for span in telemetry.spans])
    url = urlsplit(database_url)
    system = {"postgres": "postgresql"}.get(url.scheme.partition("+")[0], url.scheme.partition("+")[0])
    assert {one["db.system.name"] for one in statements} == {system}
    if system == "sqlite":
        assert {one["db.namespace"] for one in statements} == {url.path.removeprefix("/")}
        assert all("server.address" not in one for one in statements)
    else:
        assert {(one["db.namespace"], one["server.address"]) for one in statements} == {(url.path[1:], url.hostname)}
    insert, bulk, select = statements
    assert (insert["db.operation.name"], insert["db.collection.name"]) == ("INSERT", "users")
    assert "db.operation.batch.size" not in insert
    assert bulk["db.operation.batch.size"] == 3
    assert select["db.operation.name"] == "SELECT"
    assert "db.collection.name" not in select
    assert str(select["db.query.text"]).startswith("SELECT id FROM users WHERE name = ? AND id <> :id")


async def test_a_direct_call_holds_its_statement(telemetry: Telemetry, database_url: str) -> None:
    async with telemetry.open(database_url) as db, db.transaction():
        await db.User.create(id="a", name="A")
        async with db.transaction():
            await db.User.count()
    assert telemetry.paths() == [
        "BEGIN",
        "COMMIT",
        "RELEASE SAVEPOINT",
        "SAVEPOINT",
        "UserCountNode",
        "UserCountNode > SELECT users",
        "UserCreateNode",
        "UserCreateNode > INSERT users",
    ]
    scopes = ("BEGIN", "SAVEPOINT", "INSERT users", "SELECT users", "COMMIT")
    ids = {(telemetry.named(name).attributes or {})["dataflow.transaction.id"] for name in scopes}
    assert len(ids) == 1


async def test_a_span_of_the_application_is_around(telemetry: Telemetry, database_url: str) -> None:
    tracer = telemetry.provider.get_tracer("application")
    async with telemetry.open(database_url) as db:
        await db.User.count()
        telemetry.exporter.clear()

        async def request(number: int) -> None:
            with tracer.start_as_current_span(f"request {number}"):
                await db.User.create(id=f"k{number}", name="A")
                workflow = db.workflow("w")
                for name in ("one", "two"):
                    workflow.add_node("UserCountNode", name)
                await AsyncLocalRuntime().execute(workflow.build())

        await asyncio.gather(*(request(number) for number in range(5)))
    assert telemetry.paths() == sorted(
        f"request {number}{inside}"
        for number in range(5)
        for inside in (
            "",
            " > UserCreateNode",
            " > UserCreateNode > INSERT users",
            " > workflow w",
            " > workflow w > UserCountNode one",
            " > workflow w > UserCountNode one > SELECT users",
            " > workflow w > UserCountNode two",
            " > workflow w > UserCountNode two > SELECT users",
        )
    )


def test_threads_and_loops_keep_what_is_around(telemetry: Telemetry, database_url: str) -> None:
    tracer = telemetry.provider.get_tracer("application")
    db = telemetry.open(database_url)

    @db.node
    def inner() -> int:
        with tracer.start_as_current_span("own"):
            return int(db.sync.User.count())

    workflow = db.workflow("w")
    workflow.add_node("inner", "n", {})
    with tracer.start_as_current_span("outer"), LocalRuntime() as runtime:
        runtime.execute(workflow.build())
    db.sync.close()
    assert telemetry.paths()[-1] == "outer > workflow w > inner n > own > UserCountNode > SELECT users"


async def test_what_is_inside_of_an_item_of_a_list_is_inside_of_its_node(telemetry: Telemetry) -> None:
    async with telemetry.open() as db:
        workflow = db.workflow("w")
        rows = {"data": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}]}
        workflow.add_node("UserCreateNode", "each", rows, map_over="data")
        await AsyncLocalRuntime().execute(workflow.build())
    assert telemetry.paths() == [
        "workflow w",
        "workflow w > UserCreateNode each",
        "workflow w > UserCreateNode each > INSERT users",
        "workflow w > UserCreateNode each > INSERT users",
    ]


async def test_a_failure_is_told_by_its_code_without_values(telemetry: Telemetry, database_url: str) -> None:
    async with telemetry.open(database_url) as db:
        await db.User.create(id="a", name="A", email="canary@example.com")
        telemetry.exporter.clear()
        workflow = db.workflow("w")
        workflow.add_node("UserCreateNode", "again", {"id": "b", "name": "B", "email": "canary@example.com"})
        with pytest.raises(NodeFailed):
            await AsyncLocalRuntime().execute(workflow.build())
        with pytest.raises(ConstraintError):
            await db.User.create(id="c", name="C", email="canary@example.com")
    assert [span.name for span in telemetry.spans] == [
        "INSERT users",
        "UserCreateNode again",
        "workflow w",
        "INSERT users",
        "UserCreateNode",
    ]
    for span in telemetry.spans:
        assert (span.attributes or {})["error.type"] == "DF-A101"
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "DF-A101: unique violation"
        (event,) = span.events
        assert event.name == "exception"
        assert (event.attributes or {})["exception.message"] == "DF-A101: unique violation"
        assert "canary" not in span.to_json()


async def test_what_is_tried_again_is_an_event_of_the_span_around(telemetry: Telemetry) -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise error_of(Problem(code="DF-A107", message="two transactions waited for each other"))

    async with telemetry.open() as db:
        with telemetry.provider.get_tracer("application").start_as_current_span("outer"):
            await db.run_transaction(work)
    (event,) = telemetry.named("outer").events
    assert event.name == "dataflow.retry"
    assert event.attributes == {"dataflow.attempt": 1, "error.type": "DF-A107"}


async def test_a_cancelled_call_ends_its_span(telemetry: Telemetry) -> None:
    async with telemetry.open() as db:
        begun = asyncio.Event()

        @db.node
        async def waits() -> None:
            begun.set()
            await asyncio.Event().wait()

        workflow = db.workflow("w")
        workflow.add_node("waits", "n", {})
        task = asyncio.create_task(AsyncLocalRuntime().execute(workflow.build()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert telemetry.paths() == ["workflow w", "workflow w > waits n"]
    assert {(span.attributes or {})["error.type"] for span in telemetry.spans} == {"CancelledError"}


async def test_a_span_lasts_as_long_as_its_statement(telemetry: Telemetry) -> None:
    async with telemetry.open() as db:
        await db.User.count()
    statement, call = telemetry.named("SELECT users"), telemetry.named("UserCountNode")
    assert statement.start_time is not None
    assert statement.end_time is not None
    assert call.start_time is not None
    assert call.end_time is not None
    # the clocks of events and of spans are not one: a millisecond is allowed between them
    assert call.start_time - 1_000_000 <= statement.start_time <= statement.end_time <= call.end_time


async def test_statements_may_be_left_out(telemetry: Telemetry) -> None:
    async with telemetry.open(statements=False) as db, db.transaction():
        await db.User.count()
    assert telemetry.paths() == ["UserCountNode"]


async def test_without_an_sdk_everything_works(database_url: str) -> None:
    async with DataFlow(database_url, plugins=["otel"]) as db:
        db.model(User)
        await db.User.create(id="a", name="A")
        assert await db.User.count() == 1


def test_nothing_is_imported_while_nobody_names_it() -> None:
    lines = (
        "import sys",
        "from dataflow import DataFlow",
        "DataFlow().sync.close()",
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'dataflow_otel', 'loguru'))])",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
