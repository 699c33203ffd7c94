"""A plugin that can observe events says itself whether it wants to."""

from pathlib import Path

import attrs
import pytest

from dataflow.config.options import Config
from dataflow.diagnostics import Problem
from dataflow.plugins.construction import construct
from dataflow.plugins.hookspecs import hookimpl
from dataflow.plugins.registry import PluginSet
from dataflow.runtimes.events import Event


@attrs.define(eq=False)
class Quiet:
    """Listens only to an instance with debug output."""

    wants_events: bool = attrs.field(default=False, init=False)
    heard: list[Event] = attrs.field(factory=list, init=False)

    @hookimpl
    def dataflow_check_config(self, config: Config) -> list[Problem]:
        self.wants_events = bool(config.debug)
        return []

    @hookimpl
    def dataflow_event(self, event: Event) -> None:
        self.heard.append(event)


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugins.toml but a test's own is found."""
    monkeypatch.chdir(tmp_path)


def constructed(plugin: object, **options: object) -> PluginSet:
    given = {"database_url": "test://", "plugins": [plugin], **options}
    return construct("testing", given, environ={})[1]


def test_plugin_that_wants_no_events_is_no_observer() -> None:
    assert constructed(Quiet()).observers() == ()


def test_plugin_that_wants_events_after_the_check_of_the_options_observes() -> None:
    plugin = Quiet()
    (observe,) = constructed(plugin, debug=True).observers()
    event = Event(area="scope", name="commit")
    observe(event)
    assert plugin.heard == [event]


def test_hook_of_the_app_is_an_observer_beside_a_plugin_that_is_none() -> None:
    plugins = constructed(Quiet())
    heard: list[Event] = []

    def dataflow_event(event: Event) -> None:
        heard.append(event)

    plugins.add_hook(dataflow_event)
    (observe,) = plugins.observers()
    observe(Event(area="scope", name="commit"))
    assert [one.name for one in heard] == ["commit"]


def test_debug_that_nobody_prints_is_a_warning() -> None:
    class Deaf(Quiet):
        @hookimpl
        def dataflow_check_config(self, config: Config) -> list[Problem]:
            return []

    with pytest.warns(UserWarning, match=r"\[DF-C207\] 'debug' is on, but no plugin listens"):
        constructed(Deaf(), debug=True)
