"""The order of plugins, in one sentence: later is nearer to the user, is asked first, wraps outermost and wins."""

import logging
from collections.abc import Callable, Iterator
from typing import Any, cast

import attrs
import pytest

from dataflow.adapters import Adapter
from dataflow.config.option import Origin
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, DataFlowWarning, Problem, Where
from dataflow.models.model import Field, Model
from dataflow.models.types import STR
from dataflow.nodes.node_type import NodeType
from dataflow.operations.operation import Executor, Middleware
from dataflow.plugins.hookspecs import hookimpl
from dataflow.plugins.loading import load_plugins
from dataflow.plugins.registry import PluginSet
from dataflow.plugins.request import requested
from dataflow.runtimes.events import Event

# a plugin under test looks at none of them
MODEL = cast("Model", object())
NODE = cast("NodeType", object())
ADAPTER = cast("Adapter", object())
EVENT = Event(area="init", name="ready")


def told(problem: Problem) -> str:
    """Everything that a problem says, as text."""
    lines = [f"{problem.code} {problem.message}"]
    lines += [f"  {key}: {value}" for key, value in problem.context.items()]
    lines += [f"  because {problem.cause}"]
    lines += [f"  {solution.text} {solution.code}" for solution in problem.solutions]
    return "\n".join(lines)


@attrs.define(eq=False)
class Marked:
    """Answers every hook with its mark."""

    mark: str

    @hookimpl
    def dataflow_model_fields(self, model: Model) -> Iterator[Field]:
        yield Field(self.mark, STR)

    @hookimpl
    def dataflow_around(self, node: NodeType) -> Middleware:
        def middleware(inner: Executor) -> Executor:
            async def run(operation: Any) -> Any:
                return f"{self.mark}({await inner(operation)})"

            return run

        return middleware

    @hookimpl
    def dataflow_executor(self, node: NodeType, adapter: Adapter) -> Executor:
        async def run(operation: Any) -> Any:
            return self.mark

        return run

    @hookimpl
    def dataflow_explain(self, error: BaseException, where: Where) -> Problem:
        return Problem(code="DF-A999", message=self.mark)

    @hookimpl
    def dataflow_describe(self, app: object) -> str:
        return f"state of {self.mark}"


class First(Marked):
    name = "first"


class Second(Marked):
    name = "second"


def loaded(*specs: object, builtins: tuple[object, ...] = ()) -> PluginSet:
    requests = tuple(requested(spec, Origin("argument"), 5) for spec in specs)
    return load_plugins(Config(plugins=requests), builtins)


def run_to_end(executor: Executor) -> Any:
    coroutine = executor(None)
    with pytest.raises(StopIteration) as caught:
        coroutine.__await__().__next__()
    return caught.value.value


def test_what_all_give_comes_in_order_and_the_latest_wraps_outermost() -> None:
    plugins = loaded(First("first"), Second("second"))
    assert [field.name for field in plugins.model_fields(MODEL)] == ["first", "second"]
    executor = plugins.executor(NODE, ADAPTER)
    assert executor is not None
    for middleware in plugins.middlewares(NODE):
        executor = middleware(executor)
    assert run_to_end(executor) == "second(first(second))"


def test_the_latest_wins_where_one_answer_is_enough() -> None:
    plugins = loaded(First("first"), Second("second"))
    explained = plugins.explain(ValueError(), Where())
    assert explained is not None
    assert explained.message == "second"
    plugins = loaded(Second("second"), First("first"))
    assert [one.name for one in plugins.inspect().loaded] == ["second", "first"]
    explained = plugins.explain(ValueError(), Where())
    assert explained is not None
    assert explained.message == "first"


def test_the_kernels_own_plugins_are_farthest_and_an_app_hook_is_nearest() -> None:
    plugins = loaded(First("first"), builtins=(Second("second"),))
    plugins.add_hook(lambda model: [Field("app", STR)], "model_fields")
    assert [field.name for field in plugins.model_fields(MODEL)] == ["second", "first", "app"]
    assert [(one.order, one.name) for one in plugins.inspect().loaded] == [
        (1, "second"),
        (2, "first"),
        (3, "app:3:model_fields"),
    ]


