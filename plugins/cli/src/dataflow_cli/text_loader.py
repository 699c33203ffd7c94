"""A module made of a text that its file may not have yet."""

from __future__ import annotations

import io
import linecache
import tokenize
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType


class TextLoader(SourceFileLoader):
    """Compiles the text itself: a cache of bytecode cannot tell two texts of one second and length apart."""

    def __init__(self, name: str, file: Path, text: bytes) -> None:
        super().__init__(name, str(file))
        self.text = text

    def get_data(self, path: str) -> bytes:
        return self.text if path == self.path else super().get_data(path)

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.text, self.path)
        # errors quote the lines of this text
        linecache.cache[self.path] = (len(self.text), None, lines_of(self.text), self.path)
        return code


def lines_of(text: bytes) -> list[str]:
    """The lines of a source as Python reads it: in its own encoding, each ended by a newline."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text).readline)
    return io.TextIOWrapper(io.BytesIO(text), encoding, newline=None).readlines()
