"""Settings of all sources laid over each other: checked values, who decided them, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from dataflow.config.known_options import PLUGIN_OPTIONS, PLUGIN_SPELLING
from dataflow.config.option import Origin, Setting
from dataflow.config.options import kernel_groups, kernel_options
from dataflow.config.problems import foreign_option, table_needed, unknown_option, unknown_variable, wrong_option
from dataflow.config.values import checked_setting
from dataflow.diagnostics import Problem
from dataflow.plugins.discovery import installed_names
from dataflow.values.faults import ValueFault


@attrs.define(eq=False)
class Merge:
    """Takes the settings one by one, the weakest first. A wrong one is reported and changes nothing.

    ``foreign`` are options of plugins that are not asked for, ``plugin_settings`` those of plugins
    that are; the latter are checked when their plugin is loaded.
    """

    directory: Path
    plugin_groups: frozenset[str]
    values: dict[str, Any] = attrs.field(factory=dict)
    origins: dict[str, Origin] = attrs.field(factory=dict)
    foreign: list[Setting] = attrs.field(factory=list)
    plugin_settings: list[Setting] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)
    warnings: list[Problem] = attrs.field(factory=list)

    def add(self, settings: Iterable[Setting]) -> None:
        for setting in settings:
            spelling = PLUGIN_SPELLING.get(setting.name, setting.name)
            if spelling.partition(".")[0] in self.plugin_groups:
                setting = attrs.evolve(setting, name=spelling)
            group, dot, _ = setting.name.partition(".")
            if setting.name in kernel_options():
                self._add_value(setting)
            elif group in self.plugin_groups and dot:
                self.plugin_settings.append(setting)
            elif group in self.plugin_groups or (group in kernel_groups() and not dot):
                self.problems.append(table_needed(setting))
            else:
                self._add_stranger(setting)

    def grouped(self) -> dict[str, Any]:
        """The values as ``Config`` takes them: the parts of a group in one table."""
        found: dict[str, Any] = {}
        for name, value in self.values.items():
            group, dot, part = name.rpartition(".")
            if dot:
                found.setdefault(group, {})[part] = value
            else:
                found[name] = value
        return found

    def _add_value(self, setting: Setting) -> None:
        one = kernel_options()[setting.name]
        try:
            self.values[setting.name] = checked_setting(one, setting, self.directory)
        except ValueFault as fault:
            self.problems.append(wrong_option(one, setting, fault))
        else:
            self.origins[setting.name] = setting.origin

    def _add_stranger(self, setting: Setting) -> None:
        group = setting.name.partition(".")[0]
        owners = PLUGIN_OPTIONS.get(setting.name) or ((group,) if group in installed_names() else ())
        if owners:
            self.foreign.append(setting)
            self.problems.append(foreign_option(setting, owners, self.plugin_groups, installed_names()))
        elif setting.origin.kind == "environment":
            self.warnings.append(unknown_variable(setting, list(kernel_options())))
        else:
            self.problems.append(unknown_option(setting, [*kernel_options(), *sorted(self.plugin_groups)]))
