"""JSON lines: one record as a JSON document a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import attrs

from dataflow.diagnostics import Problem, Where, error_of
from dataflow.models.model import Model
from dataflow_files.cells import plain, readers


@attrs.frozen
class JSONLinesFormat:
    model: Model
    fields: Sequence[str]

    def writer(self, path: Path) -> JSONLinesWriter:
        return JSONLinesWriter(self.fields, path.open("w", encoding="utf-8"))

    def batches(self, path: Path, size: int) -> Iterator[list[dict[str, Any]]]:
        read = readers(self.model)
        managed = self.model.fields.keys() - read.keys()
        with path.open(encoding="utf-8") as file:
            lines = (line for line in file if not line.isspace())
            first = 0
            while batch := list(islice(lines, size)):
                yield [_row(self._parsed(line, place), read, managed) for place, line in enumerate(batch, first)]
                first += len(batch)

    def _parsed(self, line: str, row: int) -> Any:
        try:
            return json.loads(line)
        except ValueError as error:
            problem = Problem(
                code="DF-N117",
                message=f"row {row} is no JSON: {error}",
                where=Where(model=self.model.name, operation="file"),
                context={"row": row, "given": line.strip()[:80]},
                cause="each line of the file is one JSON document",
            )
            raise error_of(problem) from error


def _row(document: Any, read: Mapping[str, Any], managed: Any) -> Any:
    if not isinstance(document, dict):
        # the model's own checks say what it is
        return document
    return {
        name: value if value is None or name not in read else read[name](value)
        for name, value in document.items()
        if name not in managed
    }


class JSONLinesWriter:
    def __init__(self, fields: Sequence[str], file: TextIO) -> None:
        self._file = file
        self._fields = fields

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        for record in records:
            document = {name: plain(record[name]) for name in self._fields}
            self._file.write(json.dumps(document, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()
