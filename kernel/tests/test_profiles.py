"""Profiles and the file plugins.toml: what is built in, what a file may change, and what is said when it is wrong."""

import tomllib
from pathlib import Path

import pytest

from dataflow.config.builtin_profiles import BUILTIN_PROFILES
from dataflow.config.loading import draft_config, load_config
from dataflow.config.option import Origin
from dataflow.config.options import Config
from dataflow.config.plugins_toml import find_plugins_toml
from dataflow.diagnostics import Problem
from dataflow.expressions.limits import Limits

ROOT = Path(__file__).parents[2]


def told(problem: Problem) -> str:
    """Everything that a problem says, as text."""
    lines = [f"{problem.code} {problem.message}"]
    lines += [f"  {key}: {value}" for key, value in problem.context.items()]
    lines += [f"  because {problem.cause}"]
    lines += [f"  {solution.text} {solution.code}" for solution in problem.solutions]
    return "\n".join(lines)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(project: Path, text: str) -> Path:
    file = project / "plugins.toml"
    file.write_text(text)
    return file


def names(config: Config) -> list[str]:
    return [request.name for request in config.plugins]


def problems_of(project: Path, profile: str = "development", **environ: str) -> list[str]:
    return [told(one) for one in draft_config(profile, {}, environ=environ, directory=project).problems]


def test_the_reference_file_equals_the_built_in_profiles() -> None:
    assert tomllib.loads((ROOT / "plugins.toml").read_text())["profiles"] == BUILTIN_PROFILES


@pytest.mark.parametrize("profile", sorted(BUILTIN_PROFILES))
def test_the_reference_file_changes_no_option(profile: str, tmp_path: Path) -> None:
    options = {"database_url": tmp_path / "app.db"}
    alone = load_config(profile, options, environ={}, directory=tmp_path)
    with_file = load_config(profile, options, environ={}, directory=ROOT)
    assert [(one.name, one.value) for one in alone.describe()] == [
        (one.name, one.value) for one in with_file.describe()
    ]
    assert names(alone) == names(with_file)


def test_development_is_the_default_and_needs_nothing(project: Path) -> None:
    config = load_config(environ={})
    assert (config.profile, config.database_url.in_memory, config.auto_migrate) == ("development", True, True)
    assert [(one.name, one.is_optional) for one in config.plugins] == [
        ("sqlite", False),
        ("trace", True),
        ("progress", True),
        ("visualize", True),
        ("profile", True),
        ("generate-data", True),
    ]


def test_production_uses_the_schema_that_is_there(project: Path) -> None:
    config = load_config("production", {"database_url": "postgresql://h/db"}, environ={})
    assert (config.pool_size, config.auto_migrate, config.existing_schema_mode) == (20, False, True)
    assert (config.schema_cache_ttl_s, config.schema_cache_validation, config.python_code_nodes) == (300.0, True, False)
    assert names(config) == ["postgres"]


def test_the_argument_chooses_before_the_variable(project: Path) -> None:
    environ = {"DATAFLOW_PROFILE": "testing"}
    assert load_config(environ=environ).profile == "testing"
    assert load_config("development", environ=environ).profile == "development"


def test_a_table_of_a_built_in_name_lies_over_it(project: Path) -> None:
    written(project, "[profiles.development]\nplugins = []\n[profiles.development.options]\npool_size = 9\n")
    config = load_config(environ={})
    assert (config.pool_size, config.schema_cache_enabled, names(config)) == (9, True, ["sqlite"])


def test_a_profile_extends_another_key_by_key(project: Path) -> None:
    written(
        project,
        """
        [profiles.shop]
        extends = "production"
        plugins = ["metrics", "trace@dataflow-trace"]
        optional = ["trace@dataflow-trace"]

        [profiles.shop.options]
        database_url = "sqlite:///shop.db"
        pool_size = 50
        metrics.prefix = "shop"

        [profiles.night]
        extends = "shop"

        [profiles.night.options]
        pool_size = 2
        """,
    )
    config = load_config("night", environ={})
    assert (config.pool_size, config.existing_schema_mode) == (2, True)
    assert config.database_url.path == project / "shop.db"
    assert [(one.name, one.distribution, one.is_optional) for one in config.plugins] == [
        ("sqlite", None, False),
        ("metrics", None, False),
        ("trace", "dataflow-trace", True),
    ]
    assert [(one.name, one.value) for one in config.plugin_settings] == [("metrics.prefix", "shop")]
    assert config.origins["pool_size"] == Origin("plugins.toml", f"{project / 'plugins.toml'} [profiles.night.options]")


