"""A plugin's options: the settings of its table against the fields of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from dataflow.config.coercion import spelling
from dataflow.config.description import default_text
from dataflow.config.option import Option, Origin, Setting, declared_options
from dataflow.config.problems import shown_setting
from dataflow.config.values import checked_setting
from dataflow.diagnostics import Problem
from dataflow.plugins.option_problems import (
    missing_plugin_option,
    refused_options,
    unknown_plugin_option,
    wrong_plugin_option,
)
from dataflow.plugins.signatures import location_of_class
from dataflow.values.faults import ValueFault


@attrs.frozen
class Made:
    """A plugin's object, or the problems that prevented it and the exception behind them.

    ``origins`` tells of each option who decided it.
    """

    plugin: object = None
    origins: Mapping[str, Origin] = attrs.field(factory=dict)
    problems: tuple[Problem, ...] = ()
    error: BaseException | None = None


def make_plugin(name: str, cls: type, settings: Sequence[Setting], directory: Path) -> Made:
    """An object of a plugin's class with the options that its settings give, the weakest source first."""
    try:
        options = declared_options(cls)
    except NameError as error:
        return Made(
            problems=(refused_options(name, error, (), location_of_class(cls), has_secrets=False),), error=error
        )
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    problems: list[Problem] = []
    for setting in settings:
        part = setting.name.partition(".")[2]
        if part not in options:
            problems.append(unknown_plugin_option(name, setting, list(options)))
            continue
        try:
            values[part] = checked_setting(options[part], setting, directory)
            origins[part] = setting.origin
        except ValueFault as fault:
            problems.append(_wrong(name, options[part], setting, fault))
    problems.extend(_missing(name, options, {setting.name.partition(".")[2] for setting in settings}))
    if problems:
        return Made(problems=tuple(problems))
    return _constructed(name, cls, options, values, origins)


def _constructed(
    name: str, cls: type, options: Mapping[str, Option], values: Mapping[str, object], origins: Mapping[str, Origin]
) -> Made:
    try:
        return Made(cls(**values), origins)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # a constructor is a plugin's code: whatever it raises must not end the application unexplained
        has_secrets = any(one.is_secret for one in options.values())
        return Made(
            problems=(refused_options(name, error, list(values), location_of_class(cls), has_secrets),), error=error
        )


def _wrong(name: str, option: Option, setting: Setting, fault: ValueFault) -> Problem:
    example = fault.hint or default_text(option) or "..."
    return wrong_plugin_option(
        name, option.name, fault.expected, shown_setting(setting, option), setting.origin, example
    )


def _missing(name: str, options: Mapping[str, Option], given: set[str]) -> list[Problem]:
    return [
        missing_plugin_option(name, part, spelling(one.annotation))
        for part, one in options.items()
        if one.is_required and part not in given
    ]
