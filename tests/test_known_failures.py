"""What this framework exists to make impossible: each failure that its users have met elsewhere, as they met it."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dataflow import (
    ConfigError,
    DataFlow,
    DataFlowError,
    LocalRuntime,
    ModelError,
    NodeError,
    NodeFailed,
    NotFoundError,
    PluginError,
    WorkflowBuilder,
    WorkflowBuildError,
)

Call = Callable[[DataFlow, dict[str, Any]], object]


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        age: int = 0
        active: bool = True
        seen_at: datetime | None = None

    return db


def run(workflow: WorkflowBuilder) -> dict[str, Any]:
    with LocalRuntime() as runtime:
        return runtime.execute(workflow.build())[0]


def codes(build: Callable[[], object]) -> list[str]:
    with pytest.raises(DataFlowError) as caught:
        build()
    return [problem.code for problem in caught.value.problems]


def program(source: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Run a script as a user does, with a bound on how long it may take to exit."""
    script = directory / "program.py"
    script.write_text(textwrap.dedent(source))
    return subprocess.run(
        [sys.executable, str(script)], cwd=directory, capture_output=True, text=True, timeout=30, check=False
    )


def test_two_executes_in_memory_see_one_database(db: DataFlow) -> None:
    create, read = db.workflow(), db.workflow()
    create.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    read.add_node("UserReadNode", "read", {"id": "u1"})
    with LocalRuntime() as runtime:
        runtime.execute(create.build())
        assert runtime.execute(read.build())[0]["read"]["name"] == "Alice"
    assert run(read)["read"]["name"] == "Alice"
    assert asyncio.run(db.User.read("u1"))["name"] == "Alice"


def test_failing_node_ends_the_script_with_an_error(tmp_path: Path) -> None:
    done = program(
        """
        from dataflow import DataFlow, LocalRuntime

        db = DataFlow()

        @db.model
        class User:
            id: str

        workflow = db.workflow()
        workflow.add_node("UserReadNode", "read", {"id": "nobody"})
        runtime = LocalRuntime()
        runtime.execute(workflow.build())
        print("unreachable")
        """,
        tmp_path,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "NodeFailed: error[DF-X102]: no User matches" in done.stderr


def test_failed_node_is_raised_with_the_finished_results(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    workflow.add_node("UserReadNode", "read", {"id": "nobody"}, after=["create"])
    with pytest.raises(NodeFailed) as caught:
        run(workflow)
    assert (caught.value.node_id, list(caught.value.results)) == ("read", ["create"])


def test_connection_to_an_unknown_input_does_not_build(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    workflow.add_node("UserReadNode", "read", {})
    workflow.add_connection("create", "id", "read", "identifier")
    with pytest.raises(WorkflowBuildError) as caught:
        workflow.build()
    assert "DF-W105" in [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"id": "u1"}, "DF-N102"),
        ({"id": "u1", "name": "A", "aeg": 3}, "DF-N103"),
        ({"id": "u1", "nam": "A"}, "DF-N103"),
    ],
)
def test_missing_or_misspelt_field_is_refused_on_every_path(db: DataFlow, data: dict[str, Any], code: str) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"data": data})
    assert code in codes(workflow.build)
    assert code in codes(lambda: db.sync.User.create(data))
    assert code in codes(lambda: db.sync.User.bulk_create([{"id": "u0", "name": "A"}, data]))
    assert code in codes(lambda: db.sync.User.upsert(data))
    assert db.sync.User.count() == 0


PATHS: dict[str, Call] = {
    "direct create": lambda db, age: db.sync.User.create(id="u2", name="B", **age),
    "bulk create": lambda db, age: db.sync.User.bulk_create([{"id": "u2", "name": "B", **age}]),
    "update": lambda db, age: db.sync.User.update("u1", age),
    "update by filter": lambda db, age: db.sync.User.update(filter={"id": "u1"}, data=age),
    "upsert": lambda db, age: db.sync.User.upsert({"id": "u1", "name": "A", **age}),
    "bulk update": lambda db, age: db.sync.User.bulk_update([{"id": "u1", **age}]),
    "bulk upsert": lambda db, age: db.sync.User.bulk_upsert([{"id": "u1", "name": "A", **age}]),
    "filter": lambda db, age: db.sync.User.list(age),
    "node": lambda db, age: node(db, "UserCreateNode", {"id": "u2", "name": "B", **age}),
    "update node": lambda db, age: node(db, "UserUpdateNode", {"filter": {"id": "u1"}, "data": age}),
    "bulk node": lambda db, age: node(db, "UserBulkCreateNode", {"data": [{"id": "u2", "name": "B", **age}]}),
}


