"""CSV with a header, in UTF-8: null is an empty cell, documents are JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import attrs

from dataflow.models.model import Model
from dataflow_files.cells import cell, cell_readers


@attrs.frozen
class CSVFormat:
    model: Model
    fields: Sequence[str]

    def writer(self, path: Path) -> CSVWriter:
        return CSVWriter(self, path.open("w", encoding="utf-8", newline=""))

    def batches(self, path: Path, size: int) -> Iterator[list[dict[str, Any]]]:
        read = cell_readers(self.model)
        # whatever wrote the file may have begun it with a mark of its encoding
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restkey="(beyond the header)", restval="")
            managed = {field.name for field in self.model.fields.values()} - read.keys()
            while batch := list(islice(rows, size)):
                yield [
                    {
                        name: read[name](text) if name in read else text
                        for name, text in row.items()
                        if name not in managed
                    }
                    for row in batch
                ]


class CSVWriter:
    def __init__(self, form: CSVFormat, file: TextIO) -> None:
        self._file = file
        self._fields = [form.model.fields[name] for name in form.fields]
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow(form.fields)

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._rows.writerows([cell(field, record[field.name]) for field in self._fields] for record in records)

    def close(self) -> None:
        self._file.close()
