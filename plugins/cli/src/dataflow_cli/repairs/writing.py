"""A file replaced as a whole: whoever reads it sees the old text or the new one, never a part."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import click


def replace_file(file: Path, old: bytes, new: bytes) -> None:
    """Put a new text in the place of the old one; the file keeps its mode, and a link stays a link.

    :raises click.ClickException: when the file has something else by now than the old text.
    """
    target = file.resolve()
    if target.read_bytes() != old:
        raise click.ClickException(f"'{file}' was changed by somebody else meanwhile; nothing was written")
    state = target.stat()
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as written:
            written.write(new)
            written.flush()
            os.fsync(written.fileno())
        _take_over(name, state)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _take_over(name: str, state: os.stat_result) -> None:
    """Give a new file the mode, and where that is allowed the owner, of the one whose place it takes."""
    if hasattr(os, "chown"):
        # only root gives files away
        with suppress(PermissionError):
            os.chown(name, state.st_uid, state.st_gid)
    os.chmod(name, state.st_mode)
