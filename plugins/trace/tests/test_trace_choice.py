"""What is printed is chosen at construction, by the environment, and while the instance works."""

import asyncio
import warnings
from pathlib import Path
from typing import Any

import pytest

from dataflow import ConfigError, DataFlow, PluginError
from dataflow.config.loading import load_config
from dataflow.runtimes.events import Event

Captured = pytest.CaptureFixture[str]


class Note:
    id: int


def opened(**options: Any) -> DataFlow:
    db = DataFlow(**{"plugins": ["trace"], "trace": {"colour": False}, **options})
    db.model(Note)
    return db


async def undone(db: DataFlow) -> None:
    async with db.transaction():
        await db.Note.count()
        raise LookupError


def areas(captured: Captured) -> set[str]:
    return {line.partition("]")[0].removeprefix("[DataFlow:") for line in captured.readouterr().err.splitlines()}


@pytest.fixture
def db() -> DataFlow:
    return opened()


async def test_nothing_is_printed_until_somebody_asks(db: DataFlow, capsys: Captured) -> None:
    await db.Note.create()
    assert areas(capsys) == set()


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ((), {"Exec", "Migration", "Cache", "SQL", "Result"}),
        ((True,), {"Exec", "Migration", "Cache", "SQL", "Result"}),
        (("sql",), {"SQL"}),
        (("sql", "cache"), {"SQL", "Cache"}),
        (("SQL, exec",), {"SQL", "Exec"}),
        ((False,), set()),
    ],
    # a set is written in another order by each process
    ids=lambda one: str(sorted(one) if isinstance(one, set) else one),
)
async def test_words_choose(db: DataFlow, capsys: Captured, words: tuple[Any, ...], printed: set[str]) -> None:
    db.debug(*words)
    await db.Note.create()
    assert areas(capsys) == printed


async def test_the_last_choice_counts(db: DataFlow, capsys: Captured) -> None:
    await db.Note.create()
    for words, printed in ((("sql",), {"SQL"}), (("cache",), {"Cache"}), ((False,), set()), (("sql",), {"SQL"})):
        db.debug(*words)
        await db.Note.create()
        assert areas(capsys) == printed


async def test_a_block_ends_with_what_was_chosen_before(db: DataFlow, capsys: Captured) -> None:
    await db.Note.create()
    with db.debug("sql"):
        with db.debug("result"):
            await db.Note.create()
            assert areas(capsys) == {"Result"}
        await db.Note.create()
        assert areas(capsys) == {"SQL"}
    await db.Note.create()
    assert areas(capsys) == set()


async def test_a_block_ends_also_with_an_exception(db: DataFlow, capsys: Captured) -> None:
    with pytest.raises(LookupError), db.debug():
        raise LookupError
    await db.Note.create()
    assert areas(capsys) == set()


async def test_a_choice_holds_for_what_is_under_way_in_other_tasks(db: DataFlow, capsys: Captured) -> None:
    await db.Note.create()
    go = asyncio.Event()

    async def other() -> None:
        await go.wait()
        await db.Note.count()

    task = asyncio.create_task(other())
    with db.debug("sql"):
        go.set()
        await task
    assert areas(capsys) == {"SQL"}


async def test_blocks_of_several_tasks_leave_nothing_on(db: DataFlow, capsys: Captured) -> None:
    await db.Note.create()
    turns = [asyncio.Event() for _ in range(3)]

    async def first() -> None:
        with db.debug("sql"):
            turns[0].set()
            await turns[1].wait()
        turns[2].set()

    async def second() -> None:
        await turns[0].wait()
        with db.debug("cache"):
            turns[1].set()
            await turns[2].wait()
            await db.Note.count()
            assert areas(capsys) == {"Cache"}

    await asyncio.gather(first(), second())
    await db.Note.count()
    assert areas(capsys) == set()


async def test_instances_choose_for_themselves(capsys: Captured) -> None:
    first, second = opened(), opened()
    first.debug("sql")
    await second.Note.create()
    assert areas(capsys) == set()


