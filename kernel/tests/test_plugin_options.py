"""A plugin's options are the fields of its class, checked like the kernel's own."""

import inspect
from pathlib import Path
from typing import Literal

import attrs
import pytest

from dataflow.config.option import Origin, Setting
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, Problem
from dataflow.plugins.construction import construct
from dataflow.plugins.hookspecs import hookimpl
from dataflow.plugins.options import make_plugin
from dataflow.plugins.registry import PluginSet


@attrs.define(eq=False)
class Metrics:
    prefix: str
    level: Literal["all", "slow"] = "slow"
    every_s: float | None = attrs.field(default=None, validator=attrs.validators.optional(attrs.validators.gt(0)))
    tags: tuple[str, ...] = ()
    token: str = attrs.field(
        default="", metadata={"secret": True, "description": "Sent with each report."}, kw_only=True
    )
    seen: int = attrs.field(default=0, init=False)

    @hookimpl
    def dataflow_event(self, event: object) -> None:
        self.seen += 1


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugins.toml but a test's own is found."""
    monkeypatch.chdir(tmp_path)


def told(problem: Problem) -> str:
    """Everything that a problem says, as text."""
    lines = [f"{problem.code} {problem.message}"]
    lines += [f"  {key}: {value}" for key, value in problem.context.items()]
    lines += [f"  because {problem.cause}"]
    lines += [f"  {solution.text} {solution.code}" for solution in problem.solutions]
    return "\n".join(lines)


def constructed(plugin: object, /, environ: dict[str, str] | None = None, **options: object) -> PluginSet:
    options = {"database_url": "test://", "plugins": [plugin], **options}
    return construct("testing", options, environ=environ or {})[1]


def told_of(plugin: object, /, environ: dict[str, str] | None = None, **options: object) -> list[str]:
    with pytest.raises(DataFlowError) as caught:
        constructed(plugin, environ, **options)
    return [told(one) for one in caught.value.problems]


def test_options_come_from_every_source(tmp_path: Path) -> None:
    (tmp_path / "plugins.toml").write_text(
        '[profiles.testing.options.metrics]\nprefix = "file"\ntags = ["a", "b"]\nlevel = "all"\n'
    )
    environ = {"DATAFLOW_METRICS_EVERY_S": "2.5", "DATAFLOW_METRICS_LEVEL": "slow"}
    plugins = constructed(Metrics, environ, metrics={"prefix": "app", "token": "s3cret"})
    (state,) = plugins.inspect().loaded
    assert [(one.name, one.value, one.origin.kind) for one in state.options] == [
        ("metrics.prefix", "app", "argument"),
        ("metrics.level", "slow", "environment"),
        ("metrics.every_s", 2.5, "environment"),
        ("metrics.tags", ["a", "b"], "plugins.toml"),
        ("metrics.token", "***", "argument"),
    ]
    assert state.options[4].description == "Sent with each report."


def test_an_unknown_option_is_answered_with_the_closest() -> None:
    assert told_of(Metrics, metrics={"prefix": "x", "levle": "all"}) == [
        "DF-P108 plugin 'metrics' has no option 'levle'\n"
        "  plugin: metrics\n"
        "  option: levle\n"
        "  source: argument\n"
        "  known: prefix, level, every_s, tags, token\n"
        "  because the options of a plugin are the fields of its class\n"
        "  did you mean 'level'? metrics={\"level\": ...}"
    ]


def test_a_mistyped_option_is_refused() -> None:
    assert told_of(Metrics, metrics={"prefix": "x", "level": "fast"}) == [
        "DF-P108 wrong value for option 'level' of plugin 'metrics': expected one of 'all', 'slow'\n"
        "  plugin: metrics\n"
        "  option: level\n"
        "  given: 'fast'\n"
        "  source: argument\n"
        "  because the options of a plugin are the fields of its class, and nothing is guessed\n"
        "  give a value that it takes: metrics={\"level\": 'all'}"
    ]


def test_a_bound_of_an_option_is_named() -> None:
    assert told_of(Metrics, {"DATAFLOW_METRICS_EVERY_S": "0"}, metrics={"prefix": "x"})[0].splitlines()[0] == (
        "DF-P108 wrong value for option 'every_s' of plugin 'metrics': expected float | None > 0"
    )


def test_a_missing_option_is_named() -> None:
    assert told_of(Metrics) == [
        "DF-P108 plugin 'metrics' needs option 'prefix'\n"
        "  plugin: metrics\n"
        "  option: prefix\n"
        "  expected: str\n"
        "  because the option has no default\n"
        '  give it: metrics={"prefix": ...}'
    ]


