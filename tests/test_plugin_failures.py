"""What a plugin does wrong while an instance is used: a coded error that names the plugin, its distribution and its line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError, hookimpl

Install = Callable[[str, str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution whose plugin has these methods: its metadata as an installer writes them, and its module."""

    def install(name: str, methods: str) -> Path:
        site = tmp_path / name
        metadata = site / f"acme_{name}-1.2.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1.2\n")
        (metadata / "entry_points.txt").write_text(f"[dataflow.plugins]\n{name} = acme_{name}:Plugin\n")
        module = site / f"acme_{name}.py"
        indented = "".join(f"    {line}\n" for line in methods.splitlines())
        module.write_text(f"from dataflow import hookimpl\nclass Plugin:\n{indented}")
        monkeypatch.delitem(sys.modules, module.stem, raising=False)
        monkeypatch.syspath_prepend(site)
        return module

    return install


async def used(*plugins: object) -> None:
    """Make an instance, a model, a record, and close."""
    async with DataFlow(plugins=plugins) as db:

        @db.model
        class User:
            id: int
            name: str

        await db.User.create(name="Alice")


async def refusal(*plugins: object) -> DataFlowError:
    with pytest.raises(DataFlowError) as caught:
        await used(*plugins)
    return caught.value


LOADING = {
    "async": ("@hookimpl\nasync def dataflow_event(self, event): ...", "DF-P109"),
    "misspelt": ("@hookimpl\ndef dataflow_evnt(self, event): ...", "DF-P103"),
    "unmarked": ("def dataflow_event(self, event): ...", "DF-P103"),
    "renamed": ("@hookimpl\ndef dataflow_event(self, evt): ...", "DF-P104"),
    "selfless": ("@hookimpl\ndef dataflow_event(event): ...", "DF-P104"),
    "refusing": ("def __init__(self): raise SystemExit(3)\n@hookimpl\ndef dataflow_event(self, event): ...", "DF-P108"),
    "hookless": ("x = 1", "DF-P112"),
}


@pytest.mark.parametrize("name", LOADING)
async def test_a_plugin_that_is_refused_is_named_with_distribution_and_line(install: Install, name: str) -> None:
    methods, code = LOADING[name]
    module = install(name, methods)
    error = await refusal(name)
    assert error.code == code
    context = error.problems[0].context
    assert (context["plugin"], context["distribution"]) == (name, f"acme-{name} 1.2")
    assert str(context["at"]).startswith(f"{module}:")


ASKED = {
    "check_config": "config",
    "adapter": "config",
    "model_fields": "model",
    "check_model": "model",
    "nodes": "model",
    "replace_node": "node",
    "executor": "node, adapter",
    "around": "node",
    "lifespan": "app",
}


@pytest.mark.parametrize("raised", ["RuntimeError('boom')", "SystemExit(3)"])
@pytest.mark.parametrize("hook", ASKED)
async def test_a_hook_that_raises_is_blamed(install: Install, hook: str, raised: str) -> None:
    module = install("raising", f"@hookimpl\ndef dataflow_{hook}(self, {ASKED[hook]}):\n    raise {raised}")
    error = await refusal("raising")
    assert error.code == "DF-P110"
    context = error.problems[0].context
    assert (context["distribution"], context["at"]) == ("acme-raising 1.2", f"{module}:3")


@pytest.mark.parametrize("hook", sorted(ASKED))
async def test_an_answer_of_another_kind_is_blamed(install: Install, hook: str) -> None:
    module = install("odd", f"@hookimpl\ndef dataflow_{hook}(self, {ASKED[hook]}):\n    return 3")
    error = await refusal("odd")
    assert (error.code, error.message) == ("DF-P111", f"plugin 'odd' answers 'dataflow_{hook}' with 'int'")
    context = error.problems[0].context
    assert (context["distribution"], context["at"]) == ("acme-odd 1.2", f"{module}:3")


MIDDLEWARES = {
    "no_executor": ("return lambda execute: 3", "DF-P111"),
    "wrapping": ("def middleware(execute):\n        raise RuntimeError('boom')\n    return middleware", "DF-P110"),
    "no_coroutine": ("return lambda execute: lambda operation: 3", "DF-X101"),
    "running": (
        "def middleware(execute):\n        async def run(operation):\n            raise RuntimeError('boom')\n"
        "        return run\n    return middleware",
        "DF-X101",
    ),
}


@pytest.mark.parametrize("name", MIDDLEWARES)
async def test_a_middleware_that_fails_is_a_coded_error(install: Install, name: str) -> None:
    body, code = MIDDLEWARES[name]
    install(name, f"@hookimpl\ndef dataflow_around(self, node):\n    {body}")
    assert (await refusal(name)).code == code


@pytest.mark.parametrize(("before", "after"), [("1 / 0", "pass"), ("pass", "1 / 0")])
async def test_a_lifespan_that_fails_is_blamed(install: Install, before: str, after: str) -> None:
    module = install(
        "opening",
        "@hookimpl\ndef dataflow_lifespan(self, app):\n    from contextlib import asynccontextmanager\n"
        f"    @asynccontextmanager\n    async def opened():\n        {before}\n        yield\n        {after}\n    return opened()",
    )
    error = await refusal("opening")
    assert (error.code, error.message) == (
        "DF-P110",
        "plugin 'opening' failed in 'dataflow_lifespan': ZeroDivisionError",
    )
    assert error.problems[0].context["at"] == f"{module}:3"


class Slow:
    """Opens slowly, fails the first ``failures`` times, and reads a table while it does."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.happened: list[str] = []

    @hookimpl
    def dataflow_lifespan(self, app: DataFlow) -> Any:
        @asynccontextmanager
        async def opened() -> AsyncIterator[None]:
            self.happened.append("opening")
            await app.User.count()
            await asyncio.sleep(0.02)
            if self.failures:
                self.failures -= 1
                raise ConnectionError
            self.happened.append("opened")
            yield
            self.happened.append("closed")

        return opened()

    @hookimpl
    def dataflow_around(self, node: Any) -> Any:
        def middleware(execute: Any) -> Any:
            async def run(operation: Any) -> Any:
                result = await execute(operation)
                self.happened.append(f"{operation.kind} ran")
                return result

            return run

        return middleware


async def test_no_operation_runs_before_everything_is_open() -> None:
    slow = Slow()
    async with DataFlow(plugins=[slow]) as db:

        @db.model
        class User:
            id: int
            name: str

        await asyncio.gather(*(db.User.create(name=name) for name in "abc"))
    assert slow.happened == ["opening", "count ran", "opened", "create ran", "create ran", "create ran", "closed"]


async def test_what_failed_to_open_is_opened_by_the_next_operation() -> None:
    slow = Slow(failures=1)
    async with DataFlow(plugins=[slow]) as db:

        @db.model
        class User:
            id: int
            name: str

        with pytest.raises(DataFlowError) as caught:
            await db.User.create(name="a")
        assert caught.value.code == "DF-P110"
        await db.User.create(name="b")
    assert slow.happened == ["opening", "count ran", "opening", "count ran", "opened", "create ran", "closed"]