def test_a_profile_without_a_parent_has_the_defaults_of_the_kernel(project: Path) -> None:
    written(project, '[profiles.bare]\ndescription = "nothing but defaults"\n')
    config = load_config("bare", environ={})
    assert [one.value for one in config.describe()] == [one.value for one in Config().describe()]


def test_an_optional_plugin_whose_options_are_given_is_no_longer_optional(project: Path) -> None:
    config = load_config(options={"trace": {"level": "sql"}}, environ={})
    assert [one.is_optional for one in config.plugins if one.name == "trace"] == [False]


def test_the_adapter_of_the_url_comes_first_unless_it_is_listed(project: Path) -> None:
    url = "mariadb://h/db"
    assert names(load_config("testing", {"database_url": url, "plugins": ["a"]}, environ={})) == ["mysql", "a"]
    assert names(load_config("testing", {"database_url": url, "plugins": ["a", "mysql"]}, environ={})) == ["a", "mysql"]
    assert names(load_config("testing", {"database_url": "duckdb:///x", "plugins": ["a"]}, environ={})) == ["a"]


def test_a_plugin_that_profile_and_argument_name_stands_where_the_argument_puts_it(project: Path) -> None:
    config = load_config(options={"plugins": ["a", "trace", "b"]}, environ={})
    assert [(one.name, one.is_optional) for one in config.plugins[-3:]] == [
        ("a", False),
        ("trace", False),
        ("b", False),
    ]


