"""What the doctor finds, with code, cure and exit code; on every database that is there."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]

STRICT = """
import os
from dataflow import DataFlow

db = DataFlow(os.environ["URL"], existing_schema_mode=True, auto_migrate=False)


@db.model
class Doctored:
    id: int
    name: str
"""


def lines(done: CompletedProcess[str], status: str) -> list[str]:
    """The findings of a status, without the status."""
    return [line.strip().partition("  ")[2] for line in done.stdout.splitlines() if line.startswith(f"  {status}  ")]


def test_a_sound_installation_passes(call: Call) -> None:
    done = call("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    for area in ("environment", "plugins", "configuration", "database", "server", "schema"):
        assert f"\n{area}\n" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("PASS, 0 WARN, 0 FAIL")


def test_a_program_gets_the_same(call: Call, sound: Path) -> None:
    data = json.loads(call("doctor", str(sound), "--json").stdout)
    (instance,) = data["instances"]
    assert (data["ok"], instance["database"], instance["status"]) == (True, "sqlite:///:memory:", "PASS")
    assert {one["area"] for one in instance["findings"]} >= {"environment", "plugins", "database", "schema"}


def test_tables_that_differ_are_3(call: Call, tmp_path: Path, database_url: str) -> None:
    (tmp_path / "strict.py").write_text(STRICT)
    done = call("doctor", "strict.py", environ={"URL": database_url})
    assert done.returncode == 3, done.stdout + done.stderr
    assert lines(done, "FAIL") == ["DF-S101  table 'doctoreds' is missing, and this instance creates nothing"]
    assert "cure: or let this instance make it" in done.stdout


REFUSALS = {
    "refused": ("postgresql://app:hunter2@127.0.0.1:1/shop", "DF-A112  refused: nothing answers at 127.0.0.1:1"),
    "host": ("postgresql://app:hunter2@nowhere.invalid/shop", "DF-A112  host: there is no host 'nowhere.invalid'"),
    "driver": ("oracle://app:hunter2@127.0.0.1/shop", "DF-A113  no plugin speaks to databases of 'oracle://'"),
    "directory": ("sqlite:///nowhere/app.db", "DF-A116"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_database_that_cannot_be_reached_is_4_and_told_why(call: Call, kind: str) -> None:
    url, told = REFUSALS[kind]
    done = call("doctor", environ={"DATAFLOW_DATABASE_URL": url})
    assert done.returncode == 4, done.stdout + done.stderr
    (line,) = lines(done, "FAIL")
    assert line.startswith(told)
    assert "hunter2" not in done.stdout + done.stderr
    assert "        cure: " in done.stdout


@pytest.mark.databases("postgres", "mysql")
def test_a_database_that_does_not_exist_is_4(call: Call, database_url: str) -> None:
    done = call("doctor", environ={"DATAFLOW_DATABASE_URL": f"{database_url}_that_is_not"})
    assert done.returncode == 4
    assert lines(done, "FAIL")[0].startswith("DF-A118  missing database: the server has no database")


@pytest.mark.databases("postgres", "mysql")
def test_pools_of_all_processes_are_held_against_the_servers_limit(call: Call, database_url: str) -> None:
    environ = {"DATAFLOW_DATABASE_URL": database_url}
    assert call("doctor", environ=environ).returncode == 0
    kept = call("doctor", "--processes", "1000", environ=environ)
    assert kept.returncode == 1
    assert lines(kept, "FAIL")[0].startswith("DF-A126  1000 processes of 5 + 10 connections may want 15000")
    most = call("doctor", "--processes", "15", environ=environ)
    assert (most.returncode, lines(most, "FAIL")) == (1, [])
    assert lines(most, "WARN")[0].startswith("DF-A126  15 processes of 5 + 10 connections may want 225")


def test_warnings_of_the_configuration_are_findings(call: Call) -> None:
    done = call("doctor", environ={"DATAFLOW_POOL_TIMEOUT_S": "1"})
    assert (done.returncode, done.stderr) == (1, "")
    assert lines(done, "WARN") == ["DF-C204  'pool_timeout_s' is shorter than 'connect_timeout_s'"]


def test_a_configuration_that_cannot_be_used_is_a_finding(call: Call) -> None:
    done = call("doctor", environ={"DATAFLOW_POOL_SIZE": "many"})
    assert done.returncode == 1
    assert lines(done, "FAIL") == ["DF-C102  wrong value for option 'pool_size': expected an int"]
    assert "\nconfiguration\n" in done.stdout


BROKEN = {
    "import": (
        "raise RuntimeError('broken')",
        "DF-P102  plugin 'sick' of 'sick' cannot be loaded: RuntimeError: broken",
    ),
    "hook": (
        "from dataflow import hookimpl\nclass Sick:\n @hookimpl\n def dataflow_evnt(self): ...",
        "DF-P103  plugin 'sick' implements an unknown hook 'dataflow_evnt'",
    ),
    "signature": (
        "from dataflow import hookimpl\nclass Sick:\n @hookimpl\n def dataflow_event(self, evt): ...",
        "DF-P104  plugin 'sick' implements 'dataflow_event' with arguments that it does not have: 'evt'",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_plugin_that_cannot_be_used_is_a_finding(call: Call, tmp_path: Path, what: str) -> None:
    source, told = BROKEN[what]
    (tmp_path / "sick.py").write_text(source)
    info = tmp_path / "sick-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sick\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dataflow.plugins]\nsick = sick:Sick\n")
    (tmp_path / "plugins.toml").write_text('[profiles.development]\nplugins = ["sick"]\n')
    done = call("doctor", environ={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, lines(done, "FAIL")) == (1, [told])
    assert "\nplugins\n" in done.stdout
    assert f"at: {tmp_path / 'sick.py'}:" in done.stdout


def test_checkups_of_plugins_are_made_and_what_they_raise_is_a_finding(call: Call, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from dataflow import DataFlow, hookimpl\n"
        "from dataflow.checkups import Checkup, passes\n"
        "class Own:\n"
        "    @hookimpl\n"
        "    def dataflow_checkups(self, processes):\n"
        "        async def fine(): return [passes(f'{processes} processes')]\n"
        "        async def broken(): raise LookupError('nothing here')\n"
        "        return [Checkup('application', fine), Checkup('application', broken)]\n"
        "db = DataFlow(plugins=[Own()])\n"
    )
    done = call("doctor", "own.py", "--processes", "3")
    assert done.returncode == 1
    assert "3 processes" in lines(done, "PASS")
    assert lines(done, "FAIL") == ["DF-X101  the checkup of the application raised LookupError: nothing here"]


def test_a_file_without_an_instance_is_a_wrong_command_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    done = call("doctor", "empty.py")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "Error: empty.py makes no DataFlow instance")
