"""Asking the implementations of a hook one by one, so that a failure names its plugin."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import pluggy

from dataflow.diagnostics import DataFlowError, error_of
from dataflow.operations.operation import Executor, Middleware
from dataflow.plugins.discovery import provider_of
from dataflow.plugins.problems import failed_hook, wrong_answer, wrong_middleware
from dataflow.plugins.signatures import declaration, location_of
from dataflow.plugins.tracing import noted

log = logging.getLogger("dataflow")


def answers(hook: pluggy.HookCaller, **given: object) -> Iterator[tuple[pluggy.HookImpl, Any]]:
    """Each implementation and its answer other than None, the latest plugin first, asked as they are taken.

    :raises DataFlowError: what an implementation raises of its own, else DF-P110.
    """
    for one in reversed(hook.get_hookimpls()):
        with blamed(one, hook):
            answer = noted(hook.name, one.plugin_name, given, one.function(*(given[name] for name in one.argnames)))
        if answer is not None:
            yield one, answer


@contextmanager
def blamed(one: pluggy.HookImpl, hook: pluggy.HookCaller) -> Iterator[None]:
    """Turn what a plugin's code raises into DF-P110, SystemExit too: no plugin ends the process."""
    try:
        yield
    except DataFlowError:
        raise
    except (Exception, SystemExit) as error:
        problem = failed_hook(one.plugin_name, hook.name, error, location_of(one.function), _provider(one))
        raise error_of([problem]) from error


def first_answer(hook: pluggy.HookCaller, kind: type, **given: object) -> Any:
    """The latest plugin's answer.

    :raises DataFlowError: as ``answers``, and DF-P111 when it is of another kind.
    """
    for one, answer in answers(hook, **given):
        return _of_kind(one, hook, kind, answer)
    return None


def all_answers(hook: pluggy.HookCaller, kind: type, **given: object) -> list[Any]:
    """Every plugin's answer, in the order of registration.

    :raises DataFlowError: as ``first_answer``.
    """
    return [answer for _, answer in _kept(hook, kind, given)]


def named_answers(hook: pluggy.HookCaller, kind: type, **given: object) -> list[tuple[str, Any]]:
    """Every plugin's name and its answer, in the order of registration.

    :raises DataFlowError: as ``first_answer``.
    """
    return [(one.plugin_name, answer) for one, answer in _kept(hook, kind, given)]


def all_items(hook: pluggy.HookCaller, kind: type, **given: object) -> list[Any]:
    """The items of every plugin's answer, in the order of registration; a generator is run to its end.

    :raises DataFlowError: as ``first_answer``.
    """
    collected = []
    for one, answer in answers(hook, **given):
        with blamed(one, hook):
            items = list(answer) if isinstance(answer, Iterable) else None
        if items is None or not all(isinstance(item, kind) for item in items):
            raise _refusal(one, hook, answer)
        collected.append(items)
    return [item for items in reversed(collected) for item in items]


def middlewares(hook: pluggy.HookCaller, kind: type, **given: object) -> list[Middleware]:
    """Every plugin's middleware, in the order of registration.

    :raises DataFlowError: as ``first_answer``; a middleware raises the same when it fails, or gives no executor.
    """
    return [_checked_middleware(one, hook, answer) for one, answer in _kept(hook, kind, given)]


def _checked_middleware(one: pluggy.HookImpl, hook: pluggy.HookCaller, middleware: Middleware) -> Middleware:
    def wrap(execute: Executor) -> Executor:
        with blamed(one, hook):
            wrapped = middleware(execute)
        if not callable(wrapped):
            raise error_of([wrong_middleware(one.plugin_name, wrapped, location_of(one.function), _provider(one))])
        return wrapped

    return wrap


def lifespans(hook: pluggy.HookCaller, **given: object) -> list[AbstractAsyncContextManager[None]]:
    """What every plugin opens, in the order of registration.

    :raises DataFlowError: as ``first_answer``; so does entering or leaving one that fails.
    """
    return [_checked_lifespan(one, hook, answer) for one, answer in _kept(hook, AbstractAsyncContextManager, given)]


@asynccontextmanager
async def _checked_lifespan(
    one: pluggy.HookImpl, hook: pluggy.HookCaller, manager: AbstractAsyncContextManager[None]
) -> AsyncIterator[None]:
    with blamed(one, hook):
        await manager.__aenter__()
    try:
        yield
    finally:
        # what ends the instance, such as another plugin's failure, is no concern of this one
        with blamed(one, hook):
            await manager.__aexit__(None, None, None)


def first_quiet_answer(hook: pluggy.HookCaller, kind: type, **given: object) -> Any:
    """The latest plugin's answer while an error is being handled: a plugin that fails is logged and passed over."""
    for one in reversed(hook.get_hookimpls()):
        try:
            answer = noted(hook.name, one.plugin_name, given, one.function(*(given[name] for name in one.argnames)))
        except (Exception, SystemExit):
            log.exception("plugin '%s' failed in '%s'", one.plugin_name, hook.name)
            continue
        if isinstance(answer, kind):
            return answer
    return None


def _kept(hook: pluggy.HookCaller, kind: type, given: dict[str, object]) -> list[tuple[pluggy.HookImpl, Any]]:
    return [(one, _of_kind(one, hook, kind, answer)) for one, answer in list(answers(hook, **given))[::-1]]


def _of_kind(one: pluggy.HookImpl, hook: pluggy.HookCaller, kind: type, answer: object) -> Any:
    if isinstance(answer, kind):
        return answer
    raise _refusal(one, hook, answer)


def _refusal(one: pluggy.HookImpl, hook: pluggy.HookCaller, answer: object) -> DataFlowError:
    signature = declaration(hook.name)
    return error_of(
        [wrong_answer(one.plugin_name, hook.name, answer, signature, location_of(one.function), _provider(one))]
    )


def _provider(one: pluggy.HookImpl) -> str | None:
    return provider_of(one.plugin_name, one.plugin)