async def test_a_level_leaves_what_is_worse(db: DataFlow, capsys: Captured) -> None:
    await db.Note.create(id=1)
    db.debug(level="error")
    with pytest.raises(LookupError):
        await undone(db)
    assert areas(capsys) == set()
    db.debug(level="warning")
    with pytest.raises(LookupError):
        await undone(db)
    assert "ROLLBACK" in capsys.readouterr().err
    db.debug("result")
    with pytest.raises(Exception, match="must be unique"):
        await db.Note.create(id=1)
    await db.Note.count()
    assert "failed" in capsys.readouterr().err.splitlines()[-1]
    db.debug(level="debug")
    await db.Note.count()
    assert areas(capsys) == {"Exec", "Cache", "SQL", "Result"}


@pytest.mark.parametrize(
    ("debug", "printed"),
    [
        (True, {"Init", "Model", "Nodes"}),
        ("model,nodes", {"Model", "Nodes"}),
        (" Model , ", {"Model"}),
        (False, set()),
    ],
)
def test_the_option_chooses(debug: bool | str, printed: set[str], capsys: Captured) -> None:
    opened(debug=debug)
    assert areas(capsys) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [("1", {"Init", "Model", "Nodes"}), ("model", {"Model"}), ("init,nodes", {"Init", "Nodes"}), ("off", set())],
)
def test_the_environment_chooses(
    text: str, printed: set[str], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAFLOW_DEBUG", text)
    opened()
    assert areas(capsys) == printed


@pytest.mark.parametrize("given", ["sqll", "", ",", "sql,sqll", 1])
def test_an_option_of_no_area_is_refused(given: object, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("testing", {"debug": given}, environ={}, directory=tmp_path)
    (problem,) = caught.value.problems
    assert problem.code == "DF-C102"
    assert given == 1 or "init, model, nodes, cache, exec, sql, result, migration" in problem.message


@pytest.mark.parametrize("words", [("sqll",), ("sql", "sqll"), ("",), (3,), (True, "sql")], ids=str)
def test_a_word_of_no_area_is_refused(db: DataFlow, words: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        db.debug(*words)
    (problem,) = caught.value.problems
    assert problem.code == "DF-C102"
    assert problem.message == (
        "wrong area for db.debug(...): expected one of 'init', 'model', 'nodes', 'cache', 'exec', 'sql', 'result', 'migration'"
    )
    assert words[-1] != "sqll" or problem.solutions[0].code == 'db.debug("sql")'


def test_a_word_of_no_level_is_refused(db: DataFlow) -> None:
    with pytest.raises(ConfigError) as caught:
        db.debug(level="warn")  # type: ignore[arg-type]  # the mistake
    (problem,) = caught.value.problems
    assert problem.message == "wrong level for db.debug(level=...): expected one of 'debug', 'warning', 'error'"
    assert problem.solutions[0].code == 'db.debug(level="warning")'


def test_without_the_plugin_it_is_told_how_to_get_it() -> None:
    db = DataFlow(profile="testing")
    with pytest.raises(PluginError) as caught:
        db.debug("sql")
    (problem,) = caught.value.problems
    assert problem.code == "DF-P115"
    assert [way.code for way in problem.solutions] == ['DataFlow(plugins=["trace"])']


def test_switching_while_others_observe_loses_nobody(db: DataFlow, capsys: Captured) -> None:
    seen: list[Event] = []

    @db.hook
    def dataflow_event(event: Event) -> None:
        seen.append(event)

    with db.debug("sql"):
        db.sync.Note.create()
    db.sync.Note.create()
    db.sync.close()
    assert [event.name for event in seen if event.area == "sql"] == ["statement", "statement"]
    assert areas(capsys) == {"SQL"}


def test_nothing_is_set_up_in_logging_and_no_warning_given(db: DataFlow, capsys: Captured) -> None:
    import logging

    before = (list(logging.root.handlers), logging.root.level, logging.lastResort)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        db.debug()
        db.sync.Note.create()
        db.sync.close()
    assert (list(logging.root.handlers), logging.root.level, logging.lastResort) == before
    assert areas(capsys) >= {"SQL"}
