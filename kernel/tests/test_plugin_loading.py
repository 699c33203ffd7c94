"""Finding and importing plugins: only those asked for, each by itself, and what is said when one cannot be used."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from dataflow.config.option import Origin
from dataflow.config.options import Config
from dataflow.diagnostics import DataFlowError, DataFlowWarning, Problem
from dataflow.plugins.discovery import installed_plugins
from dataflow.plugins.hookspecs import hookimpl
from dataflow.plugins.inspection import AbsentPlugin
from dataflow.plugins.loading import load_plugins
from dataflow.plugins.registry import PluginSet
from dataflow.plugins.request import Block, PluginRequest, requested

ARGUMENT = Origin("argument")
Install = Callable[..., Path]

GOOD = """
import attrs
from dataflow.plugins.hookspecs import hookimpl

@attrs.define(eq=False)
class Plugin:
    level: str = "all"

    @hookimpl
    def dataflow_event(self, event):
        pass
"""


def told(problem: Problem) -> str:
    """Everything that a problem says, as text."""
    lines = [f"{problem.code} {problem.message}"]
    lines += [f"  {key}: {value}" for key, value in problem.context.items()]
    lines += [f"  because {problem.cause}"]
    lines += [f"  {solution.text} {solution.code}" for solution in problem.solutions]
    return "\n".join(lines)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution with one plugin: its metadata as an installer writes them, and its module."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(
        name: str,
        module: str,
        source: str = GOOD,
        *,
        distribution: str | None = None,
        requires: str = "",
        value: str | None = None,
    ) -> Path:
        distribution = distribution or f"acme-{name}"
        metadata = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        metadata.mkdir()
        requirement = f"Requires-Dist: {requires}\n" if requires else ""
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n{requirement}")
        (metadata / "entry_points.txt").write_text(f"[dataflow.plugins]\n{name} = {value or f'{module}:Plugin'}\n")
        file = tmp_path / f"{module}.py"
        file.write_text(source)
        monkeypatch.delitem(sys.modules, module, raising=False)
        # a new path makes the cache of the process look again, as it does in an application
        monkeypatch.syspath_prepend(tmp_path / distribution)
        return file

    return install


def loaded(*specs: object, optional: bool = False, block: tuple[Block, ...] = ()) -> PluginSet:
    requests = tuple(requested(spec, ARGUMENT, 5, optional) for spec in specs)
    return load_plugins(Config(plugins=requests, block=block))


def refusal(*specs: object, optional: bool = False) -> DataFlowError:
    with pytest.raises(DataFlowError) as caught:
        loaded(*specs, optional=optional)
    return caught.value


def told_of(*specs: object, optional: bool = False) -> list[str]:
    return [told(one) for one in refusal(*specs, optional=optional).problems]


def test_a_plugin_is_loaded_by_the_name_of_its_entry_point(install: Install) -> None:
    install("plain", "acme_plain_1")
    (state,) = loaded("plain").inspect().loaded
    assert (state.order, state.name, state.distribution, state.version) == (1, "plain", "acme-plain", "1.2")
    assert (state.origin, state.hooks) == (ARGUMENT, ("dataflow_event",))
    assert state.import_ms > 0


def test_a_plugin_that_nobody_asks_for_is_never_imported(install: Install) -> None:
    install("plain", "acme_plain_2")
    install("other", "acme_other_2")
    loaded("plain")
    assert "acme_other_2" not in sys.modules
    assert installed_plugins()["other"][0].value == "acme_other_2:Plugin"


def test_a_blocked_plugin_is_never_imported(install: Install) -> None:
    install("plain", "acme_plain_3")
    plugins = loaded("plain", block=(Block("plain", ARGUMENT, 6),))
    assert "acme_plain_3" not in sys.modules
    assert plugins.inspect().loaded == ()
    assert plugins.inspect().absent == (AbsentPlugin("plain", "blocked by argument"),)


def test_a_plugin_that_the_same_source_asks_for_and_blocks_is_refused() -> None:
    with pytest.raises(DataFlowError) as caught:
        loaded("plain", block=(Block("plain", Origin("plugins.toml", "plugins.toml"), 5),))
    assert [told(one) for one in caught.value.problems] == [
        "DF-P107 plugin 'plain' is asked for and blocked\n"
        "  asked for by: argument\n"
        "  blocked by: plugins.toml plugins.toml\n"
        "  because a block keeps out what a weaker source asks for; here neither is weaker\n"
        "  take it out of 'block': block without \"plain\"\n"
        "  or out of 'plugins': plugins without \"plain\""
    ]


def test_a_missing_plugin_is_answered_with_its_installation_and_the_closest_name(install: Install) -> None:
    install("audits", "acme_audits_1")
    installed = ", ".join(sorted(installed_plugins()))
    assert told_of("audit") == [
        "DF-P101 plugin 'audit' is not installed\n"
        "  plugin: audit\n"
        "  source: argument\n"
        f"  installed: {installed}\n"
        "  because no installed distribution has an entry point 'audit' in the group 'dataflow.plugins'\n"
        '  install it: pip install "dataflow[audit]"\n'
        "  or did you mean 'audits'? plugins=[\"audits\"]"
    ]


def test_a_plugin_that_nobody_knows_is_answered_with_the_closest_name_first() -> None:
    assert told_of("migration")[0].splitlines()[-2:] == [
        "  did you mean 'migrations'? plugins=[\"migrations\"]",
        "  install the distribution that brings it: pip install ...",
    ]


def test_a_missing_adapter_is_answered_with_its_installation_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a place where nothing is installed
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(DataFlowError) as caught:
        load_plugins(Config(plugins=(PluginRequest("mysql", Origin("argument", "database_url"), -1),)))
    assert told(caught.value.problems[0]).splitlines()[-2:] == [
        "  because no installed distribution has an entry point 'mysql' in the group 'dataflow.plugins'",
        '  install it: pip install "dataflow[mysql]"',
    ]


def test_a_misspelt_block_warns_with_the_plugin_that_is_loaded(install: Install) -> None:
    install("plain", "acme_plain_9")
    with pytest.warns(DataFlowWarning) as caught:
        loaded("plain", block=(Block("plane", ARGUMENT, 6), Block("elsewhere", ARGUMENT, 6)))
    assert [told(one.message.problem) for one in caught if isinstance(one.message, DataFlowWarning)] == [
        "DF-C208 'block' names 'plane', which no plugin is called\n"
        "  blocked: plane\n"
        "  blocked by: argument\n"
        "  because it keeps nothing out: the plugin 'plain' is loaded\n"
        "  did you mean 'plain'? block = [\"plain\"]\n"
        '  or silence this warning: DataFlow(silence=["DF-C208"])'
    ]


def test_the_frameworks_own_plugin_is_the_one_to_keep(install: Install) -> None:
    install("trace", "acme_trace_9", distribution="a-trace")
    assert told_of("trace")[0].splitlines()[-2:] == [
        "  uninstall one: pip uninstall a-trace",
        '  or say which is meant: plugins=["trace@dataflow-trace"]',
    ]


def test_every_missing_plugin_is_named_at_once() -> None:
    assert [one.message for one in refusal("absent-1", "absent-2").problems] == [
        "plugin 'absent-1' is not installed",
        "plugin 'absent-2' is not installed",
    ]


def test_an_optional_plugin_that_is_not_installed_is_skipped_and_reported() -> None:
    assert loaded("absent-1", optional=True).inspect().absent == (
        AbsentPlugin("absent-1", "plugin 'absent-1' is not installed"),
    )


FAILURES = [
    ("import acme_nowhere", "ModuleNotFoundError: No module named 'acme_nowhere'", 1),
    ("\nraise SystemExit(3)", "SystemExit: 3", 2),
    ("\n\n1 / 0", "ZeroDivisionError: division by zero", 3),
    ("x = 1\nPlugin = = 2", "SyntaxError: invalid syntax", 2),
]


@pytest.mark.parametrize(("source", "error", "line"), FAILURES)
def test_an_import_that_fails_names_plugin_distribution_and_line(
    install: Install, source: str, error: str, line: int, request: pytest.FixtureRequest
) -> None:
    module = f"acme_broken_{FAILURES.index((source, error, line))}"
    file = install("broken", module, source)
    problem = refusal("broken").problems[0]
    lines = told(problem).splitlines()
    assert lines[0].startswith(f"DF-P102 plugin 'broken' of 'acme-broken' cannot be loaded: {error}")
    assert lines[1:] == [
        "  plugin: broken",
        "  distribution: acme-broken 1.2",
        f"  at: {file}:{line}",
        "  source: argument",
        "  because importing its module raised; nothing else of it was used",
        "  install it anew, with what it needs: pip install --force-reinstall acme-broken",
        '  or keep it out: DataFlow(block=["broken"])',
    ]


def test_the_error_is_raised_from_what_the_import_raised(install: Install) -> None:
    install("broken", "acme_broken_5", "1 / 0")
    assert isinstance(refusal("broken").__cause__, ZeroDivisionError)


def test_an_interrupt_passes_through(install: Install) -> None:
    install("broken", "acme_broken_6", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        loaded("broken")


def test_a_broken_plugin_does_not_keep_the_others_from_being_checked(install: Install) -> None:
    install("broken", "acme_broken_7", "1 / 0")
    install("plain", "acme_plain_7")
    assert [one.code for one in refusal("broken", "plain", "absent-1").problems] == ["DF-P102", "DF-P101"]


def test_an_optional_plugin_that_is_broken_is_skipped_with_a_warning(install: Install) -> None:
    install("broken", "acme_broken_8", "1 / 0")
    message = "plugin 'broken' of 'acme-broken' cannot be loaded: ZeroDivisionError: division by zero"
    with pytest.warns(DataFlowWarning, match="DF-C206"):
        plugins = loaded("broken", optional=True)
    assert plugins.inspect().absent == (AbsentPlugin("broken", message),)
    load_plugins(Config(plugins=(requested("broken", ARGUMENT, 5, True),), silence=("DF-C206",)))


def test_a_name_that_two_distributions_claim_is_refused(install: Install) -> None:
    install("plain", "acme_plain_9")
    install("plain", "evil_plain_9", distribution="evil-plain")
    claims = [f"{one.distribution}" for one in installed_plugins()["plain"]]
    first, second = claims
    assert told_of("plain", optional=True) == [
        f"DF-P105 plugin 'plain' is claimed by '{first}' and '{second}'\n"
        f"  {first}: {first.replace('-', '_')}_9:Plugin (1.2)\n"
        f"  {second}: {second.replace('-', '_')}_9:Plugin (1.2)\n"
        "  because which one is meant must not depend on the order of installation\n"
        f"  uninstall one: pip uninstall {second}\n"
        f'  or say which is meant: plugins=["plain@{first}"]'
    ]
    assert {"acme_plain_9", "evil_plain_9"}.isdisjoint(sys.modules)
    assert loaded("plain@Evil_Plain").inspect().loaded[0].distribution == "evil-plain"


def test_a_name_of_the_framework_is_imported_from_its_own_distribution_only(install: Install) -> None:
    install("audit", "evil_audit_1", distribution="evil-audit")
    assert told_of("audit") == [
        "DF-P105 plugin 'audit' is claimed by 'evil-audit', but the name belongs to 'dataflow-audit'\n"
        "  evil-audit: evil_audit_1:Plugin (1.2)\n"
        "  because the framework's own names are imported from its own distributions only\n"
        "  install the framework's own: pip install dataflow-audit\n"
        '  or say that the other one is meant: plugins=["audit@evil-audit"]'
    ]
    assert "evil_audit_1" not in sys.modules
    assert loaded("audit@evil-audit").inspect().loaded[0].distribution == "evil-audit"


def test_a_plugin_for_another_kernel_is_refused_before_it_is_imported(install: Install) -> None:
    install("plain", "acme_plain_10", requires="dataflow-kernel (>=99,<100)")
    install("dataflow-kernel-itself", "acme_kernel", distribution="dataflow-kernel")
    assert told_of("plain") == [
        "DF-P106 plugin 'plain' of 'acme-plain' needs 'dataflow-kernel (>=99,<100)'\n"
        "  plugin: plain\n"
        "  distribution: acme-plain 1.2\n"
        "  installed: dataflow-kernel 1.2\n"
        "  because it was installed for another version of the kernel\n"
        '  install the two together: pip install "dataflow-kernel (>=99,<100)" acme-plain\n'
        '  or keep it out: DataFlow(block=["plain"])'
    ]
    assert "acme_plain_10" not in sys.modules


def test_an_entry_point_that_names_no_class(install: Install) -> None:
    install("plain", "acme_plain_11", "value = 3\n", value="acme_plain_11:value")
    assert told_of("plain") == [
        "DF-P112 plugin 'plain' of 'acme-plain' is a 'int', not a class\n"
        "  plugin: plain\n"
        "  source: argument\n"
        "  because an entry point names a class; each instance makes its own object of it\n"
        '  name the class: [project.entry-points."dataflow.plugins"]\nplain = "module:Class"'
    ]


def test_extras_of_an_entry_point_are_passed_over(install: Install) -> None:
    install("plain", "acme_plain_12", value="acme_plain_12:Plugin [fast]")
    assert loaded("plain").inspect().loaded[0].name == "plain"


def test_a_broken_distribution_elsewhere_is_no_obstacle(install: Install, tmp_path: Path) -> None:
    install("plain", "acme_plain_13")
    (tmp_path / "torn-1.0.dist-info").mkdir()
    (tmp_path / "torn-1.0.dist-info" / "entry_points.txt").write_bytes(b"[dataflow.plugins]\n\xff\xfe = nonsense")
    assert loaded("plain").inspect().loaded[0].name == "plain"


@attrs.define(eq=False)
class AccessLogPlugin:
    seen: list[object] = attrs.field(factory=list, init=False)

    @hookimpl
    def dataflow_event(self, event: object) -> None:
        self.seen.append(event)


def test_classes_and_objects_are_plugins_too() -> None:
    assert [one.name for one in loaded(AccessLogPlugin).inspect().loaded] == ["access-log"]
    assert [one.name for one in loaded(AccessLogPlugin()).inspect().loaded] == ["access-log"]


def test_two_plugins_of_one_name_are_refused() -> None:
    assert told_of(AccessLogPlugin, AccessLogPlugin()) == [
        "DF-P105 two plugins are called 'access-log'\n"
        "  first: argument\n"
        "  second: argument\n"
        "  because a plugin's name is where its options stand, and what 'block' and inspection speak of\n"
        '  call one of them otherwise: class ...:\n    name: ClassVar[str] = "my-access-log"'
    ]


def test_something_without_a_hook_is_no_plugin() -> None:
    assert told_of(42) == [
        "DF-P112 plugin 'int' implements no hook\n"
        "  plugin: int\n"
        "  class: int\n"
        "  at: builtins:int\n"
        "  source: argument\n"
        "  because a plugin acts through its methods that are marked with @hookimpl\n"
        "  implement one: @hookimpl\ndef dataflow_around(self, node): ..."
    ]


def test_a_part_of_the_kernel_cannot_be_blocked() -> None:
    with pytest.raises(DataFlowError) as caught:
        load_plugins(Config(block=(Block("access-log", ARGUMENT, 9),)), [AccessLogPlugin])
    assert [told(one) for one in caught.value.problems] == [
        "DF-P107 plugin 'access-log' is part of the kernel and cannot be blocked\n"
        "  blocked by: argument\n"
        "  because models and nodes come from it; a plugin may win over it, but not do without it\n"
        "  take it out of 'block': block without \"access-log\""
    ]


def test_debug_without_a_listener_warns_when_a_user_asked_for_it() -> None:
    config = Config(debug=True, origins={"debug": ARGUMENT})
    with pytest.warns(DataFlowWarning, match="'debug' is on, but no plugin listens"):
        load_plugins(config)
    load_plugins(config, [AccessLogPlugin])
    load_plugins(Config(debug=True, origins={"debug": Origin("profile", "'mine'")}))


def test_an_instance_without_plugins_by_name_reads_no_metadata() -> None:
    code = (
        "import sys; from dataflow.plugins.loading import load_plugins; from dataflow.config.options import Config; "
        "load_plugins(Config()); print('importlib_metadata' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout == "False\n"


def test_a_damaged_distribution_is_named_and_stops_nobody(
    install: Install, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install("plain", "acme_plain_10")
    damaged = tmp_path / "acme_damaged-1.0.dist-info"
    damaged.mkdir()
    (damaged / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-damaged\nVersion: 1.0\n")
    (damaged / "entry_points.txt").write_text("[dataflow.plugins]\nno equals sign\n")
    assert [one.name for one in loaded("plain").inspect().loaded] == ["plain"]
    assert [one.message for one in caplog.records] == [
        f"the plugins of '{damaged}' cannot be read: install it anew, or remove it"
    ]
