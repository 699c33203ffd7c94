"""However much is wrong, what is shown stays short; and it never spells out a secret."""

from typing import Any

import attrs
import pytest

from dataflow.diagnostics import CallSite, Edit, Fix, Problem, Secret, Solution, Where, error_of
from dataflow.models.model import Definition, Field, Model, ModelOptions
from dataflow.models.types import DATETIME, INT, STR
from dataflow.rendering import Style, render
from dataflow.values.records import RecordCheck

STYLES: tuple[Style, ...] = ("plain", "terminal", "json", "html", "llm")
WORST = 6_000
USUAL = 600


def tokens(text: str) -> float:
    """No tokenizer makes more of names and code than one token of three characters."""
    return len(text) / 3


def verbose(number: int, **more: Any) -> Problem:
    return Problem(
        code="DF-N104",
        message=f"wrong value for 'field_{number}' of User: expected int",
        where=Where(
            node_id=f"node_{number}", node_type="UserCreateNode", model="User", call=CallSite("app.py", number)
        ),
        context={"expected": "int", "given": "x" * 5_000, "rows": [{"id": n} for n in range(500)]},
        cause="values are converted only where nothing is lost or guessed; " * 20,
        solutions=tuple(Solution(f"way {n}:", "\n".join(["line of code"] * 50)) for n in range(5)),
        fix=Fix("unsafe", script=f"workflow.add_connection({number!r}, {'y' * 500!r})"),
        introspection={"everything": ["z" * 100] * 1_000},
        **more,
    )


def test_200_different_problems_stay_within_the_bounds_of_a_language_model() -> None:
    text = render([verbose(number) for number in range(200)], "llm")
    assert tokens(text) <= WORST
    assert text.startswith("200 problems\nType mismatches (200):\nDF-N104: wrong value for 'field_0'")
    assert "more (DF-N104 x" in text
    assert text.endswith("# the rest is in error.fix_script")


def test_one_problem_of_any_size_stays_within_the_bounds() -> None:
    problem = Problem(
        code="DF-N104",
        message="m" * 100_000,
        context={f"key_{n}": "v" * 1_000 for n in range(1_000)},
        cause="c" * 100_000,
        solutions=tuple(Solution("s" * 1_000, "c" * 1_000) for _ in range(500)),
        fix=Fix("unsafe", script="x" * 100_000),
    )
    text = render([problem], "llm")
    assert tokens(text) <= WORST
    assert text.startswith("DF-N104: mmm")


def test_repeated_problems_are_told_once_with_their_number() -> None:
    problems = [
        Problem(
            code="DF-N104", message="wrong value for 'age'", where=Where(node_id=f"n{n}", call=CallSite("app.py", n))
        )
        for n in range(200)
    ]
    assert render(problems, "llm") == (
        "200 problems\n"
        "Type mismatches (200):\n"
        "DF-N104: wrong value for 'age'\n"
        "  200 times\n"
        "  at app.py:0 node 'n0', app.py:1 node 'n1', app.py:2 node 'n2', app.py:3 node 'n3', app.py:4 node 'n4' and 195 more"
    )


def test_usual_error_is_short() -> None:
    problems = [
        Problem(
            code=code,
            message=f"something about field '{code}' of User",
            where=Where(node_id="create", node_type="UserCreateNode", model="User", call=CallSite("app.py", 3)),
            context={"provided": "name, email", "expected": "int"},
            cause="every field of the model without a default must be given",
            solutions=(
                Solution("add it:", '"data": {"id": "user-123"}'),
                Solution("or connect it:", "workflow.add(...)"),
            ),
        )
        for code in ("DF-N102", "DF-N104", "DF-N106")
    ]
    assert tokens(render(problems, "llm")) < USUAL


