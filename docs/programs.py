"""The programs of the guides: each Python block is a whole one, and a text block behind it is what it prints.

``filled`` runs them in a process of their own, each in a fork that has the framework imported and nothing else.
"""

from __future__ import annotations

import json
import linecache
import os
import re
import runpy
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path

# what the programs would import one by one
import dataflow_sqlite.adapter  # noqa: F401
from dataflow import DataFlowError

#: no other block may stand between a program and what it prints
_PROGRAM = re.compile(
    r"^```python\n(?P<program>.*?)^```$(?P<between>(?:(?!^```).)*?^```text\n)?(?P<printed>(?(between).*?(?=^```$)))",
    re.MULTILINE | re.DOTALL,
)
_FILE = "app.py"


def filled(pages: Mapping[Path, str]) -> dict[Path, str]:
    """The pages whose text blocks are what their programs print now.

    A program that fails has to be followed by such a block: it ends with the message.
    """
    given = json.dumps({str(path): text for path, text in pages.items()})
    command = [sys.executable, __file__]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DATAFLOW"))}
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {Path(path): text for path, text in json.loads(done.stdout).items()}


def _page(text: str) -> str:
    with tempfile.TemporaryDirectory() as directory, chdir(directory):
        return _PROGRAM.sub(_with_output, text)


def _with_output(block: re.Match[str]) -> str:
    printed, failed = output_of(block["program"])
    if block["between"] is None:
        if failed:
            raise RuntimeError(f"{printed}\nin the program\n{block['program']}")
        return block[0]
    return f"```python\n{block['program']}```{block['between']}{printed}"


def output_of(program: str) -> tuple[str, bool]:
    """What a program prints, and whether it fails."""
    Path(_FILE).write_text(program)
    with tempfile.TemporaryFile("w+") as printed:
        child = os.fork()
        if child == 0:
            _run(printed.fileno())
        _, status = os.waitpid(child, 0)
        printed.seek(0)
        return printed.read(), status != 0


def _run(output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    linecache.checkcache(_FILE)
    status = 0
    try:
        runpy.run_path(_FILE, run_name="__main__")
    except DataFlowError as error:
        print(error)
        status = 1
    except Exception as error:
        print("".join(traceback.format_exception_only(error)), end="")
        status = 1
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    json.dump({path: _page(text) for path, text in json.load(sys.stdin).items()}, sys.stdout)
