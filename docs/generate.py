"""Writes the pages that come from the code: ``make docs``. The test suite compares them with what is here."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path

from dataflow import DataFlow, field
from dataflow.config.reference import render_reference
from dataflow.diagnostics import CATALOGUE
from dataflow.models.model import MISSING
from dataflow.nodes.node_type import NodeType, Parameter
from dataflow.plugins.hookspecs import Hooks
from dataflow_progress import ProgressPlugin
from dataflow_sqlite import SQLitePlugin
from dataflow_trace import TracePlugin

DOCS = Path(__file__).parent
PAGES = "../../kernel/src/dataflow/diagnostics/pages"


def generated() -> Mapping[Path, str]:
    """Every generated page by its path."""
    return {
        DOCS / "reference" / "nodes.md": node_reference(),
        DOCS / "reference" / "configuration.md": render_reference(
            {"sqlite": SQLitePlugin, "trace": TracePlugin, "progress": ProgressPlugin}
        ),
        DOCS / "errors" / "index.md": error_index(),
        DOCS / "hooks" / "index.md": hook_index(),
    }


def example() -> DataFlow:
    """An instance with the model that the reference of nodes speaks of."""
    db = DataFlow()

    @db.model
    class User:
        __dataflow__ = {"soft_delete": True, "versioned": True}

        id: str
        name: str
        email: str = field(unique=True)

    return db


def node_reference() -> str:
    """Every node of a model, and the nodes that belong to none."""
    nodes = example().node_types.values()
    own = [node for node in nodes if node.model is not None]
    general = [node for node in nodes if node.model is None]
    parts = [
        "# Nodes",
        "Generated from the code. The nodes of a model are shown for a model `User` with `soft_delete` and `versioned`; without "
        "these, `include_deleted`, `hard`, `expected_version` and the restore node are absent.",
        "## Nodes of a model",
        *map(_node, own),
        "## Nodes that belong to no model",
        *map(_node, general),
    ]
    return "\n\n".join(parts) + "\n"


def _node(node: NodeType) -> str:
    lines = [f"### {node.name}", "", f"{node.description[:1].upper()}{node.description[1:]}.", ""]
    if node.parameters:
        lines += ["| parameter | type | default | |", "|---|---|---|---|", *map(_parameter, node.parameters), ""]
    if node.open_inputs:
        lines += ["Takes further inputs by name.", ""]
    outputs = ", ".join(f"`{one.name}`" for one in node.outputs)
    if outputs or node.open_outputs:
        more = "whatever names it gives" if node.open_outputs else ""
        lines += [f"Outputs: {', '.join(filter(None, (outputs, more)))}."]
    return "\n".join(lines).rstrip()


def _parameter(parameter: Parameter) -> str:
    default = "required" if parameter.required else "" if parameter.default is MISSING else f"`{parameter.default!r}`"
    kind = str(parameter.type)
    if parameter.role == "transaction":
        kind = "callable" if parameter.name == "progress" else "transaction"
    shown = kind.replace("|", "\\|")
    return f"| `{parameter.name}` | {shown} | {default} | {parameter.description} |"


def error_index() -> str:
    """Every code with its title and its page, by area."""
    areas = {"C": "Configuration", "M": "Models", "N": "Nodes", "W": "Workflows", "X": "Execution", "T": "Transactions"}
    areas |= {"S": "Schema", "P": "Plugins", "A": "Databases"}
    lines = ["# Errors", "", "`dataflow explain CODE` prints a page without a network.", ""]
    for letter, area in areas.items():
        lines += [f"## {area}", ""]
        lines += [f"- [{code}]({PAGES}/{code}.md): {CATALOGUE[code].title}" for code in CATALOGUE if code[3] == letter]
        lines.append("")
    return "\n".join(lines)


def hook_index() -> str:
    """Every hook with the first line of its specification."""
    lines = [
        "# Hooks",
        "",
        "Every hook is a plain function that is asked once; what runs per call is an object that it returned. Later in the list of",
        "plugins is nearer to the user: it is asked first, wraps outermost and wins. An application's own functions, registered by",
        "`@db.hook`, come last and win over every plugin, for their instance only.",
        "",
        "| hook | |",
        "|---|---|",
    ]
    for name in (name for name in vars(Hooks) if name.startswith("dataflow_")):
        first = (inspect.getdoc(getattr(Hooks, name)) or "").partition("\n")[0]
        lines.append(f"| [`{name}`]({name}.md) | {first} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for path, text in generated().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
