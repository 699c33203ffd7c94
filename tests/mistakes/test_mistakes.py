"""The scored list of mistakes: each is caught as its entry says, and its cure works."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.mistakes.areas import MISTAKES
from tests.mistakes.mistake import Mistake
from tests.mistakes.others import django_orm, original, sqlalchemy_orm
from tests.mistakes.others.judging import WHAT
from tests.mistakes.page import OWN
from tests.mistakes.score import Result, Score, tried

from dataflow.diagnostics import CATALOGUE

OTHERS = (sqlalchemy_orm, django_orm, original)
RESULTS: dict[str, Result] = {}


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    yield
    RESULTS.clear()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.id)
def test_mistake_is_caught_and_cured(mistake: Mistake, tmp_path: Path) -> None:
    result = RESULTS[mistake.id] = tried(mistake, tmp_path)
    assert (result.miss, result.flaw) == ("", "")


def test_the_list_holds_distinct_mistakes() -> None:
    assert (
        len({one.id for one in MISTAKES}) == len({one.wrong + one.before for one in MISTAKES}) == len(MISTAKES) >= 120
    )


def test_codes_of_the_list_exist() -> None:
    assert [one.code for one in MISTAKES if one.code not in CATALOGUE] == []


def test_whatever_is_caught_late_says_why() -> None:
    assert [one.id for one in MISTAKES if bool(one.late) == one.is_early] == []


def test_results_of_the_page_are_those_of_this_run() -> None:
    kept = {one["id"]: (one["stage"], one["miss"], one["flaw"]) for one in json.loads(OWN.read_text())["mistakes"]}
    assert list(kept) == [one.id for one in MISTAKES], "run 'python -m tests.mistakes --write'"
    assert {name: (one.stage, one.miss, one.flaw) for name, one in RESULTS.items() if kept[name][0] != one.stage} == {}


def test_judgement_knows_every_counterpart() -> None:
    known = {one.id for one in MISTAKES}
    assert [one for one in WHAT if one not in known] == []
    assert [one for other in OTHERS for one in other.PROGRAMS if one not in WHAT] == []


def test_score_reaches_its_targets() -> None:
    """Of those that ran: a selection of tests runs fewer."""
    score = Score.of("all", RESULTS.values())
    if score.mistakes < len(MISTAKES):
        return
    assert score.coded == score.mistakes
    assert score.early >= 0.95 * score.can_be_early
    assert score.cured >= 0.95 * score.mistakes
    assert score.median_tokens <= 400
    assert score.most_tokens <= 6_000
