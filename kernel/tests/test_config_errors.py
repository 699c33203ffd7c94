"""What is said of wrong options: everything at once, with the place that gave them and a line to write instead."""

from pathlib import Path

import pytest

from dataflow.config.loading import draft_config, load_config
from dataflow.diagnostics import DataFlowError, DataFlowWarning, Problem


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


def told_of(options: dict[str, object], profile: str | None = None, **environ: str) -> list[str]:
    return [told(one) for one in draft_config(profile, options, environ=environ).problems]


def test_a_wrong_type_shows_the_value_that_was_meant() -> None:
    assert told_of({"pool_size": "50"}) == [
        "DF-C102 wrong value for option 'pool_size': expected an int\n"
        "  option: pool_size\n"
        "  given: '50'\n"
        "  type: str\n"
        "  source: argument\n"
        "  because the option is declared as int, and nothing is guessed\n"
        "  give a value that it takes: DataFlow(pool_size=50)"
    ]


def test_a_bound_is_named() -> None:
    assert told_of({}, DATAFLOW_POOL_SIZE="0") == [
        "DF-C102 wrong value for option 'pool_size': expected int >= 1\n"
        "  option: pool_size\n"
        "  given: '0'\n"
        "  type: str\n"
        "  source: environment DATAFLOW_POOL_SIZE\n"
        "  because the option is declared as int, and nothing is guessed\n"
        "  give a value that it takes: DATAFLOW_POOL_SIZE=5"
    ]


def test_a_wrong_url_is_shown_without_its_password() -> None:
    assert told_of({"database_url": "postgresql://app:s3/cret@h/db"}) == [
        "DF-C103 wrong value for option 'database_url': expected a host and a numeric port; special characters of a "
        "password are percent-encoded\n"
        "  option: database_url\n"
        "  given: 'postgresql://app:***@h/db'\n"
        "  type: str\n"
        "  source: argument\n"
        '  because a database URL is scheme://user:password@host:port/database, or "sqlite:///file.db", or ":memory:"\n'
        "  give a value that it takes: "
        "DataFlow(database_url=f\"postgresql://user:{urllib.parse.quote(password, safe='')}@host:5432/database\")"
    ]


def test_an_unknown_option_is_answered_with_the_closest() -> None:
    assert told_of({"pool_sise": 3}) == [
        "DF-C104 unknown option 'pool_sise'\n"
        "  option: pool_sise\n"
        "  source: argument\n"
        "  because neither the kernel nor a plugin that is asked for declares an option of that name\n"
        "  did you mean 'pool_size'? DataFlow(pool_size=3)\n"
        "  see every option with its source: dataflow config show"
    ]


def test_an_unknown_part_of_a_group_is_answered_with_the_closest() -> None:
    assert told_of({"limits": {"max_inn": 3}})[0].splitlines()[-2] == (
        "  did you mean 'limits.max_in'? DataFlow(limits={\"max_in\": 3})"
    )


def test_the_text_of_an_unknown_option_is_not_repeated() -> None:
    assert "s3cret" not in told_of({"encryption_key": "s3cret", "trace": "s3cret", "ssl_pasword": {"key": "s3cret"}})


def test_an_option_of_a_plugin_that_nobody_has_says_so() -> None:
    assert told_of({"cache_ttl_s": 60}) == [
        "DF-C101 option 'cache_ttl_s' belongs to the plugin 'cache', which is not among the loaded ones\n"
        "  option: cache_ttl_s\n"
        "  source: argument\n"
        "  loaded: generate_data, profile, progress, sqlite, trace, visualize\n"
        "  because no installed plugin declares it\n"
        "  leave it out: remove 'cache_ttl_s' from DataFlow(...)\n"
        "  or, once there is such a plugin, install it and ask for it: "
        'pip install "dataflow[cache]"; DataFlow(plugins=["cache"], cache={...})'
    ]


