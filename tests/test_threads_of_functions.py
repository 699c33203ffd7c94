"""Plain functions run on threads; whatever one of them does, the run ends, the runtime closes, and the process exits."""

from __future__ import annotations

import asyncio
import gc
import inspect
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, LocalRuntime, NodeFailed, WorkflowBuildError
from dataflow.runtimes.threads import LIMIT, Threads, in_thread


@pytest.fixture
def db() -> DataFlow:
    return DataFlow()


def run(db: DataFlow, function: Any, /, **settings: Any) -> Any:
    workflow = db.workflow()
    workflow.add_node(function, "call", settings.pop("params", {}), **settings)
    with LocalRuntime() as runtime:
        return runtime.execute(workflow.build())[0]["call"]


def stops() -> object:
    return next(iter([]))


def leaves() -> None:
    sys.exit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


async def cancels_itself() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("function", "raised"),
    [
        (stops, "RuntimeError: coroutine raised StopIteration"),
        (leaves, "SystemExit: 3"),
        (interrupts, "KeyboardInterrupt"),
        (cancels_itself, "CancelledError"),
    ],
)
@pytest.mark.parametrize("way", ["alone", "beside another", "for each item"])
def test_whatever_a_function_raises_fails_the_run(db: DataFlow, function: Any, raised: str, way: str) -> None:
    workflow = db.workflow()
    if way == "for each item":

        def each(item: int) -> Any:
            return function()

        workflow.add_node(each, "call", {"item": [1, 2]}, map_over="item")
    else:
        workflow.add_node(function, "call")
    if way == "beside another":
        workflow.add_node(lambda: 1, "other")
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(workflow.build())
    assert (caught.value.node_id, caught.value.code) == ("call", "DF-X101")
    assert caught.value.message.endswith(f" raised {raised}")


async def test_cancellation_from_outside_is_no_failure_of_the_node(db: DataFlow) -> None:
    started = asyncio.Event()

    async def waits() -> None:
        started.set()
        await asyncio.Event().wait()

    workflow = db.workflow()
    workflow.add_node(waits, "call")
    task = asyncio.create_task(AsyncLocalRuntime().execute(workflow.build()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Doubles:
    async def __call__(self, value: int) -> int:
        return 2 * value


async def double(value: int) -> int:
    return 2 * value


@pytest.mark.parametrize("function", [Doubles(), partial(double), lambda value: double(value)])
def test_everything_that_gives_an_awaitable_is_awaited(db: DataFlow, function: Any) -> None:
    assert run(db, function, params={"value": 4}) == {"result": 8}


def counts() -> Iterator[int]:
    yield 1


async def counts_async() -> Any:
    yield 1


class Counts:
    def __call__(self) -> Iterator[int]:
        yield 1


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (counts, "function 'counts' yields, so a call of it runs nothing"),
        (counts_async, "function 'counts_async' yields, so a call of it runs nothing"),
        (partial(counts), "function 'partial' yields, so a call of it runs nothing"),
        (Counts(), "function 'Counts' yields, so a call of it runs nothing"),
        (max, "function 'max' does not say which parameters it has"),
        (dict, "function 'dict' does not say which parameters it has"),
    ],
)
def test_function_that_cannot_be_a_step_is_refused_at_build(db: DataFlow, function: Any, message: str) -> None:
    with pytest.raises(WorkflowBuildError) as caught:
        run(db, function)
    assert [(one.code, one.message) for one in caught.value.problems] == [("DF-N119", message)]


def test_function_may_not_take_the_name_of_another_node(db: DataFlow) -> None:
    @db.model
    class User:
        id: str

    def UserReadNode() -> None: ...  # noqa: N802  # the point of it
    def MergeNode() -> None: ...  # noqa: N802

    for function, owner in ((UserReadNode, "model User"), (MergeNode, "every instance")):
        name = function.__name__
        with pytest.raises(DataFlowError) as caught:
            db.node(function)
        assert (caught.value.code, caught.value.message) == (
            "DF-N119",
            f"function '{name}' cannot be registered: '{name}' is a node of {owner}",
        )
    assert db.nodes["UserReadNode"].model is not None


def test_registered_function_may_be_replaced(db: DataFlow) -> None:
    for answer in (1, 2):

        def ask(answer: int = answer) -> int:
            return answer

        db.node(ask)
    assert run(db, "ask") == {"result": 2}


