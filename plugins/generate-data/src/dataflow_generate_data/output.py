"""Records as lines of JSON, a file for each model, in the form that ``load_records`` of dataflow-files reads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import attrs

from dataflow import DataFlow
from dataflow.values.documents import converter
from dataflow_generate_data.filling import Row
from dataflow_generate_data.generating import records


@attrs.frozen
class Options:
    """How records are made; see ``generate``."""

    counts: Mapping[str, int]
    seed: int
    locale: str
    null_share: float


def line_of(row: Row) -> str:
    """A record as one line of JSON."""
    return json.dumps(converter().unstructure(row), ensure_ascii=False)


def paths_of(output: Path, models: Mapping[str, int]) -> dict[str, Path]:
    """A file per model, named after it where there are several."""
    if len(models) == 1:
        return dict.fromkeys(models, output)
    return {name: output.with_name(f"{output.stem}-{name}{output.suffix}") for name in models}


async def write_files(db: DataFlow, options: Options, output: Path) -> Mapping[str, Path]:
    """Write the records of each model, one after the other; nothing goes to the database."""
    paths = paths_of(output, options.counts)
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {
            name: stack.enter_context(path.open("w", encoding="utf-8")) for name, path in paths.items()
        }
        async for model, row in _made(db, options):
            files[model].write(f"{line_of(row)}\n")
    return paths


async def sample(db: DataFlow, options: Options, size: int) -> Mapping[str, list[Row]]:
    """The first records of each model; every record is made, so that whatever is impossible is found."""
    found: dict[str, list[Row]] = {}
    async for model, row in _made(db, options):
        rows = found.setdefault(model, [])
        if len(rows) < size:
            rows.append(row)
    return found


def _made(db: DataFlow, options: Options) -> AsyncIterator[tuple[str, Row]]:
    return records(db, options.counts, seed=options.seed, locale=options.locale, null_share=options.null_share)