def test_an_option_of_a_plugin_is_refused_in_the_environment_too() -> None:
    assert told_of({}, DATAFLOW_MULTI_TENANT="1")[-1].splitlines()[:3] == [
        "DF-C101 option 'multi_tenant' belongs to the plugin 'tenancy', which is not among the loaded ones",
        "  option: multi_tenant",
        "  source: environment DATAFLOW_MULTI_TENANT",
    ]


def test_a_flat_option_of_a_plugin_that_is_asked_for_is_shown_in_its_table() -> None:
    assert told_of({"cache_ttl_s": 60, "plugins": ["cache"]}) == [
        "DF-C101 option 'cache_ttl_s' belongs to the plugin 'cache'\n"
        "  option: cache_ttl_s\n"
        "  source: argument\n"
        "  loaded: cache, generate_data, profile, progress, sqlite, trace, visualize\n"
        "  because the plugin 'cache' takes its options as a table\n"
        '  give it in the table: DataFlow(plugins=["cache"], cache={...})'
    ]


def test_a_table_is_needed_for_a_group() -> None:
    assert told_of({"trace": True}) == [
        "DF-C102 wrong value for option 'trace': expected a table of its options\n"
        "  option: trace\n"
        "  given: True\n"
        "  type: bool\n"
        "  source: argument\n"
        "  because it is a group of options, each with a name of its own\n"
        '  name the options: trace={"<option>": ...}'
    ]


def test_a_table_in_the_environment_is_shown_as_variables() -> None:
    assert told_of({}, DATAFLOW_LIMITS='{"max_in": 3}')[0].splitlines()[-1] == (
        "  name the options: DATAFLOW_LIMITS_<OPTION>=..."
    )


def test_a_single_plugin_is_no_list() -> None:
    assert told_of({"plugins": "trace"}) == [
        "DF-C102 wrong value for 'plugins': expected a list\n"
        '  option: plugins\n  given: "trace"\n  type: str\n  source: argument\n'
        "  because plugins are given in order, later is nearer to you\n"
        '  give a list: DataFlow(plugins=["trace"])'
    ]


def test_all_problems_of_a_construction_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "plugins.toml").write_text("[profiles.development]\nplugin = []\n")
    with pytest.raises(DataFlowError) as caught:
        load_config(
            options={"pool_size": "x", "poolsize": 1, "multi_tenant": True, "enable_model_persistence": True},
            environ={"DATAFLOW_DEBUG": "perhaps"},
            directory=tmp_path,
        )
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["DF-C105", "DF-C102", "DF-C102", "DF-C104", "DF-C301", "DF-C101", "DF-C101"]


def test_a_variable_that_is_no_option_only_warns_and_can_be_silenced() -> None:
    environ = {"DATAFLOW_POOLSIZE": "3"}
    with pytest.warns(DataFlowWarning) as caught:
        load_config(environ=environ)
    assert caught[0].filename == __file__
    assert [told(one) for one in draft_config(None, {}, environ=environ).warnings] == [
        "DF-C205 environment variable 'DATAFLOW_POOLSIZE' is no option\n"
        "  variable: DATAFLOW_POOLSIZE\n"
        "  because variables that start with DATAFLOW_ set options; this one sets nothing\n"
        "  did you mean 'DATAFLOW_POOL_SIZE'? unset DATAFLOW_POOLSIZE\n"
        '  silence it when it belongs to another program: DataFlow(silence=["DF-C205"])'
    ]
    load_config(options={"silence": ["DF-C205"]}, environ=environ)


def test_an_error_cannot_be_silenced() -> None:
    assert told_of({"silence": ["DF-C101"]})[0].splitlines()[0] == (
        "DF-C102 wrong value for option 'silence': "
        "expected tuple[str, ...] made of codes of warnings, such as 'DF-C201'"
    )


def test_the_variables_of_the_testkit_are_no_options() -> None:
    names = (
        "DATAFLOW_REQUIRE",
        "DATAFLOW_TEST_POSTGRES_URL",
        "DATAFLOW_TEST_MYSQL_URL",
        "DATAFLOW_TEST_CHROMIUM",
        "DATAFLOW_TEST_SCHEMAS",
    )
    assert draft_config(None, {}, environ=dict.fromkeys(names, "x")).warnings == ()
