"""One error in every style, whole."""

import html
import io
import json
import re
from collections.abc import Mapping

import pytest

from dataflow.diagnostics import CallSite, DataFlowError, Edit, Fix, Problem, Solution, Where, error_of
from dataflow.rendering import KernelRenderer, Style, render, show

STYLES: tuple[Style, ...] = ("plain", "terminal", "json", "html", "llm")


class Terminal(io.StringIO):
    """A stream that says of itself what a terminal would."""

    def __init__(self, encoding: str = "utf-8", is_terminal: bool = True) -> None:
        super().__init__()
        self._encoding = encoding
        self._is_terminal = is_terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a StringIO has none and may not be given one
        return self._encoding

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture(autouse=True)
def _colour_is_asked_of_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "JUPYTER_COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def add_node(*given: object) -> CallSite:
    return CallSite.here(1)


def missing_field() -> DataFlowError:
    # fmt: off
    site = add_node("UserCreateNode", "create", {
        "data": {"name": "Alice", "email": "alice@example.com"}
    })
    # fmt: on
    return error_of(
        Problem(
            code="DF-N102",
            message="missing required fields in UserCreateNode",
            where=Where(
                node_id="create",
                node_type="UserCreateNode",
                operation="create",
                model="User",
                call=site,
                path=("data",),
            ),
            context={"operation": "create", "provided": "name, email", "missing": "id"},
            cause="every field of the model without a default must be given",
            solutions=(
                Solution("add it:", '"data": {"id": "user-123", "name": "Alice", ...}'),
                Solution("or connect it:", 'workflow.add_connection("<node>", "id", "create", "id")'),
                Solution("or give it a default:", "id: str = field(default_factory=lambda: str(uuid4()))"),
            ),
            fix=Fix("placeholder", edits=(Edit(("data", "id"), "add", '"..."'),)),
        )
    )


LINE = missing_field.__code__.co_firstlineno + 2
FILE = re.search(r"--> (.*):\d+:\d+", str(missing_field())).group(1)  # type: ignore[union-attr]  # it has a place

PLAIN = f"""\
error[DF-N102]: missing required fields in UserCreateNode
  --> {FILE}:{LINE}:12
{LINE:>5} |     site = add_node("UserCreateNode", "create", {{
{LINE + 1:>5} |         "data": {{"name": "Alice", "email": "alice@example.com"}}
      |                 ^ 'id' is missing
Context
  node: create (UserCreateNode)     operation: create     model: User
  provided: name, email     missing: id
Root cause
  every field of the model without a default must be given
Solutions
  1. add it:               "data": {{"id": "user-123", "name": "Alice", ...}}
  2. or connect it:        workflow.add_connection("<node>", "id", "create", "id")
  3. or give it a default: id: str = field(default_factory=lambda: str(uuid4()))
Documentation: dataflow explain DF-N102"""

LLM = f"""\
DF-N102: missing required fields in UserCreateNode
  at {FILE}:{LINE}:12 node 'create'
  node: UserCreateNode     operation: create     model: User
  provided: name, email     missing: id
  cause: every field of the model without a default must be given
  1. add it: "data": {{"id": "user-123", "name": "Alice", ...}}
  2. or connect it: workflow.add_connection("<node>", "id", "create", "id")
  3. or give it a default: id: str = field(default_factory=lambda: str(uuid4()))
corrected:
add_node('UserCreateNode', 'create', {{'data': {{'name': 'Alice', 'email': 'alice@example.com', 'id': '...'}}}})"""

DRAWN = (
    PLAIN.replace("error[", "✖ error[")
    .replace("-->", "──▶")
    .replace(" |     ", " │     ")
    .replace("      | ", "      │ ")
)


def on(stream: Terminal) -> str:
    show(missing_field(), stream=stream)
    return stream.getvalue()


def without_codes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_text_of_an_error_is_plain() -> None:
    assert str(missing_field()) == PLAIN
    assert render(missing_field().problems, "plain") == PLAIN


def test_text_for_a_language_model() -> None:
    assert render(missing_field().problems, "llm") == LLM


def test_json_is_the_problems_as_data_with_their_repair() -> None:
    error = missing_field()
    data = json.loads(render(error.problems, "json"))
    assert data == {"problems": [error.problems[0].to_dict()], "fix_script": error.fix_script}


