"""A function of the app as a plugin of its own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pluggy import HookimplOpts

from dataflow.config.option import Origin
from dataflow.diagnostics import error_of
from dataflow.plugins.hookspecs import hookimpl
from dataflow.plugins.inspection import LoadedPlugin
from dataflow.plugins.marks import MARK
from dataflow.plugins.problems import asked_already, not_a_function
from dataflow.plugins.signatures import PREFIX, Implementation, check_implementation, location_of

ASKED_AT_CONSTRUCTION = ("dataflow_check_config", "dataflow_adapter", "dataflow_commands")
ASKED_FOR_A_MODEL = ("dataflow_model_fields", "dataflow_check_model", "dataflow_nodes", "dataflow_replace_node")


class AppHook:
    """Carries one function of the app as the implementation of one hook."""


def refuse_late(name: str, asked: Mapping[str, str]) -> None:
    """Refuse a function for a hook whose answers are in use: it would never be asked.

    :raises PluginError: DF-P113.
    """
    hook = name if name.startswith(PREFIX) else PREFIX + name
    if hook in asked:
        raise error_of([asked_already(hook, asked[hook])])


def app_hook(function: Callable[..., Any], name: str | None, order: int) -> LoadedPlugin:
    """A plugin that implements one hook by a function.

    :raises PluginError: DF-P103, DF-P104 or DF-P109.
    """
    check_function(function)
    given = name or function.__name__
    hook = given if given.startswith(PREFIX) else PREFIX + given
    implementation, mark = _marked(function, hook)
    problems = check_implementation(Implementation("app", hook, function, mark, is_method=False))
    if problems:
        raise error_of(problems)
    plugin = AppHook()
    setattr(plugin, hook, implementation)
    origin = Origin("argument", f"db.hook at {location_of(function)}")
    return LoadedPlugin(f"app:{order}:{hook.removeprefix(PREFIX)}", plugin, origin, (hook,))


def check_function(function: object) -> None:
    """Refuse whatever is no function.

    :raises PluginError: DF-P104.
    """
    if not inspect.isroutine(function):
        raise error_of([not_a_function(function)])


def _marked(function: Callable[..., Any], hook: str) -> tuple[Callable[..., Any], HookimplOpts]:
    # marking the function itself would make it an implementation wherever else it is used
    @functools.wraps(function)
    def implementation(*arguments: object) -> Any:
        return function(*arguments)

    marked = hookimpl(specname=hook)(implementation)
    return marked, getattr(marked, MARK)