def node(db: DataFlow, name: str, params: dict[str, Any]) -> object:
    workflow = db.workflow()
    workflow.add_node(name, "step", params)
    return workflow.build()


@pytest.mark.parametrize("path", PATHS)
def test_twenty_is_no_int_on_any_path(db: DataFlow, path: str) -> None:
    db.sync.User.create(id="u1", name="A", age=3)
    assert codes(lambda: PATHS[path](db, {"age": "twenty"})) == ["DF-N104"]
    assert [user["age"] for user in db.sync.User.list()["records"]] == [3]


def test_twenty_is_no_int_when_a_connection_brings_it(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node(lambda: {"age": "twenty"}, "make")
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "A"})
    workflow.add_connection("make", "age", "create", "age")
    assert codes(lambda: run(workflow)) == ["DF-N104"]
    assert db.sync.User.count() == 0


def test_flat_update_parameters_are_refused_with_the_call_that_was_meant(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserUpdateNode", "update", {"id": "u1", "name": "Bob"})
    with pytest.raises(WorkflowBuildError) as caught:
        workflow.build()
    text = str(caught.value)
    for part in ('{"filter": {...}, "data": {...}}', "flat is for create", '"name": "Bob"', "'filter': {'id': 'u1'}"):
        assert part in text.replace('"filter": {"id": "u1"}', "'filter': {'id': 'u1'}")
    assert [problem.code for problem in caught.value.problems] == ["DF-N101"]


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
def test_managed_times_are_not_set_by_hand(db: DataFlow, name: str) -> None:
    given = {name: datetime.now(UTC)}
    assert codes(lambda: node(db, "UserCreateNode", {"data": {"id": "u1", "name": "A", **given}})) == ["DF-N106"]
    assert codes(lambda: db.sync.User.update("u1", given)) == ["DF-N106"]
    assert codes(lambda: db.sync.User.upsert({"id": "u1", "name": "A", **given})) == ["DF-N106"]
    assert codes(lambda: db.sync.User.bulk_create([{"id": "u1", "name": "A", **given}])) == ["DF-N106"]


def test_key_by_another_name_is_refused_with_the_field_to_rename() -> None:
    db = DataFlow()
    with pytest.raises(ModelError, match="rename 'user_id' to 'id'") as caught:

        @db.model
        class User:
            user_id: str
            name: str

    assert [problem.code for problem in caught.value.problems] == ["DF-M101"]
    assert not db.models


@pytest.mark.parametrize("template", ["${create.id}", "{{name}}"])
def test_template_is_never_stored_as_text(db: DataFlow, template: str) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    workflow.add_node("UserUpdateNode", "update", {"filter": {"id": template}, "data": {"name": "Bob"}})
    with pytest.raises(WorkflowBuildError) as caught:
        workflow.build()
    assert {problem.code for problem in caught.value.problems} == {"DF-W108"}
    assert "workflow.add_connection(" in caught.value.fix_script


@pytest.mark.parametrize("options", [{"multi_tenant": True}, {"enable_model_persistence": True}])
def test_memory_and_what_needs_persistence_do_not_go_together(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        DataFlow("sqlite:///:memory:", **options)
    assert "DF-C301" in [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        (["name"], "abc"),
        (["-name"], "cba"),
        ([{"name": 1}], "abc"),
        ([{"name": -1}], "cba"),
        ({"name": -1}, "cba"),
        ("-name", "cba"),
        ([{"name": "desc"}], "cba"),
        (["nmae"], None),
        ([{"name": 2}], None),
        (7, None),
    ],
)
def test_sort_is_obeyed_or_refused(db: DataFlow, sort: Any, names: str | None) -> None:
    for name in ("b", "c", "a"):
        db.sync.User.create(id=name, name=name)
    if names is None:
        with pytest.raises(NodeError):
            db.sync.User.list(sort=sort)
    else:
        assert [user["name"] for user in db.sync.User.list(sort=sort)["records"]] == list(names)


def test_unknown_filter_field_is_an_error_and_not_zero_rows(db: DataFlow) -> None:
    with pytest.raises(NodeError, match="did you mean 'name'") as caught:
        db.sync.User.list({"nmae": "Alice"})
    assert caught.value.code == "DF-N103"


def test_empty_in_matches_nothing(db: DataFlow) -> None:
    db.sync.User.create(id="u1", name="Alice")
    assert db.sync.User.list({"id": {"$in": []}})["total"] == 0
    assert db.sync.User.list({"id": {"$nin": []}})["total"] == 1


@pytest.mark.parametrize(
    "text", ["UPDATE users SET name = 'x'", "'; DROP TABLE users; --", 'it\'s "quoted" `so`', "%_\\", "😀 ü \t\n", ""]
)
def test_text_is_stored_and_found_byte_for_byte(db: DataFlow, text: str) -> None:
    db.sync.User.create(id="u1", name=text)
    assert db.sync.User.read("u1")["name"] == text
    assert db.sync.User.list({"name": text})["total"] == 1
    assert db.sync.User.update(filter={"name": text}, data={"name": text})["updated"] == 1


def test_instances_with_the_same_model_keep_to_their_own_database(tmp_path: Path) -> None:
    first, second = (DataFlow(f"sqlite:///{tmp_path}/{name}.db") for name in ("first", "second"))
    for db in (first, second):

        @db.model
        class Twin:
            id: str

    first.sync.Twin.create(id="only-first")
    assert (first.sync.Twin.count(), second.sync.Twin.count()) == (1, 0)
    workflow = WorkflowBuilder()
    workflow.add_node("TwinCreateNode", "create", {"id": "whose"})
    assert codes(workflow.build) == ["DF-W111"]
    for db in (first, second):
        db.sync.close()


def test_relative_url_means_one_file_for_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    db = DataFlow("sqlite:///app.db")

    @db.model
    class User:
        id: str

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    db.sync.User.create(id="u1")
    db.sync.close()
    assert [path.name for path in elsewhere.iterdir()] == []
    with sqlite3.connect(tmp_path / "app.db") as connection:
        assert connection.execute("SELECT id FROM users").fetchall() == [("u1",)]
    connection.close()


def test_list_has_its_total(db: DataFlow) -> None:
    db.sync.User.bulk_create([{"id": f"u{number}", "name": "A"} for number in range(7)])
    page = db.sync.User.list(limit=3)
    assert (len(page["records"]), page["total"], page["next_cursor"] is None) == (3, 7, False)


def test_values_come_back_with_their_types(db: DataFlow) -> None:
    seen_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    db.sync.User.create(id="u1", name="Alice", active=False, seen_at=seen_at)
    user = db.sync.User.read("u1")
    assert (user["active"], user["seen_at"], type(user["created_at"])) == (False, seen_at, datetime)


def test_update_that_matches_nothing_does_not_report_success(db: DataFlow) -> None:
    with pytest.raises(NotFoundError) as caught:
        db.sync.User.update("nobody", {"name": "Bob"})
    assert caught.value.code == "DF-X102"
    assert db.sync.User.update(filter={"id": "nobody"}, data={"name": "Bob"}) == {"updated": 0, "records": []}


@pytest.mark.parametrize(("scheme", "extra"), [("postgresql", "postgres"), ("mysql", "mysql")])
def test_missing_driver_is_named_with_the_command_that_installs_it(
    scheme: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a place where nothing is installed
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(PluginError) as caught:
        DataFlow(f"{scheme}://app:s3cret@localhost/db", plugins=[])
    assert caught.value.code == "DF-P101"
    assert f'pip install "dataflow[{extra}]"' in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_captured_output_has_neither_colours_nor_symbols(tmp_path: Path) -> None:
    done = program(
        """
        from dataflow import DataFlow

        db = DataFlow(debug=True)

        @db.model
        class User:
            id: str

        db.sync.User.create(id="u1")
        db.sync.User.create(id="u1")
        """,
        tmp_path,
    )
    assert done.returncode == 1
    assert "[DataFlow:SQL]" in done.stderr
    assert "DF-A101" in done.stderr
    assert done.stderr.isascii()
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite:///app.db"])
def test_process_exits_whatever_was_left_open(tmp_path: Path, url: str) -> None:
    done = program(
        f"""
        import asyncio
        from dataflow import DataFlow, LocalRuntime

        db = DataFlow("{url}")

        @db.model
        class User:
            id: str

        async def leave_open():
            await db.User.create(id="u1")
            await db.transaction().__aenter__()

        runtime = LocalRuntime()
        workflow = db.workflow()
        workflow.add_node("UserCountNode", "count")
        print(runtime.execute(workflow.build())[0]["count"])
        asyncio.run(leave_open())
        """,
        tmp_path,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{'count': 0}\n", "")
    assert os.listdir(tmp_path)


def test_direct_call_is_not_told_what_only_a_workflow_can_do(db: DataFlow) -> None:
    with pytest.raises(DataFlowError) as caught:
        db.sync.User.create(id="u1")
    assert "add_connection" not in str(caught.value)
