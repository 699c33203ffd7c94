"""``make mistakes``: the score of the list, by area."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
from rich.console import Console
from rich.table import Table
from tests.mistakes.areas import MISTAKES
from tests.mistakes.page import OWN
from tests.mistakes.score import Result, Score, scores, tried

COLUMNS = ("area", "mistakes", "before execution", "coded", "cured", "tokens, median", "most")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the list, print its score; 1 when a mistake is missed or a cure does not work."""
    parser = argparse.ArgumentParser(prog="python -m tests.mistakes", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--write", action="store_true", help="keep the results for the page of the documentation")
    parser.add_argument("only", nargs="*", help="areas or ids; all by default")
    given = parser.parse_args(arguments)
    results = list(run_all(given.only))
    if given.write:
        OWN.write_text(f"{as_json(results)}\n", encoding="utf-8")
    print(as_json(results)) if given.json else print_table(results)
    return 1 if any(one.miss or one.flaw for one in results) else 0


def run_all(only: Sequence[str] = ()) -> Iterator[Result]:
    """Each mistake in a directory of its own."""
    for mistake in MISTAKES:
        if not only or mistake.area in only or mistake.id in only:
            with tempfile.TemporaryDirectory() as directory:
                yield tried(mistake, Path(directory))


def as_json(results: Sequence[Result]) -> str:
    """Scores and results as data."""
    data = {
        "scores": [attrs.asdict(one) for one in scores(results)],
        "mistakes": [
            {"id": one.mistake.id, "area": one.mistake.area, "code": one.mistake.code, "stage": one.stage}
            | {
                "tokens": one.tokens,
                "message": one.message,
                "is_warning": one.is_warning,
                "miss": one.miss,
                "flaw": one.flaw,
            }
            for one in results
        ],
    }
    return json.dumps(data, indent=1)


def print_table(results: Sequence[Result]) -> None:
    console, table = Console(), Table(*COLUMNS)
    for score in scores(results):
        table.add_row(*cells(score), end_section=False)
    console.print(table)
    for one in results:
        for what in filter(None, (one.miss, one.flaw)):
            console.print(f"{one.mistake.area}: {one.mistake.id}: {what}", markup=False)


def cells(score: Score) -> list[str]:
    """One row of the table."""
    early = f"{score.early} of {score.can_be_early}" if score.can_be_early else "-"
    counts = (score.mistakes, early, score.coded, score.cured, score.median_tokens, score.most_tokens)
    return [score.area, *map(str, counts)]


if __name__ == "__main__":
    sys.exit(main())
