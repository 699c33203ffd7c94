"""The problems of options and of the places they come from, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dataflow.config.coercion import spelling
from dataflow.config.database_url import MASK, DatabaseUrl, masked
from dataflow.config.description import default_text
from dataflow.config.environment import variable_of
from dataflow.config.option import Option, Origin, Setting
from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, closest
from dataflow.values.faults import ValueFault

INSTALL = 'pip install "dataflow[{}]"'
_TOML = {"True": "true", "False": "false", "None": "..."}
_URL_FORMS = 'a database URL is scheme://user:password@host:port/database, or "sqlite:///file.db", or ":memory:"'


def wrong_option(option: Option, setting: Setting, fault: ValueFault) -> Problem:
    """DF-C102 or DF-C103: a value that the option's type or bounds refuse."""
    is_url = option.annotation is DatabaseUrl
    would_do = fault.hint or default_text(option) or "..."
    return Problem(
        code=fault.code,
        message=f"wrong value for option '{setting.name}': expected {fault.expected}",
        where=Where(operation="configuration", path=setting.path),
        context={
            "option": setting.name,
            "given": shown_setting(setting, option),
            "type": type(setting.value).__name__,
            "source": str(setting.origin),
        },
        cause=_URL_FORMS
        if is_url
        else f"the option is declared as {spelling(option.annotation)}, and nothing is guessed",
        solutions=(Solution("give a value that it takes:", assignment(setting.origin, setting.name, would_do)),),
        fix=Fix("placeholder", edits=(Edit(setting.path, "replace", would_do),)) if setting.path else None,
    )


def unknown_option(setting: Setting, known: Sequence[str]) -> Problem:
    """DF-C104: a name that is neither an option of the kernel nor of a plugin that is asked for."""
    near = closest(setting.name, known)
    value = shown_setting(setting)
    group = setting.name.rpartition(".")[0]
    # a rename does not move an option into another table
    renamed = near[0].removeprefix(f"{group}.") if near else "."
    return Problem(
        code="DF-C104",
        message=f"unknown option '{setting.name}'",
        where=Where(operation="configuration", path=setting.path),
        context={"option": setting.name, "source": str(setting.origin)},
        cause="neither the kernel nor a plugin that is asked for declares an option of that name",
        solutions=(
            *(Solution(f"did you mean '{one}'?", assignment(setting.origin, one, value)) for one in near[:1]),
            Solution("see every option with its source:", "dataflow config show"),
        ),
        fix=Fix("unsafe", edits=(Edit(setting.path, "rename", renamed),))
        if setting.path and "." not in renamed
        else None,
        introspection={"known": tuple(known)},
    )


def unknown_variable(setting: Setting, known: Sequence[str]) -> Problem:
    """DF-C205: a variable that looks like an option and is none; it may be another program's, so it only warns."""
    variable = setting.origin.detail
    near = closest(setting.name, known)
    return Problem(
        code="DF-C205",
        message=f"environment variable '{variable}' is no option",
        where=Where(operation="configuration"),
        context={"variable": variable},
        cause="variables that start with DATAFLOW_ set options; this one sets nothing",
        solutions=(
            *(Solution(f"did you mean '{variable_of(one)}'?", f"unset {variable}") for one in near[:1]),
            Solution("silence it when it belongs to another program:", 'DataFlow(silence=["DF-C205"])'),
        ),
    )


