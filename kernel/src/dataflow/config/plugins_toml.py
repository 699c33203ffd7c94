"""The file plugins.toml: where it is looked for, and its form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataflow.config.coercion import checked_option, spelling
from dataflow.config.file_problems import (
    missing_plugins_toml,
    unknown_key,
    unreadable_plugins_toml,
    wrong_value_in_file,
)
from dataflow.config.profiles import ProfileTable, profile_table
from dataflow.diagnostics import Problem
from dataflow.values.faults import ValueFault

FILE_NAME = "plugins.toml"
VARIABLE = "DATAFLOW_PLUGINS_TOML"
#: what marks the directory of a project: nothing above it is read
_PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")

_KEYS: Mapping[str, Any] = {
    "extends": str,
    "description": str,
    "plugins": list[str],
    "optional": list[str],
    "block": list[str],
    "persistent": bool,
    "options": dict[str, Any],
}


def find_plugins_toml(directory: Path, environ: Mapping[str, str]) -> Path | None:
    """The file that the variable names, or the nearest one from a directory up to its project's root.

    Outside of a project only the directory itself is looked at: a file in a shared parent such as
    the temporary directory may be somebody else's.
    """
    if VARIABLE in environ:
        return (directory / environ[VARIABLE]).resolve()
    searched = []
    for one in (directory, *directory.parents):
        searched.append(one)
        if any((one / mark).exists() for mark in _PROJECT_MARKS):
            break
    else:
        searched = [directory]
    return next((one / FILE_NAME for one in searched if (one / FILE_NAME).is_file()), None)


def read_plugins_toml(file: Path, problems: list[Problem]) -> dict[str, ProfileTable]:
    """The profiles of a file, by name. What is wrong is appended to ``problems`` and left out."""
    # only an application with such a file pays for the parser
    import tomllib

    try:
        # some editors begin a file with a byte order mark
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        problems.append(missing_plugins_toml(file))
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(unreadable_plugins_toml(file, error))
        return {}
    problems.extend(unknown_key(file, "", key, ("profiles",)) for key in data if key != "profiles")
    profiles = _checked(file, "profiles", dict[str, dict[str, Any]], data.get("profiles", {}), problems) or {}
    return {name: _table(file, name, table, problems) for name, table in profiles.items()}


def _table(file: Path, name: str, data: Mapping[str, Any], problems: list[Problem]) -> ProfileTable:
    place = f"profiles.{name}"
    problems.extend(unknown_key(file, place, key, tuple(_KEYS)) for key in data if key not in _KEYS)
    known = {key: _checked(file, f"{place}.{key}", _KEYS[key], data[key], problems) for key in data if key in _KEYS}
    return profile_table(name, {key: value for key, value in known.items() if value is not None}, file)


def _checked(file: Path, place: str, annotation: Any, value: object, problems: list[Problem]) -> Any:
    try:
        return checked_option(annotation, value)
    except ValueFault as fault:
        problems.append(wrong_value_in_file(file, place, spelling(annotation), value, fault))
        return None