def test_a_secret_option_is_never_shown() -> None:
    assert "  given: ***" in told_of(Metrics, metrics={"prefix": "x", "token": ["s3cret"]})[0].splitlines()
    with pytest.raises(DataFlowError) as caught:
        constructed(Metrics, metrics={"prefix": 1, "token": ["s3cret"]})
    assert "s3cret" not in str(caught.value)


def test_all_problems_of_options_and_plugins_come_at_once() -> None:
    problems = told_of(Metrics, metrics={"levle": 1, "every_s": "x"}, pool_size=0, plugins=[Metrics, "absent-1"])
    assert [one[:7] for one in problems] == ["DF-C102", "DF-P108", "DF-P108", "DF-P108", "DF-P101"]


def test_an_object_has_its_options_already() -> None:
    plugins = constructed(Metrics("ready"))
    assert plugins.inspect().loaded[0].options[0].value == "ready"
    assert told_of(Metrics("ready"), metrics={"level": "all"}) == [
        "DF-P108 plugin 'metrics' was given as an object, so its options are set\n"
        "  plugin: metrics\n"
        "  options: level\n"
        "  because an object is used as it is\n"
        "  give the class instead: plugins=[TheClass]\n"
        "  or set them on the object: plugins=[TheClass(...)]"
    ]


@attrs.define(eq=False)
class Window:
    low: int = 0
    high: int = 10

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low must not be above high")

    @hookimpl
    def dataflow_event(self, event: object) -> None: ...


def test_a_wrong_option_is_answered_in_the_place_that_gave_it() -> None:
    setting = Setting("window.low", "x", Origin("environment", "DATAFLOW_WINDOW_LOW"), is_text=True)
    (problem,) = make_plugin("window", Window, [setting], Path.cwd()).problems
    assert [one.code for one in problem.solutions] == ["DATAFLOW_WINDOW_LOW=0"]


def test_a_constructor_may_refuse_what_types_cannot_say() -> None:
    with pytest.raises(DataFlowError) as caught:
        constructed(Window, window={"low": 20})
    assert isinstance(caught.value.__cause__, ValueError)
    assert [told(one) for one in caught.value.problems] == [
        "DF-P108 plugin 'window' refuses its options: low must not be above high\n"
        "  plugin: window\n"
        f"  at: {__file__}:{inspect.getsourcelines(Window)[1]}\n"
        "  options: low\n"
        "  error: ValueError\n"
        "  because its class checks what its fields' types cannot say\n"
        "  see what it declares: dataflow plugins"
    ]


def test_an_option_table_of_a_plugin_that_nobody_asks_for_is_refused() -> None:
    assert told_of(Window, metrics={"prefix": "x"})[0].splitlines()[0] == "DF-C104 unknown option 'metrics'"


def test_a_name_with_a_hyphen_takes_an_underscore_as_an_argument(tmp_path: Path) -> None:
    @attrs.define(eq=False)
    class AccessLog:
        rows: int = 1
        name = "access-log"

        @hookimpl
        def dataflow_event(self, event: object) -> None: ...

    (state,) = constructed(AccessLog, access_log={"rows": 2}).inspect().loaded
    assert [(one.name, one.value) for one in state.options] == [("access_log.rows", 2)]
    (tmp_path / "plugins.toml").write_text("[profiles.testing.options.access-log]\nrows = 3\n")
    assert constructed(AccessLog).inspect().loaded[0].options[0].value == 3
    environ = {"DATAFLOW_ACCESS_LOG_ROWS": "4"}
    assert constructed(AccessLog, environ).inspect().loaded[0].options[0].origin == Origin(
        "environment", "DATAFLOW_ACCESS_LOG_ROWS"
    )


def test_a_check_of_a_plugin_is_told_with_the_kernels_own_conflicts() -> None:
    class Tenancy:
        @hookimpl
        def dataflow_check_config(self, config: Config) -> list[Problem]:
            return [Problem(code="DF-C399", message=f"no tenants in '{config.profile}'")]

    problems = told_of(Tenancy, auto_migrate=True, existing_schema_mode=True)
    assert [one.splitlines()[0] for one in problems] == [
        "DF-C302 'auto_migrate' conflicts with 'existing_schema_mode'",
        "DF-C399 no tenants in 'testing'",
    ]
