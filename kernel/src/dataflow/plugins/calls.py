"""Asking the implementations of a hook one by one, so that a failure names its plugin."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pluggy

from dataflow.diagnostics import DataFlowError, error_of
from dataflow.plugins.problems import failed_hook, wrong_answer
from dataflow.plugins.signatures import location_of, shown_signature

log = logging.getLogger("dataflow")


def answers(hook: pluggy.HookCaller, **given: object) -> Iterator[tuple[str, Any]]:
    """Each plugin's name and its answer other than None, the latest plugin first, asked as they are taken.

    :raises DataFlowError: what an implementation raises of its own, else DF-P110.
    """
    for one in reversed(hook.get_hookimpls()):
        try:
            answer = one.function(*(given[name] for name in one.argnames))
        except DataFlowError:
            raise
        except Exception as error:
            raise error_of([failed_hook(one.plugin_name, hook.name, error, location_of(one.function))]) from error
        if answer is not None:
            yield one.plugin_name, answer


def first_answer(hook: pluggy.HookCaller, kind: type, **given: object) -> Any:
    """The latest plugin's answer.

    :raises DataFlowError: as ``answers``, and DF-P111 when it is of another kind.
    """
    for plugin, answer in answers(hook, **given):
        if not isinstance(answer, kind):
            raise error_of([wrong_answer(plugin, hook.name, answer, shown_signature(hook.name))])
        return answer
    return None


def all_answers(hook: pluggy.HookCaller, kind: type, **given: object) -> list[Any]:
    """Every plugin's answer, in the order of registration.

    :raises DataFlowError: as ``first_answer``.
    """
    found = list(answers(hook, **given))[::-1]
    for plugin, answer in found:
        if not isinstance(answer, kind):
            raise error_of([wrong_answer(plugin, hook.name, answer, shown_signature(hook.name))])
    return [answer for _, answer in found]


def all_items(hook: pluggy.HookCaller, kind: type, **given: object) -> list[Any]:
    """The items of every plugin's answer, in the order of registration; a generator is run to its end.

    :raises DataFlowError: as ``first_answer``.
    """
    collected = []
    for plugin, answer in answers(hook, **given):
        try:
            items = list(answer) if isinstance(answer, Iterable) else [answer]
        except DataFlowError:
            raise
        except Exception as error:
            raise error_of([failed_hook(plugin, hook.name, error, type(answer).__name__)]) from error
        if not isinstance(answer, Iterable) or not all(isinstance(item, kind) for item in items):
            raise error_of([wrong_answer(plugin, hook.name, answer, shown_signature(hook.name))])
        collected.append(items)
    return [item for items in reversed(collected) for item in items]


def first_quiet_answer(hook: pluggy.HookCaller, kind: type, **given: object) -> Any:
    """The latest plugin's answer while an error is being handled: a plugin that fails is logged and passed over."""
    for one in reversed(hook.get_hookimpls()):
        try:
            answer = one.function(*(given[name] for name in one.argnames))
        except Exception:
            log.exception("plugin '%s' failed in '%s'", one.plugin_name, hook.name)
            continue
        if isinstance(answer, kind):
            return answer
    return None
