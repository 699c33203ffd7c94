"""Parquet by pyarrow: typed columns, documents as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.model import Field, Model
from dataflow_files.cells import plain


@attrs.frozen
class ParquetFormat:
    model: Model
    fields: Sequence[str]

    def writer(self, path: Path) -> ParquetWriter:
        arrow, parquet = _library(self.model)
        schema = arrow.schema([(name, _type(arrow, self.model.fields[name])) for name in self.fields])
        return ParquetWriter(self, arrow, schema, parquet.ParquetWriter(path, schema))

    def batches(self, path: Path, size: int) -> Iterator[list[dict[str, Any]]]:
        _, parquet = _library(self.model)
        documents = {field.name for field in self.model.fields.values() if _is_document(field)}
        writable = {field.name for field in self.model.writable}
        managed = self.model.fields.keys() - writable
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=size):
                yield [
                    {name: _read(value, name in documents) for name, value in row.items() if name not in managed}
                    for row in batch.to_pylist()
                ]


class ParquetWriter:
    def __init__(self, form: ParquetFormat, arrow: Any, schema: Any, file: Any) -> None:
        self._arrow = arrow
        self._schema = schema
        self._file = file
        self._fields = [form.model.fields[name] for name in form.fields]

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        columns = [[_written(field, record[field.name]) for record in records] for field in self._fields]
        arrays = [self._arrow.array(column, one.type) for column, one in zip(columns, self._schema, strict=True)]
        self._file.write_batch(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        self._file.close()


def _library(model: Model) -> tuple[Any, Any]:
    """pyarrow: large, and an extra, so that it is only imported by who has Parquet files."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        problem = Problem(
            code="DF-P101",
            message="Parquet files need the library 'pyarrow'",
            where=Where(model=model.name, operation="file"),
            cause="it is an extra of dataflow-files",
            solutions=(Solution("install it:", 'pip install "dataflow-files[parquet]"'),),
        )
        raise error_of(problem) from error
    return pyarrow, pyarrow.parquet


_TYPES: Mapping[str, Callable[[Any], Any]] = {
    "int": lambda arrow: arrow.int64(),
    "float": lambda arrow: arrow.float64(),
    "bool": lambda arrow: arrow.bool_(),
    # the digits that the framework's decimals have on either side of the point
    "decimal": lambda arrow: arrow.decimal256(65, 30),
    "datetime": lambda arrow: arrow.timestamp("us", tz="UTC"),
    "date": lambda arrow: arrow.date32(),
    "time": lambda arrow: arrow.time64("us"),
    "timedelta": lambda arrow: arrow.duration("us"),
    "bytes": lambda arrow: arrow.binary(),
}


def _is_document(field: Field) -> bool:
    """Whether a value is written as JSON: choices too, which may be of several types."""
    return field.type.is_json or field.type.kind in ("enum", "literal")


def _type(arrow: Any, field: Field) -> Any:
    make = _TYPES.get(field.type.kind)
    return arrow.string() if make is None else make(arrow)


def _written(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if _is_document(field):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value) if field.type.kind == "uuid" else value


def _read(value: Any, is_document: bool) -> Any:
    return json.loads(value) if is_document and value is not None else value
