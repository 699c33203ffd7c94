"""Problems as a log of the Static Analysis Results Interchange Format 2.1.0, for editors and code scanning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dataflow.diagnostics import page_of
from dataflow.diagnostics.callsite import displayed
from dataflow.diagnostics.own_codes import entry_of
from dataflow_cli.formats.findings import Finding, Replacement
from dataflow_cli.formats.regions import Region

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_text(findings: Sequence[Finding], failure: str = "") -> str:
    """The log of one run.

    :param failure: why the file could not be checked.
    """
    codes = sorted({one.problem.code for one in findings})
    invocation: dict[str, Any] = {"executionSuccessful": not failure}
    if failure:
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": failure}}]
    run = {
        "tool": {"driver": _driver(codes)},
        "invocations": [invocation],
        # columns are code units, as most editors count them
        "columnKind": "utf16CodeUnits",
        "results": [_result(one, codes) for one in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(codes: Sequence[str]) -> dict[str, Any]:
    return {"name": "dataflow", "semanticVersion": version("dataflow-cli"), "rules": [_rule(code) for code in codes]}


def _rule(code: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code, "defaultConfiguration": {"level": _level(code)}}
    entry, page = entry_of(code), page_of(code)
    if entry is not None:
        rule |= {"shortDescription": {"text": entry.title}, "properties": {"tags": [entry.group]}}
    if page is not None:
        # the page is Markdown that reads as text too
        rule["help"] = {"text": page, "markdown": page}
    return rule


def _level(code: str) -> str:
    return "warning" if code.startswith("DF-C2") else "error"


def _result(finding: Finding, codes: Sequence[str]) -> dict[str, Any]:
    problem = finding.problem
    text = f"{problem.message}: {problem.cause}" if problem.cause else problem.message
    physical: dict[str, Any] = {"artifactLocation": _artifact(finding.file)}
    if finding.region is not None:
        physical["region"] = _region(finding, finding.region)
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": _level(problem.code),
        "message": {"text": finding.masked(text)},
        "locations": [{"physicalLocation": physical}],
        "properties": {"group": problem.group},
    }
    if finding.fix is not None:
        result["fixes"] = [_fix(finding, finding.fix)]
    return result


def _fix(finding: Finding, fix: Replacement) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(finding, fix.region), "insertedContent": {"text": fix.text}}
    return {
        "description": {"text": f"the corrected call ({fix.applicability})"},
        "artifactChanges": [{"artifactLocation": _artifact(finding.file), "replacements": [replacement]}],
    }


def _region(finding: Finding, region: Region) -> dict[str, int]:
    found = finding.in_utf16(region)
    sizes = {
        "startLine": found.start_line,
        "startColumn": found.start_column,
        "endLine": found.end_line,
        "endColumn": found.end_column,
    }
    return {name: size for name, size in sizes.items() if size is not None}


def _artifact(file: Path) -> dict[str, str]:
    """A file below the current directory by its relative address, another by its whole one."""
    shown = Path(displayed(str(file)))
    return {"uri": shown.as_uri() if shown.is_absolute() else quote(shown.as_posix())}
