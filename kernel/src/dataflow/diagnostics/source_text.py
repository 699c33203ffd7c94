"""The text that a piece of code was compiled from: never that of a file which has been edited since."""

from __future__ import annotations
import __future__

import linecache
import os
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType

import attrs

#: what parsing or compiling a text can raise; SystemError where Python 3.11's parser is interrupted by a finalizer that parses as well
UNREADABLE = (SyntaxError, ValueError, SystemError, MemoryError, RecursionError)
#: names that Python gives to every text of a kind: one of them says nothing about which text it is
_SHARED = frozenset({"<string>", "<stdin>", "<console>", "<input>"})
#: the file of a module was read before the module imported this one, or it was written later than this
_STARTED_S = time.time()
_FUTURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_TOP_LEVEL_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT: `python -m asyncio` and notebooks
_CO_COROUTINE = 0x80


@attrs.frozen
class SourceText:
    """The lines of a source; none when it cannot be read, or ``has_changed`` since it was compiled."""

    lines: tuple[str, ...] = ()
    has_changed: bool = False

    @classmethod
    def of(cls, code: CodeType | None) -> SourceText:
        """The text of a code object. Reads a file; asked for only where an error is shown."""
        if code is None:
            return cls()
        file = code.co_filename
        if file in _SHARED:
            return cls(next((text for text in _shared_texts(code) if is_text_of(text, code)), ()))
        linecache.checkcache(file)
        lines = tuple(linecache.getlines(file))
        if not lines or _is_older_than_the_process(file) or is_text_of(lines, code):
            return cls(lines)
        return cls(has_changed=True)


def _is_older_than_the_process(file: str) -> bool:
    """Whether a text cannot have changed: what a notebook or a test registers has a name of its own and no time."""
    try:
        return os.stat(file).st_mtime < _STARTED_S
    except (OSError, ValueError):
        return True


def _shared_texts(code: CodeType) -> Iterator[tuple[str, ...]]:
    """The texts that may be a code's where only the text itself can tell: an interactive line, ``python -c``."""
    # Python 3.13 keeps what was typed, by code object
    registered = getattr(linecache, "_getlines_from_code", None)
    if registered is not None:
        yield tuple(registered(code))
    arguments = sys.orig_argv
    if code.co_filename == "<string>" and "-c" in arguments[:-1]:
        yield tuple(arguments[arguments.index("-c") + 1].splitlines(keepends=True))
    yield tuple(linecache.getlines(code.co_filename))


def is_text_of(lines: tuple[str, ...], code: CodeType) -> bool:
    """Whether compiling a text gives that very code, at the same places.

    Code that an import hook rewrites, as pytest does, is not what its file says, and the answer is no.
    """
    flags = code.co_flags & _FUTURES
    if code.co_name == "<module>" and code.co_flags & _CO_COROUTINE:
        flags |= _TOP_LEVEL_AWAIT
    return any(
        one == code and tuple(one.co_positions()) == tuple(code.co_positions())
        for mode in ("exec", "single")
        for one in _compiled(lines, code.co_filename, flags, mode)
        if one.co_name == code.co_name and one.co_firstlineno == code.co_firstlineno
    )


@lru_cache(maxsize=8)
def _compiled(lines: tuple[str, ...], file: str, flags: int, mode: str) -> tuple[CodeType, ...]:
    """Every code object of a text: the module, and what is in it."""
    try:
        found = [compile("".join(lines), file, mode, flags, dont_inherit=True)]
    except UNREADABLE:
        return ()
    for one in found:
        found += [part for part in one.co_consts if isinstance(part, CodeType)]
    return tuple(found)
