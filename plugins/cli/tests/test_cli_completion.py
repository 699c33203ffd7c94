"""What a shell is answered at a tab, and that bash can run the script."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]


def completed(call: Call, words: str, shell: str = "zsh") -> list[str]:
    """The words that are offered for the last one."""
    position = str(words.count(" "))
    environ = {"_DATAFLOW_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": position}
    done = call(environ=environ)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_commands_options_codes_and_shells_are_completed(call: Call) -> None:
    assert "inspect" in completed(call, "dataflow in")
    assert "--fix" in completed(call, "dataflow validate --f")
    assert "DF-M101" in completed(call, "dataflow explain df-m10")
    assert completed(call, "dataflow completion b")[1::3] == ["bash"]
    assert "show" in completed(call, "dataflow config s")


def test_files_are_left_to_the_shell(call: Call) -> None:
    assert completed(call, "dataflow inspect x", "bash") == ["file,x"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_given_for_both_names(call: Call, shell: str) -> None:
    done = call("completion", shell)
    assert done.returncode == 0
    assert done.stdout.count(f"_DATAFLOW_COMPLETE={shell}_complete") == 2
    assert "kailash-dataflow" in done.stdout
    data = json.loads(call("completion", shell, "--json").stdout)
    assert (data["script"] + "\n", data["ok"]) == (done.stdout, True)
    assert "dataflow completion" in data["install"]


def test_an_unknown_shell_is_told_which_there_are(call: Call) -> None:
    done = call("completion", "bsh")
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr


def test_bash_completes_with_the_script(call: Call, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    program = tmp_path / "dataflow"
    program.write_text(f"#!{sys.executable}\nfrom dataflow_cli import main\nmain()\n")
    program.chmod(0o755)
    (tmp_path / "complete.bash").write_text(call("completion", "bash").stdout)
    script = (
        f"PATH={tmp_path}:$PATH; source {tmp_path}/complete.bash; COMP_WORDS=(dataflow doc); COMP_CWORD=1; "
        '_dataflow_completion dataflow; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "doctor\n"
