"""A user's file as an application: the instances and workflows that it makes when it is imported."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dataflow import DataFlowError, Workflow, WorkflowBuilder
from dataflow.plugins.command_line import Application
from dataflow.workflows.directory import live_instances
from dataflow_cli.text_loader import TextLoader

NO_WORKFLOW = "no workflow: only those are seen that a variable at the top of the file holds, as a builder or built"


def load_application(file: Path, text: bytes | None = None) -> Application:
    """Import a file, as ``import`` would: what stands under ``if __name__ == "__main__"`` is left out.

    What the file prints goes to stderr, so that the command's own output stays whole.

    :param text: what to take for the file's text instead of its own.
    :raises click.ClickException: when it raises anything but a coded error.
    """
    before = {id(app) for app in live_instances()}
    namespace, error = _imported(file, text)
    # an instance may hide in a module that the file imports
    made = [app for app in live_instances() if id(app) not in before]
    return Application(file, tuple(made), _workflows(namespace), error, namespace)


def _imported(file: Path, text: bytes | None) -> tuple[dict[str, Any], DataFlowError | None]:
    name = file.stem if file.stem.isidentifier() and file.stem not in sys.modules else "dataflow_application"
    loader = None if text is None else TextLoader(name, file, text)
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    if spec is None or spec.loader is None:
        raise click.UsageError(f"'{file}' is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent.resolve()))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except DataFlowError as error:
        return vars(module), error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever the user's own code may raise, SystemExit too
        raise click.ClickException(_told(file, error)) from error
    return vars(module), None


def _told(file: Path, error: BaseException) -> str:
    """The line of the file, what it raised, and where that was raised when it was elsewhere."""
    if isinstance(error, SyntaxError):
        # of the file itself, or of one that it imports; a NUL byte has neither a file nor a line
        return f"{error.filename or file}:{error.lineno or 1}: {error.msg}"
    frames = [(Path(one.filename).resolve(), one.lineno) for one in traceback.extract_tb(error.__traceback__)]
    lines = [line for name, line in frames if name == file.resolve()]
    place = f"{file}:{lines[-1]}" if lines else str(file)
    elsewhere = frames[-1][0] != file.resolve() and frames[-1][0].is_file()
    origin = f" ({frames[-1][0]}:{frames[-1][1]})" if elsewhere else ""
    return f"{place}: importing it raised {type(error).__name__}: {error}{origin}"


def _workflows(namespace: Mapping[str, Any]) -> dict[str, WorkflowBuilder | Workflow]:
    builders = {name: one for name, one in namespace.items() if isinstance(one, WorkflowBuilder)}
    drawn = [(one.draft.name, [call.id for call in one.draft.nodes]) for one in builders.values()]
    # a builder and what it built are one workflow
    built = {
        name: one
        for name, one in namespace.items()
        if isinstance(one, Workflow) and (one.name, list(one.steps)) not in drawn
    }
    return {**builders, **built}
