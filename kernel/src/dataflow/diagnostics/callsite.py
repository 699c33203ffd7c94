"""Where in the user's code a call stands: kept as two references, resolved only when an error is shown."""

from __future__ import annotations

import os
import sys
from itertools import islice
from types import CodeType, FrameType
from typing import Any

import attrs

#: the standard library, and where libraries are installed
_LIBRARIES = tuple({os.path.dirname(os.__file__), os.path.dirname(os.path.dirname(attrs.__file__))})


@attrs.frozen
class CallSite:
    """One call. ``code`` and ``lasti`` lead to its exact position as long as the process lives.

    Taking one costs under a microsecond; ``position`` reads the code object's table.
    """

    file: str
    line: int
    code: CodeType | None = attrs.field(default=None, repr=False)
    lasti: int = attrs.field(default=-1, repr=False)

    @classmethod
    def here(cls, depth: int = 0) -> CallSite:
        """The call ``depth`` frames above the function that asks."""
        return cls.of(sys._getframe(depth + 1))

    @classmethod
    def of(cls, frame: FrameType) -> CallSite:
        return cls(frame.f_code.co_filename, frame.f_lineno, frame.f_code, frame.f_lasti)

    @classmethod
    def user(cls) -> CallSite | None:
        """The nearest call that stands neither in this framework nor in a library; None when there is none."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and is_library(frame):
            frame = frame.f_back
        return None if frame is None else cls.of(frame)

    def __str__(self) -> str:
        return f"{displayed(self.file)}:{self.line}"

    def __reduce__(self) -> Any:
        # code objects do not travel between processes
        return CallSite, (self.file, self.line)

    @property
    def position(self) -> tuple[int, int, int, int] | None:
        """``(first line, last line, first column, end column)``, columns in UTF-8 bytes from 0."""
        if self.code is None or self.lasti < 0:
            return None
        found = next(islice(self.code.co_positions(), self.lasti // 2, None), None)
        if found is None or None in found:
            return None
        return found  # type: ignore[return-value]  # no None among them


def is_library(frame: FrameType) -> bool:
    """Whether a frame is this framework's, a plugin's or an installed library's."""
    top = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    # a plugin is named dataflow_<something>: its frames are not the user's either
    return top == "dataflow" or top.startswith("dataflow_") or frame.f_code.co_filename.startswith(_LIBRARIES)


def displayed(file: str) -> str:
    """A file's name as an error shows it: relative where it is below the current directory, a notebook's cell by its number."""
    cell = _cell(file)
    if cell:
        return cell
    try:
        relative = os.path.relpath(file)
    except (ValueError, OSError):
        # another drive, or a current directory that is gone
        return file
    return file if relative.startswith("..") or file.startswith("<") else relative


def _cell(file: str) -> str:
    """``Cell In[3]`` for the name under which a notebook compiled a cell; empty for all others."""
    # where nobody has imported IPython, no cell was run
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    named = getattr(getattr(shell, "compile", None), "format_code_name", None)
    found = named(file) if named is not None else None
    return " ".join(found) if found else ""