def foreign_option(
    setting: Setting, owners: Sequence[str], asked: Collection[str], installed: Collection[str]
) -> Problem:
    """DF-C101: an option of a plugin that is not among those asked for."""
    owner = next((one for one in owners if one in asked), next((one for one in owners if one in installed), owners[0]))
    names = " or ".join(f"'{one}'" for one in owners)
    inside = f'DataFlow(plugins=["{owner}"], {owner.replace("-", "_")}={{...}})'
    if owner in asked:
        cause, ways = f"the plugin '{owner}' takes its options as a table", [Solution("give it in the table:", inside)]
    elif owner in installed:
        cause, ways = (
            f"the plugin '{owner}' is installed, but nobody asks for it",
            [Solution("ask for the plugin:", inside)],
        )
    else:
        cause = "no installed plugin declares it"
        ways = [Solution("leave it out:", removal(setting))]
        ways.append(
            Solution(
                "or, once there is such a plugin, install it and ask for it:", f"{INSTALL.format(owner)}; {inside}"
            )
        )
    return Problem(
        code="DF-C101",
        message=f"option '{setting.name}' belongs to the plugin {names}, which is not among the loaded ones"
        if owner not in asked
        else f"option '{setting.name}' belongs to the plugin {names}",
        where=Where(operation="configuration", path=setting.path),
        context={"option": setting.name, "source": str(setting.origin), "loaded": ", ".join(sorted(asked)) or "none"},
        cause=cause,
        solutions=tuple(ways),
        fix=Fix("unsafe", edits=(Edit(setting.path, "remove"),))
        if setting.path and owner not in {*asked, *installed}
        else None,
    )


def table_needed(setting: Setting) -> Problem:
    """DF-C102: something else than a table where a group of options is meant."""
    return Problem(
        code="DF-C102",
        message=f"wrong value for option '{setting.name}': expected a table of its options",
        where=Where(operation="configuration", path=setting.path),
        context={
            "option": setting.name,
            "given": shown_setting(setting),
            "type": type(setting.value).__name__,
            "source": str(setting.origin),
        },
        cause="it is a group of options, each with a name of its own",
        solutions=(Solution("name the options:", _option_inside(setting)),),
    )


def _option_inside(setting: Setting) -> str:
    if setting.origin.kind == "environment":
        return f"{variable_of(setting.name)}_<OPTION>=..."
    if setting.origin.kind in ("plugins.toml", "profile"):
        return f"{setting.name}.<option> = ..."
    return f'{setting.name}={{"<option>": ...}}'


def not_a_list(name: str, given: object) -> Problem:
    """DF-C102: ``plugins`` or ``block`` that is not a list."""
    shown = f'"{given}"' if isinstance(given, str) else getattr(given, "__name__", type(given).__name__)
    return Problem(
        code="DF-C102",
        message=f"wrong value for '{name}': expected a list",
        where=Where(operation="configuration", path=(name,)),
        context={"option": name, "given": shown, "type": type(given).__name__, "source": "argument"},
        cause="plugins are given in order, later is nearer to you",
        solutions=(Solution("give a list:", f"DataFlow({name}=[{shown}])"),),
        fix=Fix("safe", edits=(Edit((name,), "replace", f"[{shown}]"),)),
    )


def assignment(origin: Origin, name: str, value: str) -> str:
    """How a value is written in the place that an origin names."""
    if origin.kind == "environment":
        return f"{variable_of(name)}={value.strip(chr(34))}"
    group, _, part = name.rpartition(".")
    if origin.kind in ("plugins.toml", "profile"):
        return f"{group}.{part} = {_TOML.get(value, value)}".lstrip(".")
    return f'DataFlow({group}={{"{part}": {value}}})' if group else f"DataFlow({name}={value})"


def removal(setting: Setting) -> str:
    """How a setting is taken back where it was given."""
    if setting.origin.kind == "environment":
        return f"unset {setting.origin.detail}"
    place = setting.origin.detail or "DataFlow(...)"
    return f"remove '{setting.name}' from {place}"


def shown_setting(setting: Setting, option: Option | None = None) -> str:
    """A given value as short text, without secrets; of text that is meant for nothing known, only that it is text."""
    if option is not None and option.is_secret:
        return MASK
    if isinstance(setting.value, str):
        return masked(setting.value) if option is not None else '"..."'
    if option is None and not isinstance(setting.value, bool | int | float | None):
        return "..."
    text = repr(setting.value)
    return text if len(text) <= 60 else text[:57] + "..."
