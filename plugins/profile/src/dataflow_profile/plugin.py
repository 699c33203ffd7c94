"""``ProfilePlugin``: the command ``dataflow profile``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

    from dataflow.diagnostics import ErrorCodes


@attrs.define(eq=False)
class ProfilePlugin:
    """Listens to nothing: what measures observes an instance for as long as it is asked to."""

    @hookimpl
    def dataflow_error_codes(self) -> ErrorCodes:
        from dataflow_profile.problems import CODES

        return CODES

    @hookimpl
    def dataflow_commands(self) -> Iterable[click.Command]:
        from dataflow_profile.command import profile

        return (profile,)
