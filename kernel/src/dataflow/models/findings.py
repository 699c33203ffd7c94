"""The problems of one class, collected until all are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import CallSite, Fix, Problem, Solution, Where
from dataflow.models.class_source import ClassSource


@attrs.define(eq=False)
class Findings:
    """``add`` places each problem at the line of its field, or at the class."""

    model: str
    source: ClassSource
    problems: list[Problem] = attrs.field(factory=list)

    def site(self, field: str | None = None, line: int | None = None) -> CallSite:
        found = line or (self.source.line_of(field) if field is not None else None)
        return CallSite(self.source.file, found or self.source.line)

    def add(
        self,
        code: str,
        message: str,
        cause: str,
        *solutions: tuple[str, str],
        field: str | None = None,
        line: int | None = None,
        context: Mapping[str, Any] | None = None,
        fix: Fix | None = None,
    ) -> None:
        shown = {"field": field} if field is not None else {}
        self.problems.append(
            Problem(
                code=code,
                message=message,
                where=Where(model=self.model, field=field, call=self.site(field, line)),
                context={**shown, **(context or {})},
                cause=cause,
                solutions=tuple(Solution(text, shown_code) for text, shown_code in solutions),
                fix=fix,
            )
        )


def listed(names: Sequence[str]) -> str:
    """Names for a sentence: ``id, name``; "none" when there are none."""
    return ", ".join(names) or "none"
