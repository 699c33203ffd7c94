"""Every event is one line on stderr, masked and cut; without debug there is none."""

import datetime
import decimal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from loguru import logger

from dataflow import DataFlow
from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Secret, error_of
from dataflow.expressions.tree import And, Compare
from dataflow.models.model import Definition, Field, Model, ModelOptions
from dataflow.models.types import STR
from dataflow.plugins.construction import construct
from dataflow.runtimes.events import Event
from dataflow_trace import TracePlugin

Captured = pytest.CaptureFixture[str]


class User: ...


MODEL = Model(
    name="User",
    table="users",
    fields={one.name: one for one in (Field("id", STR), Field("name", STR), Field("email", STR, encrypted=True))},
    indexes=(),
    options=ModelOptions(),
    cls=User,
    defined_at=Definition(__file__, 1),
)


@pytest.fixture
def plugin() -> TracePlugin:
    plugin = TracePlugin(colour=False)
    plugin.dataflow_check_config(Config(debug=True))
    plugin.dataflow_check_model(MODEL)
    return plugin


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugins.toml but a test's own is found."""
    monkeypatch.chdir(tmp_path)


def node_event(area: Any, name: str, elapsed_ms: float | None = None, **details: object) -> Event:
    return Event(
        area=area,
        name=name,
        run_id="7f3a0c1d22e4b5a6",
        node_id="create",
        node_type="UserCreateNode",
        model="User",
        elapsed_ms=elapsed_ms,
        details=dict(details),
    )


RECORD = {"id": "user-123", "name": "Alice", "email": "alice@example.com"}
LINES: list[tuple[Event, str]] = [
    (
        Event(
            area="init",
            name="ready",
            details={
                "database": "postgresql://app:hunter2@localhost/mydb",
                "pool": "20+30",
                "plugins": ("postgres", "trace"),
            },
        ),
        "[DataFlow:Init]   database postgresql://app:***@localhost/mydb   pool 20+30   plugins postgres, trace",
    ),
    (
        Event(area="model", name="registered", model="User", details={"fields": {"id": "str", "name": "str | None"}}),
        "[DataFlow:Model]  registered User: id str, name str | None",
    ),
    (Event(area="model", name="registered", model="User"), "[DataFlow:Model]  registered User"),
    (
        Event(area="nodes", name="generated", model="User", details={"nodes": ["UserCreateNode", "UserReadNode"]}),
        "[DataFlow:Nodes]  generated 2: UserCreateNode, UserReadNode",
    ),
    (
        Event(
            area="cache", name="ensured", model="User", elapsed_ms=14.23, details={"table": "users", "created": False}
        ),
        "[DataFlow:Cache]  schema cache: users ensured (miss, 14.2 ms)",
    ),
    (
        Event(area="cache", name="ensured", model="User", details={"table": "users", "created": True}),
        "[DataFlow:Cache]  schema cache: users ensured (miss, table created)",
    ),
    (
        node_event("exec", "start", params=RECORD),
        "[DataFlow:Exec]   run 7f3a node create UserCreateNode {'id': 'user-123', 'name': 'Alice', 'email': '***'}",
    ),
    (
        Event(
            area="sql",
            name="statement",
            elapsed_ms=0.413,
            details={"statement": "INSERT INTO users\n    (id, name) VALUES (?, ?)", "params": ("user-123", "Alice")},
        ),
        "[DataFlow:SQL]    INSERT INTO users (id, name) VALUES (?, ?)   2 params   0.41 ms",
    ),
    (
        Event(area="sql", name="statement", elapsed_ms=2.0, details={"statement": "SELECT {x} <red>", "params": 1}),
        "[DataFlow:SQL]    SELECT {x} <red>   1 param   2.00 ms",
    ),
    (
        node_event("result", "finish", 0.62, result=RECORD),
        "[DataFlow:Result] run 7f3a node create ok 0.62 ms {'id': 'user-123', 'name': 'Alice', 'email': '***'}",
    ),
    (
        node_event(
            "result", "error", 0.62, error=error_of(Problem(code="DF-A101", message="'email' is there already"))
        ),
        "[DataFlow:Result] run 7f3a node create failed 0.62 ms DF-A101: 'email' is there already",
    ),
    (
        node_event("result", "error", 0.62, error=ValueError("alice@example.com is there already")),
        "[DataFlow:Result] run 7f3a node create failed 0.62 ms ValueError",
    ),
    (node_event("skip", "skipped"), "[DataFlow:Result] run 7f3a node create skipped"),
    (
        node_event("progress", "batch", done=500, total=1000),
        "[DataFlow:Exec]   run 7f3a node create batch {'done': 500, 'total': 1000}",
    ),
    (Event(area="scope", name="commit", elapsed_ms=0.1), "[DataFlow:SQL]    COMMIT   0.10 ms"),
    (
        Event(area="scope", name="begin", run_id="7f3a", details={"isolation": "SERIALIZABLE"}),
        "[DataFlow:SQL]    BEGIN   {'isolation': 'SERIALIZABLE'}   run 7f3a",
    ),
    (
        Event(area="migration", name="applied", details={"steps": 3}),
        "[DataFlow:Migration] applied {'steps': 3}",
    ),
]


