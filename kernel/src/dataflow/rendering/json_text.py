"""Problems as JSON for tools."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dataflow.diagnostics import Problem
from dataflow.diagnostics.fixes import fix_script


def json_text(problems: Sequence[Problem]) -> str:
    """The problems and the script that repairs them, in ASCII, so that any pipe can carry it."""
    data = {"problems": [problem.to_dict() for problem in problems], "fix_script": fix_script(problems)}
    return json.dumps(data, indent=2, allow_nan=False)
