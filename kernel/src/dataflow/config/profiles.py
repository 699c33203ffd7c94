"""Profiles: named sets of plugins and options, of which one may extend another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from dataflow.config.builtin_profiles import BUILTIN_PROFILES
from dataflow.config.file_problems import extends_itself, unknown_profile
from dataflow.config.option import Origin
from dataflow.diagnostics import Problem


def _names(listed: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if listed is None else tuple(listed)


@attrs.frozen
class ProfileTable:
    """One ``[profiles.NAME]`` table as written. None means that the key is absent, so that the parent's counts.

    ``persistent`` asks for a database that is given and outlives the process. ``file`` is None for
    the profiles that ship with the framework.
    """

    name: str
    extends: str | None = None
    plugins: tuple[str, ...] | None = attrs.field(default=None, converter=_names)
    optional: tuple[str, ...] | None = attrs.field(default=None, converter=_names)
    block: tuple[str, ...] | None = attrs.field(default=None, converter=_names)
    persistent: bool | None = None
    description: str = ""
    options: Mapping[str, Any] = attrs.field(factory=dict)
    file: Path | None = attrs.field(default=None, eq=False)

    @property
    def origin(self) -> Origin:
        """What the table decides itself; for its options the origin is ``options_origin``."""
        if self.file is None:
            return Origin("profile", f"'{self.name}'")
        return Origin("plugins.toml", f"{self.file} [profiles.{self.name}]")

    @property
    def options_origin(self) -> Origin:
        if self.file is None:
            return self.origin
        return Origin("plugins.toml", f"{self.file} [profiles.{self.name}.options]")


@attrs.frozen
class Profile:
    """A profile with its ancestors, the eldest first. A key that a table gives replaces its parent's."""

    name: str
    tables: tuple[ProfileTable, ...]

    @property
    def is_persistent(self) -> bool:
        return next((one.persistent for one in reversed(self.tables) if one.persistent is not None), False)

    def rank(self, table: ProfileTable) -> int:
        """How strong a table is among its ancestors and descendants."""
        return self.tables.index(table)

    def giving(self, key: str) -> ProfileTable | None:
        """The table whose ``plugins``, ``optional`` or ``block`` counts."""
        return next((one for one in reversed(self.tables) if getattr(one, key) is not None), None)


def profile_table(name: str, data: Mapping[str, Any], file: Path | None = None) -> ProfileTable:
    """A table from data whose form is already checked."""
    return ProfileTable(name, **data, file=file)


def builtin_profiles() -> dict[str, ProfileTable]:
    """The profiles that ship with the framework, by name."""
    return {name: profile_table(name, data) for name, data in BUILTIN_PROFILES.items()}


def resolved_profile(name: str, origin: Origin, users: Mapping[str, ProfileTable], problems: list[Problem]) -> Profile:
    """The profile of a name. A user's table of a built-in name lies over the built-in one, unless it extends another.

    What is wrong is appended to ``problems``; the profile then has the tables that were found.
    """
    builtin = builtin_profiles()
    chain: list[ProfileTable] = []
    table = users.get(name) or builtin.get(name)
    if table is None:
        problems.append(unknown_profile(name, origin, sorted({*builtin, *users})))
    while table is not None:
        if any(table is one for one in chain):
            problems.append(extends_itself(name, [one.name for one in reversed(chain)], chain[-1].origin))
            break
        chain.insert(0, table)
        table = _parent(table, users, builtin, problems)
    return Profile(name, tuple(chain))


def _parent(
    table: ProfileTable,
    users: Mapping[str, ProfileTable],
    builtin: Mapping[str, ProfileTable],
    problems: list[Problem],
) -> ProfileTable | None:
    if table.file is None:
        return None
    wanted = table.extends
    if wanted is None or (wanted == table.name and wanted in builtin):
        return builtin.get(table.name)
    found = users.get(wanted) or builtin.get(wanted)
    if found is None:
        problems.append(unknown_profile(wanted, table.origin, sorted({*builtin, *users})))
    return found
