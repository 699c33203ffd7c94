"""What an option's annotation accepts: strictly as a value, and strictly as the text of a variable."""

from __future__ import annotations

import enum
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dataflow.config.database_url import DatabaseUrl, parse_database_url
from dataflow.values.faults import ValueFault

_CODE = "DF-C102"
_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
_LISTS: tuple[object, ...] = (list, tuple, Sequence, frozenset, set)
_MAPPINGS: tuple[object, ...] = (dict, Mapping)


def checked_option(annotation: Any, value: object) -> Any:
    """The value in the annotation's own type; an int does for a float, a list for a tuple.

    :raises ValueFault: DF-C102, or DF-C103 for a database URL.
    """
    origin, arguments = _parts(annotation)
    if origin is typing.Union:
        return _first_of(arguments, value, checked_option)
    if origin is typing.Literal:
        return _choice(arguments, value)
    if origin in _LISTS:
        return _sequence(origin, arguments, value)
    if origin in _MAPPINGS:
        return _mapping(arguments, value)
    return _plain(annotation if origin is None else origin, value)


def parsed_option(annotation: Any, text: str) -> Any:
    """The value that the text of an environment variable stands for.

    :raises ValueFault: DF-C102, or DF-C103 for a database URL.
    """
    text = text.strip()
    origin, arguments = _parts(annotation)
    if not text:
        raise ValueFault(f"{spelling(annotation)}; an empty variable is not one, unset it", "", _CODE)
    if origin is typing.Union:
        return _first_of(arguments, None if text.lower() == "none" and type(None) in arguments else text, parsed_option)
    if origin is typing.Literal:
        return _choice(arguments, next((one for one in arguments if str(one) == text), text))
    if origin in _LISTS:
        item = arguments[0] if arguments else str
        return _container(origin)(parsed_option(item, part) for part in text.split(","))
    if origin in _MAPPINGS:
        raise ValueFault("a table, which only plugins.toml or an argument can give", "", _CODE)
    return checked_option(annotation, _PARSERS.get(annotation, str)(text))


def spelling(annotation: Any) -> str:
    """An annotation as people write it: ``float | None``, ``tuple[str, ...]``."""
    origin, arguments = _parts(annotation)
    if origin is typing.Union:
        return " | ".join(spelling(one) for one in arguments)
    if origin is typing.Literal:
        return "one of " + ", ".join(map(repr, arguments))
    if arguments:
        inner = ", ".join("..." if one is Ellipsis else spelling(one) for one in arguments)
        return f"{origin.__name__}[{inner}]"
    if annotation is type(None):
        return "None"
    return str(getattr(annotation, "__name__", annotation))


def _parts(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if annotation in _LISTS or annotation in _MAPPINGS:
        return annotation, ()
    origin = typing.get_origin(annotation)
    return (typing.Union if origin is types.UnionType else origin), typing.get_args(annotation)


def _first_of(arguments: tuple[Any, ...], value: Any, convert: Callable[[Any, Any], Any]) -> Any:
    if value is None and type(None) in arguments:
        return None
    faults: list[ValueFault] = []
    for one in arguments:
        if one is type(None):
            continue
        try:
            return convert(one, value)
        except ValueFault as fault:
            faults.append(fault)
    expected = [*(fault.expected for fault in faults), *(["None"] if type(None) in arguments else [])]
    raise ValueFault(" or ".join(dict.fromkeys(expected)), faults[-1].hint, faults[-1].code)


def _choice(choices: tuple[Any, ...], value: object) -> Any:
    for choice in choices:
        if choice == value and type(choice) is type(value):
            return choice
    raise ValueFault(f"one of {', '.join(map(repr, choices))}", repr(choices[0]), _CODE)


def _container(origin: Any) -> Callable[..., Any]:
    return tuple if origin in (tuple, Sequence) else typing.cast("type", origin)


def _sequence(origin: Any, arguments: tuple[Any, ...], value: object) -> Any:
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueFault("a list", "", _CODE)
    item = arguments[0] if arguments else Any
    return _container(origin)(checked_option(item, one) for one in value)


def _mapping(arguments: tuple[Any, ...], value: object) -> Any:
    if not isinstance(value, Mapping):
        raise ValueFault("a table of names and values", '{"name": ...}', _CODE)
    key, item = arguments or (Any, Any)
    return {checked_option(key, name): checked_option(item, one) for name, one in value.items()}


def _plain(annotation: Any, value: object) -> Any:
    if annotation in (Any, object):
        return value
    if annotation is DatabaseUrl:
        return parse_database_url(value)
    if annotation is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if annotation is Path and isinstance(value, str):
        return Path(value)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _member(annotation, value)
    if not isinstance(annotation, type):
        return value
    if not isinstance(value, annotation) or (isinstance(value, bool) and annotation in (int, float)):
        raise ValueFault(_NOUNS.get(annotation, f"a {annotation.__name__}"), _meant(annotation, value), _CODE)
    return value


def _meant(annotation: type, value: object) -> str:
    """The value that a text stands for, when it was quoted by mistake."""
    try:
        return repr(_PARSERS[annotation](value)) if isinstance(value, str) and annotation in _PARSERS else ""
    except ValueFault:
        return ""


def _member(kind: type[enum.Enum], value: object) -> enum.Enum:
    for member in kind:
        if value in (member, member.value, member.name):
            return member
    raise ValueFault(f"one of {', '.join(repr(member.value) for member in kind)}", "", _CODE)


def _parsed_bool(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueFault("a bool: true, false, yes, no, on, off, 1 or 0", "", _CODE)
    return _WORDS[text.lower()]


def _parsed_int(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueFault("an int", "", _CODE)
    return int(text)


def _parsed_float(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueFault("a number", "", _CODE)
    return float(text)


_NOUNS: dict[type, str] = {bool: "a bool", int: "an int", float: "a number", str: "text"}
_PARSERS: dict[object, Callable[[str], object]] = {bool: _parsed_bool, int: _parsed_int, float: _parsed_float}
