"""Every way of ending has its code, its text, and under ``--json`` its JSON."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from dataflow.plugins.first_party import FIRST_PARTY
from dataflow_cli import CliPlugin, main
from dataflow_cli.known_commands import KNOWN
from dataflow_cli.own_commands import OWN
from dataflow_cli.strangers import OWN_PLUGINS

Call = Callable[..., CompletedProcess[str]]


def test_help_lists_every_command(call: Call) -> None:
    done = call("--help")
    assert done.returncode == 0
    assert [name for name in OWN if f"  {name} " not in done.stdout] == []


def test_the_module_is_the_command_too(call: Call, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dataflow_cli", "inspect", "nowhere.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    as_fork = call("inspect", "nowhere.py")
    assert (done.returncode, done.stdout, done.stderr) == (2, as_fork.stdout, as_fork.stderr)


def test_the_hook_gives_the_same_commands() -> None:
    assert [one.name for one in CliPlugin().dataflow_commands()] == list(OWN)


@pytest.mark.parametrize("args", [[name] for name in OWN] + [["config", "show"]])
def test_help_of_a_command_loads_no_kernel_no_database_and_no_renderer(args: list[str]) -> None:
    program = (
        f"import sys; from dataflow_cli.entry import run; run([*{args}, '--help']); "
        "print(sorted({'dataflow', 'sqlalchemy', 'sqlite3', 'aiosqlite', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_loads_no_database_and_no_renderer() -> None:
    program = (
        "import sys; from dataflow_cli.entry import run; run(['--help']); "
        "print(sorted({'sqlalchemy', 'sqlite3', 'aiosqlite', 'rich', 'dataflow_sqlite'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("inspekt", "x.py"), "did you mean 'inspect'?"),
        (("inspect", "x.py", "--jsn"), "--json"),
        (("config", "shw"), "did you mean 'show'?"),
        (("doctor", "--proceses", "2"), "'--processes'"),
        (("explain", "DF-N1O2"), "did you mean DF-N"),
        (("explain", "nonsense"), "`dataflow explain` lists them all"),
        (("demo", "--svg", "nowhere/run.svg"), "there is no directory 'nowhere'"),
        (("inspect", "nowhere.py"), "does not exist"),
        (("new", "my app"), "try 'my_app'"),
        (("new", "café"), "try 'cafe'"),
        (("new", "dataflow"), "try 'myapp'"),
    ],
)
def test_a_wrong_command_line_is_2_and_says_what_was_meant(call: Call, args: tuple[str, ...], hint: str) -> None:
    done = call(*args)
    assert done.returncode == 2
    assert hint in done.stderr
    told = call(*args, "--json")
    assert told.returncode == 2
    assert json.loads(told.stdout)["ok"] is False


def test_an_option_before_the_command_is_told_its_place(call: Call) -> None:
    done = call("--json", "demo")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] == "'--json' stands after the command: dataflow demo --json"


def test_nothing_is_overwritten(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "models.py").write_text("precious")
    assert call("new", "mine").returncode == 2
    assert (tmp_path / "mine" / "models.py").read_text() == "precious"


def test_a_file_that_raises_is_told_with_its_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("x = 1\ny = x / 0\n")
    done = call("inspect", "bad.py")
    assert done.returncode == 1
    assert "bad.py:2: importing it raised ZeroDivisionError" in done.stderr
    (tmp_path / "worse.py").write_text("x = = 1\n")
    assert "worse.py:1: invalid syntax" in call("validate", "worse.py").stderr
    (tmp_path / "nul.py").write_text("x\0")
    assert "nul.py:1: source code string cannot contain null bytes" in call("validate", "nul.py").stderr


def test_a_failure_in_an_imported_file_names_that_file_too(call: Call, tmp_path: Path) -> None:
    (tmp_path / "outer.py").write_text("\nimport inner\n")
    (tmp_path / "inner.py").write_text("class Stop(BaseException): pass\n\n\nraise Stop('here')\n")
    told = call("inspect", "outer.py").stderr
    assert told == f"Error: outer.py:2: importing it raised Stop: here ({tmp_path / 'inner.py'}:4)\n"
    (tmp_path / "inner.py").write_text("\n\nx = = 1\n")
    assert f"{tmp_path / 'inner.py'}:3: invalid syntax" in call("inspect", "outer.py").stderr


def test_a_wrong_configuration_is_1_with_its_code(call: Call) -> None:
    done = call("config", "show", environ={"DATAFLOW_POOL_SIZE": "many"})
    assert done.returncode == 1
    assert "DF-C102" in done.stderr
    told = call("config", "show", "--json", environ={"DATAFLOW_POOL_SIZE": "many"})
    assert [one["code"] for one in json.loads(told.stdout)["problems"]] == ["DF-C102"]
    # the line that started the process is not the user's
    assert "main()" not in done.stderr + told.stdout


def test_a_broken_configuration_hides_no_command(call: Call) -> None:
    environ = {"DATAFLOW_PROFILE": "nowhere"}
    assert "inspect" in call("--help", environ=environ).stdout
    assert call("explain", "N102", environ=environ).returncode == 0
    assert call("plugins", environ=environ).returncode == 1


def test_commands_of_plugins_are_found(tmp_path: Path, call: Call) -> None:
    (tmp_path / "greeting.py").write_text(
        "import click\n"
        "from dataflow import hookimpl\n"
        "class Greeting:\n"
        "    @hookimpl\n"
        "    def dataflow_commands(self):\n"
        "        @click.command()\n"
        "        def greet():\n"
        "            'Say hello.'\n"
        "            click.echo('hello')\n"
        "        return [greet]\n"
    )
    info = tmp_path / "greeting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dataflow.plugins]\ngreeting = greeting:Greeting\n")
    (tmp_path / "plugins.toml").write_text('[profiles.development]\nplugins = ["greeting"]\n')
    environ = {"PYTHONPATH": str(tmp_path)}
    assert "Say hello." in call("--help", environ=environ).stdout
    assert call("greet", environ=environ).stdout == "hello\n"
    assert "did you mean 'greet'?" in call("gret", environ=environ).stderr


@pytest.mark.parametrize(
    ("error", "code"), [("KeyboardInterrupt()", 130), ("RuntimeError('oops')", 5), ("unreachable", 4)]
)
def test_the_other_ways_to_end(error: str, code: int) -> None:
    program = (
        "import sys, dataflow_cli.entry as entry\n"
        "from dataflow.diagnostics import Problem, error_of\n"
        "unreachable = error_of(Problem(code='DF-A116', message='nobody answers'))\n"
        "class Failing(entry.CommandLine):\n"
        f"    def invoke(self, ctx): raise {error}\n"
        "entry.command_line = Failing('dataflow')\n"
        "sys.exit(entry.run(['demo']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr


def test_an_interrupt_ends_a_running_command(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    # a process that was started in the background takes no notice of an interrupt, and neither do its children
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heeding}; from dataflow_cli import main; main()", "inspect", "slow.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told


def test_what_cannot_be_written_is_1_with_its_reason(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = call("new", "file/app")
    assert (done.returncode, done.stderr) == (1, "Error: file/app: Not a directory\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream_changes_no_exit_code(tmp_path: Path, closed: str) -> None:
    program = f'"{sys.executable}" -m dataflow_cli explain N102 {closed}'
    done = subprocess.run(program, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_main_exits_with_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", "nothing"])
    assert ended.value.code == 2
    assert "there is no code" in capsys.readouterr().err


IMPORTED = (
    "import sys; from dataflow_cli.entry import run; run(['--help']); "
    "print(sorted({'dataflow', 'dataflow_visualize', 'sqlalchemy', 'asyncio', 'rich', 'acme_plugin'} & set(sys.modules)))"
)
FIRST_PARTY_ONLY = '[profiles.development]\nplugins = ["sqlite", "trace", "visualize"]\noptional = ["trace"]\n'


@pytest.mark.parametrize("environ", [{}, {"DATAFLOW_PROFILE": "development"}, {"DATAFLOW_POOL_SIZE": "7"}])
def test_help_imports_no_kernel_where_the_frameworks_own_plugins_are_named(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "plugins.toml").write_text(FIRST_PARTY_ONLY)
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        cwd=tmp_path,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"^  visualize +Draw the workflows of a Python file\.$", done.stdout, re.MULTILINE)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_the_commands_of_a_plugin_of_somebody_else(call: Call, tmp_path: Path) -> None:
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dataflow.plugins]\nacme = acme_plugin:Acme\n")
    (tmp_path / "acme_plugin.py").write_text(
        "import click\n"
        "from dataflow import hookimpl\n\n\n"
        "@click.command('ship')\ndef ship() -> None:\n    '''Ship the orders.'''\n\n\n"
        "class Acme:\n    @hookimpl\n    def dataflow_commands(self):\n        return (ship,)\n"
    )
    (tmp_path / "plugins.toml").write_text('[profiles.development]\nplugins = ["sqlite", "acme"]\n')
    done = call("--help", environ={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0
    assert re.search(r"^  ship +Ship the orders\.$", done.stdout, re.MULTILINE)
    assert call("ship", environ={"PYTHONPATH": str(tmp_path)}).returncode == 0


@pytest.mark.parametrize("text", ["[profiles", "profiles = 3\n", "[profiles.development]\nplugins = 3\n"])
def test_help_is_there_when_plugins_toml_cannot_be_read(call: Call, tmp_path: Path, text: str) -> None:
    (tmp_path / "plugins.toml").write_text(text)
    done = call("--help")
    assert done.returncode == 0
    assert re.search(r"^  validate +Check", done.stdout, re.MULTILINE)


def test_own_plugins_are_those_of_the_kernel() -> None:
    assert FIRST_PARTY.keys() == OWN_PLUGINS


def test_known_commands_are_what_their_plugins_give() -> None:
    given: dict[str | None, str] = {}
    for one in entry_points(group="dataflow.plugins"):
        if one.name in FIRST_PARTY and one.name != "cli":
            commands = getattr(one.load(), "dataflow_commands", None)
            given |= {command.name: command.get_short_help_str(80) for command in (commands(None) if commands else ())}
    assert given == {name: one.summary for name, one in KNOWN.items()}


def test_commands_of_plugins_are_there_where_the_profile_still_lacks_its_database(call: Call) -> None:
    for profile in ("production", "testing"):
        done = call("migrate", "--help", environ={"DATAFLOW_PROFILE": profile})
        assert (done.returncode, done.stderr) == (0, "")
        assert "adopt" in done.stdout
    done = call("migrate", "--help", environ={"DATAFLOW_PROFILE": "produktion"})
    assert done.returncode == 1
    assert "DF-C106" in done.stderr
