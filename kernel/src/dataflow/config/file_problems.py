"""The problems of profiles and of the file plugins.toml, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dataflow.config.database_url import masked
from dataflow.config.option import Origin
from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, closest
from dataflow.values.faults import ValueFault

_FORM = '[profiles.mine]\nextends = "development"\nplugins = ["trace"]\n\n[profiles.mine.options]\npool_size = 10'


def unknown_profile(name: str, origin: Origin, known: Sequence[str]) -> Problem:
    """DF-C106: a profile that neither the framework nor plugins.toml defines."""
    # a table's name is written bare where TOML allows it
    table = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else '"..."'
    near = closest(name, known)[:1]
    text = "did you mean '{}'?" if near else "use one that is there, such as '{}':"
    return Problem(
        code="DF-C106",
        message=f"unknown profile '{name}'",
        where=Where(operation="configuration"),
        context={"profile": name, "source": str(origin), "known": ", ".join(known)},
        cause="neither the framework nor a plugins.toml defines a profile of that name",
        solutions=(
            *(Solution(text.format(one), _choice(one, origin)) for one in near or known[:1]),
            Solution("or define it in plugins.toml:", f'[profiles.{table}]\nextends = "development"'),
        ),
        fix=Fix("unsafe", edits=(Edit(("profile",), "replace", f'"{near[0]}"'),))
        if near and origin.kind == "argument"
        else None,
    )


def _choice(profile: str, origin: Origin) -> str:
    """How a profile is named in the place that named the wrong one."""
    if origin.kind == "environment":
        return f"DATAFLOW_PROFILE={profile}"
    return f'extends = "{profile}"' if origin.kind == "plugins.toml" else f'DataFlow(profile="{profile}")'


def extends_itself(name: str, chain: Sequence[str], origin: Origin) -> Problem:
    """DF-C107: profiles that extend each other in a circle."""
    return Problem(
        code="DF-C107",
        message=f"profile '{name}' extends itself: {' -> '.join([*chain, chain[0]])}",
        where=Where(operation="configuration"),
        context={"profile": name, "source": str(origin)},
        cause="a profile is made from its parent, so there must be an eldest",
        solutions=(
            Solution("take one 'extends' out of the circle, or extend a built-in profile:", 'extends = "development"'),
        ),
    )


def missing_plugins_toml(file: Path) -> Problem:
    """DF-C108: the file that the variable names is not there."""
    return Problem(
        code="DF-C108",
        message=f"no such file '{file}'",
        where=Where(operation="configuration"),
        context={"variable": "DATAFLOW_PLUGINS_TOML"},
        cause="the variable names the one plugins.toml to read, and nothing else is looked for",
        solutions=(Solution("name a file that exists, or unset the variable:", "unset DATAFLOW_PLUGINS_TOML"),),
    )


def unreadable_plugins_toml(file: Path, error: Exception) -> Problem:
    """DF-C105: a file that cannot be read, or is not TOML."""
    return Problem(
        code="DF-C105",
        message=f"'{file}' cannot be read as TOML",
        where=Where(operation="configuration"),
        context={"file": str(file), "reason": str(error)},
        cause="the file that sets profiles and options has to be understood before anything else",
        solutions=(Solution("the form is:", _FORM),),
    )


def unknown_key(file: Path, table: str, key: str, known: Sequence[str]) -> Problem:
    """DF-C105: a key that plugins.toml does not have there."""
    near = closest(key, known)
    place = f"[{table}] of '{file}'" if table else f"'{file}'"
    return Problem(
        code="DF-C105",
        message=f"unknown key '{key}' in {place}",
        where=Where(operation="configuration"),
        context={"file": str(file), "key": key, "known": ", ".join(known)},
        cause=f"options stand in [{table}.options]" if table else "the file holds [profiles.NAME] tables only",
        solutions=(
            *(Solution(f"did you mean '{one}'?", f"{one} = ..." if table else f"[{one}.NAME]") for one in near[:1]),
            Solution("the form is:", _FORM),
        ),
    )


def wrong_value_in_file(file: Path, place: str, expected: str, value: object, fault: ValueFault) -> Problem:
    """DF-C105: a key of plugins.toml with a value of another type."""
    given = masked(value) if isinstance(value, str) else repr(value)
    return Problem(
        code="DF-C105",
        message=f"wrong value for '{place}' in '{file}': expected {fault.expected}",
        where=Where(operation="configuration"),
        context={"file": str(file), "key": place, "given": given[:60], "expected": expected},
        cause="the form of plugins.toml is fixed",
        solutions=(Solution("the form is:", _FORM),),
    )


def optional_without_plugin(name: str, origin: Origin, plugins: Sequence[str]) -> Problem:
    """DF-C109: a plugin named optional that the same table does not ask for."""
    near = closest(name, plugins)
    listed = ", ".join(f'"{one}"' for one in (*plugins, name))
    return Problem(
        code="DF-C109",
        message=f"optional plugin '{name}' is not in the list of plugins",
        where=Where(operation="configuration"),
        context={"source": str(origin), "plugins": ", ".join(plugins) or "none"},
        cause="'optional' says which of 'plugins' may be missing; the order stands in 'plugins'",
        solutions=(
            *(Solution(f"did you mean '{one}'?", f'optional = ["{one}"]') for one in near[:1]),
            Solution("or ask for it:", f"plugins = [{listed}]"),
        ),
    )
