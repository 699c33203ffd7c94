"""Problems as one JSON object: each as the error's own data, with its region and its fix as a change of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from dataflow_cli.formats.findings import Finding


def json_problems(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Columns are in characters, from 1."""
    return [_problem(one) for one in findings]


def _problem(finding: Finding) -> dict[str, Any]:
    data = finding.problem.to_dict()
    data["region"] = None if finding.region is None else attrs.asdict(finding.region)
    data["replacement"] = None if finding.fix is None else attrs.asdict(finding.fix)
    return data
