"""Dotted paths at run time: take a value out of a result, put it into parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataflow.diagnostics import Problem, Solution, Where, closest, error_of
from dataflow.nodes.node_type import Path


def pick(result: Any, path: Path) -> Any:
    """The value at a path: dicts by key, lists by number, ``("*",)`` or nothing for all of it.

    Attributes of objects are not reached: what a node gives is data.

    :raises ExecutionError: DF-X107, saying what is there instead.
    """
    if path[:1] == ("*",):
        path = path[1:]
    value = result
    for depth, name in enumerate(path):
        try:
            value = value[name] if isinstance(value, dict) else _inside(value, name)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise error_of(_not_there(value, path, depth)) from error
    return value


def _inside(value: Any, name: str) -> Any:
    if isinstance(value, list | tuple):
        return value[int(name)]
    if isinstance(value, Mapping):
        return value[name]
    raise TypeError(name)


def place(params: dict[str, Any], path: Path, value: Any) -> None:
    """Put a value at a path of ``params``, which is the caller's own; containers inside are copied, not changed."""
    holder: Any = params
    for name in path[:-1]:
        key = _key(holder, name)
        inner = holder[key] if isinstance(holder, list) else holder.get(name)
        holder[key] = [*inner] if isinstance(inner, list | tuple) else dict(inner) if isinstance(inner, Mapping) else {}
        holder = holder[key]
    holder[_key(holder, path[-1])] = value


def own(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters whose dicts and lists are copies, for code that may change what it is given."""
    return {name: _own(value) for name, value in params.items()}


def _own(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _own(item) for name, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value


def _key(holder: Any, name: str) -> Any:
    return int(name) if isinstance(holder, list) else name


def _not_there(value: Any, path: Path, depth: int) -> Problem:
    reached = ".".join(path[:depth])
    here = f"'{reached}'" if reached else "the result"
    near = closest(path[depth], list(map(str, value))) if isinstance(value, Mapping) else ()
    return Problem(
        code="DF-X107",
        message=f"'{'.'.join(path)}' is not in the result: {here} {_described(value)}",
        where=Where(operation="connect"),
        context={"path": ".".join(path), "reached": reached or "nothing"},
        cause="a connection takes what is really there when the step before it has run",
        solutions=(
            Solution(f"did you mean '{near[0]}'?", ".".join((*path[:depth], near[0])))
            if near
            else Solution("connect the whole, and take what may be missing out of it in a function between"),
        ),
    )


def _described(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"has {', '.join(map(repr, value)) or 'nothing'}"
    if isinstance(value, list | tuple):
        return f"is a list of {len(value)}, reached by number" if value else "is an empty list"
    return "is None" if value is None else f"is a {type(value).__name__}, which has nothing inside"
