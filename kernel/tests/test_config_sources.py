"""Where options come from: the order of the sources, their origins, and what their texts may be."""

from pathlib import Path

import pytest

from dataflow.config.coercion import checked_option, parsed_option, spelling
from dataflow.config.loading import load_config
from dataflow.config.option import Origin
from dataflow.config.options import kernel_options
from dataflow.expressions.limits import Limits
from dataflow.values.faults import ValueFault

TOML = """
[profiles.development.options]
pool_size = 7
pool_timeout_s = 8
connect_timeout_s = 2.5

[profiles.development.options.limits]
max_in = 20
max_limit = 30
"""


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugins.toml but a test's own is found."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "plugins.toml").write_text(TOML)
    return tmp_path


def test_a_stronger_source_wins_and_is_named_as_the_origin(project: Path) -> None:
    environ = {"DATAFLOW_POOL_TIMEOUT_S": "9", "DATAFLOW_CONNECT_TIMEOUT_S": "3"}
    config = load_config(options={"connect_timeout_s": 4}, environ=environ, directory=project)
    assert (config.pool_size, config.pool_timeout_s, config.connect_timeout_s) == (7, 9.0, 4.0)
    file = f"{project / 'plugins.toml'} [profiles.development.options]"
    assert config.origins["database_url"] == Origin("profile", "'development'")
    assert config.origins["pool_size"] == Origin("plugins.toml", file)
    assert config.origins["pool_timeout_s"] == Origin("environment", "DATAFLOW_POOL_TIMEOUT_S")
    assert config.origins["connect_timeout_s"] == Origin("argument")
    assert "statement_timeout_s" not in config.origins


def test_limits_are_merged_part_by_part(project: Path) -> None:
    environ = {"DATAFLOW_LIMITS_MAX_FILTER_DEPTH": "5"}
    config = load_config(options={"limits": {"max_limit": 40}}, environ=environ, directory=project)
    assert (config.limits.max_in, config.limits.max_limit, config.limits.max_filter_depth) == (20, 40, 5)
    assert config.origins["limits.max_limit"] == Origin("argument")
    assert config.origins["limits.max_filter_depth"] == Origin("environment", "DATAFLOW_LIMITS_MAX_FILTER_DEPTH")


def test_limits_are_accepted_as_an_object_too() -> None:
    assert load_config(options={"limits": Limits(max_in=3)}, environ={}).limits == Limits(max_in=3)


@pytest.mark.parametrize(("text", "value"), [("on", True), ("TRUE", True), ("1", True), ("no", False), ("0", False)])
def test_a_bool_variable_is_one_of_eight_words(text: str, value: bool) -> None:
    assert load_config(environ={"DATAFLOW_PYTHON_CODE_NODES": text}).python_code_nodes is value


def test_none_and_lists_can_be_written_in_variables() -> None:
    config = load_config(environ={"DATAFLOW_STATEMENT_TIMEOUT_S": "None", "DATAFLOW_SILENCE": "DF-C201, DF-C202"})
    assert config.statement_timeout_s is None
    assert config.silence == ("DF-C201", "DF-C202")


@pytest.mark.parametrize(
    ("annotation", "text", "expected"),
    [
        (int, "5.0", "an int"),
        (int, "0x10", "an int"),
        (int, "1_000", "an int"),
        (int, "", "int; an empty variable is not one, unset it"),
        (float, "nan", "a number"),
        (float, "1,5", "a number"),
        (float | None, "soon", "a number or None"),
        (bool, "maybe", "a bool: true, false, yes, no, on, off, 1 or 0"),
        (dict[str, int], "a=1", "a table, which only plugins.toml or an argument can give"),
    ],
)
def test_other_texts_are_refused(annotation: object, text: str, expected: str) -> None:
    with pytest.raises(ValueFault) as caught:
        parsed_option(annotation, text)
    assert (caught.value.code, caught.value.expected) == ("DF-C102", expected)


@pytest.mark.parametrize(
    ("annotation", "value", "expected", "hint"),
    [
        (int, "50", "an int", "50"),
        (int, True, "an int", ""),
        (int, 5.0, "an int", ""),
        (bool, 1, "a bool", ""),
        (bool, "yes", "a bool", "True"),
        (float, True, "a number", ""),
        (tuple[str, ...], "DF-C201", "a list", ""),
        (tuple[str, ...], [1], "text", ""),
        (str | None, 3, "text or None", ""),
    ],
)
def test_a_value_is_never_converted_by_guessing(annotation: object, value: object, expected: str, hint: str) -> None:
    with pytest.raises(ValueFault) as caught:
        checked_option(annotation, value)
    assert (caught.value.code, caught.value.expected, caught.value.hint) == ("DF-C102", expected, hint)


def test_annotations_are_spelled_as_people_write_them() -> None:
    options = kernel_options()
    assert spelling(options["statement_timeout_s"].annotation) == "float | None"
    assert spelling(options["silence"].annotation) == "tuple[str, ...]"
    assert spelling(options["database_url"].annotation) == "DatabaseUrl"


def test_a_file_in_plugins_toml_is_relative_to_that_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "plugins.toml").write_text('[profiles.mine.options]\ndatabase_url = "sqlite:///app.db"\n')
    (project / "inner").mkdir()
    monkeypatch.chdir(project / "inner")
    assert load_config("mine", environ={}).database_url.path == project / "app.db"
    environ = {"DATAFLOW_DATABASE_URL": "sqlite:///app.db"}
    assert load_config("mine", environ=environ).database_url.path == project / "inner" / "app.db"


def test_every_option_is_described_with_its_origin_and_without_secrets() -> None:
    config = load_config(options={"database_url": "postgresql://app:s3cret@h/db"}, environ={})
    states = {state.name: state for state in config.describe()}
    assert list(states) == list(kernel_options())
    assert states["database_url"].value == "postgresql://app:***@h/db"
    assert states["database_url"].origin == Origin("argument")
    assert (states["pool_timeout_s"].value, states["pool_timeout_s"].type) == (30.0, "float")
    assert (states["pool_timeout_s"].origin, states["pool_timeout_s"].default) == (Origin("default"), "30.0")
    assert "s3cret" not in repr(config) + repr(states)


def test_every_option_has_a_description() -> None:
    assert [name for name, one in kernel_options().items() if not one.description] == []