def test_html_is_the_plain_text_escaped_in_one_element_that_loads_nothing() -> None:
    text = missing_field()._repr_html_()
    assert text == render(missing_field().problems, "html")
    assert re.fullmatch(r'<pre class="dataflow-error" style="[^"]*">.*</pre>', text, re.DOTALL)
    assert html.unescape(re.sub(r"<[^>]*>", "", text)) == PLAIN
    assert set(re.findall(r"<(/?\w+)", text)) == {"pre", "/pre", "span", "/span"}
    assert not re.search(r"url\(|href|src=|script", text.replace("add_", ""))


def test_terminal_gets_the_same_text_in_colour_and_with_symbols() -> None:
    text = on(Terminal())
    assert text.startswith("\x1b[1;31m✖ error[DF-N102]: missing required fields in UserCreateNode\x1b[0m\n")
    assert without_codes(text) == f"{DRAWN}\n"


def test_terminal_of_a_poor_encoding_gets_colour_without_symbols() -> None:
    text = on(Terminal(encoding="ascii"))
    assert "\x1b[" in text
    assert without_codes(text) == f"{PLAIN}\n"


def test_no_color_leaves_the_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert on(Terminal()) == f"{DRAWN}\n"


def test_dumb_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert on(Terminal()) == f"{PLAIN}\n"


def test_pipe_gets_plain_text() -> None:
    assert on(Terminal(is_terminal=False)) == f"{PLAIN}\n"


@pytest.mark.parametrize("style", STYLES)
def test_captured_output_has_no_escape_codes_and_no_symbols(style: Style, capsys: pytest.CaptureFixture[str]) -> None:
    show(missing_field(), style)
    captured = capsys.readouterr().err
    assert captured.isascii()
    assert "\x1b" not in captured


def test_every_style_is_text_of_the_kernel_s_hook() -> None:
    (problem,) = missing_field().problems
    texts = {style: KernelRenderer().dataflow_render(problem, style) for style in STYLES}
    assert texts == {style: render([problem], style) for style in STYLES}


HOSTILE: Mapping[str, str] = {
    "escape code": "\x1b[31mred\x1b[0m",
    "bell": "ring\x07",
    "direction": "abc\u202edef",
    "lone surrogate": "\ud800",
    "carriage return": "one\rtwo",
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("style", STYLES)
def test_value_cannot_steer_what_shows_it(style: Style, what: str) -> None:
    problem = Problem(
        code="DF-N104",
        message=f"wrong value {HOSTILE[what]}",
        context={"given": HOSTILE[what], "in": [HOSTILE[what]]},
        cause=HOSTILE[what],
        solutions=(Solution(HOSTILE[what], HOSTILE[what]),),
    )
    text = render([problem], style)
    assert all(one.isprintable() or one == "\n" for one in text)
    assert text.encode()


def test_markup_in_a_value_is_escaped_in_html() -> None:
    problem = Problem(code="DF-N104", message="<script>alert(1)</script>", context={"given": '"><img src=x>'})
    text = render([problem], "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<img" not in text
    assert "<script" not in text


def test_markup_of_the_terminal_s_library_is_shown_as_it_is() -> None:
    problem = Problem(code="DF-N104", message="[red]wrong[/red] :smile: [/]", context={"given": "[bold]x"})
    stream = Terminal()
    show(error_of(problem), stream=stream)
    assert "✖ error[DF-N104]: [red]wrong[/red] :smile: [/]" in without_codes(stream.getvalue())
    assert "given: [bold]x" in without_codes(stream.getvalue())


def test_code_of_several_lines_stands_below_its_solution() -> None:
    problem = Problem(
        code="DF-M101",
        message="no key",
        where=Where(call=CallSite("app.py", 3)),
        solutions=(Solution("name it 'id':", "@db.model\nclass User:\n    id: str"), Solution("or read on")),
    )
    assert (
        render([problem], "plain")
        == """\
error[DF-M101]: no key
  --> app.py:3
Solutions
  1. name it 'id':
       @db.model
       class User:
           id: str
  2. or read on
Documentation: dataflow explain DF-M101"""
    )


def test_several_problems_are_headed_by_their_kinds() -> None:
    where = Where(call=CallSite("app.py", 3))
    codes = ("DF-N104", "DF-N102", "DF-N105")
    problems = [Problem(code=code, message=f"about {code}", where=where) for code in codes]
    assert (
        render(problems, "plain")
        == """\
3 problems

Type mismatches (2)

error[DF-N104]: about DF-N104
  --> app.py:3
Documentation: dataflow explain DF-N104

error[DF-N105]: about DF-N105
  --> app.py:3
Documentation: dataflow explain DF-N105

Missing required fields (1)

error[DF-N102]: about DF-N102
  --> app.py:3
Documentation: dataflow explain DF-N102"""
    )
