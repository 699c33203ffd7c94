"""The problems of plugins' options, in words."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.config.option import Origin, Setting
from dataflow.config.problems import assignment, removal
from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, closest
from dataflow.plugins.request import option_table


def unknown_plugin_option(plugin: str, setting: Setting, known: Sequence[str]) -> Problem:
    """DF-P108: a name that is no option of the plugin."""
    part = setting.name.partition(".")[2]
    near = closest(part, known)
    table = option_table(plugin)
    return Problem(
        code="DF-P108",
        message=f"plugin '{plugin}' has no option '{part}'",
        where=Where(operation="plugins", path=setting.path),
        context={"plugin": plugin, "option": part, "source": str(setting.origin), "known": ", ".join(known) or "none"},
        cause="the options of a plugin are the fields of its class",
        solutions=tuple(Solution(f"did you mean '{one}'?", f'{table}={{"{one}": ...}}') for one in near[:1])
        or (Solution("leave it out:", removal(setting)),),
        fix=Fix("unsafe", edits=(Edit(setting.path, "rename", near[0]),)) if near and setting.path else None,
        introspection={"known": tuple(known)},
    )


def wrong_plugin_option(plugin: str, option: str, expected: str, given: str, origin: Origin, example: str) -> Problem:
    """DF-P108: a value that the option's type or the plugin itself refuses."""
    table = option_table(plugin)
    is_argument = origin.kind == "argument"
    right = f'{table}={{"{option}": {example}}}' if is_argument else assignment(origin, f"{table}.{option}", example)
    return Problem(
        code="DF-P108",
        message=f"wrong value for option '{option}' of plugin '{plugin}': expected {expected}",
        where=Where(operation="plugins", path=origin.path(f"{table}.{option}")),
        context={"plugin": plugin, "option": option, "given": given, "source": str(origin)},
        cause="the options of a plugin are the fields of its class, and nothing is guessed",
        solutions=(Solution("give a value that it takes:", right),),
    )


def missing_plugin_option(plugin: str, option: str, expected: str) -> Problem:
    """DF-P108: an option without a default that nobody gives."""
    return Problem(
        code="DF-P108",
        message=f"plugin '{plugin}' needs option '{option}'",
        where=Where(operation="plugins", path=(option_table(plugin),)),
        context={"plugin": plugin, "option": option, "expected": expected},
        cause="the option has no default",
        solutions=(Solution("give it:", f'{option_table(plugin)}={{"{option}": ...}}'),),
    )


def refused_options(
    plugin: str, error: BaseException, given: Sequence[str], location: str, has_secrets: bool
) -> Problem:
    """DF-P108: a plugin whose constructor refuses its options, or has annotations that name nothing."""
    # validators like to quote the value
    reason = type(error).__name__ if has_secrets else str(error.args[0] if error.args else type(error).__name__)
    return Problem(
        code="DF-P108",
        message=f"plugin '{plugin}' refuses its options: {reason}",
        where=Where(operation="plugins", path=(option_table(plugin),)),
        context={
            "plugin": plugin,
            "at": location,
            "options": ", ".join(given) or "none",
            "error": type(error).__name__,
        },
        cause="its class checks what its fields' types cannot say",
        solutions=(Solution("see what it declares:", "dataflow plugins"),),
    )


def options_of_object(plugin: str, given: Sequence[str]) -> Problem:
    """DF-P108: a table of options for a plugin that was given as a ready object."""
    return Problem(
        code="DF-P108",
        message=f"plugin '{plugin}' was given as an object, so its options are set",
        where=Where(operation="plugins", path=(option_table(plugin),)),
        context={"plugin": plugin, "options": ", ".join(given)},
        cause="an object is used as it is",
        solutions=(
            Solution("give the class instead:", "plugins=[TheClass]"),
            Solution("or set them on the object:", "plugins=[TheClass(...)]"),
        ),
    )
