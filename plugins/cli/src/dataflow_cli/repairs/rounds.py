"""A file repaired again and again, in memory, until nothing changes: what one fix uncovers, the next one mends."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

import attrs
import click

from dataflow.diagnostics import Problem
from dataflow.diagnostics.problem import Applicability
from dataflow.plugins.command_line import Application
from dataflow.workflows.directory import forget_instance
from dataflow.workflows.validation import validate_workflow
from dataflow_cli.application import load_application
from dataflow_cli.repairs.repair import repaired

MAX_ROUNDS = 50


@attrs.frozen
class Checked:
    """A file as it was and as it is with its fixes, the problems that are left, and those that are gone."""

    application: Application
    problems: tuple[Problem, ...]
    before: bytes
    after: bytes
    fixed: tuple[Problem, ...] = ()


def checked(file: Path, allowed: Collection[Applicability] = ()) -> Checked:
    """Import a file and find its problems; with some fixes allowed, those of the text that has them. Writes nothing.

    :raises click.ClickException: when the file as it is raises anything but a coded error.
    """
    before = file.read_bytes()
    known = _checked(file, before, before, ())
    for _ in range(MAX_ROUNDS):
        repair = repaired(known.after, known.problems, file, allowed)
        if repair.text is None:
            break
        # the next round's nodes have the same names
        for app in known.application.instances:
            forget_instance(app)
        try:
            known = _checked(file, before, repair.text, (*known.fixed, *repair.problems))
        except click.ClickException:
            # a fix that breaks the program is none
            break
    return known


def _checked(file: Path, before: bytes, text: bytes, fixed: tuple[Problem, ...]) -> Checked:
    modules = set(sys.modules)
    try:
        application = load_application(file, text)
        return Checked(application, tuple(problems_of(application)), before, text, fixed)
    finally:
        _forget_modules(file, set(sys.modules) - modules)


def _forget_modules(file: Path, names: Collection[str]) -> None:
    """Have what the file imported from beside it imported again the next time: its models belong to an instance of one round."""
    for name in names:
        origin = getattr(sys.modules[name], "__file__", None)
        if origin and Path(origin).resolve().is_relative_to(file.resolve().parent):
            del sys.modules[name]


def problems_of(application: Application) -> list[Problem]:
    """Each once: the error that ended the file may be that of a workflow which is checked here too."""
    found = [problem for one in application.workflows.values() for problem in validate_workflow(one).errors]
    if application.error is not None:
        found += application.error.problems
    return list({(one.code, one.message, _place(one)): one for one in found}.values())


def _place(problem: Problem) -> tuple[str, int] | None:
    call = problem.where.call
    return None if call is None else (call.file, call.line)
