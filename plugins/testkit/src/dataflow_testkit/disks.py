"""A disk of a test's own that is soon full: a file system in memory, which takes root to mount."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from pathlib import Path

import attrs

from dataflow_testkit.throwaway import place_of, program


@attrs.frozen
class SmallDisk:
    """Mounted at ``place`` until it is removed."""

    place: Path

    @classmethod
    def made(cls, user: str, size_mb: int) -> SmallDisk:
        """One that a server may use which runs as ``user``.

        :raises PermissionError: when this process may mount nothing.
        """
        place = place_of(user)
        owner = place.stat()
        try:
            _run(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                f"size={size_mb}m,mode=700,uid={owner.st_uid},gid={owner.st_gid}",
                "tmpfs",
                place,
            )
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            place.rmdir()
            raise PermissionError((getattr(error, "stderr", "") or str(error)).partition("\n")[0]) from error
        return cls(place)

    @classmethod
    def obstacle(cls) -> str:
        """Why there can be none here; nothing where there can."""
        try:
            cls.made(getpass.getuser(), 1).remove()
        except PermissionError as error:
            return str(error)
        return ""

    def grow(self, size_mb: int) -> None:
        _run("mount", "-o", f"remount,size={size_mb}m", self.place)

    def remove(self) -> None:
        """Unmount it, whoever still has a file there open."""
        _run("umount", "--lazy", self.place)
        shutil.rmtree(self.place, ignore_errors=True)


def _run(name: str, *arguments: str | Path) -> None:
    found = program(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    subprocess.run([found, *arguments], check=True, capture_output=True, text=True)
