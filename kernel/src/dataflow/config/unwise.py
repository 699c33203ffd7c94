"""Options that hold together but are rarely meant: warnings, each of which can be silenced."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Collection, Sequence

from dataflow.config.conflicts import specified
from dataflow.config.options import Config
from dataflow.config.profiles import Profile
from dataflow.diagnostics import DataFlowWarning, Problem, Solution, Where

PROJECT = "dataflow"


def warn_about(problems: Sequence[Problem], silence: Collection[str]) -> None:
    """Give a DataFlowWarning, at the user's own line, for each problem whose code is not silenced."""
    for problem in problems:
        if problem.code not in silence:
            warnings.warn(DataFlowWarning(problem), stacklevel=_users_level())


def _users_level() -> int:
    """How many frames above ``warn_about`` the nearest code outside of this package is."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == PROJECT:
        level, frame = level + 1, frame.f_back
    return level


def check_unwise(config: Config, profile: Profile) -> list[Problem]:
    """Combinations that work but are rarely meant: DF-C201 to DF-C204."""
    found = (
        (profile.is_persistent and config.debug, _debug_in_production),
        (profile.is_persistent and config.python_code_nodes, _code_in_production),
        (config.schema_cache_validation and not config.schema_cache_enabled, _validation_without_cache),
        (config.pool_timeout_s < config.connect_timeout_s, _pool_before_connect),
    )
    return [make(config) for is_so, make in found if is_so]


def _debug_in_production(config: Config) -> Problem:
    return _unwise(
        config,
        "DF-C201",
        f"'debug' is on in profile '{config.profile}'",
        ["debug"],
        "debug output holds the values of records, and costs time in every operation",
        Solution("turn it off:", "debug=False"),
    )


def _code_in_production(config: Config) -> Problem:
    return _unwise(
        config,
        "DF-C202",
        f"'python_code_nodes' is on in profile '{config.profile}'",
        ["python_code_nodes"],
        "Python code in a workflow can do whatever the process can; it cannot be sandboxed",
        Solution("use a function instead:", 'workflow.add_node("FunctionNode", "step", {"function": function})'),
    )


def _validation_without_cache(config: Config) -> Problem:
    return _unwise(
        config,
        "DF-C203",
        "'schema_cache_validation' has no effect without 'schema_cache_enabled'",
        ["schema_cache_validation", "schema_cache_enabled"],
        "it validates what the cache holds, and nothing is cached",
        Solution("turn the cache on:", "schema_cache_enabled=True"),
    )


def _pool_before_connect(config: Config) -> Problem:
    return _unwise(
        config,
        "DF-C204",
        "'pool_timeout_s' is shorter than 'connect_timeout_s'",
        ["pool_timeout_s", "connect_timeout_s"],
        "an operation stops waiting for a connection before opening one may fail, so the reason is never seen",
        Solution("wait longer for the pool:", f"pool_timeout_s={config.connect_timeout_s}"),
    )


def _unwise(config: Config, code: str, message: str, options: Sequence[str], cause: str, way: Solution) -> Problem:
    silence = Solution("or silence this warning:", f'DataFlow(silence=["{code}"])')
    return Problem(
        code=code,
        message=message,
        where=Where(operation="configuration", path=config.path(*options)),
        context={one: specified(config, one) for one in options},
        cause=cause,
        solutions=(way, silence),
    )
