"""Whatever a secret looks like and wherever it stands, no rendering of an error spells it out, not even its beginning."""

import html
import json
import linecache
from multiprocessing.reduction import ForkingPickler
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dataflow.diagnostics import CallSite, DataFlowWarning, Edit, Fix, Problem, Secret, Solution, Where, error_of
from dataflow.diagnostics.notebook import notebook_traceback
from dataflow.rendering import Style, render

STYLES: tuple[Style, ...] = ("plain", "terminal", "json", "html", "llm")
#: so many characters of a secret's beginning are a leak
BEGINNING = 10

# the letters are of no word that an error says by itself
TEXTS = st.text(st.sampled_from("ZQXJ09-'\"\\\n\t <&>%$é🙂"), min_size=BEGINNING, max_size=60).filter(
    lambda one: sum(letter in "ZQXJ09" for letter in one) > 5 and one.strip() == one
)
NUMBERS = st.integers(min_value=10**11, max_value=10**18)
PADDING = st.integers(min_value=0, max_value=400)


def call(*given: object, **named: object) -> CallSite:
    return CallSite.here(1)


def site_of(secret: object, padding: int) -> CallSite:
    """A call in whose source the secret is written, behind so many characters."""
    source = (
        f'site = call("UserCreateNode", "create", {{"note": "{"x" * padding}", "password": {secret!r}, "wrong": 1}})\n'
    )
    name = f"<secret {abs(hash(source))}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space: dict[str, Any] = {"call": call}
    exec(compile(source, name, "exec"), space)
    site: CallSite = space["site"]
    return site


def revealing(secret: str | int, padding: int) -> Problem:
    """A problem whose every part has the secret in it, somewhere in a longer text."""
    text = f"{'x' * padding} {secret} behind"
    return Problem(
        code="DF-N104",
        message=f"wrong value {text}",
        where=Where(call=site_of(secret, padding), path=("wrong",)),
        context={
            "given": Secret(secret), "text": text, "in a list": [text, secret], "in a dict": {"a": {"b": secret, "c": text}},
            "shown": repr({"password": secret}),
        },
        cause=f"because of {text}",
        solutions=(Solution(f"write {text}:", f'{{"password": {secret!r}}}'), Solution("or:", f"a\n{secret!r}\nb")),
        fix=Fix("unsafe", script=f"again({secret!r})", edits=(Edit(("wrong",), "replace", repr(secret)),)),
        introspection={"parameters": {"password": text}, "also": Secret(secret)},
    )  # fmt: skip


def renderings(problems: list[Problem]) -> dict[str, str]:
    error = error_of(problems)
    again = ForkingPickler.loads(ForkingPickler.dumps(error))
    try:
        raise error
    except type(error) as caught:
        traceback = "\n".join(notebook_traceback(caught))
    return {style: render(problems, style) for style in STYLES} | {
        "str": str(error),
        "repr": repr(error),
        "notebook": error._repr_html_(),
        "traceback": traceback,
        "data": json.dumps(error.to_dict()),
        "characters": json.dumps(error.to_dict(), ensure_ascii=False),
        "fix_script": error.fix_script,
        "after a pickle": str(again) + repr(again) + json.dumps(again.to_dict()),
        "warning": str(DataFlowWarning(problems[0])),
    }


def spellings(secret: str | int) -> set[str]:
    text = str(secret)
    forms = {text, repr(secret).strip("'\""), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return forms | {html.escape(one) for one in forms}


@settings(max_examples=60, deadline=None)
@given(st.one_of(TEXTS, NUMBERS), PADDING, st.integers(1, 12))
@example("ZQXJ09ZQXJ09ZQXJ09", 190, 1)
@example("ZQXJ09ZQXJ09'Q\"J", 0, 60)
@example("\\ZQXJ09\nZQXJ09", 195, 3)
def test_no_rendering_spells_out_a_secret(secret: str | int, padding: int, number: int) -> None:
    problem = revealing(secret, padding)
    told = renderings([problem] * number)
    leaks = {
        (name, form)
        for name, text in told.items()
        for form in spellings(secret)
        if form in text or form[:BEGINNING] in text
    }
    assert leaks == set()
    assert len(told["llm"]) / 3 <= 6_000
    assert "\x1b" not in told["llm"]
    assert "http" not in told["llm"]