def test_a_file_is_found_from_inside_the_project_and_not_above_it(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "package" / "deep"
    inner.mkdir(parents=True)
    outside = tmp_path / "plugins.toml"
    outside.touch()
    (tmp_path / "project" / ".git").mkdir()
    assert find_plugins_toml(inner, {}) is None
    (tmp_path / "project" / "plugins.toml").touch()
    assert find_plugins_toml(inner, {}) == tmp_path / "project" / "plugins.toml"
    (inner / "plugins.toml").touch()
    assert find_plugins_toml(inner, {}) == inner / "plugins.toml"
    assert find_plugins_toml(inner, {"DATAFLOW_PLUGINS_TOML": str(outside)}) == outside
    assert find_plugins_toml(inner, {"DATAFLOW_PLUGINS_TOML": "other.toml"}) == inner / "other.toml"


def test_an_unknown_profile(project: Path) -> None:
    assert problems_of(project, "prodution") == [
        "DF-C106 unknown profile 'prodution'\n"
        "  profile: prodution\n"
        "  source: argument\n"
        "  known: development, production, testing, with_migrations\n"
        "  because neither the framework nor a plugins.toml defines a profile of that name\n"
        "  did you mean 'production'? DataFlow(profile=\"production\")\n"
        '  or define it in plugins.toml: [profiles.prodution]\nextends = "development"'
    ]


def test_an_unknown_parent_is_told_with_the_table_that_names_it(project: Path) -> None:
    file = written(project, '[profiles.mine]\nextends = "developement"\n')
    assert problems_of(project, "mine")[0].splitlines()[:3] == [
        "DF-C106 unknown profile 'developement'",
        "  profile: developement",
        f"  source: plugins.toml {file} [profiles.mine]",
    ]


def test_an_unknown_profile_is_answered_where_it_was_named() -> None:
    draft = draft_config(None, {}, environ={"DATAFLOW_PROFILE": ""})
    assert [told(one) for one in draft.problems] == [
        "DF-C106 unknown profile ''\n"
        "  profile: \n"
        "  source: environment DATAFLOW_PROFILE\n"
        "  known: development, production, testing, with_migrations\n"
        "  because neither the framework nor a plugins.toml defines a profile of that name\n"
        "  use one that is there, such as 'development': DATAFLOW_PROFILE=development\n"
        '  or define it in plugins.toml: [profiles."..."]\nextends = "development"'
    ]


def test_a_file_may_begin_with_a_byte_order_mark(project: Path) -> None:
    written(project, "\ufeff[profiles.development.options]\npool_size = 7\n")
    assert load_config(environ={}, directory=project).pool_size == 7


def test_profiles_that_extend_each_other(project: Path) -> None:
    file = written(project, '[profiles.a]\nextends = "b"\n[profiles.b]\nextends = "a"\n')
    assert problems_of(project, "a") == [
        "DF-C107 profile 'a' extends itself: a -> b -> a\n"
        "  profile: a\n"
        f"  source: plugins.toml {file} [profiles.a]\n"
        "  because a profile is made from its parent, so there must be an eldest\n"
        "  take one 'extends' out of the circle, or extend a built-in profile: extends = \"development\""
    ]


def test_a_file_that_the_variable_names_has_to_exist(project: Path) -> None:
    assert problems_of(project, DATAFLOW_PLUGINS_TOML="nowhere.toml") == [
        f"DF-C108 no such file '{project / 'nowhere.toml'}'\n"
        "  variable: DATAFLOW_PLUGINS_TOML\n"
        "  because the variable names the one plugins.toml to read, and nothing else is looked for\n"
        "  name a file that exists, or unset the variable: unset DATAFLOW_PLUGINS_TOML"
    ]


FORM = '  the form is: [profiles.mine]\nextends = "development"\nplugins = ["trace"]\n\n[profiles.mine.options]\npool_size = 10'


def test_a_file_that_is_not_toml(project: Path) -> None:
    file = written(project, "[profiles.mine\n")
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(file.read_text())
    assert problems_of(project) == [
        f"DF-C105 '{file}' cannot be read as TOML\n"
        f"  file: {file}\n"
        f"  reason: {caught.value}\n"
        "  because the file that sets profiles and options has to be understood before anything else\n" + FORM
    ]


def test_an_unknown_key_and_a_wrong_value_come_together(project: Path) -> None:
    file = written(project, 'profile = "x"\n[profiles.mine]\npluginz = []\nblock = "trace"\n')
    assert problems_of(project) == [
        f"DF-C105 unknown key 'profile' in '{file}'\n"
        f"  file: {file}\n  key: profile\n  known: profiles\n"
        "  because the file holds [profiles.NAME] tables only\n"
        "  did you mean 'profiles'? [profiles.NAME]\n" + FORM,
        f"DF-C105 unknown key 'pluginz' in [profiles.mine] of '{file}'\n"
        f"  file: {file}\n  key: pluginz\n  known: extends, description, plugins, optional, block, persistent, options\n"
        "  because options stand in [profiles.mine.options]\n"
        "  did you mean 'plugins'? plugins = ...\n" + FORM,
        f"DF-C105 wrong value for 'profiles.mine.block' in '{file}': expected a list\n"
        f"  file: {file}\n  key: profiles.mine.block\n  given: 'trace'\n  expected: list[str]\n"
        "  because the form of plugins.toml is fixed\n" + FORM,
    ]


def test_a_wrong_option_in_the_file_is_answered_in_its_own_syntax(project: Path) -> None:
    file = written(
        project, "[profiles.development.options]\ndebug = 1\n[profiles.development.options.limits]\nmax_in = true\n"
    )
    assert [one.splitlines()[4:] for one in problems_of(project)] == [
        [
            f"  source: plugins.toml {file} [profiles.development.options]",
            "  because the option is declared as bool | str, and nothing is guessed",
            "  give a value that it takes: debug = false",
        ],
        [
            f"  source: plugins.toml {file} [profiles.development.options]",
            "  because the option is declared as int, and nothing is guessed",
            f"  give a value that it takes: limits.max_in = {Limits().max_in}",
        ],
    ]


def test_an_optional_plugin_has_to_be_listed(project: Path) -> None:
    file = written(project, '[profiles.mine]\nplugins = ["trace"]\noptional = ["trase"]\n')
    assert problems_of(project, "mine") == [
        "DF-C109 optional plugin 'trase' is not in the list of plugins\n"
        f"  source: plugins.toml {file} [profiles.mine]\n"
        "  plugins: trace\n"
        "  because 'optional' says which of 'plugins' may be missing; the order stands in 'plugins'\n"
        "  did you mean 'trace'? optional = [\"trace\"]\n"
        '  or ask for it: plugins = ["trace", "trase"]'
    ]
