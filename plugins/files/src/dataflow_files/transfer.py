"""Exporting and loading: batches between a model's operations and a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from dataflow import DataFlow
from dataflow_files.formats import FileFormat, format_of

#: rows that are read, written and held at a time
BATCH = 2_000


async def export_records(db: DataFlow, model: str, path: str | Path, *, filter: Any = None, **options: Any) -> int:
    """Write every record that matches to a file; gives how many. The file appears when it is whole.

    :param options: those of ``db.Model.batches``: ``sort``, ``fields``, ``include_deleted``, ``transaction``.
    :raises NodeError: DF-N105 for an ending that no format has, and whatever reading raises.
    """
    target = Path(path)
    fields = _shown(db, model, options.get("fields"))
    file_format = format_of(target, db.models[model], fields)
    partial = target.with_name(f".{target.name}.part")
    given = {} if filter is None else {"filter": filter}
    writer = await asyncio.to_thread(file_format.writer, partial)
    count = 0
    try:
        try:
            async for records in getattr(db, model).batches(batch_size=BATCH, **given, **options):
                await asyncio.to_thread(writer.write, records)
                count += len(records)
        finally:
            await asyncio.to_thread(writer.close)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return count


async def load_records(db: DataFlow, model: str, path: str | Path, **options: Any) -> dict[str, Any]:
    """Create the records of a file, all or none; gives what ``bulk_create`` gives.

    :param options: those of ``db.Model.bulk_create``: ``on_conflict``, ``conflict_on``, ``batch_size``, ``progress``...
    :raises NodeError: DF-N104 and others for a row that the model cannot take; its place is counted from 0.
    """
    source = Path(path)
    file_format = format_of(source, db.models[model], None)
    return await getattr(db, model).bulk_create(_rows(file_format, source), **options)  # type: ignore[no-any-return]


async def _rows(file_format: FileFormat, path: Path) -> AsyncIterator[dict[str, Any]]:
    batches: Iterator[list[dict[str, Any]]] = file_format.batches(path, BATCH)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        for row in batch:
            yield row


def _shown(db: DataFlow, model: str, fields: Any) -> tuple[str, ...]:
    return tuple(db.models[model].fields if fields is None else fields)
