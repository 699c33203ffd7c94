"""What ``on_event`` is told of a run."""

import pytest

from dataflow import DataFlow, DataFlowError, LocalRuntime, hookimpl
from dataflow.runtimes.events import Event


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str

    return db


def test_bulk_step_tells_how_far_it_is_between_its_start_and_its_end(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserBulkCreateNode", "load", {"data": [{"id": str(n)} for n in range(1_000)], "batch_size": 250})
    events: list[Event] = []
    with LocalRuntime() as runtime:
        runtime.execute(workflow.build(), on_event=events.append)
    assert [(event.area, event.name) for event in (events[0], events[-1])] == [("exec", "start"), ("result", "finish")]
    *batches, end = [event for event in events if event.area == "progress"]
    assert (end.node_id, end.name) == ("load", "end")
    assert [event.details["done"] for event in batches] == [250, 500, 750, 1_000]
    assert {(event.node_id, event.name, event.details["total"]) for event in batches} == {("load", "batch", 1_000)}
    assert "progress" not in events[0].details["params"]


def test_own_progress_is_called_and_nothing_else(db: DataFlow) -> None:
    done: list[int] = []
    workflow = db.workflow()
    params = {"data": [{"id": "a"}], "progress": lambda rows, total: done.append(rows)}
    workflow.add_node("UserBulkCreateNode", "load", params)
    events: list[Event] = []
    with LocalRuntime() as runtime:
        runtime.execute(workflow.build(), on_event=events.append)
    assert done == [1]
    assert [event.area for event in events] == ["exec", "result"]


def test_scopes_are_told_to_whoever_listens() -> None:
    seen: list[str] = []
    db = DataFlow()

    @db.hook
    def dataflow_event(event: Event) -> None:
        if event.area == "scope":
            seen.append(event.name)

    @db.model
    class User:
        id: str

    with db.sync.transaction():
        db.sync.User.create(id="a")
        with db.sync.transaction():
            db.sync.User.create(id="b")
    with pytest.raises(LookupError), db.sync.transaction():
        raise LookupError
    assert seen == ["begin", "begin", "commit", "commit", "begin", "rollback"]


def test_plugin_that_wants_progress_alone_is_told_nothing_else() -> None:
    seen: list[str] = []

    class Listener:
        wants_events = frozenset({"progress"})

        @hookimpl
        def dataflow_event(self, event: Event) -> None:
            seen.append(f"{event.area} {event.name}")

    db = DataFlow(plugins=[Listener()])

    @db.model
    class User:
        id: str

    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "one", {"id": "a"})
    workflow.add_node("UserBulkCreateNode", "load", {"data": [{"id": "b"}, {"id": "c"}], "batch_size": 1})
    with LocalRuntime() as runtime:
        runtime.execute(workflow.build())
    assert seen == ["progress batch", "progress batch", "progress end"]
    assert db.plugins.observers("sql") == ()


def test_items_of_a_mapped_step_tell_no_progress(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserBulkCreateNode", "load", {"data": [[{"id": "a"}], [{"id": "b"}]]}, map_over="data")
    events: list[Event] = []
    with LocalRuntime() as runtime:
        runtime.execute(workflow.build(), on_event=events.append)
    assert [event.area for event in events] == ["exec", "result"]


def test_function_observes_for_as_long_as_its_block(db: DataFlow) -> None:
    heard: list[Event] = []
    db.sync.User.create(id="before")
    with db.observing(heard.append, "exec", "sql"):
        db.sync.User.create(id="inside")
    db.sync.User.create(id="after")
    assert [(event.area, event.name) for event in heard] == [("exec", "start"), ("sql", "statement")]
    assert heard[0].details["params"] == {"data": {"id": "inside"}}


def test_observing_without_areas_is_of_everything(db: DataFlow) -> None:
    heard: list[Event] = []
    with db.observing(heard.append):
        db.sync.User.create(id="a")
    assert {event.area for event in heard} == {"exec", "sql", "result", "cache", "migration"}


def test_observer_that_fails_is_logged_once_and_disturbs_nothing(
    db: DataFlow, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Event) -> None:
        raise LookupError

    with db.observing(fail):
        assert db.sync.User.create(id="a")["id"] == "a"
        db.sync.User.read("a")
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.endswith("fail' failed to observe an event; its further failures are not logged")


def test_step_tells_how_long_it_waited_and_how_long_its_check_took(db: DataFlow) -> None:
    def nothing() -> dict[str, int]:
        return {"made": 0}

    workflow = db.workflow()
    for name in ("first", "second"):
        workflow.add_node("UserCreateNode", name, {"id": name})
    workflow.add_node(nothing, "function")
    heard: list[Event] = []
    with LocalRuntime(max_concurrency=1) as runtime:
        runtime.execute(workflow.build(), on_event=heard.append)
    starts = {event.node_id: event.details["queued_ms"] for event in heard if event.area == "exec"}
    ends = [event for event in heard if event.area == "result"]
    assert set(starts) == {"first", "second", "function"}
    # one at a time: the second was ready when the first began
    assert starts["second"] >= (ends[0].elapsed_ms or 0) - 0.01
    assert all(0 <= event.details["validation_ms"] <= (event.elapsed_ms or 0) for event in ends)


def test_call_and_its_failure_tell_how_long_its_check_took(db: DataFlow) -> None:
    heard: list[Event] = []
    with db.observing(heard.append, "result"), pytest.raises(DataFlowError):
        db.sync.User.create(id=3.5)
    (end,) = heard
    assert (end.name, end.details["validation_ms"] >= 0) == ("error", True)
