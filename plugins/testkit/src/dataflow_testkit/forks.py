"""Programs that start at once: forked from a process that has imported what they need, with an end of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

#: a program that does not end within this is ended
PATIENCE_S = 120

# Each line that it reads is one program, each that it writes how one has ended. A fork goes on below the loop; it ends
# as any program does, after its threads and its exit handlers, but for the freeing of memory: that takes ten times as
# long as most commands, for it copies every page that the fork shares.
_TEMPLATE = """
import atexit, importlib, json, os, signal, sys

def end():
    for stream in (sys.stdout, sys.stderr):
        stream and stream.flush()
    os._exit(code)

code = 0
# what is registered first is done last
atexit.register(end)
for name in sys.argv[1:]:
    importlib.import_module(name)
for line in iter(sys.stdin.readline, ""):
    child = os.fork()
    if not child:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
given = json.loads(line)
signal.alarm(given["patience_s"])
os.chdir(given["cwd"])
os.environ.clear()
os.environ.update(given["environ"])
sys.argv[1:] = given["args"]
sys.stdin = open(os.devnull)
os.dup2(sys.stdin.fileno(), 0)
for number, path in enumerate(given["written"], 1):
    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
code = 1
try:
    PROGRAM
except SystemExit as ended:
    code = ended.code or 0
    raise
"""


@attrs.define(eq=False)
class Forks:
    """Runs one program, such as ``from dataflow_cli import main; main()``, again and again, each time in a process.

    :param modules: what is imported before; each of them as if the program had imported it.
    """

    program: str
    modules: Sequence[str]
    #: for the texts that it writes
    output: Path
    _process: subprocess.Popen[str] | None = None

    def run(self, args: Sequence[str], directory: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run it with arguments, in a directory, with nothing but this environment, and without any input.

        :raises ValueError: for an environment that a process must have from its start.
        """
        if environ.get("PYTHONPATH") != os.environ.get("PYTHONPATH"):
            raise ValueError("where Python looks for modules is read when a process starts")
        if self._process is None:
            command = [sys.executable, "-c", _TEMPLATE.replace("PROGRAM", self.program), *self.modules]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        written = [self.output / "out", self.output / "err"]
        given = {
            "args": [*args],
            "cwd": str(directory),
            "environ": {**environ},
            "written": [*map(str, written)],
            "patience_s": PATIENCE_S,
        }
        print(json.dumps(given), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess([*args], code, *(path.read_text() for path in written))

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()
