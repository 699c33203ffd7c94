"""Who a holder is: for people by program, user, host and number, for other processes of the machine by its beginning."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Identity:
    """``process`` names a process for ever, where the machine tells that; a number alone comes again."""

    holder: str
    host: str
    pid: int
    process: str = ""


def own_identity() -> Identity:
    """That of this process; asked again after a fork."""
    program = Path(sys.argv[0] if sys.argv and sys.argv[0] not in ("", "-c") else sys.executable).name
    return Identity(
        holder=f"{program} of {_user()}"[:250],
        host=socket.gethostname()[:250],
        pid=os.getpid(),
        process=_named(os.getpid()),
    )


def is_gone(process: str) -> bool:
    """Whether a process of this machine has ended; false where that cannot be known."""
    machine, _, number = process.rpartition("/")
    pid = number.partition("@")[0]
    return bool(machine) and machine == _machine() and pid.isdigit() and _named(int(pid)) != process


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # in a container a user may have no name
        return f"user {os.getuid()}"


def _machine() -> str:
    """The run of a machine and the numbering of processes in it, which containers have each their own of; empty where it is unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""


def _named(pid: int) -> str:
    """The process of a number that runs now; empty when none does, or nobody knows."""
    machine = _machine()
    try:
        # the program's name, which may hold anything, is in parentheses; then state, and as the 20th the time of its start
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{machine}/{pid}@{rest[18]}" if machine and state not in "ZX" else ""
