"""The problems of hooks and their implementations, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dataflow.diagnostics import Problem, Solution, Where, closest

_CAUSE_ASKED_ONCE = "every hook is a plain function, asked once; what runs per call is an object that it returns"


def unknown_hook(plugin: str, hook: str, location: str, known: Sequence[str], written: Callable[[str], str]) -> Problem:
    """DF-P103: an implementation of a hook that does not exist."""
    near = closest(hook, known)
    return Problem(
        code="DF-P103",
        message=f"plugin '{plugin}' implements an unknown hook '{hook}'",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "at": location},
        cause="a hook that the kernel does not have is never asked",
        solutions=tuple(Solution(f"did you mean '{one}'?", written(one)) for one in near[:1])
        or (Solution("use one of the hooks:", ", ".join(known)),),
        introspection={"known": tuple(known)},
    )


def unmarked_hook(plugin: str, hook: str, location: str, signature: str) -> Problem:
    """DF-P103: a method with the name of a hook that is not marked as its implementation."""
    return Problem(
        code="DF-P103",
        message=f"plugin '{plugin}' has a method '{hook}' that is not marked as a hook",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "at": location},
        cause="only marked methods are asked",
        solutions=(
            Solution("mark it:", f"@hookimpl\n{signature}"),
            Solution("or give it another name:", signature.replace(hook, f"_{hook}", 1)),
        ),
    )


def wrong_arguments(plugin: str, hook: str, location: str, strange: Sequence[str], signature: str) -> Problem:
    """DF-P104: arguments that the hook is not called with."""
    names = ", ".join(f"'{one}'" for one in strange)
    return Problem(
        code="DF-P104",
        message=f"plugin '{plugin}' implements '{hook}' with arguments that it does not have: {names}",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "at": location},
        cause="arguments are passed by name; an implementation may leave some out, but not rename or add any",
        solutions=(Solution("write it as:", signature),),
    )


def defaulted_argument(plugin: str, hook: str, location: str, names: Sequence[str], signature: str) -> Problem:
    """DF-P104: an argument with a default, which would silently keep it."""
    listed = ", ".join(f"'{one}'" for one in names)
    return Problem(
        code="DF-P104",
        message=f"plugin '{plugin}' gives a default to an argument of '{hook}': {listed}",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "at": location},
        cause="an argument with a default is never passed, so it would always have the default",
        solutions=(Solution("write it as:", signature),),
    )


def hook_wrapper(plugin: str, hook: str, location: str) -> Problem:
    """DF-P104: an implementation that is marked as a wrapper of the others."""
    return Problem(
        code="DF-P104",
        message=f"plugin '{plugin}' wraps the hook '{hook}'",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "at": location},
        cause="hooks are not wrapped: the latest plugin is asked first and wins",
        solutions=(
            Solution("mark it as a plain implementation:", "@hookimpl"),
            Solution("or, to wrap what runs, return a middleware:", "def dataflow_around(self, node): ..."),
        ),
    )


def coroutine_hook(plugin: str, hook: str, location: str, signature: str) -> Problem:
    """DF-P109: an ``async def`` implementation."""
    return Problem(
        code="DF-P109",
        message=f"plugin '{plugin}' implements '{hook}' as 'async def'",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "at": location},
        cause=_CAUSE_ASKED_ONCE,
        solutions=(Solution("write it as:", signature),),
    )


def not_a_function(given: object) -> Problem:
    """DF-P104: something else than a function registered as a hook."""
    return Problem(
        code="DF-P104",
        message=f"the app gives '{type(given).__name__}' as a hook",
        where=Where(operation="plugins"),
        context={"given": type(given).__name__},
        cause="arguments are passed by name, which only a function declares",
        solutions=(Solution("decorate a function:", "@db.hook\ndef around(node): ..."),),
    )


def missing_self(plugin: str, hook: str, location: str, signature: str) -> Problem:
    """DF-P104: a method whose first argument, which is the plugin itself, has the name of an argument of the hook."""
    return Problem(
        code="DF-P104",
        message=f"plugin '{plugin}' implements '{hook}' without 'self'",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "at": location},
        cause="the first argument of a method is the plugin itself, whatever its name",
        solutions=(Solution("write it as:", signature),),
    )


def failed_hook(plugin: str, hook: str, error: BaseException, location: str, provider: str | None) -> Problem:
    """DF-P110: an implementation that raised."""
    vetoes = hook.startswith("dataflow_check_")
    return Problem(
        code="DF-P110",
        message=f"plugin '{plugin}' failed in '{hook}': {type(error).__name__}",
        where=Where(operation="plugins"),
        context={"plugin": plugin, **_distribution(provider), "at": location, "error": type(error).__name__},
        cause="a check that fails counts as a refusal" if vetoes else "the hook's answer is needed to go on",
        solutions=(
            Solution("report it to the plugin's author, or keep the plugin out:", f'DataFlow(block=["{plugin}"])'),
        ),
    )


def wrong_answer(
    plugin: str, hook: str, answer: object, signature: str, location: str, provider: str | None
) -> Problem:
    """DF-P111: an answer that is not what the hook asks for."""
    return Problem(
        code="DF-P111",
        message=f"plugin '{plugin}' answers '{hook}' with '{type(answer).__name__}'",
        where=Where(operation="plugins"),
        context={"plugin": plugin, **_distribution(provider), "at": location},
        cause="the kernel uses the answer as the hook declares it",
        solutions=(Solution("answer as declared:", signature),),
    )


def wrong_middleware(plugin: str, wrapped: object, location: str, provider: str | None) -> Problem:
    """DF-P111: a middleware that gives something else than an executor."""
    return Problem(
        code="DF-P111",
        message=f"the middleware of plugin '{plugin}' gives '{type(wrapped).__name__}', not an executor",
        where=Where(operation="plugins"),
        context={"plugin": plugin, **_distribution(provider), "at": location},
        cause="a middleware is given an executor and gives one: what runs instead",
        solutions=(
            Solution(
                "write it as:",
                "def middleware(execute):\n    async def run(operation):\n        return await execute(operation)\n\n    return run",
            ),
        ),
    )


def _distribution(provider: str | None) -> dict[str, str]:
    # a plugin given as an object has none
    return {} if provider is None else {"distribution": provider}


def asked_already(hook: str, why: str) -> Problem:
    """DF-P113: a function of the app for a hook whose answers are in use."""
    return Problem(
        code="DF-P113",
        message=f"'{hook}' has been asked already: {why}",
        where=Where(operation="plugins"),
        context={"hook": hook},
        cause="a hook is asked once, and what comes later would never be asked",
        solutions=(
            Solution("register it directly after the instance is made, or give a plugin:", "DataFlow(plugins=[...])"),
        ),
    )
