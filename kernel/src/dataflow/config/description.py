"""The options of an instance as data for people: value, origin, meaning."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dataflow.config.coercion import spelling
from dataflow.config.database_url import MASK, DatabaseUrl
from dataflow.config.option import DEFAULT, Option, Origin, default_of


@attrs.frozen
class OptionState:
    """One option as it stands. ``value`` is plain data with secrets masked; ``default`` and ``type`` are Python text."""

    name: str
    value: object
    origin: Origin
    description: str
    default: str
    type: str


def option_states(
    options: Mapping[str, Option], values: Mapping[str, object], origins: Mapping[str, Origin]
) -> tuple[OptionState, ...]:
    """The state of each option, in the order of declaration."""
    return tuple(
        OptionState(
            name=name,
            value=shown_option(one, values[name]),
            origin=origins.get(name, DEFAULT),
            description=one.description,
            default=default_text(one),
            type=spelling(one.annotation),
        )
        for name, one in options.items()
        if name in values
    )


def shown_option(one: Option, value: object) -> object:
    """A value as plain data that may be shown: a number, text, a list of them, or None."""
    if one.is_secret and value is not None:
        return MASK
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list | set | frozenset):
        return [shown_option(one, item) for item in value]
    return str(value)


def default_text(one: Option) -> str:
    """The default as Python text; empty for an option that must be given."""
    if one.is_required:
        return ""
    value = default_of(one.default)
    return repr(str(value)) if isinstance(value, DatabaseUrl) else repr(value)
