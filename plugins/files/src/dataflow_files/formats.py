"""The formats by the endings of files' names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.model import Model
from dataflow_files.csv_format import CSVFormat
from dataflow_files.jsonl_format import JSONLinesFormat
from dataflow_files.parquet_format import ParquetFormat

Record = Mapping[str, Any]


class Writer(Protocol):
    """A file that is being written."""

    def write(self, records: Sequence[Record]) -> None: ...
    def close(self) -> None: ...


class FileFormat(Protocol):
    """One form of records in a file. What it reads are rows for ``bulk_create``, without fields that are managed."""

    def writer(self, path: Path) -> Writer: ...
    def batches(self, path: Path, size: int) -> Iterator[list[dict[str, Any]]]: ...


Make = Callable[[Model, Sequence[str]], FileFormat]
FORMATS: Mapping[str, Make] = {
    ".csv": CSVFormat,
    ".jsonl": JSONLinesFormat,
    ".ndjson": JSONLinesFormat,
    ".parquet": ParquetFormat,
}


def format_of(path: Path, model: Model, fields: Sequence[str] | None) -> FileFormat:
    """The format of a file.

    :raises NodeError: DF-N105.
    """
    make = FORMATS.get(path.suffix.lower())
    if make is None:
        raise error_of(_unknown(path, model))
    return make(model, tuple(model.fields) if fields is None else fields)


def _unknown(path: Path, model: Model) -> Problem:
    return Problem(
        code="DF-N105",
        message=f"no format has the ending '{path.suffix}' of '{path.name}'",
        where=Where(model=model.name, operation="file"),
        context={"file": str(path), "known": ", ".join(FORMATS)},
        cause="the ending of a file's name chooses its format",
        solutions=(Solution("name it by one of them:", f'"{path.stem}.csv"'),),
    )
