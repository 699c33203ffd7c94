"""The codes of this plugin, and the problems that have them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dataflow.diagnostics import DataFlowError, Entry, ErrorCodes, Problem, Solution, Where, closest, error_of
from dataflow.plugins.code_owners import publish_codes

CODES = ErrorCodes(
    "PROFILE", {"PROFILE-101": Entry("profile in an unknown format", "Profiles")}, "dataflow_profile/pages"
)


def unknown_format(path: Path, endings: Sequence[str]) -> DataFlowError:
    """PROFILE-101."""
    # an instance that is measured need not have loaded the plugin
    publish_codes([("profile", CODES)])
    near = closest(path.suffix.lower().removeprefix("."), endings)
    return error_of(
        Problem(
            code="PROFILE-101",
            message=f"no profile has the ending '{path.suffix}'" if path.suffix else f"'{path.name}' has no ending",
            where=Where(operation="profile"),
            context={"file": str(path), "known": ", ".join(f".{one}" for one in endings)},
            cause="the ending of a file's name chooses the format of the profile",
            solutions=(
                Solution("name it by one of them:", f'profile.save("{path.stem}.{near[0] if near else "html"}")'),
            ),
        )
    )
