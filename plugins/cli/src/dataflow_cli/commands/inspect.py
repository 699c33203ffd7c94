"""``dataflow inspect FILE``: what a file declares, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataflow import DataFlow
from dataflow.inspection.report import Report
from dataflow.inspection.workflows import WorkflowInspection, inspected_workflow
from dataflow.plugins.command_line import Application
from dataflow_cli.application import NO_WORKFLOW, load_application
from dataflow_cli.output import Output


def inspect_file(out: Output, file: Path) -> int:
    """Import a file and show what it made; 1 when something is wrong with it."""
    application = load_application(file)
    workflows = {name: inspected_workflow(one) for name, one in application.workflows.items()}
    out.put(
        file=str(file),
        instances=[_instance(one) for one in application.instances],
        workflows=[{"variable": name, **one.to_dict()} for name, one in workflows.items()],
        errors=[] if application.error is None else [one.to_dict() for one in application.error.problems],
    )
    for app in application.instances:
        _show_declared(out, app)
    _show_workflows(out, workflows)
    _show_connection_issues(out, workflows)
    for app in application.instances:
        _show_state(out, app, several=len(application.instances) > 1)
    _show_error(out, application)
    failed = application.error is not None or not all(one.valid for one in workflows.values())
    return 1 if failed else 0


def _instance(app: DataFlow) -> dict[str, Any]:
    return {
        "database": app.adapter.display_url,
        "profile": app.config.profile,
        "models": [app.inspect_model(name).to_dict() for name in app.models],
        "nodes": [app.inspect_node(name).to_dict() for name in app.nodes],
        "schema_cache": app.schema_cache.inspect().to_dict()["tables"],
        "connection_pools": [
            {**data, "health": pool.health}
            for pool, data in zip(app.pools(), app.connection_pools.inspect().to_dict()["pools"], strict=True)
        ],
        "plugins": [one.to_dict() for one in app.plugins.inspect().loaded],
    }


def _show_declared(out: Output, app: DataFlow) -> None:
    out.line(f"instance {app.adapter.display_url} (profile {app.config.profile})")
    out.heading("models")
    for name in app.models:
        out.report(app.inspect_model(name))
    if not app.models:
        out.line("  none")
    out.heading("nodes")
    for name in app.models:
        out.line(f"  {name}: {', '.join(app.inspect_model(name).nodes)}")
    out.line(f"  others: {', '.join(name for name, node in app.nodes.items() if node.model is None)}")


def _show_workflows(out: Output, workflows: Mapping[str, WorkflowInspection]) -> None:
    out.heading("workflows")
    if not workflows:
        out.line(f"  {NO_WORKFLOW}")
    for name, one in workflows.items():
        for index, line in enumerate(one.tree()):
            out.line(f"  {line}" + (f"  (variable {name})" if index == 0 else ""))
        if one.repairs:
            out.line("    repairs")
            for line in one.repairs:
                out.line(f"      {line}")


def _show_connection_issues(out: Output, workflows: Mapping[str, WorkflowInspection]) -> None:
    out.heading("connection issues")
    found = [(name, issue) for name, one in workflows.items() for issue in one.connection_issues]
    if not found:
        out.line("  none")
    for name, issue in found:
        first, *mend = issue.lines()
        out.line(f"  {first}  (variable {name})")
        for line in mend:
            out.line(f"  {line}")


def _show_state(out: Output, app: DataFlow, several: bool) -> None:
    of = f" of {app.adapter.display_url}" if several else ""
    _show(out, app.schema_cache.inspect(), f"schema cache{of}")
    _show(out, app.connection_pools.inspect(), f"connection pools{of}")
    _show(out, app.plugins.inspect(), f"plugins{of}")


def _show(out: Output, report: Report, heading: str) -> None:
    """A report under a heading of the command's own."""
    out.heading(heading)
    _, *lines = report.lines()
    for line in lines or ["  none"]:
        out.line(line)


def _show_error(out: Output, application: Application) -> None:
    if application.error is not None:
        out.heading(f"{application.file} ended with an error; what comes after it is not shown")
        for problem in application.error.problems:
            out.line(f"  {problem.code} {problem.message}")
