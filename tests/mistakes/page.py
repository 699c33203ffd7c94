"""The page of the documentation: the score of the list, and how other libraries fare with the same mistakes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from tests.mistakes.areas import MISTAKES
from tests.mistakes.others.judging import says

HERE = Path(__file__).parent
OWN, OTHERS = HERE / "score.json", HERE / "others" / "results.json"
NAME = "DataFlow"


@attrs.frozen
class Verdict:
    """What became of one mistake in one library."""

    outcome: str
    named: bool = False
    cured: bool = False

    def __str__(self) -> str:
        if self.outcome in ("silent", "as meant"):
            return "**silent**" if self.outcome == "silent" else self.outcome
        said = [word for word, is_said in (("named", self.named), ("cure", self.cured)) if is_said]
        return ", ".join([{"before execution": "before", "warned": "told"}.get(self.outcome, self.outcome), *said])


def page() -> str:
    """The whole page, from the results that the last runs left."""
    own = json.loads(OWN.read_text(encoding="utf-8"))
    others = json.loads(OTHERS.read_text(encoding="utf-8"))
    verdicts = {NAME: _own_verdicts(own)} | {one["name"]: _verdicts(one["outcomes"]) for one in others}
    shared = [one.id for one in MISTAKES if any(one.id in verdicts[other["name"]] for other in others)]
    parts = [
        "# Mistakes",
        f"Generated from `tests/mistakes`: {own['scores'][-1]['mistakes']} programs that users write and do not mean, each run as it stands and again after the "
        "cure that its own error gives. `make mistakes` runs them, `make compare-mistakes` runs the same mistakes in other libraries.",
        "## Score",
        "\n".join(_score_table(own["scores"])),
        "Before execution: of the mistakes that can be caught there, how many are, without one statement or node of the call having run. Coded: the error has exactly the code of the list. "
        "Cured: the corrected program, made from the error's own edits, script or solution, runs to its end. Tokens: of the `llm` rendering, a quarter of its characters.",
        "## The same mistakes elsewhere",
        ", ".join(f"{one['name']} {one['version']}" for one in others)
        + f", on Python {others[0]['python']} and SQLite in memory or in a file, each with the code that its own documentation would have one write. A server's database would refuse some of what SQLite takes in silence. {len(shared)} mistakes have a counterpart.",
        "\n".join(_summary(verdicts, shared)),
        "*before*: raised before a statement of the call reached the database; *raised*: by the database, or where a result was used; *told*: nothing was raised, but a warning, a line of the log or an entry of the result tells of it; *silent*: nothing was raised and the data is wrong, missing "
        "or not what was asked for; *as meant*: the library takes it, and does what was meant, so it is no mistake there. *named*: the message names what is wrong; *cure*: it has a way out that "
        "would do. Both are judged by the same rules for every library (`tests/mistakes/others/judging.py`), written by the authors of this one; the list, too, is theirs, and was used to mend it.",
        "\n".join(_comparison(verdicts, shared)),
    ]
    return "\n\n".join(parts) + "\n"


def _own_verdicts(own: Mapping[str, Any]) -> dict[str, Verdict]:
    early = {one.id: one.is_early for one in MISTAKES}
    found = {}
    for one in own["mistakes"]:
        outcome = "before execution" if early[one["id"]] else "raised"
        outcome = "warned" if one["is_warning"] else outcome if one["stage"] else "silent"
        found[one["id"]] = _verdict(one["id"], outcome, one["message"])
    return found


def _verdicts(outcomes: Mapping[str, Mapping[str, Any]]) -> dict[str, Verdict]:
    return {identity: _told(identity, one) for identity, one in outcomes.items()}


def _told(identity: str, found: Mapping[str, Any]) -> Verdict:
    """A log line counts as a warning when it names what is wrong."""
    verdict = _verdict(identity, found["outcome"], "\n".join([found["message"], *found["warnings"]]))
    logged = _verdict(identity, "warned", "\n".join(found["logs"]))
    return logged if verdict.outcome == "silent" and logged.named else verdict


def _verdict(identity: str, outcome: str, message: str) -> Verdict:
    try:
        return Verdict(outcome, *says(identity, message))
    except KeyError:
        # it has no counterpart, so nobody compares it
        return Verdict(outcome)


def _score_table(scores: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| area | mistakes | before execution | coded | cured | tokens, median | most |"
    yield "|---|---|---|---|---|---|---|"
    for one in scores:
        early = f"{one['early']} of {one['can_be_early']}" if one["can_be_early"] else "-"
        cells = (
            one["area"],
            one["mistakes"],
            early,
            one["coded"],
            one["cured"],
            one["median_tokens"],
            one["most_tokens"],
        )
        yield f"| {' | '.join(map(str, cells))} |"


def _summary(verdicts: Mapping[str, Mapping[str, Verdict]], shared: Sequence[str]) -> Iterator[str]:
    yield "| library | mistakes | before execution | raised later | only told | silent | named | cure |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, found in verdicts.items():
        own = [found[one] for one in shared if one in found and found[one].outcome != "as meant"]
        counts = [
            sum(one.outcome == "before execution" for one in own),
            sum(one.outcome not in ("before execution", "silent", "warned") for one in own),
            sum(one.outcome == "warned" for one in own),
            sum(one.outcome == "silent" for one in own),
            sum(one.named for one in own),
            sum(one.cured for one in own),
        ]
        yield f"| {name} | {len(own)} | " + " | ".join(f"{one} ({one / len(own):.0%})" for one in counts) + " |"


def _comparison(verdicts: Mapping[str, Mapping[str, Verdict]], shared: Sequence[str]) -> Iterator[str]:
    yield f"| mistake | code | {' | '.join(verdicts)} |"
    yield f"|---|---|{'---|' * len(verdicts)}"
    codes = {one.id: one.code for one in MISTAKES}
    for identity in shared:
        cells = [str(found.get(identity, "-")) for found in verdicts.values()]
        yield f"| {identity.replace('-', ' ')} | {codes[identity]} | {' | '.join(cells)} |"