def test_a_later_plugin_that_abstains_leaves_the_answer_to_an_earlier_one() -> None:
    class Silent:
        @hookimpl
        def dataflow_explain(self, error: BaseException) -> None: ...

    explained = loaded(First("first"), Silent).explain(ValueError(), Where())
    assert explained is not None
    assert explained.message == "first"


def test_a_hook_of_the_app_is_its_own_instances_alone() -> None:
    one, other = loaded(First("first")), loaded(First("first"))

    def dataflow_model_fields(model: Model) -> list[Field]:
        return [Field("mine", STR)]

    assert one.add_hook(dataflow_model_fields) is dataflow_model_fields
    assert not hasattr(dataflow_model_fields, "dataflow_impl")
    assert [field.name for field in one.model_fields(MODEL)] == ["first", "mine"]
    assert [field.name for field in other.model_fields(MODEL)] == ["first"]
    assert (one.revision, other.revision) == (1, 0)


def test_one_function_may_be_a_hook_of_two_instances_under_two_names() -> None:
    def answer(model: Model) -> list[Field]:
        return []

    one, other = loaded(), loaded()
    one.add_hook(answer, "model_fields")
    other.add_hook(answer, "dataflow_nodes")
    assert (one.inspect().loaded[0].hooks, other.inspect().loaded[0].hooks) == (
        ("dataflow_model_fields",),
        ("dataflow_nodes",),
    )


def test_a_hook_of_the_app_is_checked_like_any_other() -> None:
    def arround(node: NodeType) -> None: ...

    plugins = loaded()
    with pytest.raises(DataFlowError) as caught:
        plugins.add_hook(arround)
    assert [told(one) for one in caught.value.problems] == [
        "DF-P103 plugin 'app' implements an unknown hook 'dataflow_arround'\n"
        "  plugin: app\n"
        f"  at: {__file__}:{arround.__code__.co_firstlineno}\n"
        "  because a hook that the kernel does not have is never asked\n"
        "  did you mean 'dataflow_around'? @db.hook\ndef around(node): ..."
    ]
    assert plugins.inspect().loaded == ()


def test_only_a_function_can_be_a_hook_of_the_app() -> None:
    with pytest.raises(DataFlowError) as caught:
        loaded().add_hook(First("first"), "around")  # type: ignore[type-var]  # the mistake under test
    assert [told(one) for one in caught.value.problems] == [
        "DF-P104 the app gives 'First' as a hook\n"
        "  given: First\n"
        "  because arguments are passed by name, which only a function declares\n"
        "  decorate a function: @db.hook\ndef around(node): ..."
    ]


class Veto:
    @hookimpl
    def dataflow_check_model(self, model: Model) -> list[Problem]:
        raise ZeroDivisionError("inside the check")


def test_a_check_that_fails_is_a_refusal() -> None:
    with pytest.raises(DataFlowError) as caught:
        loaded(Veto).check_model(MODEL)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert [told(one) for one in caught.value.problems] == [
        "DF-P110 plugin 'veto' failed in 'dataflow_check_model': ZeroDivisionError\n"
        "  plugin: veto\n"
        f"  at: {__file__}:{Veto.dataflow_check_model.__code__.co_firstlineno}\n"
        "  error: ZeroDivisionError\n"
        "  because a check that fails counts as a refusal\n"
        '  report it to the plugin\'s author, or keep the plugin out: DataFlow(block=["veto"])'
    ]


def test_a_check_that_fails_while_its_answer_is_read_is_a_refusal_too() -> None:
    class Late:
        @hookimpl
        def dataflow_check_model(self, model: Model) -> Iterator[Problem]:
            yield Problem(code="DF-M999", message="seen")
            raise ZeroDivisionError

    with pytest.raises(DataFlowError) as caught:
        loaded(Late).check_model(MODEL)
    assert [one.message for one in caught.value.problems] == [
        "plugin 'late' failed in 'dataflow_check_model': ZeroDivisionError"
    ]


