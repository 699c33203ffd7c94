"""JSON lines: an object for each event, with whole ids, on stderr or in a file."""

import asyncio
import datetime
import json
import os
from pathlib import Path
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, ConstraintError, DataFlow, PluginError

Captured = pytest.CaptureFixture[str]


class Account:
    id: str
    balance: float
    api_token: str | None = None
    opened: datetime.date | None = None


def opened(url: str | None, debug: bool | str, **trace: Any) -> DataFlow:
    db = DataFlow(url, plugins=["trace"], debug=debug, trace={"format": "json", **trace})
    db.model(Account)
    return db


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


async def test_every_event_of_a_program_is_an_object(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, True) as db:
        workflow = db.workflow("opening")
        with workflow.transaction("tx"):
            params = {"id": "a", "balance": 1.5, "api_token": "t0ps3cret", "opened": datetime.date(2026, 1, 31)}
            workflow.add_node("AccountCreateNode", "open", params)
        _, run_id = await AsyncLocalRuntime().execute(workflow.build())
    text = capsys.readouterr().err
    found = records(text)
    assert "t0ps3cret" not in text
    assert {one["area"] for one in found} == {"init", "model", "nodes", "exec", "migration", "cache", "sql", "result"}
    assert {one["process"] for one in found} == {os.getpid()}
    assert all(datetime.datetime.fromisoformat(one["time"]).tzinfo for one in found)
    (model,) = (one for one in found if one["area"] == "model")
    assert model["fields"]["api_token"] == "str | None"
    of_run = [one for one in found if "run" in one]
    assert {one["run"] for one in of_run} == {run_id}
    (insert,) = (one for one in found if one["event"] == "statement")
    (begin,) = (one for one in found if one["event"] == "begin")
    assert (insert["node"], insert["table"], insert["operation"]) == ("open", "accounts", "create")
    assert insert["transaction"] == begin["transaction"]
    assert insert["elapsed_ms"] >= 0
    (finish,) = (one for one in found if one["event"] == "finish" and one.get("node") == "open")
    assert finish["result"] | {"created_at": "", "updated_at": ""} == {
        "id": "a",
        "balance": 1.5,
        "api_token": "***",
        "opened": "2026-01-31",
        "created_at": "",
        "updated_at": "",
    }
    assert found[-1]["result"] == {"nodes": ["tx", "open"]}


async def test_a_failure_has_its_code_and_its_level(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, "sql,result", level="error") as db:
        await db.Account.create(id="a", balance=1)
        with pytest.raises(ConstraintError):
            await db.Account.create(id="a", balance=1)
    statement, result = records(capsys.readouterr().err)
    assert (statement["event"], statement["level"], statement["error"]["code"]) == ("error", "error", "DF-A101")
    assert (result["event"], result["error"]["code"]) == ("error", "DF-A101")
    assert statement["call"] == result["call"]


async def test_calls_side_by_side_have_ids_of_their_own(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    async with opened(database_url, "exec,sql,result", file=file) as db:
        await db.Account.count()
        file.write_text("")
        await asyncio.gather(*(db.Account.create(id=f"k{number}", balance=number) for number in range(10)))
    by_call: dict[str, list[dict[str, Any]]] = {}
    for one in records(file.read_text()):
        by_call.setdefault(one["call"], []).append(one)
    assert len(by_call) == 10
    for events in by_call.values():
        assert [one["event"] for one in events] == ["start", "statement", "finish"]
        assert events[0]["params"]["data"]["id"] == events[2]["result"]["id"]


async def test_values_that_json_does_not_have_are_texts(capsys: Captured) -> None:
    async with opened(None, "exec") as db:

        @db.node
        def given(value: Any) -> None:
            return None

        for value in (float("nan"), b"\x00\x01", {1, 2}, "x" * 300, list(range(30)), {str(n): n for n in range(30)}):
            workflow = db.workflow()
            workflow.add_node("given", "n", {"value": value})
            await AsyncLocalRuntime().execute(workflow.build())
    found = [one["params"]["value"] for one in records(capsys.readouterr().err) if "node" in one]
    assert found == [
        "nan",
        "<2 bytes>",
        [1, 2],
        f"{'x' * 197}...",
        [*range(20), "... 10 more"],
        {**{str(number): number for number in range(20)}, "...": "10 more"},
    ]


def test_text_goes_to_a_file_too(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "trace.log"
    DataFlow(plugins=["trace"], debug="init", trace={"file": file})
    assert file.read_text().startswith("[DataFlow:Init]   database sqlite:///:memory:")
    assert capsys.readouterr().err == ""


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError) as caught:
        DataFlow(plugins=["trace"], trace={"file": tmp_path / "nowhere" / "trace.log"})
    (problem,) = caught.value.problems
    assert problem.code == "DF-P108"
    assert problem.message == (
        "wrong value for option 'file' of plugin 'trace': expected a file that can be written to, and this one gives FileNotFoundError"
    )
