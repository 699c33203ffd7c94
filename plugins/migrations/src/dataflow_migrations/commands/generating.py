"""``dataflow generate models``: the models of a database that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

import attrs
import click

from dataflow.plugins.command_line import CommandLine
from dataflow_migrations.reflecting import reflect


@click.group("generate", short_help="Write models of the tables of a database.")
def generate() -> None:
    """Write code from what is there."""


@generate.command("models", short_help="Write a module with a model per table.")
@click.option("--from-db", "url", required=True, metavar="URL", help="The database whose tables are read.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; else printed."
)
@click.option("--table", "tables", multiple=True, metavar="TABLE", help="This table alone; may be given again.")
@click.option("--strict", is_flag=True, help="Write nothing unless the models say the whole schema (DF-G117, DF-G118).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--no-color", is_flag=True, help="Print no colours, whatever the terminal.")
@click.pass_obj
def models(
    line: CommandLine,
    url: str,
    output: Path | None,
    tables: Collection[str],
    strict: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    """Write a module with a model for each table of a database. Reads the database and changes nothing there.

    What no model can say is named in the file, and stays in the database as it is.
    """
    if output is not None and output.exists():
        raise click.ClickException(f"'{output}' is there already; remove it, or name another file")
    found = asyncio.run(reflect(url, tables))
    if strict:
        found.raise_for_all()
    out = line.output(as_json, no_color)
    out.put(
        ok=True,
        file=None if output is None else str(output),
        source=found.source,
        models=[{"name": one.name, "table": one.table} for one in found.models],
        left_out=[attrs.asdict(one) for one in found.left_out],
        otherwise=[attrs.asdict(one) for one in found.otherwise],
    )
    if output is None:
        out.line(found.source.rstrip("\n"))
    else:
        output.write_text(found.source, encoding="utf-8")
        out.line(f"wrote {output}: {len(found.models)} models, {len(found.left_out)} things left to the database")
        for one in found.left_out:
            out.line(f"  {one}")
    out.finish()
    return 0
