"""What a coroutine awaits of a connection's thread behaves as a future does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from contextvars import ContextVar

import pytest

from dataflow_sqlite.answer import Answer
from dataflow_sqlite.mailbox import Mailbox

place: ContextVar[str] = ContextVar("place", default="nowhere")


def _soon(answer: Answer, result: object, error: BaseException | None = None) -> None:
    asyncio.get_running_loop().call_soon(answer.settle, result, error)


async def test_asker_gets_the_result_in_its_own_context() -> None:
    answer = Answer(asyncio.get_running_loop())
    _soon(answer, 42)
    place.set("here")
    assert (await answer, place.get()) == (42, "here")
    assert asyncio.current_task() is not None


async def test_asker_gets_the_error() -> None:
    answer = Answer(asyncio.get_running_loop())
    _soon(answer, None, ValueError("no"))
    with pytest.raises(ValueError, match=r"^no$"):
        await answer


async def test_answer_that_is_there_already_needs_no_waiting() -> None:
    answer = Answer(asyncio.get_running_loop())
    answer.settle("early", None)
    assert await answer == "early"


async def test_cancelled_asker_leaves_at_once_and_the_answer_knows() -> None:
    answer = Answer(asyncio.get_running_loop())

    async def ask() -> object:
        return await answer

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (answer.done(), answer.cancelled(), answer.cancel()) == (True, True, False)


async def test_task_cancelled_before_its_first_step_of_waiting_is_cancelled() -> None:
    answer = Answer(asyncio.get_running_loop())

    async def ask() -> object:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return await answer

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(ask())


async def test_wait_for_gives_up_in_time() -> None:
    answer = Answer(asyncio.get_running_loop())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_asked(answer), 0.001)
    assert answer.cancelled()


async def test_many_askers_go_on_each_with_its_own_answer() -> None:
    answers = [Answer(asyncio.get_running_loop()) for _ in range(50)]
    asked = asyncio.gather(*(_asked(one) for one in answers))
    await asyncio.sleep(0)
    for number, one in enumerate(answers):
        _soon(one, number)
    assert await asked == list(range(50))


async def _asked(answer: Answer) -> object:
    return await answer


def test_letters_behind_an_interrupt_are_opened_when_the_loop_goes_on() -> None:
    opened: list[str] = []

    def open_letter(letter: str) -> None:
        opened.append(letter)
        if letter == "interrupt":
            raise KeyboardInterrupt

    with closing(asyncio.new_event_loop()) as loop:
        box = Mailbox(loop, open_letter)
        for letter in ("first", "interrupt", "last"):
            box.post(letter)
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(asyncio.sleep(1))
        loop.run_until_complete(_until(lambda: "last" in opened))
    assert opened == ["first", "interrupt", "last"]


async def _until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110  # a mailbox has no event to wait for
        await asyncio.sleep(0)