@pytest.mark.parametrize(("event", "line"), LINES, ids=[f"{event.area}-{event.name}" for event, _ in LINES])
def test_event_is_one_line(plugin: TracePlugin, capsys: Captured, event: Event, line: str) -> None:
    plugin.dataflow_event(event)
    assert capsys.readouterr() == ("", f"{line}\n")


def shown(plugin: TracePlugin, capsys: Captured, value: object, model: str | None = "User") -> str:
    """What the trace shows of a value among the parameters of a node."""
    event = Event(area="exec", name="start", node_type="N", model=model, details={"params": {"value": value}})
    plugin.dataflow_event(event)
    return capsys.readouterr().err.removeprefix("[DataFlow:Exec]   N {'value': ").removesuffix("}\n")


@attrs.frozen
class Credentials:
    user: str
    password: str


class Foreign:
    def __repr__(self) -> str:
        return "alice@example.com"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"data": [{"email": "a@b.c"}], "filter": {"email": {"$in": ["a@b.c"]}}}, "{'data': [{'email': '***'}], 'filter': {'email': '***'}}"),
        (Secret("a@b.c"), "'***'"),
        ([Secret("a@b.c")], "['***']"),
        ({"password": "p", "apiKey": "k", "access_token": "t"}, "{'password': '***', 'apiKey': '***', 'access_token': '***'}"),
        (Credentials("alice", "hunter2"), "Credentials(user='alice', password='***')"),
        (
            And((Compare("email", "eq", "a@b.c"), Compare("name", "eq", "Alice"))),
            "And(items=[Compare('***'), Compare(field='name', operator='eq', value='Alice', path=[])])",
        ),
        (Foreign(), "<Foreign>"),
        (b"\x00\x01", "<2 bytes>"),
        (decimal.Decimal("1.50"), "Decimal('1.50')"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (None, "None"),
        ("x" * 300, f"'{'x' * 196}..."),
        (list(range(1000)), f"[{', '.join(map(str, range(20)))}, ... 980 more]"),
        ("\x1b[31mred\n", "'\\x1b[31mred\\n'"),
        ("a\u202eb", "'a\\u202eb'"),
        ([[[[[[[["deep"]]]]]]]], "[[[[[...]]]]]"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_value_is_masked_and_cut(plugin: TracePlugin, capsys: Captured, value: object, text: str) -> None:
    assert shown(plugin, capsys, value) == text


def test_values_of_no_model_are_masked_by_the_secret_fields_of_all(plugin: TracePlugin, capsys: Captured) -> None:
    assert shown(plugin, capsys, {"email": "a@b.c"}, model=None) == "{'email': '***'}"


def test_length_of_values_is_an_option(capsys: Captured) -> None:
    plugin = TracePlugin(max_value_length=20)
    plugin.dataflow_check_config(Config(debug=True))
    assert shown(plugin, capsys, "x" * 100) == f"'{'x' * 16}..."


def test_colour_is_an_option(capsys: Captured) -> None:
    plugin = TracePlugin(colour=True)
    plugin.dataflow_check_config(Config(debug=True))
    plugin.dataflow_event(Event(area="scope", name="commit"))
    assert capsys.readouterr().err == "\x1b[36m[DataFlow:SQL]   \x1b[0m COMMIT\n"


def test_captured_output_has_no_colour(capsys: Captured) -> None:
    plugin = TracePlugin()
    plugin.dataflow_check_config(Config(debug=True))
    plugin.dataflow_event(Event(area="scope", name="commit"))
    assert capsys.readouterr().err == "[DataFlow:SQL]    COMMIT\n"


def test_plugin_without_debug_listens_to_nothing(capsys: Captured) -> None:
    config, plugins = construct("testing", {"database_url": "test://", "plugins": ["trace"]}, environ={})
    assert config.debug is False
    assert plugins.observers() == ()
    assert capsys.readouterr() == ("", "")


def test_plugin_with_debug_listens_and_is_heard(capsys: Captured) -> None:
    options = {"database_url": "test://", "plugins": ["trace"], "debug": True}
    _, plugins = construct("testing", options, environ={})
    (observe,) = plugins.observers()
    observe(Event(area="scope", name="commit"))
    assert capsys.readouterr().err == "[DataFlow:SQL]    COMMIT\n"


async def test_echo_prints_statements_and_nothing_else(capsys: Captured) -> None:
    async with DataFlow(trace={"echo": True, "colour": False}) as db:

        @db.model
        class Note:
            id: int

        await db.Note.create()
    lines = capsys.readouterr().err.splitlines()
    assert any("INSERT INTO" in line for line in lines)
    assert {line.split()[0] for line in lines} == {"[DataFlow:SQL]"}


def test_options_are_set_in_the_plugin_s_table() -> None:
    trace: dict[str, object] = {"max_value_length": 50, "colour": True}
    options = {"database_url": "test://", "plugins": ["trace"], "trace": trace}
    _, plugins = construct("testing", options, environ={})
    (state,) = plugins.inspect().loaded
    assert {one.name: one.value for one in state.options} == {
        "trace.max_value_length": 50,
        "trace.colour": True,
        "trace.echo": False,
        "trace.format": "text",
        "trace.file": None,
        "trace.level": "debug",
    }


def test_plugin_without_debug_does_not_load_its_logger() -> None:
    lines = ("import sys", "from dataflow_trace import TracePlugin", "TracePlugin()", "print('loguru' in sys.modules)")
    command = [sys.executable, "-c", "\n".join(lines)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"


@pytest.fixture
def application_lines() -> Iterator[list[str]]:
    """The lines of an application that uses loguru itself."""
    lines: list[str] = []
    handler = logger.add(lines.append, format="{message}", level=0)
    yield lines
    logger.remove(handler)


def test_application_s_own_handlers_are_left_alone(
    plugin: TracePlugin, capsys: Captured, application_lines: list[str]
) -> None:
    plugin.dataflow_event(Event(area="scope", name="commit"))
    logger.info("from the application")
    assert application_lines == ["from the application\n"]
    assert capsys.readouterr().err.count("[DataFlow:SQL]    COMMIT") == 1


def test_two_instances_print_each_event_once(capsys: Captured) -> None:
    plugins = [TracePlugin(), TracePlugin()]
    for one in plugins:
        one.dataflow_check_config(Config(debug=True))
    plugins[0].dataflow_event(Event(area="scope", name="commit"))
    assert capsys.readouterr().err == "[DataFlow:SQL]    COMMIT\n"
