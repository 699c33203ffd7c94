"""What is measured, by a clock of the test's own where numbers are compared."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError
from dataflow.runtimes.events import Event
from dataflow_profile import Profile, profile
from dataflow_profile.measures import DIRECT
from dataflow_profile.problems import CODES
from dataflow_profile.recorder import Recorder
from dataflow_profile.work import Work, covered_ms, rows_of


@pytest.fixture
def db() -> DataFlow:
    made = DataFlow()

    @made.model
    class User:
        id: int
        name: str

    return made


def told(*events: tuple[float, Event]) -> Profile:
    """A profile of events at moments that the test chooses, in seconds."""
    moments: Iterator[float] = iter([at for at, _ in events])
    recorder = Recorder(clock=lambda: next(moments))
    for _, event in events:
        recorder.note(event)
    return Profile(recorder)


def event(area: Any, name: str, **facts: Any) -> Event:
    return Event(area=area, name=name, run_id="r1", **facts)


def sql(took_ms: float, **facts: Any) -> Event:
    return event("sql", "statement", elapsed_ms=took_ms, details={"statement": "SELECT  1"}, **facts)


STEP = {"node_id": "read", "node_type": "UserReadNode", "model": "User"}
RUN = (
    (0.0, event("exec", "start", details={"workflow": "w"})),
    (0.1, event("exec", "start", details={"queued_ms": 40.0}, **STEP)),
    (0.3, sql(100.0, **STEP)),
    (0.35, sql(100.0, **STEP)),
    (0.4, event("result", "finish", details={"validation_ms": 50.0, "result": {"id": 1}}, **STEP)),
    (0.5, event("result", "finish", details={"result": {}})),
)


def test_parts_of_a_step_add_up_to_its_total() -> None:
    (workflow,) = told(*RUN).workflows
    (step,) = workflow.steps
    assert (workflow.workflow, workflow.runs, round(workflow.total_ms)) == ("w", 1, 500)
    # two statements beside each other from 0.2 to 0.35
    parts = {"queue": step.queue_ms, "validation": step.validation_ms, "SQL": step.sql_ms, "other": step.other_ms}
    assert {name: round(took) for name, took in parts.items()} == {
        "queue": 40,
        "validation": 50,
        "SQL": 150,
        "other": 100,
    }
    assert (round(step.total_ms), step.statements, step.rows) == (300, 2, 1)


def test_statements_beside_each_other_share_the_time_of_their_step() -> None:
    folded = told(*RUN).to_folded().splitlines()
    assert folded == [
        "w;read (UserReadNode) 50000",
        "w;read (UserReadNode);validation 50000",
        "w;read (UserReadNode);SELECT 1 200000",
    ]


def test_time_that_is_covered_is_counted_once() -> None:
    spans = ((0.0, 1.0), (0.5, 2.0), (3.0, 4.0), (3.2, 3.4))
    assert covered_ms(Work("statement", "x", start, end) for start, end in spans) == 3000


@pytest.mark.parametrize(
    ("result", "rows"),
    [
        (None, 0),
        ({"records": [{}, {}], "total": 9}, 2),
        ({"rows": [{}]}, 1),
        ({"created": 3, "skipped": 1, "ids": None}, 4),
        ({"updated": 0, "records": []}, 0),
        ({"id": 1, "created": True}, 1),
        ("text", None),
    ],
)
def test_rows_are_those_that_a_result_is_about(result: object, rows: int | None) -> None:
    assert rows_of(result) == rows


async def test_what_happens_outside_of_the_block_is_not_measured(db: DataFlow) -> None:
    await db.User.create(name="before")
    with profile(db) as found:
        await db.User.create(name="inside")
    await db.User.create(name="after")
    (direct,) = found.workflows
    assert (direct.workflow, direct.runs, [one.name for one in direct.steps]) == (DIRECT, 1, ["UserCreateNode"])
    # nobody listens any more, so that nothing is made for anybody
    assert [one for one in db.plugins.observers("exec") if one.plugin.startswith("dataflow_profile")] == []


async def test_exception_leaves_what_was_measured(db: DataFlow) -> None:
    async def fail() -> None:
        with profile(db) as found:
            seen.append(found)
            await db.User.create(name="inside")
            raise LookupError

    seen: list[Profile] = []
    with pytest.raises(LookupError):
        await fail()
    assert seen[0].workflows[0].runs == 1


async def test_two_profiles_at_once_each_have_their_own(db: DataFlow) -> None:
    with profile(db) as outer:
        await db.User.create(name="one")
        with profile(db) as inner:
            await db.User.create(name="two")
    assert (outer.workflows[0].runs, inner.workflows[0].runs) == (2, 1)


async def test_steps_that_wait_for_their_turn_say_how_long(db: DataFlow) -> None:
    order: list[str] = []

    def first() -> dict[str, int]:
        order.append("first")
        return {"a": 1}

    workflow = db.workflow("two")
    workflow.add_node(first, "first")
    workflow.add_node("UserCountNode", "second")
    with profile(db) as found:
        await AsyncLocalRuntime(max_concurrency=1).execute_workflow_async(workflow.build())
    steps = {one.name: one for one in found.workflows[0].steps}
    # the second began when the first had ended, and had been ready as long
    assert steps["second"].queue_ms >= steps["first"].total_ms - 1
    assert order == ["first"]


async def test_calls_of_a_function_belong_to_its_step(db: DataFlow) -> None:
    async def twice() -> dict[str, int]:
        for name in ("Alice", "Bob"):
            await db.User.create(name=name)
        return {"made": 2}

    workflow = db.workflow("calls")
    workflow.add_node(twice, "twice")
    with profile(db) as found:
        await AsyncLocalRuntime().execute_workflow_async(workflow.build())
    (step,) = found.workflows[0].steps
    (call,) = step.calls
    assert (call.name, call.samples, call.statements, call.rows) == ("UserCreateNode", 2, 2, 2)
    assert step.statements == 2


async def test_same_question_again_and_again_is_asked_once(db: DataFlow) -> None:
    await db.User.create(name="Alice")
    with profile(db) as found:
        for _ in range(6):
            await db.User.read(1)
    # a slow machine may advise something besides
    hint = found.hints[0]
    assert hint.message.endswith("always with the same parameters")
    assert hint.code == "ask once, and keep the answer"


async def test_many_steps_of_one_type_are_one_node(db: DataFlow) -> None:
    workflow = db.workflow("many")
    for number in range(6):
        workflow.add_node("UserCreateNode", f"create{number}", {"name": str(number)})
    with profile(db) as found:
        await AsyncLocalRuntime().execute_workflow_async(workflow.build())
    hint = found.hints[0]
    assert (hint.step, hint.message, hint.code) == (
        None,
        "6 steps are UserCreateNode; one does for all of them",
        "one UserBulkCreateNode",
    )


def test_slow_statement_is_to_be_explained() -> None:
    slow = tuple((at, one if one.area != "sql" else sql(180.0, **STEP)) for at, one in RUN if at != 0.35)
    (hint,) = told(*slow).hints
    assert str(hint) == (
        "w, step 'read': one statement takes 180.0 ms; its plan says whether an index serves it: "
        'await db.explain("UserReadNode", {...})'
    )


def test_picture_is_as_wide_as_its_parts_and_loads_nothing() -> None:
    found = told(*RUN)
    root = ET.fromstring(found.to_svg())
    titles = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}title")]
    assert [title.splitlines()[0] for title in titles] == [
        "profile",
        "w",
        "read (UserReadNode)",
        "validation",
        "SELECT 1",
    ]
    assert titles[3] == "validation\n50.00 ms, 16.7%"
    assert "http" not in found.to_svg().replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in found.to_html()


def test_names_of_the_users_are_escaped() -> None:
    evil: dict[str, Any] = {**STEP, "node_id": "<script>alert(1)</script>"}
    events = [(at, one if one.node_id is None else Event(**{**_facts(one), **evil})) for at, one in RUN]
    found = told(*events)
    for text in (found.to_html(), found.to_svg(), found._repr_html_()):
        assert "<script" not in text
    assert ET.fromstring(found.to_svg()) is not None


def _facts(one: Event) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("area", "name", "run_id", "elapsed_ms", "details")}


def test_file_of_speedscope_has_a_weight_for_each_stack() -> None:
    data = json.loads(told(*RUN).to_speedscope())
    names = [one["name"] for one in data["shared"]["frames"]]
    (one,) = data["profiles"]
    assert (one["type"], one["unit"], one["name"]) == ("sampled", "milliseconds", "w")
    assert len(one["samples"]) == len(one["weights"])
    assert sum(one["weights"]) == pytest.approx(one["endValue"]) == pytest.approx(300)
    assert [[names[place] for place in sample] for sample in one["samples"]] == [
        ["w", "read (UserReadNode)"],
        ["w", "read (UserReadNode)", "validation"],
        ["w", "read (UserReadNode)", "SELECT 1"],
    ]


def test_no_value_of_a_record_is_kept() -> None:
    secret = {"name": "hunter2-tr0ub4dor"}
    call: dict[str, Any] = {"node_id": None, "call_id": "c1", "node_type": "UserCreateNode", "model": "User"}
    found = told(
        (0.0, Event(area="exec", name="start", details={"params": {"data": secret}}, **call)),
        (0.1, Event(area="result", name="finish", details={"result": {"id": 1, **secret}}, **call)),
    )
    assert "hunter2" not in found.to_html() + str(found.recorder.finished) + json.dumps(found.to_dict())


def test_unknown_ending_is_refused(db: DataFlow, tmp_path: Path) -> None:
    with profile(db) as found:
        pass
    with pytest.raises(DataFlowError) as caught:
        found.save(tmp_path / "profile.htm")
    assert (caught.value.code, caught.value.message) == ("PROFILE-101", "no profile has the ending '.htm'")
    assert caught.value.solutions[0].code == 'profile.save("profile.html")'
    assert list(CODES.faults()) == []
    assert found.save(tmp_path / "profile.html").read_text().startswith("<!DOCTYPE html>")
