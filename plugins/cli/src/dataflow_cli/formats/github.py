"""Problems as workflow commands of GitHub Actions, which shows them at the lines of a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dataflow.diagnostics.callsite import displayed
from dataflow_cli.formats.findings import Finding

# of the toolkit of GitHub Actions: what would end a command or a property of it
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def github_text(findings: Sequence[Finding]) -> str:
    """One line for each problem; empty without any."""
    return "\n".join(map(_command, findings))


def github_failure(file: Path, text: str) -> str:
    """The line of a file that could not be checked."""
    return f"::error file={_escaped(_named(file), _PROPERTY)}::{_escaped(text, _DATA)}"


def _command(finding: Finding) -> str:
    problem = finding.problem
    level = "warning" if finding.is_warning else "error"
    properties = {"file": _named(finding.file), **_place(finding), "title": f"{problem.code} {problem.title}".strip()}
    listed = ",".join(f"{name}={_escaped(str(value), _PROPERTY)}" for name, value in properties.items())
    return f"::{level} {listed}::{_escaped(finding.masked(chr(10).join(_lines(finding))), _DATA)}"


def _place(finding: Finding) -> dict[str, int]:
    region = finding.region
    if region is None:
        return {}
    place = {"line": region.start_line, "endLine": region.end_line}
    if region.start_line == region.end_line:
        # columns are of one line only
        place |= {"col": region.start_column, "endColumn": region.end_column}
    return {name: value for name, value in place.items() if value is not None}


def _lines(finding: Finding) -> Iterator[str]:
    problem = finding.problem
    yield problem.message
    if problem.cause:
        yield problem.cause
    for one in problem.solutions:
        yield f"{one.text} {one.code}".rstrip()


def _named(file: Path) -> str:
    return Path(displayed(str(file))).as_posix()


def _escaped(text: str, forms: dict[str, str]) -> str:
    return "".join(forms.get(one, one) for one in text)
