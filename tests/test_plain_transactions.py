"""``db.sync.transaction`` and ``db.sync.run_transaction``: transactions of plain code."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dataflow import ContentionError, DataFlow, DataFlowError, NodeError, TransactionError


@pytest.fixture
def db(database_url: str) -> Iterator[DataFlow]:
    db = DataFlow(database_url)

    @db.model
    class Account:
        id: str
        balance: int = 0

    db.sync.Account.bulk_create([{"id": "a"}, {"id": "b"}])
    yield db
    db.sync.close()


def late(work: Callable[[], object]) -> TransactionError:
    with pytest.raises(TransactionError) as caught:
        work()
    assert caught.value.code == "DF-T107"
    return caught.value


def test_one_that_is_open_for_too_long_is_rolled_back_at_its_next_call(db: DataFlow) -> None:
    def work() -> None:
        with db.sync.transaction(timeout_s=0.2):
            db.sync.Account.update("a", {"balance": 5})
            time.sleep(0.4)
            db.sync.Account.update("b", {"balance": 5})

    assert late(work).problems[0].message == (
        "the transaction of 'db.sync.transaction()' was open for more than 0.2 s and was rolled back"
    )
    assert [one["balance"] for one in db.sync.Account.list()["records"]] == [0, 0]


def test_one_that_is_open_for_too_long_is_rolled_back_at_its_end(db: DataFlow) -> None:
    def work() -> None:
        with db.sync.transaction(timeout_s=0.2):
            db.sync.Account.update("a", {"balance": 5})
            time.sleep(0.4)

    late(work)
    assert db.sync.Account.read("a")["balance"] == 0


def test_it_holds_nobody_up_once_its_time_is_over(db: DataFlow) -> None:
    done: list[int] = []

    def other() -> None:
        done.append(db.sync.Account.update("a", {"balance": {"$inc": 1}})["balance"])

    def work() -> None:
        with db.sync.transaction(timeout_s=0.3):
            db.sync.Account.update("a", {"balance": 5})
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(10)
            assert done == [1]

    late(work)


@pytest.mark.databases("postgres", "mysql")
def test_a_statement_that_waits_is_given_up_when_the_time_is_over(db: DataFlow) -> None:
    def work() -> None:
        with db.sync.transaction(timeout_s=0.3):
            db.sync.Account.update("a", {"balance": 6})

    async def held() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 5})
            # another thread, without the transaction of this task
            await asyncio.get_running_loop().run_in_executor(None, late, work)

    started = time.monotonic()
    asyncio.run(held())
    assert time.monotonic() - started < 3
    assert db.sync.Account.read("a")["balance"] == 5


def test_the_time_of_an_outer_one_holds_inside(db: DataFlow) -> None:
    def work() -> None:
        with db.sync.transaction(timeout_s=0.3), db.sync.transaction(timeout_s=30):
            db.sync.Account.update("a", {"balance": 5})
            time.sleep(0.5)
            db.sync.Account.update("a", {"balance": 6})

    late(work)
    assert db.sync.Account.read("a")["balance"] == 0


def test_one_within_its_time_is_committed(db: DataFlow) -> None:
    def work() -> None:
        with db.sync.transaction(timeout_s=30):
            db.sync.Account.update("a", {"balance": 6})
            raise LookupError

    with db.sync.transaction(timeout_s=30):
        db.sync.Account.update("a", {"balance": 5})
    with pytest.raises(LookupError):
        work()
    assert db.sync.Account.read("a")["balance"] == 5


def test_a_time_that_is_none_is_refused(db: DataFlow) -> None:
    with pytest.raises(NodeError, match="DF-N111"), db.sync.transaction(timeout_s=0):
        pass


def test_what_the_work_returns_comes_back_committed(db: DataFlow) -> None:
    assert db.sync.run_transaction(lambda: db.sync.Account.update("a", {"balance": 3})["balance"]) == 3
    assert db.sync.Account.read("a")["balance"] == 3


def test_a_failure_of_the_work_rolls_back_and_is_raised_at_once(db: DataFlow) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        db.sync.Account.update("a", {"balance": 5})
        raise LookupError

    with pytest.raises(LookupError):
        db.sync.run_transaction(work)
    assert (len(calls), db.sync.Account.read("a")["balance"]) == (1, 0)


@pytest.mark.databases("postgres", "mysql")
def test_increments_that_read_first_lose_nothing_under_serializable(db: DataFlow) -> None:
    failures: list[DataFlowError] = []

    def work() -> None:
        balance = db.sync.Account.read("a")["balance"]
        db.sync.Account.update("a", {"balance": balance + 1})

    def add() -> None:
        try:
            db.sync.run_transaction(work, isolation="SERIALIZABLE", retries=10)
        except DataFlowError as error:
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, db.sync.Account.read("a")["balance"]) == ([], 4)


def test_inside_another_one_the_work_is_done_once(db: DataFlow) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise conflict

    try:
        db.sync.Account.create(id="a")
    except DataFlowError as error:
        conflict = ContentionError.of(error.problems)
    with pytest.raises(ContentionError), db.sync.transaction():
        db.sync.run_transaction(work)
    assert len(calls) == 1
    with pytest.raises(ContentionError):
        db.sync.run_transaction(work, retries=2)
    assert len(calls) == 4


def test_an_asynchronous_function_is_refused(db: DataFlow) -> None:
    async def work() -> None: ...

    with pytest.raises(NodeError) as caught:
        db.sync.run_transaction(work)  # type: ignore[unused-coroutine]  # it is refused
    assert (caught.value.code, caught.value.problems[0].message) == (
        "DF-N101",
        "db.sync.run_transaction() takes a plain function, and 'work' is asynchronous",
    )
