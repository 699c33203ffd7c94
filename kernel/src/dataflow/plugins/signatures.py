"""What pluggy does not check of a plugin: misspelt hooks, wrong or defaulted arguments, coroutine functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs
from pluggy import HookimplOpts

from dataflow.diagnostics import Problem
from dataflow.plugins.hookspecs import Hooks
from dataflow.plugins.marks import MARK, written
from dataflow.plugins.problems import (
    coroutine_hook,
    defaulted_argument,
    hook_wrapper,
    missing_self,
    unknown_hook,
    unmarked_hook,
    wrong_arguments,
)

PREFIX = "dataflow_"


@attrs.frozen
class Implementation:
    """A function that claims to implement a hook. ``options`` are those of its mark, None when it has none.

    A function of the app has no ``self``: it is shown as ``@db.hook`` takes it.
    """

    plugin: str
    hook: str
    function: Callable[..., Any]
    options: HookimplOpts | None
    is_method: bool = True

    @property
    def location(self) -> str:
        return location_of(self.function)

    @property
    def right(self) -> str:
        """How it is written rightly."""
        if self.is_method:
            return shown_signature(self.hook)
        return f"@db.hook\n{shown_signature(self.hook, method=False).replace(PREFIX, '', 1)}"


@functools.cache
def hook_signatures() -> Mapping[str, inspect.Signature]:
    """The signature of every hook, without ``self``, by name."""
    found = {}
    for name, function in vars(Hooks).items():
        if name.startswith(PREFIX):
            signature = inspect.signature(function)
            found[name] = signature.replace(parameters=list(signature.parameters.values())[1:])
    return MappingProxyType(found)


def implementations(name: str, plugin: object) -> Iterator[Implementation]:
    """Every method of a plugin that is marked as an implementation, or is named like a hook."""
    for attribute in dir(type(plugin)):
        function = written(type(plugin), attribute)
        plain = function.__func__ if isinstance(function, staticmethod | classmethod) else function
        options: HookimplOpts | None = getattr(plain, MARK, None)
        if callable(plain) and (options is not None or attribute.startswith(PREFIX)):
            hook = (options and options.get("specname")) or attribute
            yield Implementation(name, hook, getattr(plugin, attribute), options)


def check_implementation(one: Implementation) -> list[Problem]:
    """Every reason why an implementation would not be called as its author means."""
    signature = hook_signatures().get(one.hook)
    if signature is None:
        known = list(hook_signatures())
        return [
            unknown_hook(one.plugin, one.hook, one.location, known, lambda name: attrs.evolve(one, hook=name).right)
        ]
    if one.options is None:
        return [unmarked_hook(one.plugin, one.hook, one.location, one.right)]
    if inspect.iscoroutinefunction(one.function) or inspect.isasyncgenfunction(one.function):
        return [coroutine_hook(one.plugin, one.hook, one.location, one.right)]
    if one.options.get("wrapper") or one.options.get("hookwrapper"):
        return [hook_wrapper(one.plugin, one.hook, one.location)]
    return _check_arguments(one, signature)


def _check_arguments(one: Implementation, signature: inspect.Signature) -> list[Problem]:
    given = list(inspect.signature(one.function).parameters.values())
    if inspect.ismethod(one.function):
        bound = next(iter(inspect.signature(one.function.__func__).parameters), "")
        if bound in signature.parameters:
            return [missing_self(one.plugin, one.hook, one.location, one.right)]
    strange = [str(argument) for argument in given if not _is_asked(argument, signature)]
    if strange:
        return [wrong_arguments(one.plugin, one.hook, one.location, strange, one.right)]
    defaulted = [argument.name for argument in given if argument.default is not inspect.Parameter.empty]
    return [defaulted_argument(one.plugin, one.hook, one.location, defaulted, one.right)] if defaulted else []


def _is_asked(argument: inspect.Parameter, signature: inspect.Signature) -> bool:
    positional = argument.kind in (argument.POSITIONAL_ONLY, argument.POSITIONAL_OR_KEYWORD)
    return positional and argument.name in signature.parameters


def shown_signature(hook: str, method: bool = True) -> str:
    """A hook's definition as it can be written without any import: ``def dataflow_around(self, node): ...``."""
    arguments = [*(["self"] if method else []), *hook_signatures()[hook].parameters]
    return f"def {hook}({', '.join(arguments)}): ..."


def declaration(hook: str) -> str:
    """A hook with its types: ``def dataflow_around(self, node: NodeType) -> Middleware | None``."""
    signature = hook_signatures()[hook]
    arguments = [f"{one.name}: {one.annotation}" for one in signature.parameters.values()]
    returned = "" if signature.return_annotation is inspect.Signature.empty else f" -> {signature.return_annotation}"
    return f"def {hook}({', '.join(['self', *arguments])}){returned}"


def location_of_class(cls: type) -> str:
    """Where a class was written, as file:line, or its name when its source is not there."""
    try:
        return f"{inspect.getsourcefile(cls)}:{inspect.getsourcelines(cls)[1]}"
    except (OSError, TypeError):
        return f"{cls.__module__}:{cls.__qualname__}"


def location_of(function: Callable[..., Any]) -> str:
    """Where a function was written, as file:line."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else repr(function)
