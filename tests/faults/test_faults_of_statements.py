"""Statements that are slow, silent, cancelled or refused: each wait has an end, and every connection comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from dataflow import AdapterError, AsyncLocalRuntime, DataFlow, DataFlowError, NodeFailed, OutcomeUnknown
from dataflow_testkit import Kind, Proxy

Slow = Callable[[DataFlow], Any]


def idle(db: DataFlow) -> bool:
    return all(pool.active == pool.waiting == 0 for pool in db.pools())


async def test_a_statement_that_takes_too_long_is_stopped_by_the_server(
    server: Any, open_db: Any, slow: Slow, until: Any
) -> None:
    db = open_db(statement_timeout_s=0.3)
    with pytest.raises(NodeFailed) as failure:
        await AsyncLocalRuntime().execute(slow(db))
    assert failure.value.code == "DF-A109"
    assert failure.value.message == "the statement ran for longer than 0.3 s and was stopped"
    assert await server.sleepers() == []
    assert idle(db)


async def test_a_server_that_falls_silent_is_given_up_in_time(server: Any, proxy: Proxy, open_db: Any) -> None:
    db = open_db(proxy.url(server.url), statement_timeout_s=0.2)
    await db.Account.create(id="a")
    await asyncio.gather(*(db.Account.read("a") for _ in range(2)))
    proxy.stall()
    started = time.monotonic()
    both: list[Any] = [db.Account.read("a"), db.Account.create(id="b")]
    read, written = await asyncio.gather(*both, return_exceptions=True)
    assert time.monotonic() - started < 10
    assert isinstance(read, AdapterError)
    assert (read.code, read.message) == (
        "DF-A109",
        "the server did not answer within 2.2 s, and was waited for no longer",
    )
    assert isinstance(written, OutcomeUnknown)
    assert written.message == "the outcome of 'create' is unknown: the server did not answer in time"
    proxy.resume()
    assert (await db.Account.read("a"))["id"] == "a"
    assert idle(db)


async def test_a_connection_that_died_in_silence_is_found_before_it_is_used(
    server: Any, proxy: Proxy, open_db: Any
) -> None:
    db = open_db(proxy.url(server.url))
    await db.Account.create(id="a")
    await asyncio.gather(*(db.Account.read("a") for _ in range(5)))
    proxy.strand()
    # a connection that was idle for a second is asked first
    await asyncio.sleep(1.1)
    started = time.monotonic()
    await db.Account.create(id="b")
    assert time.monotonic() - started < 5
    assert await db.Account.count() == 2


async def test_a_query_that_is_cancelled_stops_on_the_server(server: Any, db: DataFlow, slow: Slow, until: Any) -> None:
    task = asyncio.create_task(AsyncLocalRuntime().execute(slow(db)))
    await until(server.sleepers)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await server.sleepers() == []
    assert idle(db)
    assert db.pools()[0].healthy


async def test_a_cancelled_query_in_a_transaction_stops_and_undoes_it(
    server: Any, db: DataFlow, slow: Slow, until: Any
) -> None:
    await db.Account.create(id="a", balance=1)

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            await AsyncLocalRuntime().execute(slow(db))

    task = asyncio.create_task(change())
    await until(server.sleepers)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await server.sleepers() == []
    assert (await db.Account.read("a"))["balance"] == 1
    assert idle(db)


async def test_any_moment_of_a_cancellation_keeps_the_sum(db: DataFlow) -> None:
    await db.Account.bulk_create([{"id": "a", "balance": 100}, {"id": "b", "balance": 0}])

    async def transfer() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": {"$dec": 1}})
            async with db.transaction():
                await db.Account.update("b", {"balance": {"$inc": 1}})

    started = time.perf_counter()
    await transfer()
    whole_s = time.perf_counter() - started
    for part in range(60):
        task = asyncio.create_task(transfer())
        await asyncio.sleep(whole_s * part / 50)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        records = (await db.Account.list())["records"]
        assert sum(record["balance"] for record in records) == 100, part
    assert idle(db)


async def test_a_storm_of_cancellations_leaves_nothing_half_done_or_wrongly_told(
    server: Any, open_db: Any, until: Any
) -> None:
    db = open_db(pool_size=8, pool_max_overflow=0)
    await db.Account.bulk_create([{"id": f"a{number}", "balance": 0} for number in range(300)])
    told: dict[int, bool] = {}

    async def both(number: int) -> None:
        try:
            async with db.transaction():
                await db.Account.update(f"a{number}", {"balance": 1})
                await db.Account.create(id=f"twin-{number}")
        except asyncio.CancelledError as cancelled:
            told[number] = any("was committed" in note for note in getattr(cancelled, "__notes__", ()))
            raise
        told[number] = True

    for start in range(0, 300, 50):
        begun = time.perf_counter()
        tasks = [asyncio.create_task(both(number)) for number in range(start, start + 50)]
        for place, task in enumerate(tasks):
            if place % 5:
                asyncio.get_running_loop().call_later(0.002 * (place % 25), task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert time.perf_counter() - begun < 10
        assert [one for one in results if one is not None and not isinstance(one, asyncio.CancelledError)] == []
    changed = await db.Account.list({"balance": 1}, limit=1000)
    twins = await db.Account.list({"id": {"$startswith": "twin-"}}, limit=1000)
    committed = {number for number, done in told.items() if done}
    assert {int(record["id"][1:]) for record in changed["records"]} == committed
    assert {int(record["id"][5:]) for record in twins["records"]} == committed
    assert 60 <= len(committed) < 300
    assert idle(db)
    await db.close()
    await until(lambda: _gone(server))


async def _gone(server: Any) -> bool:
    return not await server.sessions()


async def test_an_exhausted_pool_names_who_holds_it(open_db: Any) -> None:
    db = open_db(pool_size=1, pool_max_overflow=1, pool_timeout_s=0.2)
    await db.Account.create(id="a")
    begin = asyncio.Event()

    async def late() -> None:
        await begin.wait()
        await db.Account.read("a")

    task = asyncio.create_task(late())
    other = asyncio.create_task(_hold(db, begin))
    async with db.transaction():
        with pytest.raises(AdapterError) as caught:
            await task
    await other
    assert caught.value.code == "DF-A106"
    assert caught.value.message.startswith(
        "no connection was free within 0.2 s: all 2 are in use by db.transaction() for 0."
    )
    assert await db.Account.count() == 1
    assert idle(db)


async def _hold(db: DataFlow, begun: asyncio.Event) -> None:
    async with db.transaction():
        begun.set()
        await asyncio.sleep(0.5)


async def test_the_pool_never_opens_more_than_it_may(server: Any, proxy: Proxy, open_db: Any) -> None:
    db = open_db(proxy.url(server.url), pool_size=2, pool_max_overflow=0, ssl={"mode": "disable"})
    await db.Account.create(id="a")
    most = 0

    async def read() -> None:
        nonlocal most
        for _ in range(20):
            await db.Account.read("a")
            most = max(most, proxy.connections)

    await asyncio.gather(*(read() for _ in range(20)))
    assert most == 2
    assert proxy.opened <= 3


async def test_waiters_go_on_when_one_of_them_is_cancelled_while_it_asks(
    server: Any, proxy: Proxy, open_db: Any
) -> None:
    db = open_db(proxy.url(server.url), pool_size=1, pool_max_overflow=0, pool_timeout_s=3)
    await db.Account.create(id="a")
    await asyncio.sleep(1.1)
    proxy.stall()
    asking = asyncio.create_task(db.Account.read("a"))
    waiting = asyncio.create_task(db.Account.read("a"))
    await asyncio.sleep(0.1)
    asking.cancel()
    proxy.resume()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(2):
        assert (await waiting)["id"] == "a"


async def test_a_broken_reference_in_the_only_connection_waits_for_no_other(open_db: Any) -> None:
    db = open_db(pool_size=1, pool_max_overflow=0, pool_timeout_s=5)
    await db.Account.create(id="a")

    async def refer() -> None:
        async with db.transaction():
            await db.Account.create(id="b", owner_id="nobody")

    with pytest.raises(DataFlowError) as caught:
        await refer()
    assert caught.value.code == "DF-A102"


async def test_a_commit_of_what_had_failed_is_told_where_its_block_stands(db: DataFlow) -> None:
    await db.Account.create(id="a")

    async def change() -> None:
        async with db.transaction():
            with pytest.raises(DataFlowError):
                await db.Account.create(id="a")

    with pytest.raises(DataFlowError) as caught:
        await change()
    call, code = caught.value.problems[0].where.call, change.__code__
    assert (caught.value.code, call and call.file, call and call.line) == (
        "DF-T102",
        __file__,
        code.co_firstlineno + 1,
    )


async def test_a_savepoint_that_never_ends_keeps_no_connection(open_db: Any) -> None:
    db = open_db(pool_size=1, pool_max_overflow=0, pool_timeout_s=0.2)
    await db.Account.create(id="a", balance=1)
    inside, over = asyncio.Event(), asyncio.Event()

    async def inner() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            inside.set()
            await over.wait()

    tasks: list[asyncio.Task[None]] = []

    async def outer() -> None:
        async with db.transaction():
            tasks.append(asyncio.create_task(inner()))
            await inside.wait()

    with pytest.raises(AdapterError) as caught:
        await outer()
    assert caught.value.code == "DF-A106"
    # the connection is there again, and what ran on it is undone
    assert (await db.Account.read("a"))["balance"] == 1
    over.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (await db.Account.read("a"))["balance"] == 1
    assert idle(db)


@pytest.mark.databases("postgres")
async def test_altered_columns_are_noticed_outside_a_transaction_and_told_inside(
    server: Any, open_db: Any, database_kind: Kind
) -> None:
    db = open_db(pool_size=1, pool_max_overflow=0)
    await db.Account.create(id="a", balance=1)
    await db.Account.read("a")
    await server.ask("ALTER TABLE accounts ALTER COLUMN id TYPE varchar(20)")
    assert (await db.Account.read("a"))["balance"] == 1

    async def change() -> None:
        async with db.transaction():
            await server.ask("ALTER TABLE accounts ALTER COLUMN id TYPE text")
            await db.Account.read("a")

    with pytest.raises(DataFlowError) as caught:
        await change()
    assert caught.value.code == "DF-A108"
    assert caught.value.message == "a table was altered while this transaction was using it"
    assert (await db.Account.read("a"))["balance"] == 1
    assert idle(db)


@pytest.mark.databases("postgres")
async def test_a_limit_of_the_disk_is_told(server: Any, db: DataFlow, database_kind: Kind) -> None:
    workflow = db.workflow()
    large = "SELECT count(*) FROM (SELECT n FROM generate_series(1, 300000) n ORDER BY n::text DESC OFFSET 1) x"
    workflow.add_node("SQLNode", "large", {"sql": large})
    await server.ask(
        "ALTER DATABASE postgres SET temp_file_limit = '1MB'", "ALTER DATABASE postgres SET work_mem = '64kB'"
    )
    try:
        with pytest.raises(NodeFailed) as failure:
            await AsyncLocalRuntime().execute(workflow.build())
    finally:
        await server.ask("ALTER DATABASE postgres RESET temp_file_limit", "ALTER DATABASE postgres RESET work_mem")
    assert (failure.value.code, failure.value.message) == ("DF-A110", "there is no room left on the PostgreSQL server")
    assert idle(db)


async def test_closing_waits_for_what_runs_and_refuses_what_waits(server: Any, open_db: Any) -> None:
    db = open_db(pool_size=1, pool_max_overflow=0)
    await db.Account.create(id="a", balance=1)
    inside, go = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            inside.set()
            await go.wait()

    async def read() -> None:
        await inside.wait()
        await db.Account.read("a")

    changing, reading = asyncio.create_task(change()), asyncio.create_task(read())
    await inside.wait()
    while not db.pools()[0].waiting:  # noqa: ASYNC110  # a pool has no event to wait for
        await asyncio.sleep(0)
    closing = asyncio.create_task(db.close())
    with pytest.raises(AdapterError) as caught:
        await reading
    assert (caught.value.code, caught.value.message) == ("DF-A119", "the connection is closed")
    go.set()
    await asyncio.gather(changing, closing)
    assert (await server.ask("SELECT balance FROM accounts"))[0][0] == 2


async def test_closing_stops_what_does_not_end(server: Any, db: DataFlow, slow: Slow, until: Any) -> None:
    task = asyncio.create_task(AsyncLocalRuntime().execute(slow(db)))
    await until(server.sleepers)
    started = time.monotonic()
    await db.close()
    assert time.monotonic() - started < 9
    with pytest.raises(NodeFailed) as failure:
        await task
    assert failure.value.code == server.speech.closed_code
    await until(lambda: _gone(server))