def test_more_functions_than_threads_may_each_wait_for_a_run(db: DataFlow) -> None:
    inner = db.workflow()
    inner.add_node(lambda: 1, "one")
    built = inner.build()
    outer = db.workflow()
    with LocalRuntime() as runtime:

        def ask() -> int:
            return int(runtime.execute(built)[0]["one"]["result"])

        for number in range(2 * LIMIT):
            outer.add_node(ask, f"ask_{number}")
        results, _ = runtime.execute(outer.build())
    assert [one["result"] for one in results.values()] == [1] * 2 * LIMIT


def test_thread_that_waits_for_work_keeps_nothing_of_the_last(db: DataFlow) -> None:
    class Value: ...

    def hold(value: object) -> None: ...

    value = Value()
    kept = weakref.ref(value)
    threads = Threads(linger_s=60)
    asyncio.run(threads.call(hold, {"value": value}))
    del value
    deadline = time.monotonic() + 10
    while kept() is not None and time.monotonic() < deadline:
        gc.collect()
    assert kept() is None


def test_functions_that_were_given_up_leave_their_places_to_others(db: DataFlow) -> None:
    release = threading.Event()
    workflow = db.workflow()
    for number in range(LIMIT + 1):
        workflow.add_node(release.wait, f"wait_{number}", timeout_s=0.05)
    try:
        with LocalRuntime() as runtime, pytest.raises(NodeFailed, match="longer than its timeout"):
            runtime.execute(workflow.build())
        assert run(db, lambda: 1) == {"result": 1}
    finally:
        release.set()


PROGRAM = """
import threading
from dataflow import DataFlow, LocalRuntime, NodeFailed

db = DataFlow()
workflow = db.workflow()
workflow.add_node(threading.Event().wait, "wait", timeout_s=0.05)
runtime = LocalRuntime()
try:
    runtime.execute(workflow.build())
except NodeFailed as failure:
    print(failure.code)
{end}
"""


@pytest.mark.parametrize("end", ["", "runtime.close()"])
def test_process_exits_although_a_function_never_returns(tmp_path: Path, end: str) -> None:
    (tmp_path / "app.py").write_text(PROGRAM.format(end=end))
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout) == (0, "DF-X106\n")


def test_run_that_is_under_way_at_close_says_so(db: DataFlow) -> None:
    started = threading.Event()
    errors: list[DataFlowError] = []

    async def waits() -> None:
        started.set()
        await asyncio.Event().wait()

    def execute() -> None:
        try:
            runtime.execute(workflow.build())
        except DataFlowError as error:
            errors.append(error)

    workflow = db.workflow()
    workflow.add_node(waits, "call")
    runtime = LocalRuntime()
    thread = threading.Thread(target=execute)
    thread.start()
    assert started.wait(10)
    runtime.close()
    thread.join(10)
    assert [(one.code, one.message) for one in errors] == [("DF-X104", "LocalRuntime was closed while it ran")]


def test_function_changes_its_own_copy_of_what_the_workflow_gives(db: DataFlow) -> None:
    def grow(values: list[int], by: dict[str, list[int]]) -> int:
        values.append(1)
        by["more"].append(2)
        return len(values) + len(by["more"])

    workflow = db.workflow()
    workflow.add_node(grow, "grow", {"values": [], "by": {"more": []}})
    built = workflow.build()
    with LocalRuntime() as runtime:
        assert [runtime.execute(built)[0]["grow"]["result"] for _ in range(3)] == [2, 2, 2]


async def test_a_coroutine_that_comes_too_late_for_its_call_is_closed() -> None:
    started, go = threading.Event(), threading.Event()
    made: list[Any] = []

    async def late() -> None:
        """Never awaited."""

    def give() -> Any:
        started.set()
        go.wait(10)
        made.append(late())
        return made[0]

    task = asyncio.create_task(in_thread(give, {}))
    await asyncio.to_thread(started.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    async with asyncio.timeout(10):
        while not made or inspect.getcoroutinestate(made[0]) != inspect.CORO_CLOSED:  # noqa: ASYNC110  # a coroutine tells nobody that it was closed
            await asyncio.sleep(0)
