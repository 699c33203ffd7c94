"""``dataflow inspect FILE``: what a file declares, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dataflow import DataFlow
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
        _show_instance(out, app)
    _show_workflows(out, workflows)
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
        "connection_pools": app.connection_pools.inspect().to_dict()["pools"],
        "plugins": [
            {"order": one.order, "name": one.name, "hooks": list(one.hooks)} for one in app.plugins.inspect().loaded
        ],
    }


def _show_instance(out: Output, app: DataFlow) -> None:
    out.line(f"instance {app.adapter.display_url} (profile {app.config.profile})")
    out.heading("models")
    for name in app.models:
        for line in str(app.inspect_model(name)).splitlines():
            out.line(f"  {line}")
    if not app.models:
        out.line("  none")
    out.heading("nodes")
    for name in app.models:
        own = app.inspect_model(name).nodes
        out.line(f"  {name}: {', '.join(own)}")
    out.line(f"  others: {', '.join(name for name, node in app.nodes.items() if node.model is None)}")
    first, *cached = str(app.schema_cache.inspect()).splitlines()
    out.heading(first)
    for row in cached:
        out.line(row)
    first, *pools = str(app.connection_pools.inspect()).splitlines()
    out.heading(first)
    for row in pools or ["  none is open"]:
        out.line(row)
    out.heading("plugins")
    for one in app.plugins.inspect().loaded:
        out.line(f"  {one.order}. {one.name}  {', '.join(one.hooks)}")


def _show_workflows(out: Output, workflows: dict[str, WorkflowInspection]) -> None:
    out.heading("workflows")
    if not workflows:
        out.line(f"  {NO_WORKFLOW}")
    for name, one in workflows.items():
        for index, line in enumerate(str(one).splitlines()):
            out.line(f"  {line}" + (f"  (variable {name})" if index == 0 else ""))


def _show_error(out: Output, application: Application) -> None:
    if application.error is not None:
        out.heading(f"{application.file} ended with an error; what comes after it is not shown")
        for problem in application.error.problems:
            out.line(f"  {problem.code} {problem.message}")
