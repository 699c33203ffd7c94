"""``GenerateDataPlugin``: the command ``dataflow generate-data``, and the codes of what it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

    from dataflow.diagnostics import ErrorCodes


@attrs.define(eq=False)
class GenerateDataPlugin:
    """Gives a command and codes; what makes data is imported when it is asked to."""

    @hookimpl
    def dataflow_error_codes(self) -> ErrorCodes:
        from dataflow_generate_data.codes import CODES

        return CODES

    @hookimpl
    def dataflow_commands(self) -> Iterable[click.Command]:
        from dataflow_generate_data.command import generate_data

        return (generate_data,)
