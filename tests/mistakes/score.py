"""Runs the list and counts."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs
from tests.mistakes.cures import NoCure, cured
from tests.mistakes.mistake import STAGES, Mistake, Stage
from tests.mistakes.program import Outcome, run

from dataflow import DataFlowWarning, Problem
from dataflow.diagnostics.plain import plain_text
from dataflow.rendering.llm import llm_text

#: no tokenizer: code and English have about four characters to a token
CHARACTERS_PER_TOKEN = 4


@attrs.frozen(kw_only=True)
class Result:
    """What became of one mistake. ``miss`` says what is wrong with it, ``flaw`` what is wrong with its cure."""

    mistake: Mistake
    codes: tuple[str, ...]
    stage: Stage | None
    operations: int
    tokens: int
    message: str
    is_warning: bool
    miss: str = ""
    flaw: str = ""

    @property
    def is_coded(self) -> bool:
        return bool(self.codes)

    @property
    def is_early(self) -> bool:
        return self.mistake.is_early and self.stage is not None and _at_or_before(self.stage, "before execution")


def tried(mistake: Mistake, directory: Path) -> Result:
    """Run a mistake's program, then the program that its error's cure makes of it."""
    wrong, right = directory / "wrong", directory / "right"
    wrong.mkdir()
    right.mkdir()
    outcome = run(mistake.program, wrong)
    flaw = _flaw(mistake, outcome, right)
    return Result(
        mistake=mistake,
        codes=tuple(outcome.codes),
        stage=outcome.stage,
        operations=outcome.operations,
        tokens=tokens_of(outcome.problems),
        is_warning=isinstance(outcome.error, DataFlowWarning),
        message=plain_text(outcome.problems).replace(str(wrong), "."),
        miss=_miss(mistake, outcome),
        flaw=flaw,
    )


def tokens_of(problems: Sequence[Problem]) -> int:
    """How long the rendering for a language model is; 0 of no problem."""
    return round(len(llm_text(problems)) / CHARACTERS_PER_TOKEN) if problems else 0


def _miss(mistake: Mistake, outcome: Outcome) -> str:
    if outcome.error is None:
        return "nothing was raised"
    if outcome.codes != [mistake.code, *mistake.also]:
        return f"raised {outcome.codes or repr(outcome.error)}"
    assert outcome.stage is not None
    if not _at_or_before(outcome.stage, mistake.stage):
        return f"caught late: {outcome.stage}"
    if mistake.is_early and outcome.operations:
        return f"{outcome.operations} operations were executed before"
    return ""


def _flaw(mistake: Mistake, outcome: Outcome, directory: Path) -> str:
    if not outcome.problems:
        return "no error that could have a cure"
    try:
        source = cured(mistake, outcome)
    except NoCure as error:
        return str(error)
    except SyntaxError as error:
        return f"the fix is no Python: {error.text or error}"
    try:
        again = run(source, directory)
    except SyntaxError as error:
        return f"the corrected program is no Python: {error.text or error}"
    return "" if again.error is None else f"the corrected program raises {again.codes or ''} {again.error!r}"


def _at_or_before(stage: Stage, limit: Stage) -> bool:
    return STAGES.index(stage) <= STAGES.index(limit)


@attrs.frozen(kw_only=True)
class Score:
    """The counts of an area, or of all."""

    area: str
    mistakes: int
    can_be_early: int
    early: int
    coded: int
    cured: int
    median_tokens: int
    most_tokens: int

    @classmethod
    def of(cls, area: str, results: Iterable[Result]) -> Score:
        members = list(results)
        tokens = [one.tokens for one in members if one.tokens] or [0]
        return cls(
            area=area,
            mistakes=len(members),
            can_be_early=sum(one.mistake.is_early for one in members),
            early=sum(one.is_early and not one.miss for one in members),
            coded=sum(one.codes == (one.mistake.code, *one.mistake.also) for one in members),
            cured=sum(not one.flaw for one in members),
            median_tokens=round(statistics.median(tokens)),
            most_tokens=max(tokens),
        )


def scores(results: Sequence[Result]) -> list[Score]:
    """One per area, in the order of the list, and one of all."""
    areas = dict.fromkeys(one.mistake.area for one in results)
    return [
        *(Score.of(area, [one for one in results if one.mistake.area == area]) for area in areas),
        Score.of("all", results),
    ]
