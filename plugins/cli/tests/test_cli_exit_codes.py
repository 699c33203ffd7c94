"""Every way of ending has its code, its text, and under ``--json`` its JSON."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from dataflow_cli import CliPlugin, main
from dataflow_cli.own_commands import OWN

Call = Callable[..., CompletedProcess[str]]


def test_help_lists_every_command(call: Call) -> None:
    done = call("--help")
    assert done.returncode == 0
    assert [name for name in OWN if f"  {name} " not in done.stdout] == []


def test_the_hook_gives_the_same_commands() -> None:
    assert [one.name for one in CliPlugin().dataflow_commands()] == list(OWN)


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
        (("explain", "DF-N1O2"), "did you mean DF-N"),
        (("inspect", "nowhere.py"), "does not exist"),
        (("new", "my app"), "try 'my_app'"),
    ],
)
def test_a_wrong_command_line_is_2_and_says_what_was_meant(call: Call, args: tuple[str, ...], hint: str) -> None:
    done = call(*args)
    assert done.returncode == 2
    assert hint in done.stderr
    told = call(*args, "--json")
    assert told.returncode == 2
    assert json.loads(told.stdout)["ok"] is False


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


def test_a_wrong_configuration_is_1_with_its_code(call: Call) -> None:
    done = call("config", "show", environ={"DATAFLOW_POOL_SIZE": "many"})
    assert done.returncode == 1
    assert "DF-C102" in done.stderr
    told = call("config", "show", "--json", environ={"DATAFLOW_POOL_SIZE": "many"})
    assert [one["code"] for one in json.loads(told.stdout)["problems"]] == ["DF-C102"]


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
    command = [sys.executable, "-c", "from dataflow_cli import main; main()", "inspect", "slow.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told


def test_main_exits_with_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", "nothing"])
    assert ended.value.code == 2
    assert "there is no code" in capsys.readouterr().err
