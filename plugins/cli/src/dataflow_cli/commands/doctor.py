"""``dataflow doctor [FILE]``: what may keep an application from working, each with its cure."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from dataflow import DataFlow, DataFlowError
from dataflow.checkups import Area, Diagnosis, Finding, diagnose, fails
from dataflow.checkups.database import unreachable
from dataflow.config.builtin_profiles import ADAPTERS
from dataflow.diagnostics import Problem, UnreachableError, error_of
from dataflow_cli.application import load_application
from dataflow_cli.exit_codes import ACTION, FAILED, UNREACHABLE
from dataflow_cli.output import Output

#: the area of a problem by the letter of its code
AREAS: dict[str, Area] = {"C": "configuration", "P": "plugins", "A": "database", "S": "schema"}
#: codes of tables that want a change, and of migrations that are to be applied
CHANGES = ("DF-S", "DF-G")


@attrs.frozen
class Patient:
    """An instance with what was found of it, or no instance where making it failed."""

    name: str
    diagnosis: Diagnosis


def examine(out: Output, file: Path | None, profile: str | None, processes: int) -> int:
    """Examine the instances of a file, or the one that the configuration makes; the worst finding is the exit code."""
    with warnings.catch_warnings():
        # they are findings
        warnings.simplefilter("ignore")
        patients = list(_patients(file, profile, processes))
    out.put(instances=[{"database": one.name, **one.diagnosis.to_dict()} for one in patients])
    for one in patients:
        out.line(f"instance {one.name}")
        for area, findings in one.diagnosis.areas().items():
            out.heading(area)
            for finding in findings:
                out.report(finding)
        out.line()
    findings = [finding for one in patients for finding in one.diagnosis.findings]
    counts = {status: sum(one.status == status for one in findings) for status in ("PASS", "WARN", "FAIL")}
    out.line(", ".join(f"{number} {status}" for status, number in counts.items()))
    return exit_code(findings)


def _patients(file: Path | None, profile: str | None, processes: int) -> list[Patient]:
    instances, error = _made(file, profile)
    if file is not None and error is None and not instances:
        raise click.UsageError(f"{file} makes no DataFlow instance")
    found = [Patient(one.adapter.display_url, asyncio.run(_diagnosed(one, processes))) for one in instances]
    if error is not None:
        found.append(Patient("that could not be made", Diagnosis(tuple(map(_of_error, error.problems)))))
    return found


def _made(file: Path | None, profile: str | None) -> tuple[Sequence[DataFlow], DataFlowError | None]:
    if file is not None:
        application = load_application(file)
        return application.instances, application.error
    try:
        return (DataFlow(profile=profile),), None
    except DataFlowError as error:
        return (), error


async def _diagnosed(app: DataFlow, processes: int) -> Diagnosis:
    try:
        return await diagnose(app, processes=processes)
    finally:
        await app.close()


def _of_error(problem: Problem) -> Finding:
    if _is_missing_driver(problem):
        return unreachable(attrs.evolve(problem, introspection={**problem.introspection, "reason": "driver"}))
    return attrs.evolve(fails(problem), area=AREAS.get(problem.code[3:4], "application"))


def _is_missing_driver(problem: Problem) -> bool:
    """Whether what speaks to such databases is not installed: the adapter, or the driver that the URL names."""
    is_adapter = problem.code == "DF-P101" and problem.context.get("plugin") in ADAPTERS.values()
    return is_adapter or (problem.code == "DF-A113" and "not installed" in problem.message)


def exit_code(findings: Sequence[Finding]) -> int:
    """4 for a database that cannot be reached, 3 for tables that want a change, 1 for any other finding."""
    problems = [one.problem for one in findings if one.problem is not None]
    if any(one.area == "database" and one.status == "FAIL" for one in findings):
        return UNREACHABLE
    if any(isinstance(error_of(one), UnreachableError) for one in problems):
        return UNREACHABLE
    if any(one.code.startswith(CHANGES) for one in problems):
        return ACTION
    return FAILED if problems else 0
