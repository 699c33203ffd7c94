"""What ``on_event`` is told of a run."""

import pytest

from dataflow import DataFlow, LocalRuntime, hookimpl
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
