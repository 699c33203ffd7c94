"""What the kernel checks of a plugin that pluggy does not: every hook is one that will be called as written."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dataflow import DataFlow
from dataflow.config.option import Origin
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, Problem
from dataflow.plugins.hookspecs import hookimpl
from dataflow.plugins.loading import load_plugins
from dataflow.plugins.registry import PluginSet
from dataflow.plugins.request import requested
from dataflow.plugins.signatures import declaration, hook_signatures, shown_signature


def told(problem: Problem) -> str:
    """Everything that a problem says, as text."""
    lines = [f"{problem.code} {problem.message}"]
    lines += [f"  {key}: {value}" for key, value in problem.context.items()]
    lines += [f"  because {problem.cause}"]
    lines += [f"  {solution.text} {solution.code}" for solution in problem.solutions]
    return "\n".join(lines)


def loaded(*specs: object) -> PluginSet:
    return load_plugins(Config(plugins=tuple(requested(spec, Origin("argument"), 5) for spec in specs)))


def told_of(cls: type) -> list[str]:
    with pytest.raises(DataFlowError) as caught:
        loaded(cls)
    return [told(one) for one in caught.value.problems]


def at(function: Callable[..., Any]) -> str:
    return f"{__file__}:{function.__code__.co_firstlineno}"


def test_a_misspelt_hook_is_refused_with_the_closest() -> None:
    class Tracer:
        @hookimpl
        def dataflow_arround(self, node: object) -> None: ...

    assert told_of(Tracer) == [
        "DF-P103 plugin 'tracer' implements an unknown hook 'dataflow_arround'\n"
        "  plugin: tracer\n"
        f"  at: {at(Tracer.dataflow_arround)}\n"
        "  because a hook that the kernel does not have is never asked\n"
        "  did you mean 'dataflow_around'? def dataflow_around(self, node): ..."
    ]


def test_a_hook_without_its_mark_is_refused() -> None:
    class Tracer:
        def dataflow_around(self, node: object) -> None: ...

    assert told_of(Tracer) == [
        "DF-P103 plugin 'tracer' has a method 'dataflow_around' that is not marked as a hook\n"
        "  plugin: tracer\n"
        f"  at: {at(Tracer.dataflow_around)}\n"
        "  because only marked methods are asked\n"
        "  mark it: @hookimpl\ndef dataflow_around(self, node): ...\n"
        "  or give it another name: def _dataflow_around(self, node): ..."
    ]


def test_an_argument_that_the_hook_does_not_have_is_refused_with_the_right_signature() -> None:
    class Tracer:
        @hookimpl
        def dataflow_executor(self, node: object, database: object, *rest: object) -> None: ...

    assert told_of(Tracer) == [
        "DF-P104 plugin 'tracer' implements 'dataflow_executor' with arguments that it does not have: "
        "'database: object', '*rest: object'\n"
        "  plugin: tracer\n"
        f"  at: {at(Tracer.dataflow_executor)}\n"
        "  because arguments are passed by name; an implementation may leave some out, but not rename or add any\n"
        "  write it as: def dataflow_executor(self, node, adapter): ..."
    ]


def test_an_argument_with_a_default_is_refused() -> None:
    class Tracer:
        @hookimpl
        def dataflow_around(self, node: object = None) -> None: ...

    assert told_of(Tracer) == [
        "DF-P104 plugin 'tracer' gives a default to an argument of 'dataflow_around': 'node'\n"
        "  plugin: tracer\n"
        f"  at: {at(Tracer.dataflow_around)}\n"
        "  because an argument with a default is never passed, so it would always have the default\n"
        "  write it as: def dataflow_around(self, node): ..."
    ]


def test_a_method_without_self_is_refused() -> None:
    class Tracer:
        @hookimpl
        def dataflow_event(event: object) -> None: ...  # noqa: N805  # the mistake under test

    assert told_of(Tracer) == [
        "DF-P104 plugin 'tracer' implements 'dataflow_event' without 'self'\n"
        "  plugin: tracer\n"
        f"  at: {at(Tracer.dataflow_event)}\n"
        "  because the first argument of a method is the plugin itself, whatever its name\n"
        "  write it as: def dataflow_event(self, event): ..."
    ]


def test_a_coroutine_function_is_refused() -> None:
    class Tracer:
        @hookimpl
        async def dataflow_event(self, event: object) -> None: ...

    assert told_of(Tracer) == [
        "DF-P109 plugin 'tracer' implements 'dataflow_event' as 'async def'\n"
        "  plugin: tracer\n"
        f"  at: {at(Tracer.dataflow_event)}\n"
        "  because every hook is a plain function, asked once; what runs per call is an object that it returns\n"
        "  write it as: def dataflow_event(self, event): ..."
    ]


def test_a_wrapper_is_refused() -> None:
    class Tracer:
        @hookimpl(wrapper=True)
        def dataflow_around(self, node: object) -> Iterator[None]:
            yield

    assert told_of(Tracer) == [
        "DF-P104 plugin 'tracer' wraps the hook 'dataflow_around'\n"
        "  plugin: tracer\n"
        f"  at: {at(Tracer.dataflow_around)}\n"
        "  because hooks are not wrapped: the latest plugin is asked first and wins\n"
        "  mark it as a plain implementation: @hookimpl\n"
        "  or, to wrap what runs, return a middleware: def dataflow_around(self, node): ..."
    ]


def test_every_wrong_hook_of_a_plugin_is_told_at_once() -> None:
    class Tracer:
        @hookimpl
        def dataflow_arround(self, node: object) -> None: ...

        @hookimpl
        async def dataflow_event(self, event: object) -> None: ...

        def dataflow_nodes(self, model: object) -> None: ...

    with pytest.raises(DataFlowError) as caught:
        loaded(Tracer)
    assert [one.code for one in caught.value.problems] == ["DF-P103", "DF-P109", "DF-P103"]


def test_arguments_may_be_left_out_and_hooks_named_by_their_mark() -> None:
    class Tracer:
        @hookimpl
        def dataflow_around(self) -> None: ...

        @staticmethod
        @hookimpl
        def dataflow_event(event: object) -> None: ...

        @hookimpl(specname="dataflow_nodes")
        def own_nodes(self, model: object) -> None: ...

    (state,) = loaded(Tracer).inspect().loaded
    assert sorted(state.hooks) == ["dataflow_around", "dataflow_event", "dataflow_nodes"]


def test_an_async_context_manager_function_is_a_plain_function() -> None:
    class Pool:
        @hookimpl
        @asynccontextmanager
        async def dataflow_lifespan(self, app: object) -> AsyncIterator[None]:
            yield

    assert loaded(Pool).inspect().loaded[0].hooks == ("dataflow_lifespan",)


def test_properties_are_not_run_while_hooks_are_looked_for() -> None:
    class Costly:
        @property
        def connection(self) -> None:
            raise AssertionError("a property was read")

        @hookimpl
        def dataflow_event(self, event: object) -> None: ...

    assert loaded(Costly).inspect().loaded[0].name == "costly"


@pytest.mark.parametrize("hook", sorted(hook_signatures()))
def test_every_hook_can_be_shown_as_a_definition(hook: str) -> None:
    assert shown_signature(hook).startswith(f"def {hook}(self")
    assert declaration(hook).startswith(f"def {hook}(self")
    assert "typing." not in declaration(hook)


def test_a_function_of_the_app_is_answered_with_the_form_that_it_has() -> None:
    def around(step: object) -> None: ...

    async def event(event: object) -> None: ...

    with pytest.raises(DataFlowError) as caught:
        loaded().add_hook(around)
    assert caught.value.problems[0].solutions[0].code == "@db.hook\ndef around(node): ..."
    with pytest.raises(DataFlowError) as caught:
        loaded().add_hook(event)
    assert caught.value.problems[0].solutions[0].code == "@db.hook\ndef event(event): ..."


def test_a_name_is_no_function_of_the_app() -> None:
    db = DataFlow()
    with pytest.raises(DataFlowError, match="the app gives 'str' as a hook"):
        db.hook("around")  # type: ignore[type-var]  # the mistake under test
