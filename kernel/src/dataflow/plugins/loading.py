"""From a configuration to the plugins of one instance: asked for, blocked, imported, made, checked, registered."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import attrs

from dataflow.config.option import Origin, Setting
from dataflow.config.options import Config
from dataflow.config.unwise import warn_about
from dataflow.diagnostics import Problem, closest, error_of
from dataflow.plugins.code_owners import publish_codes
from dataflow.plugins.discovery import installed_names
from dataflow.plugins.importing import Imported, import_plugin
from dataflow.plugins.inspection import AbsentPlugin, LoadedPlugin
from dataflow.plugins.load_problems import (
    asked_and_blocked,
    blocked_builtin,
    named_twice,
    no_hook,
    of_distribution,
    skipped_plugin,
    unheard_debug,
    unknown_block,
)
from dataflow.plugins.option_problems import options_of_object
from dataflow.plugins.options import Made, make_plugin
from dataflow.plugins.registry import PluginSet
from dataflow.plugins.request import Block, PluginRequest, option_table, plugin_name
from dataflow.plugins.signatures import check_implementation, implementations, location_of_class

KERNEL = Origin("default", "kernel")
log = logging.getLogger("dataflow")


@attrs.define(eq=False)
class Loading:
    """Loads plugin after plugin, each by itself; what is wrong is collected, ``error`` is the first exception behind it."""

    config: Config
    loaded: list[LoadedPlugin] = attrs.field(factory=list)
    absent: list[AbsentPlugin] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)
    warnings: list[Problem] = attrs.field(factory=list)
    error: BaseException | None = None
    _seen: dict[str, PluginRequest] = attrs.field(factory=dict)

    def load(self, builtins: Sequence[object]) -> None:
        """The kernel's own plugins, then those that the configuration asks for."""
        for spec in builtins:
            self._add_builtin(spec)
        for request in self.config.plugins:
            if not self._is_kept_out(request):
                self._add(request)
        self._check_blocks()

    def _check_blocks(self) -> None:
        asked = {one.name for one in self.config.plugins}
        for block in self.config.block:
            # what is neither asked for nor installed may be meant for another machine
            near = () if block.name in {*asked, *installed_names()} else closest(block.name, asked)
            self.warnings.extend(unknown_block(block, one) for one in near[:1])

    def _add_builtin(self, spec: object) -> None:
        name = plugin_name(spec)
        block = self._block_of(name)
        if block is not None:
            self.problems.append(blocked_builtin(name, block))
        self._seen[name] = PluginRequest(name, KERNEL, rank=-1, target=spec)
        self._register(self._seen[name], spec() if isinstance(spec, type) else spec)

    def _is_kept_out(self, request: PluginRequest) -> bool:
        block = self._block_of(request.name)
        if block is None:
            return False
        if request.rank >= block.rank and not request.is_optional:
            self.problems.append(asked_and_blocked(request, block))
        self.absent.append(AbsentPlugin(request.name, f"blocked by {block.origin}"))
        return True

    def _block_of(self, name: str) -> Block | None:
        return max((one for one in self.config.block if one.name == name), key=lambda one: one.rank, default=None)

    def _add(self, request: PluginRequest) -> None:
        earlier = self._seen.setdefault(request.name, request)
        if earlier is not request:
            self.problems.append(named_twice(request.name, earlier, request))
        elif request.is_by_name:
            self._add_installed(request)
        else:
            self._add_given(request)

    def _add_installed(self, request: PluginRequest) -> None:
        imported = import_plugin(request)
        if imported.cls is not None:
            self._add_made(request, self._made(request, imported.cls), imported)
        elif imported.problem is not None:
            self._refuse(request, [imported.problem], imported.error)

    def _add_given(self, request: PluginRequest) -> None:
        if isinstance(request.target, type):
            self._add_made(request, self._made(request, request.target))
            return
        given = [setting.name.partition(".")[2] for setting in self._settings(request)]
        if given:
            self.problems.append(options_of_object(request.name, given))
        self._register(request, request.target)

    def _made(self, request: PluginRequest, cls: type) -> Made:
        return make_plugin(request.name, cls, self._settings(request), Path.cwd())

    def _settings(self, request: PluginRequest) -> list[Setting]:
        start = f"{option_table(request.name)}."
        return [setting for setting in self.config.plugin_settings if setting.name.startswith(start)]

    def _add_made(self, request: PluginRequest, made: Made, imported: Imported | None = None) -> None:
        if made.problems:
            # wrong options are the user's, so an optional plugin does not hide them
            source = imported.source if imported else None
            self.problems.extend(of_distribution(problem, source) for problem in made.problems)
            self.error = self.error or made.error
        else:
            self._register(request, made.plugin, imported, made)

    def _register(
        self, request: PluginRequest, plugin: object, imported: Imported | None = None, made: Made | None = None
    ) -> None:
        found = list(implementations(request.name, plugin))
        problems = [problem for one in found for problem in check_implementation(one)]
        if not found:
            problems.append(no_hook(request.name, plugin, location_of_class(type(plugin)), request.origin))
        source = imported.source if imported else None
        if problems:
            self._refuse(request, [of_distribution(problem, source) for problem in problems], None)
            return
        self.loaded.append(
            LoadedPlugin(
                name=request.name,
                plugin=plugin,
                origin=request.origin,
                hooks=tuple(one.hook for one in found),
                distribution=source.distribution if source else None,
                version=source.version if source else None,
                import_ms=imported.elapsed_ms if imported else 0.0,
                option_origins=made.origins if made else {},
            )
        )

    def _refuse(self, request: PluginRequest, problems: Sequence[Problem], error: BaseException | None) -> None:
        codes = {problem.code for problem in problems}
        if not request.is_optional or "DF-P105" in codes:
            self.problems.extend(problems)
            self.error = self.error or error
            return
        self.absent.append(AbsentPlugin(request.name, problems[0].message))
        if codes == {"DF-P101"}:
            log.info("optional plugin '%s' is not installed", request.name)
        else:
            self.warnings.extend(skipped_plugin(problem, request.name) for problem in problems)


def load_plugins(config: Config, builtins: Sequence[object] = ()) -> PluginSet:
    """The plugins of one instance: the kernel's own, then those of the configuration, in its order.

    ``dataflow_check_config`` is asked before it returns; its warnings are given here.

    :param builtins: classes or objects of the kernel; their fields are no options.
    :raises DataFlowError: with every problem at once.
    """
    loading = Loading(config)
    loading.load(builtins)
    if loading.problems:
        raise error_of(loading.problems) from loading.error
    plugins = PluginSet.of(loading.loaded, loading.absent)
    problems, warnings = checked_by_plugins(config, plugins)
    if problems:
        raise error_of(problems)
    warn_about([*loading.warnings, *warnings], config.silence)
    return plugins


def checked_by_plugins(config: Config, plugins: PluginSet) -> tuple[list[Problem], list[Problem]]:
    """What plugins find wrong with the options, and what they find unwise."""
    found = [*publish_codes(plugins.error_codes()), *plugins.check_config(config)]
    warnings = [problem for problem in found if problem.code.startswith("DF-C2")]
    if config.debug and config.origins.get("debug", KERNEL).is_explicit and not plugins.observers():
        warnings.append(unheard_debug())
    return [problem for problem in found if not problem.code.startswith("DF-C2")], warnings
