"""Writes the pages that come from the code: ``make docs``. The test suite compares them with what is here."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import dataflow_testkit.compliance as compliance
from dataflow import DataFlow, field
from dataflow.adapters import LEVELS, Capabilities
from dataflow.config.reference import render_reference
from dataflow.diagnostics import CATALOGUE
from dataflow.models.model import MISSING
from dataflow.nodes.node_type import NodeType, Parameter
from dataflow.plugins.hookspecs import Hooks
from dataflow_generate_data.codes import CODES as GENERATE_DATA_CODES
from dataflow_mysql import MySQLPlugin
from dataflow_otel import OtelPlugin
from dataflow_postgres import PostgresPlugin
from dataflow_profile.problems import CODES as PROFILE_CODES
from dataflow_progress import ProgressPlugin
from dataflow_sqlite import SQLitePlugin
from dataflow_trace import TracePlugin

DOCS = Path(__file__).parent
ROOT = DOCS.parent
# this file may be run as a program, whose own directory is all that is looked in
sys.path += [str(DOCS), str(ROOT)]

from programs import filled  # noqa: E402

PAGES = "../../kernel/src/dataflow/diagnostics/pages"


def generated() -> Mapping[Path, str]:
    """Every generated page by its path."""
    guides = sorted((DOCS / "troubleshooting").glob("*.md"))
    return {
        **filled({guide: guide.read_text() for guide in guides}),
        DOCS / "reference" / "nodes.md": node_reference(),
        DOCS / "reference" / "configuration.md": render_reference(
            {
                "sqlite": SQLitePlugin,
                "postgres": PostgresPlugin,
                "mysql": MySQLPlugin,
                "trace": TracePlugin,
                "otel": OtelPlugin,
                "progress": ProgressPlugin,
            }
        ),
        DOCS / "reference" / "database-compatibility.md": database_compatibility(),
        DOCS / "reference" / "mistakes.md": mistakes(),
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


#: an instance opens nothing before its first use
DATABASES = {
    "SQLite": "sqlite:///:memory:",
    "PostgreSQL": "postgresql://user@host/database",
    "MySQL, MariaDB": "mysql://user@host/database",
}


def database_compatibility() -> str:
    """What each adapter declares, and what the compliance suite holds all of them to."""
    from tests.postgres_versions import RELEASES

    adapters = {name: DataFlow(url).adapter for name, url in DATABASES.items()}
    declared = {name: adapter.capabilities for name, adapter in adapters.items()}
    parts = [
        "# Database compatibility",
        "Generated from what each adapter declares and from the compliance suite of `dataflow-testkit`, which every adapter passes. "
        "Whatever is not named here as a difference is the same on every database.",
        "## Versions",
        f"Tried are MariaDB 10.11 and PostgreSQL {', '.join(map(_release, RELEASES.values()))} "
        "(`make postgres-versions`). What a version of PostgreSQL has of its own is seen and made where it is there: virtual generated "
        "columns, and names of NOT NULL, and NOT NULL that holds for new rows alone, since 18.",
        "## Column types",
        _table(
            "field",
            declared,
            {kind: kind for kind in declared["SQLite"].types},
            lambda one, kind: f"`{one.types[kind]}`",
        ),
        "An enum and a literal are stored as their values; structured fields and typed lists as JSON, like `dict`. "
        "A table that others made may have any type that holds the same values.",
        "## Isolation",
        "What a transaction gets for the level that it asks for:",
        _table(
            "asked for", declared, {level: level for level in LEVELS}, lambda one, level: one.isolation[level].lower()
        ),
        "## Differences",
        _table("", declared, DIFFERENCES, lambda one, name: "yes" if getattr(one, name) else "no")
        + "\n| a transaction may be the first use of a table that is to be made | "
        + " | ".join("yes" if one.makes_tables_inside else "no" for one in adapters.values())
        + " |",
        "## What the suite tries",
        "\n".join(_subjects()),
    ]
    return "\n\n".join(parts) + "\n"


def _release(package: str) -> str:
    return package.partition("-")[0].removesuffix(".0")


DIFFERENCES = {
    "two transactions may both have changed rows; else the second waits before its first statement": "concurrent_writers",
    "a table that others made refuses what is longer or larger than its column is declared": "bounds_columns",
    "an index may leave out rows (`where`)": "partial_indexes",
    "a float of -0.0 keeps its sign; else it comes back as 0.0, which it equals in every filter": "signed_zero",
}


def _table(
    first: str, declared: Mapping[str, Capabilities], rows: Mapping[str, str], cell: Callable[[Capabilities, str], str]
) -> str:
    lines = [f"| {first} | {' | '.join(declared)} |", f"|---{'|---' * len(declared)}|"]
    lines += [f"| {name} | {' | '.join(cell(one, key) for one in declared.values())} |" for name, key in rows.items()]
    return "\n".join(lines)


def _subjects() -> list[str]:
    lines = []
    for name in compliance.__all__:
        cls = getattr(compliance, name)
        tests = [one for one in vars(cls) if one.startswith("test_")]
        subject = (inspect.getdoc(sys.modules[cls.__module__]) or "").partition("\n")[0]
        lines.append(f"- {subject} `{name}`: {len(tests)} tests.")
    return lines


def mistakes() -> str:
    """The score of the list of mistakes, from the results that its last run left."""
    from tests.mistakes.page import page

    return page()


def error_index() -> str:
    """Every code with its title and its page, by area."""
    areas = {"C": "Configuration", "M": "Models", "N": "Nodes", "W": "Workflows", "X": "Execution", "T": "Transactions"}
    areas |= {"S": "Schema", "G": "Migrations", "P": "Plugins", "A": "Databases"}
    lines = ["# Errors", "", "`dataflow explain CODE` prints a page without a network.", ""]
    for letter, area in areas.items():
        lines += [f"## {area}", ""]
        lines += [f"- [{code}]({PAGES}/{code}.md): {CATALOGUE[code].title}" for code in CATALOGUE if code[3] == letter]
        lines.append("")
    for plugin, codes in PLUGIN_CODES.items():
        where = f"../../plugins/{plugin}/src/{codes.pages}"
        lines += [f"## {next(iter(codes.entries.values())).group} (`dataflow-{plugin}`)", ""]
        lines += [f"- [{code}]({where}/{code}.md): {entry.title}" for code, entry in codes.entries.items()]
        lines.append("")
    return "\n".join(lines)


#: plugins with codes of their own
PLUGIN_CODES = {"generate-data": GENERATE_DATA_CODES, "profile": PROFILE_CODES}


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
