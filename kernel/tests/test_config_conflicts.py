"""Options that cannot hold together are refused at construction; unwise ones warn."""

from pathlib import Path

import pytest

from dataflow.config.loading import draft_config, load_config
from dataflow.config.option import Origin
from dataflow.diagnostics import DataFlowWarning, Problem

URL = "postgresql://app:pw@host/db"


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


def conflicts(profile: str | None = None, /, **options: object) -> list[str]:
    problems = draft_config(profile, options, environ={}).problems
    return [told(one) for one in problems if one.code.startswith("DF-C3")]


def test_an_in_memory_database_with_features_that_need_a_persistent_one() -> None:
    assert conflicts(multi_tenant=True, enable_model_persistence=True) == [
        "DF-C301 an in-memory database conflicts with 'multi_tenant', 'enable_model_persistence'\n"
        "  features: multi_tenant: several tenants in one database; "
        "enable_model_persistence: model definitions kept in the database\n"
        "  database_url: 'sqlite:///:memory:' (profile 'development')\n"
        "  multi_tenant: True (argument)\n"
        "  enable_model_persistence: True (argument)\n"
        "  because what is in memory is gone when the process ends, and no other process sees it\n"
        "  keep the database in a file: "
        'DataFlow(database_url="sqlite:///app.db", multi_tenant=True, enable_model_persistence=True)\n'
        "  or on a server: DataFlow("
        'database_url="postgresql://user:password@host/database", multi_tenant=True, enable_model_persistence=True)\n'
        "  or turn the features off: DataFlow()"
    ]


def test_a_feature_that_is_off_or_a_database_that_stays_is_no_conflict() -> None:
    assert conflicts(multi_tenant=False) == []
    assert conflicts(multi_tenant=True, database_url=URL) == []


def test_auto_migrate_with_existing_schema_mode() -> None:
    assert conflicts(auto_migrate=True, existing_schema_mode=True) == [
        "DF-C302 'auto_migrate' conflicts with 'existing_schema_mode'\n"
        "  auto_migrate: True (argument)\n"
        "  existing_schema_mode: True (argument)\n"
        "  because the one creates missing tables, the other promises to create nothing\n"
        "  use the tables that are there: DataFlow(existing_schema_mode=True, auto_migrate=False)\n"
        "  or create what is missing: DataFlow(existing_schema_mode=False, auto_migrate=True)"
    ]


def test_what_a_profile_says_of_one_schema_mode_gives_way_to_what_a_user_says_of_the_other() -> None:
    config = load_config(options={"existing_schema_mode": True}, environ={})
    assert (config.auto_migrate, config.existing_schema_mode) == (False, True)
    assert config.origins["auto_migrate"] == Origin("argument", "existing_schema_mode=True")
    config = load_config("production", {"auto_migrate": True, "database_url": URL}, environ={})
    assert (config.auto_migrate, config.existing_schema_mode) == (True, False)


def test_production_without_a_database() -> None:
    assert conflicts("production") == [
        "DF-C303 profile 'production' needs a database_url\n"
        "  profile: production\n"
        "  database_url: not given\n"
        "  because a profile for real data never falls back to a database that is gone when the process ends\n"
        '  give a server\'s URL: DataFlow(profile="production", database_url="postgresql://user:password@host/database")\n'
        '  or a file: DataFlow(profile="production", database_url="sqlite:///app.db")\n'
        "  or set the variable: DATAFLOW_DATABASE_URL=postgresql://user:password@host/database"
    ]


def test_production_in_memory() -> None:
    assert conflicts("production", database_url=":memory:") == [
        "DF-C304 profile 'production' conflicts with an in-memory database\n"
        "  profile: production\n"
        "  database_url: 'sqlite:///:memory:' (argument)\n"
        "  because what is in memory is gone when the process ends, and the profile is for data that stays\n"
        '  give a server\'s URL: DataFlow(profile="production", database_url="postgresql://user:password@host/database")\n'
        '  or a file: DataFlow(profile="production", database_url="sqlite:///app.db")\n'
        "  or set the variable: DATAFLOW_DATABASE_URL=postgresql://user:password@host/database\n"
        '  or use a profile for trying things out: DataFlow(profile="development")'
    ]


def test_production_on_a_file_is_fine() -> None:
    assert load_config("production", {"database_url": "sqlite:///app.db"}, environ={}).existing_schema_mode


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"debug": True},
            "DF-C201 'debug' is on in profile 'production'\n"
            "  debug: True (argument)\n"
            "  because debug output holds the values of records, and costs time in every operation\n"
            "  turn it off: debug=False\n"
            '  or silence this warning: DataFlow(silence=["DF-C201"])',
        ),
        (
            {"python_code_nodes": True},
            "DF-C202 'python_code_nodes' is on in profile 'production'\n"
            "  python_code_nodes: True (argument)\n"
            "  because Python code in a workflow can do whatever the process can; it cannot be sandboxed\n"
            '  use a function instead: workflow.add_node("FunctionNode", "step", {"function": function})\n'
            '  or silence this warning: DataFlow(silence=["DF-C202"])',
        ),
        (
            {"schema_cache_enabled": False},
            "DF-C203 'schema_cache_validation' has no effect without 'schema_cache_enabled'\n"
            "  schema_cache_validation: True (profile 'production')\n"
            "  schema_cache_enabled: False (argument)\n"
            "  because it validates what the cache holds, and nothing is cached\n"
            "  turn the cache on: schema_cache_enabled=True\n"
            '  or silence this warning: DataFlow(silence=["DF-C203"])',
        ),
        (
            {"pool_timeout_s": 5},
            "DF-C204 'pool_timeout_s' is shorter than 'connect_timeout_s'\n"
            "  pool_timeout_s: 5.0 (argument)\n"
            "  connect_timeout_s: 10.0 (default)\n"
            "  because an operation stops waiting for a connection before opening one may fail, "
            "so the reason is never seen\n"
            "  wait longer for the pool: pool_timeout_s=10.0\n"
            '  or silence this warning: DataFlow(silence=["DF-C204"])',
        ),
    ],
)
def test_an_unwise_combination_warns_and_can_be_silenced(options: dict[str, object], expected: str) -> None:
    options = {"database_url": URL, **options}
    draft = draft_config("production", options, environ={})
    assert [told(one) for one in draft.warnings] == [expected]
    code = expected[:7]
    with pytest.warns(DataFlowWarning, match=code):
        load_config("production", options, environ={})
    load_config("production", {**options, "silence": [code]}, environ={})
