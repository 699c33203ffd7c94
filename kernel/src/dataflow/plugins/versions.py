"""Whether a version meets a requirement: the part of the packaging rules that a requirement on the kernel needs."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from dataflow.plugins.discovery import canonical

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?(?P<specifiers>[^;)]*)\)?\s*(?:;(?P<marker>.*))?"
)
_SPECIFIER = re.compile(r"(?P<operator>===|==|!=|~=|<=|>=|<|>)\s*(?P<version>[^\s,]+)")
_VERSION = re.compile(
    r"v?(?P<release>\d+(?:\.\d+)*)(?:[-_.]?(?P<stage>a|b|c|rc|alpha|beta|pre|preview)[-_.]?(?P<number>\d*))?"
    r"(?P<post>[-_.]?post[-_.]?\d*)?(?P<dev>[-_.]?dev[-_.]?\d*)?(?:\+.*)?",
    re.IGNORECASE,
)
_STAGES = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}

DEVELOPMENT, FINAL = -1, 3


class Key(NamedTuple):
    """A version in the order of versions; the release has no zeros at its end."""

    release: tuple[int, ...]
    stage: int
    number: int
    later: int


def unmet_requirement(requirements: tuple[str, ...], distribution: str, version: str) -> str | None:
    """The requirement on a distribution that its version does not meet, or None.

    Requirements with an environment marker are left to the installer.
    """
    for requirement in requirements:
        found = _REQUIREMENT.fullmatch(requirement.strip())
        if found is None or found["marker"] or canonical(found["name"]) != canonical(distribution):
            continue
        if not meets(version, found["specifiers"]):
            return requirement
    return None


def meets(version: str, specifiers: str) -> bool:
    """Whether a version is among those of ``">=0.1,<0.2"``; one that cannot be read is let through."""
    return all(_meets_one(version, found["operator"], found["version"]) for found in _SPECIFIER.finditer(specifiers))


def _meets_one(version: str, sign: str, wanted: str) -> bool:
    if sign == "===":
        return version == wanted
    bound = wanted.removesuffix(".*")
    left, right = _key(version), _key(bound)
    if left is None or right is None:
        return True
    if sign == "~=":
        return left >= right and _starts_with(left, bound.rpartition(".")[0])
    if wanted.endswith(".*"):
        return _starts_with(left, bound) == (sign == "==")
    # `<0.2` means no pre-release of 0.2 either, unless it names one itself
    if sign == "<" and left.release == right.release and right.stage == FINAL:
        return False
    return _SIGNS[sign](left, right)


def _key(version: str) -> Key | None:
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    release = re.sub(r"(\.0+)+$", "", found["release"])
    stage = _STAGES[found["stage"].lower()] if found["stage"] else DEVELOPMENT if found["dev"] else FINAL
    later = (1 if found["post"] else 0) - (1 if found["dev"] else 0)
    return Key(tuple(map(int, release.split("."))), stage, int(found["number"] or 0), later)


def _starts_with(version: Key, prefix: str) -> bool:
    wanted = tuple(map(int, prefix.split(".")))
    padded = version.release + (0,) * (len(wanted) - len(version.release))
    return padded[: len(wanted)] == wanted


_SIGNS: Mapping[str, Callable[[Key, Key], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
