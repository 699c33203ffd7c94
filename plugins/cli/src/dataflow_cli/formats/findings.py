"""The problems of a file as every format shows them: place, texts without secrets, and the fix as a change of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from dataflow.diagnostics import Problem
from dataflow.diagnostics.problem import Applicability
from dataflow.diagnostics.secret import redacted
from dataflow_cli.formats.regions import Region, in_utf16, region_between, region_of
from dataflow_cli.repairs import repaired
from dataflow_cli.text_loader import lines_of


@attrs.frozen
class Replacement:
    """Text to put in the place of a region."""

    region: Region
    text: str
    applicability: Applicability


@attrs.frozen
class Finding:
    """One problem. ``lines`` are those of its file, for the formats that count in other units than characters."""

    problem: Problem
    file: Path
    region: Region | None
    fix: Replacement | None = None
    lines: Sequence[str] = attrs.field(default=(), repr=False)

    def masked(self, text: str) -> str:
        """A text of the problem as anybody may see it."""
        return redacted(text, self.problem.secrets)

    @property
    def is_warning(self) -> bool:
        return self.problem.code.startswith("DF-C2")

    def in_utf16(self, region: Region) -> Region:
        return in_utf16(region, self.lines)


def findings_of(problems: Sequence[Problem], file: Path, text: bytes) -> list[Finding]:
    """The problems that a file's text has; those of other files have no fix and no columns."""
    lines = lines_of(text)
    return [_finding(one, file, text, lines) for one in problems]


def _finding(problem: Problem, file: Path, text: bytes, lines: Sequence[str]) -> Finding:
    site = problem.where.call
    elsewhere = site is not None and Path(site.file).resolve() != file.resolve()
    place = Path(site.file) if site is not None and elsewhere else file
    found = Finding(problem, place, region_of(problem), None, () if elsewhere else lines)
    return found if elsewhere else attrs.evolve(found, fix=_replacement(found, text, "".join(lines)))


def _replacement(finding: Finding, text: bytes, old: str) -> Replacement | None:
    """The part of a text that a problem's fix changes; None when there is no fix, or it would spell out a secret."""
    fix = finding.problem.fix
    if fix is None or fix.applicability == "placeholder":
        return None
    repair = repaired(text, [finding.problem], finding.file, (fix.applicability,))
    if repair.text is None:
        return None
    new = "".join(lines_of(repair.text))
    start = _common(old, new)
    behind = _common(old[start:][::-1], new[start:][::-1])
    inserted = new[start : len(new) - behind]
    if finding.masked(inserted) != inserted:
        return None
    return Replacement(region_between(old, start, len(old) - behind), inserted, fix.applicability)


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
