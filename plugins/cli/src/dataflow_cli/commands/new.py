"""``dataflow new NAME``: a small application that runs, with a test that passes."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from dataflow_cli.output import Output

ENDING = ".txt"
#: a directory of this name would hide the package from every program beside it
TAKEN = "dataflow"


def write_application(out: Output, name: str) -> int:
    """Write the files of an application into a directory that is not there yet, or is empty."""
    target = Path(name)
    _check(target)
    written = []
    for source, path in _files(resources.files("dataflow_cli") / "template", target):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(source.read_text(encoding="utf-8")).substitute(name=target.name), encoding="utf-8")
        written.append(str(path))
    out.put(directory=str(target), files=written)
    for one in written:
        out.line(f"  {one}")
    out.line()
    out.line(f"  cd {shlex.quote(str(target))} && python workflow.py")
    return 0


def _check(target: Path) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", target.name) or target.name.lower() == TAKEN:
        letters = unicodedata.normalize("NFKD", target.name).encode("ascii", "ignore").decode()
        meant = re.sub(r"[^A-Za-z0-9_-]+", "_", letters).lstrip("0123456789").strip("_-")
        meant = "myapp" if meant.lower() in ("", TAKEN) else meant
        raise click.UsageError(f"'{target.name}' cannot name an application; try '{meant}'")
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise click.UsageError(f"'{target}' exists already; nothing is overwritten")


def _files(folder: Traversable, target: Path) -> Iterator[tuple[Traversable, Path]]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir():
            yield from _files(one, target / one.name)
        elif one.name.endswith(ENDING):
            yield one, target / one.name.removesuffix(ENDING)