def test_plain_text_tells_50_problems_and_the_number_of_the_others() -> None:
    problems = [
        Problem(code="DF-N104", message=f"wrong {n}", where=Where(call=CallSite("app.py", n))) for n in range(200)
    ]
    text = str(error_of(problems))
    assert text.count("error[DF-N104]") == 50
    assert text.startswith("200 problems\n\nType mismatches (50)\n")
    assert text.endswith("\n\nand 150 more")


def test_long_and_large_values_are_cut() -> None:
    problem = Problem(
        code="DF-N104",
        message="wrong",
        context={"text": "x" * 500, "rows": list(range(100)), "values": {n: n for n in range(100)}},
    )
    assert render([problem], "plain") == (
        "error[DF-N104]: wrong\n"
        "Context\n"
        f"  text: {'x' * 197}... (500 characters)\n"
        "  rows: a list of 100     values: a dict of 100\n"
        "Documentation: dataflow explain DF-N104"
    )


def create(*given: object) -> CallSite:
    return CallSite.here(1)


def revealing() -> Problem:
    """A problem whose secrets stand in the user's source, in its own texts and in its repair."""
    # fmt: off
    site = create("UserCreateNode", "create", {
        "ssn": "123-45-6789", "pin": 90210, "sex": "x", "quoted": "say 'ah'!",
    })
    # fmt: on
    return Problem(
        code="DF-N104",
        message="wrong value '123-45-6789'",
        where=Where(call=site, path=("ssn",)),
        context={
            "given": Secret("123-45-6789"),
            "nested": {"pins": [Secret(90210)], "quoted": Secret("say 'ah'!")},
        },
        cause="90210 is no text",
        solutions=(Solution("leave it out:", '{"ssn": "123-45-6789", "quoted": "say \'ah\'!"}'),),
        fix=Fix("unsafe", edits=(Edit(("pin",), "rename", "code"),)),
        introspection={"also": Secret("x")},
    )


@pytest.mark.parametrize("style", STYLES)
def test_secret_is_masked_in_every_style(style: Style) -> None:
    text = render([revealing()], style)
    assert "***" in text
    for spelling in ("123-45-6789", "90210", "say 'ah'!", "say &#x27;ah", '"x"', "'x'", "say \\'ah"):
        assert spelling not in text


def test_secret_is_masked_in_the_quoted_source() -> None:
    lines = render([revealing()], "plain").splitlines()
    assert lines[0] == "error[DF-N104]: wrong value '***'"
    assert lines[3].endswith('"ssn": "***", "pin": ***, "sex": "***", "quoted": "***",')


def test_secret_is_masked_in_data_and_repair() -> None:
    error = error_of(revealing())
    assert "6789" not in f"{error.to_dict()} {error.fix_script} {error.context!r} {error.introspection!r}"
    assert error.fix_script.startswith("create('UserCreateNode', 'create', {'ssn': '***', 'code': ***, ")


class User: ...


MODEL = Model(
    name="User",
    table="users",
    fields={
        one.name: one
        for one in (
            Field("id", STR),
            Field("age", INT),
            Field("ssn", STR, encrypted=True),
            Field("created_at", DATETIME, managed_by="timestamps"),
        )
    },
    indexes=(),
    options=ModelOptions(),
    cls=User,
    defined_at=Definition(__file__, 1),
)


@pytest.mark.parametrize(
    "more",
    [{}, {"id": "u1", "age": "x"}, {"id": "u1", "created_at": "now"}, {"id": "u1", "naem": "x"}],
    ids=["missing", "wrong", "managed", "unknown"],
)
@pytest.mark.parametrize("style", STYLES)
def test_encrypted_field_is_masked_where_the_source_of_a_call_is_quoted(style: Style, more: dict[str, object]) -> None:
    site = create("UserCreateNode", "create", {"id": "u1", "ssn": "123-45-6789"})
    _, problems = RecordCheck(MODEL).examine({"ssn": "123-45-6789", **more})
    assert problems
    placed = [attrs.evolve(one, where=attrs.evolve(one.where, call=site)) for one in problems]
    assert "6789" not in render(placed, style)
