"""The programs of the guides: each Python block is a whole one, and a text block behind it is what it prints."""

from __future__ import annotations

import gc
import io
import linecache
import re
import tempfile
import traceback
import warnings
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from dataflow import DataFlowError

#: no other block may stand between a program and what it prints
_PROGRAM = re.compile(
    r"^```python\n(?P<program>.*?)^```$(?P<between>(?:(?!^```).)*?^```text\n)?(?P<printed>(?(between).*?(?=^```$)))",
    re.MULTILINE | re.DOTALL,
)
_FILE = "app.py"


def filled(text: str) -> str:
    """A page whose text blocks are what its programs print now; one that fails has to be followed by such a block."""
    with tempfile.TemporaryDirectory() as directory, chdir(directory):
        return _PROGRAM.sub(_with_output, text)


def _with_output(block: re.Match[str]) -> str:
    printed = output_of(block["program"], may_fail=block["between"] is not None)
    if block["between"] is None:
        return block[0]
    return f"```python\n{block['program']}```{block['between']}{printed}"


def output_of(program: str, *, may_fail: bool) -> str:
    """What a program prints, with the message that it ends with if it may fail."""
    Path(_FILE).write_text(program)
    linecache.checkcache(_FILE)
    printed = io.StringIO()
    namespace: dict[str, object] = {"__name__": "__main__"}
    with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("default")
        try:
            exec(compile(program, _FILE, "exec", dont_inherit=True), namespace)
        except DataFlowError as error:
            if not may_fail:
                raise
            print(error)
        except Exception as error:
            if not may_fail:
                raise
            print("".join(traceback.format_exception_only(error)), end="")
    namespace.clear()
    # an instance that a program left behind would be found by the next one's WorkflowBuilder()
    gc.collect()
    return printed.getvalue()