def test_a_coded_error_of_a_plugin_passes_through() -> None:
    error = None

    class Coded:
        @hookimpl
        def dataflow_check_model(self, model: Model) -> list[Problem]:
            assert error is not None
            raise error

    with pytest.raises(DataFlowError) as caught:
        loaded(Veto).check_model(MODEL)
    error = caught.value
    with pytest.raises(DataFlowError) as again:
        loaded(Coded).check_model(MODEL)
    assert again.value is error


@pytest.mark.parametrize("answer", ["text", 3, Problem(code="DF-M999", message="alone"), [None]])
def test_an_answer_of_another_kind_is_refused(answer: object) -> None:
    class Odd:
        @hookimpl
        def dataflow_check_model(self, model: Model) -> object:
            return answer

    with pytest.raises(DataFlowError) as caught:
        loaded(Odd).check_model(MODEL)
    assert [told(one) for one in caught.value.problems] == [
        f"DF-P111 plugin 'odd' answers 'dataflow_check_model' with '{type(answer).__name__}'\n"
        "  plugin: odd\n"
        f"  at: {__file__}:{Odd.dataflow_check_model.__code__.co_firstlineno}\n"
        "  because the kernel uses the answer as the hook declares it\n"
        "  answer as declared: def dataflow_check_model(self, model: Model) -> Sequence[Problem]"
    ]


def test_an_explanation_that_fails_does_not_hide_the_error(caplog: pytest.LogCaptureFixture) -> None:
    class Clumsy:
        @hookimpl
        def dataflow_explain(self, error: BaseException) -> Problem:
            raise ZeroDivisionError

    with caplog.at_level(logging.ERROR, "dataflow"):
        explained = loaded(First("first"), Clumsy).explain(ValueError(), Where())
    assert explained is not None
    assert explained.message == "first"
    assert [one.message for one in caplog.records] == ["plugin 'clumsy' failed in 'dataflow_explain'"]


def test_what_a_plugin_finds_unwise_is_a_warning_that_can_be_silenced() -> None:
    class Prudent:
        @hookimpl
        def dataflow_check_config(self, config: Config) -> list[Problem]:
            return [Problem(code="DF-C299", message="rarely meant")]

    with pytest.warns(DataFlowWarning, match="rarely meant"):
        loaded(Prudent)
    load_plugins(Config(plugins=(requested(Prudent, Origin("argument"), 5),), silence=("DF-C299",)))


def test_nobody_listens_until_somebody_does() -> None:
    plugins = loaded(First("first"))
    assert plugins.observers() == ()
    seen: list[Event] = []
    plugins.add_hook(_collector(seen), "event")
    for observer in plugins.observers():
        observer(EVENT)
    assert seen == [EVENT]


def _collector(seen: list[Event]) -> Callable[[Event], None]:
    def collect(event: Event) -> None:
        seen.append(event)

    return collect


def test_an_observer_that_fails_is_logged_once_and_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Event] = []

    class Failing:
        @hookimpl
        def dataflow_event(self, event: Event) -> None:
            raise ZeroDivisionError

    plugins = loaded(Failing)
    plugins.add_hook(_collector(seen), "event")
    with caplog.at_level(logging.ERROR, "dataflow"):
        for _ in range(3):
            for observer in plugins.observers():
                observer(EVENT)
    assert len(seen) == 3
    assert [one.message for one in caplog.records] == [
        "plugin 'failing' failed to observe an event; its further failures are not logged"
    ]


def test_an_observer_that_failed_is_still_silent_after_another_joins(caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        @hookimpl
        def dataflow_event(self, event: Event) -> None:
            raise ZeroDivisionError

    plugins = loaded(Failing)
    with caplog.at_level(logging.ERROR, "dataflow"):
        plugins.observers()[0](EVENT)
        plugins.add_hook(_collector([]), "event")
        for observer in plugins.observers():
            observer(EVENT)
    assert len(caplog.records) == 1


def test_plugins_describe_themselves_by_name() -> None:
    assert loaded(First("first"), Second("second")).describe(cast("Any", object())) == {
        "first": "state of first",
        "second": "state of second",
    }
