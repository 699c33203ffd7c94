"""Options that cannot hold together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataflow.config.known_options import NEEDS_PERSISTENCE
from dataflow.config.option import DEFAULT, Origin, Setting
from dataflow.config.options import Config
from dataflow.config.problems import assignment
from dataflow.config.profiles import Profile
from dataflow.diagnostics import Problem, Solution, Where

_FILE = "sqlite:///app.db"
# a variable and an argument are both said by whoever starts the program
_STRENGTH = {"default": 0, "profile": 1, "plugins.toml": 2, "environment": 3, "argument": 3}
_SERVER = "postgresql://user:password@host/database"


def settle(values: dict[str, Any], origins: dict[str, Origin]) -> None:
    """Let what a profile says of one side give way to what a stronger source says of the other.

    ``DataFlow(existing_schema_mode=True)`` in the development profile needs no ``auto_migrate=False``.
    """
    sides = ("auto_migrate", "existing_schema_mode")
    if not (values.get(sides[0], True) and values.get(sides[1], False)):
        return
    weaker, stronger = sorted(sides, key=lambda side: _STRENGTH[origins.get(side, DEFAULT).kind])
    reason = origins[stronger]
    if _STRENGTH[origins.get(weaker, DEFAULT).kind] < _STRENGTH[reason.kind]:
        values[weaker] = False
        origins[weaker] = Origin(reason.kind, f"{reason.detail} {stronger}=True".strip())


def check_conflicts(config: Config, profile: Profile, foreign: Sequence[Setting] = ()) -> list[Problem]:
    """Every conflict of the kernel's options: DF-C301 to DF-C304.

    :param foreign: options of plugins that are not loaded; some conflict all the same.
    """
    found = (
        _memory_features(config, foreign),
        _two_schema_modes(config),
        _missing_database(config, profile),
        _memory_profile(config, profile),
    )
    return [one for one in found if one is not None]


def _memory_features(config: Config, foreign: Sequence[Setting]) -> Problem | None:
    on = {one.name: one for one in foreign if one.name in NEEDS_PERSISTENCE and _is_on(one)}
    if not on or not config.database_url.in_memory:
        return None
    names = ", ".join(f"'{name}'" for name in on)
    given = ", ".join(f"{name}=True" for name in on)
    return Problem(
        code="DF-C301",
        message=f"an in-memory database conflicts with {names}",
        where=Where(operation="configuration", path=next((one.path for one in on.values() if one.path), ())),
        context={
            "features": "; ".join(f"{name}: {NEEDS_PERSISTENCE[name]}" for name in on),
            "database_url": specified(config, "database_url"),
            **{name: f"{one.value!r} ({one.origin})" for name, one in on.items()},
        },
        cause="what is in memory is gone when the process ends, and no other process sees it",
        solutions=(
            Solution("keep the database in a file:", f'DataFlow(database_url="{_FILE}", {given})'),
            Solution("or on a server:", f'DataFlow(database_url="{_SERVER}", {given})'),
            Solution("or turn the feature off:" if len(on) == 1 else "or turn the features off:", "DataFlow()"),
        ),
    )


def _two_schema_modes(config: Config) -> Problem | None:
    if not (config.auto_migrate and config.existing_schema_mode):
        return None
    return Problem(
        code="DF-C302",
        message="'auto_migrate' conflicts with 'existing_schema_mode'",
        where=Where(operation="configuration", path=config.path("existing_schema_mode", "auto_migrate")),
        context={name: specified(config, name) for name in ("auto_migrate", "existing_schema_mode")},
        cause="the one creates missing tables, the other promises to create nothing",
        solutions=(
            Solution("use the tables that are there:", "DataFlow(existing_schema_mode=True, auto_migrate=False)"),
            Solution("or create what is missing:", "DataFlow(existing_schema_mode=False, auto_migrate=True)"),
        ),
    )


def _missing_database(config: Config, profile: Profile) -> Problem | None:
    if not profile.is_persistent or "database_url" in config.origins:
        return None
    return Problem(
        code="DF-C303",
        message=f"profile '{profile.name}' needs a database_url",
        where=Where(operation="configuration"),
        context={"profile": profile.name, "database_url": "not given"},
        cause="a profile for real data never falls back to a database that is gone when the process ends",
        solutions=_database_ways(profile),
    )


def _memory_profile(config: Config, profile: Profile) -> Problem | None:
    if not profile.is_persistent or "database_url" not in config.origins or not config.database_url.in_memory:
        return None
    return Problem(
        code="DF-C304",
        message=f"profile '{profile.name}' conflicts with an in-memory database",
        where=Where(operation="configuration", path=config.path("database_url")),
        context={"profile": profile.name, "database_url": specified(config, "database_url")},
        cause="what is in memory is gone when the process ends, and the profile is for data that stays",
        solutions=(
            *_database_ways(profile),
            Solution("or use a profile for trying things out:", 'DataFlow(profile="development")'),
        ),
    )


def _database_ways(profile: Profile) -> tuple[Solution, ...]:
    start = f'DataFlow(profile="{profile.name}", database_url='
    return (
        Solution("give a server's URL:", f'{start}"{_SERVER}")'),
        Solution("or a file:", f'{start}"{_FILE}")'),
        Solution("or set the variable:", assignment(Origin("environment"), "database_url", _SERVER)),
    )


def specified(config: Config, name: str) -> str:
    """An option's value with the source that decided it."""
    value = getattr(config, name)
    shown = value if isinstance(value, bool | int | float) else f"'{value}'"
    return f"{shown} ({config.origins.get(name, DEFAULT)})"


def _is_on(setting: Setting) -> bool:
    if setting.is_text:
        return str(setting.value).strip().lower() not in ("", "0", "false", "no", "off")
    return bool(setting.value)
