"""``dataflow typegen FILE``: a module of types for the models of a file."""

from __future__ import annotations

from pathlib import Path

import click

from dataflow import DataFlow
from dataflow.plugins.command_line import Application
from dataflow_cli.application import load_application
from dataflow_cli.output import Output, counted
from dataflow_cli.repairs import replace_file
from dataflow_cli.typegen import types_of

NAME = "Database"


def write_types(out: Output, file: Path, target: Path | None, *, check: bool) -> int:
    """Write the types of a file's models; with ``check`` only say whether they are up to date."""
    application = load_application(file)
    if application.error is not None:
        raise application.error
    databases = _databases(application)
    if not databases:
        raise click.ClickException(
            f"'{file}' makes no instance with models, at the top of the file or in what it imports"
        )
    target = target or file.with_name(f"{file.stem}_types.py")
    # in a package the file is imported from beside the types
    module = f".{file.stem}" if (target.parent / "__init__.py").exists() else file.stem
    text = types_of(databases, file.name, module, str(application.namespace["__name__"])).encode()
    old = target.read_bytes() if target.exists() else None
    out.put(file=str(file), types=str(target), classes=list(databases), is_current=old == text)
    if check and old != text:
        out.line(f"FAIL  {target} is not what the models of {file} are; `dataflow typegen {file}` writes it anew")
        return 1
    if old is None:
        target.write_bytes(text)
    elif old != text:
        replace_file(target, old, text)
    models = sum(len(one.models) for one in databases.values())
    out.line(f"PASS  {target}: {', '.join(databases)} with {counted(models, 'model')}")
    return 0


def _databases(application: Application) -> dict[str, DataFlow]:
    """The instances with models, by the name of the class that each gets: of several, after their variables."""
    found = {one: "" for one in application.instances if one.models}
    # an instance that an earlier import made belongs to the file too when a name of it holds it
    for name, one in application.namespace.items():
        if isinstance(one, DataFlow) and one.models:
            found[one] = found.get(one) or name
    if len(found) == 1:
        return dict.fromkeys((NAME,), *found)
    return {
        f"{''.join(part.title() for part in (name or f'other_{number}').split('_'))}{NAME}": one
        for number, (one, name) in enumerate(found.items(), start=1)
    }
