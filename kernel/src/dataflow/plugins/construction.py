"""Options and plugins of one instance in one step, so that everything wrong with both is said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from dataflow.config.loading import draft_config
from dataflow.config.options import Config
from dataflow.config.unwise import warn_about
from dataflow.diagnostics import error_of
from dataflow.plugins.loading import Loading, checked_by_plugins
from dataflow.plugins.registry import PluginSet


def construct(
    profile: str | None,
    options: Mapping[str, object],
    builtins: Callable[[Config], Sequence[object]] = lambda _: (),
    *,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> tuple[Config, PluginSet]:
    """What ``load_config`` and then ``load_plugins`` give.

    :param builtins: the kernel's own plugins for a configuration.
    :raises DataFlowError: with every problem of both at once.
    """
    draft = draft_config(profile, options, environ=environ, directory=directory)
    loading = Loading(draft.config)
    loading.load(builtins(draft.config))
    problems, warnings = [*draft.problems, *loading.problems], [*draft.warnings, *loading.warnings]
    plugins = PluginSet.of(loading.loaded, loading.absent)
    # a plugin's check of options that are not what the user wrote would mislead
    if draft.is_whole and not loading.problems:
        found, unwise = checked_by_plugins(draft.config, plugins)
        problems, warnings = [*problems, *found], [*warnings, *unwise]
    if problems:
        raise error_of(problems) from loading.error
    warn_about(warnings, draft.config.silence)
    told = tuple(one for one in warnings if one.code not in draft.config.silence)
    return attrs.evolve(draft.config, warnings=told), plugins
