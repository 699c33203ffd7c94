"""Runs the programs of one library, each in a process of its own: ``python contest.py django_orm``, JSON to stdout.

It runs in that library's environment, so it imports the standard library only.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import json
import logging
import os
import platform
import re
import select
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

LIMIT_S = 120
#: warnings of other matters
_QUIET = (DeprecationWarning, PendingDeprecationWarning, ResourceWarning, ImportWarning, FutureWarning)
MAX_MESSAGE = 2_000
MAX_CHAIN = 3
MAX_LINE = 500
#: what comes before it in a program is right
MARK = "# the mistake\n"
_DATA = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE)\b(?!.*(?:sqlite_master|\bJSON\())", re.IGNORECASE | re.DOTALL)


def main(name: str) -> None:
    library = _loaded(name)
    for module in library.PRELOAD:
        importlib.import_module(module)
    outcomes = {}
    for identity, wrong in library.PROGRAMS.items():
        outcomes[identity] = _forked(library, wrong)
        print(f"{name} {identity}: {outcomes[identity]['outcome']}", file=sys.stderr, flush=True)
    found = {
        "name": library.NAME,
        "version": importlib.metadata.version(library.DISTRIBUTION),
        "python": platform.python_version(),
        "outcomes": outcomes,
    }
    json.dump(found, sys.stdout)


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _forked(library: ModuleType, wrong: str) -> dict[str, Any]:
    """The outcome of one program; a child that says nothing in time is one that hangs."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            try:
                found = _outcome(library, wrong)
            except BaseException:
                # the beginning, which is right, does not run: nothing can be said of the rest
                found = {"outcome": "broken", "message": traceback.format_exc()[-MAX_MESSAGE:], "statements": 0}
            json.dump(found, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        if not select.select([answer], [], [], LIMIT_S)[0]:
            os.kill(child, signal.SIGKILL)
        told = answer.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else {"outcome": "ended without an answer", "message": "", "statements": 0}


def _outcome(library: ModuleType, wrong: str) -> dict[str, Any]:
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(directory)
        statements: list[str] = []
        module = sys.modules["program"] = ModuleType("program")
        namespace = vars(module)
        namespace["STATEMENTS"] = statements
        file = Path(directory, "app.py")
        file.write_text(library.BEFORE + library.COUNTED)
        exec(compile(file.read_text(), str(file), "exec", dont_inherit=True), namespace)
        ready, _, wrong = wrong.rpartition(MARK)
        exec(compile(ready, str(file), "exec", dont_inherit=True), namespace)
        file = Path(directory, "wrong.py")
        file.write_text(wrong)
        statements.clear()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            logged = _Logged()
            logging.getLogger().addHandler(logged)
            error = _raised(wrong, file, namespace)
        found = _judged(error, wrong, [one for one in statements if _DATA.match(str(one))])
        warned = [str(one.message)[:MAX_LINE] for one in told if not issubclass(one.category, _QUIET)]
        if warned and found["outcome"] == "silent":
            found["outcome"] = "warned"
        return found | {"warnings": warned, "logs": logged.lines}


class _Logged(logging.Handler):
    """What a library logs as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage()[:MAX_LINE])


def _raised(wrong: str, file: Path, namespace: dict[str, Any]) -> BaseException | None:
    try:
        exec(compile(wrong, str(file), "exec", dont_inherit=True), namespace)
    except (Exception, SystemExit) as error:
        return error
    return None


def _judged(error: BaseException | None, wrong: str, statements: list[str]) -> dict[str, Any]:
    if error is None:
        # the last line of such a program says what was meant
        outcome = "as meant" if wrong.splitlines()[-1].lstrip().startswith("assert ") else "silent"
        return {"outcome": outcome, "message": "", "statements": len(statements)}
    last = traceback.extract_tb(error.__traceback__)[-1]
    if isinstance(error, AssertionError) and (last.line or "").startswith("assert"):
        return {"outcome": "silent", "message": "", "statements": len(statements)}
    messages: list[str] = []
    chain: BaseException | None = error
    while chain is not None and len(messages) < MAX_CHAIN:
        messages.append(f"{type(chain).__name__}: {chain}")
        chain = chain.__cause__
    return {
        "outcome": "raised" if statements or "OperationalError" in messages[0] else "before execution",
        "message": "\n".join(messages)[:MAX_MESSAGE],
        "statements": len(statements),
    }


if __name__ == "__main__":
    main(sys.argv[1])
