"""A user's file as an application: the instances and workflows that it makes when it is imported."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from dataflow import DataFlow, DataFlowError, Workflow, WorkflowBuilder
from dataflow.workflows.directory import live_instances


@attrs.frozen
class Application:
    """What a file made. ``error`` is the coded error that ended it early; what came before is still here."""

    file: Path
    instances: tuple[DataFlow, ...]
    workflows: Mapping[str, WorkflowBuilder | Workflow]
    error: DataFlowError | None = None


def load_application(file: Path) -> Application:
    """Import a file, as ``import`` would: what stands under ``if __name__ == "__main__"`` is left out.

    :raises click.ClickException: when it raises anything but a coded error.
    """
    before = {id(app) for app in live_instances()}
    namespace, error = _imported(file)
    # an instance may hide in a module that the file imports
    made = [app for app in live_instances() if id(app) not in before]
    return Application(file, tuple(made), _workflows(namespace), error)


def _imported(file: Path) -> tuple[dict[str, Any], DataFlowError | None]:
    name = file.stem if file.stem.isidentifier() and file.stem not in sys.modules else "dataflow_application"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise click.UsageError(f"'{file}' is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except DataFlowError as error:
        return vars(module), error
    except SyntaxError as error:
        raise click.ClickException(f"{file}:{error.lineno}: {error.msg}") from error
    except (Exception, SystemExit) as error:  # whatever the user's own code may raise
        raise click.ClickException(_told(file, error)) from error
    return vars(module), None


def _told(file: Path, error: BaseException) -> str:
    trace, line = error.__traceback__, 0
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == file.resolve():
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{file}:{line}: importing it raised {type(error).__name__}: {error}"


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
