"""The way from profile, plugins.toml, environment and arguments to one checked ``Config``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import attrs

from dataflow.config.builtin_profiles import DEFAULT_PROFILE
from dataflow.config.conflicts import check_conflicts, settle
from dataflow.config.database_url import MEMORY_URL
from dataflow.config.merge import Merge
from dataflow.config.option import ARGUMENT, DEFAULT, Origin
from dataflow.config.options import Config, kernel_groups
from dataflow.config.plugins_toml import find_plugins_toml, read_plugins_toml
from dataflow.config.profiles import Profile, resolved_profile
from dataflow.config.requests import adapter_request, plugin_blocks, plugin_requests
from dataflow.config.sources import gathered_settings
from dataflow.config.unwise import check_unwise, warn_about
from dataflow.diagnostics import Problem, error_of
from dataflow.plugins.request import PluginRequest, option_table


@attrs.frozen
class Draft:
    """A configuration with all that was found wrong in it, before anything is raised.

    Where an option is wrong, the configuration has what a weaker source says. ``warnings`` are
    problems that do not prevent anything.
    """

    config: Config
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every option has the value that its strongest source gives."""
        return not any(problem.code in ("DF-C102", "DF-C103") for problem in self.problems)


def load_config(
    profile: str | None = None,
    options: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Config:
    """The options of one instance, merged from every source; warns about unwise ones.

    :param options: the keyword arguments of ``DataFlow(...)``, with ``plugins`` and ``block`` among them.
    :param environ: instead of ``os.environ``.
    :param directory: instead of the working directory.
    :raises ConfigError: with every problem at once.
    """
    draft = draft_config(profile, options or {}, environ=environ, directory=directory)
    if draft.problems:
        raise error_of(draft.problems)
    warn_about(draft.warnings, draft.config.silence)
    return draft.config


def draft_config(
    profile: str | None,
    arguments: Mapping[str, object],
    *,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Draft:
    """The same, with what is wrong as data."""
    environ = os.environ if environ is None else environ
    directory = directory or Path.cwd()
    problems: list[Problem] = []
    chosen = _chosen_profile(profile, environ, directory, problems)
    asked = _with_adapter(plugin_requests(chosen, arguments, problems), chosen, arguments, environ, directory)
    blocks = plugin_blocks(chosen, arguments, problems)
    plugins = frozenset(option_table(one.name) for one in asked)
    merge = Merge(directory, plugins, problems=problems)
    merge.add(gathered_settings(chosen, arguments, environ, {*plugins, *kernel_groups()}))
    settle(merge.values, merge.origins)
    config = Config(
        profile=chosen.name,
        persistent=chosen.is_persistent,
        plugins=tuple(asked),
        block=blocks,
        plugin_settings=tuple(merge.plugin_settings),
        origins=merge.origins,
        **merge.grouped(),
    )
    problems.extend(check_conflicts(config, chosen, merge.foreign))
    # a conflict says more of an option than that its plugin is not loaded
    problems.sort(key=lambda one: one.code == "DF-C101")
    return Draft(config, tuple(problems), (*merge.warnings, *check_unwise(config, chosen)))


def _chosen_profile(
    argument: str | None, environ: Mapping[str, str], directory: Path, problems: list[Problem]
) -> Profile:
    file = find_plugins_toml(directory, environ)
    users = read_plugins_toml(file, problems) if file is not None else {}
    if argument is not None:
        return resolved_profile(argument, ARGUMENT, users, problems)
    if "DATAFLOW_PROFILE" in environ:
        return resolved_profile(environ["DATAFLOW_PROFILE"], Origin("environment", "DATAFLOW_PROFILE"), users, problems)
    return resolved_profile(DEFAULT_PROFILE, DEFAULT, users, problems)


def _with_adapter(
    asked: list[PluginRequest],
    profile: Profile,
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    directory: Path,
) -> list[PluginRequest]:
    """The requests with the adapter's before them: which one it is, only the merged database_url tells."""
    url = Merge(directory, frozenset())
    settings = gathered_settings(profile, arguments, environ, ())
    url.add(setting for setting in settings if setting.name == "database_url")
    found = url.values.get("database_url", MEMORY_URL)
    return [*adapter_request(found, url.origins.get("database_url", DEFAULT), asked), *asked]
