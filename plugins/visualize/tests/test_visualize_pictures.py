"""What pictures show, and that nothing a user writes breaks one."""

from __future__ import annotations

import re
import runpy
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow, LocalRuntime, NodeFailed, Workflow, WorkflowBuilder
from dataflow.diagnostics import CallSite, DataFlowError, Problem
from dataflow.diagnostics.callsite import displayed
from dataflow_visualize import Recording, draw
from dataflow_visualize.dot import dot
from dataflow_visualize.layout import laid_out
from dataflow_visualize.measures import shape_of
from dataflow_visualize.mermaid import mermaid
from dataflow_visualize.picture import Arrow, Family, Node, Picture
from dataflow_visualize.report import report
from dataflow_visualize.svg import svg

SVG = "{http://www.w3.org/2000/svg}"
SECRET = "hunter2-tr0ub4dor"


def builder_of(file: Path) -> WorkflowBuilder:
    found: WorkflowBuilder = runpy.run_path(str(file))["checkout"]
    return found


def texts_of(picture: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def nodes_of(picture: str) -> list[str]:
    return [one.get("data-node", "") for one in ElementTree.fromstring(picture).iter(f"{SVG}g") if one.get("data-node")]


def test_every_step_is_drawn_once_with_its_type_and_parameters(shop: Path) -> None:
    workflow = builder_of(shop).build()
    picture = draw(workflow).to_svg()
    assert sorted(nodes_of(picture)) == sorted(["inputs", *workflow.steps])
    texts = texts_of(picture)
    for text in (
        "CustomerCreateNode",
        "state: 'open'",
        "big: {'$gte': 40}",
        "isolation_level: 'SERIALIZABLE'",
        "name → data.name",
        "big → total",
        "OrderListNode, 3 attempts",
        "label, for each of order",
        "price, 5 s",
    ):
        assert text in texts


@pytest.mark.parametrize("name", ["svg", "mmd", "dot", "html"])
def test_no_format_shows_a_secret(shop: Path, broken: Path, name: Any) -> None:
    for file in (shop, broken):
        text = draw(builder_of(file)).as_text(name)
        assert SECRET not in text
        assert "***" in text


def test_scopes_and_sub_workflows_are_frames_around_their_steps() -> None:
    db = DataFlow()

    @db.model
    class User:
        id: int

    inner = db.workflow("inner")
    inner.add_node("UserCreateNode", "create")
    with inner.transaction("tx"):
        inner.add_node("UserCreateNode", "other")
    outer = db.workflow("outer")
    with outer.transaction("all"):
        outer.add_workflow(inner, "signup")
    outer.add_workflow(inner, "again")
    parents = {node.id: node.parent for node in draw(outer).picture.nodes}
    assert parents == {
        "all": None, "signup": "all", "signup.create": "signup", "signup.tx": "signup", "signup.other": "signup.tx",
        "again": None, "again.create": "again", "again.tx": "again", "again.other": "again.tx",
    }  # fmt: skip


def test_mistakes_are_drawn_at_their_nodes(broken: Path) -> None:
    drawing = draw(builder_of(broken))
    assert {one.code for one in drawing.picture.all_problems} == {"DF-W104", "DF-N102", "DF-N103", "DF-N106", "DF-W107"}
    root = ElementTree.fromstring(drawing.to_svg())
    wrong = [one for one in root.iter(f"{SVG}g") if "wrong" in (one.get("class") or "").split()]
    (second,) = (one for one in wrong if one.get("data-node") == "second")
    title = second.find(f"{SVG}title")
    assert title is not None
    assert "DF-N103 unknown field 'totl' of Order" in (title.text or "")
    badge = [one.text for one in second.iter(f"{SVG}text") if one.get("class") == "mark"]
    assert len(badge) == 1
    assert re.fullmatch(r"DF-[A-Z]\d{3} \+\d", badge[0] or "")
    ways = [one.get("class") for one in root.iter(f"{SVG}path") if "way" in (one.get("class") or "")]
    # the misspelt output, and the way that closes the circle
    assert ways.count("way broken") == 2


def test_a_run_shows_states_and_timings(shop: Path) -> None:
    workflow = builder_of(shop).build()
    recording = Recording()
    with LocalRuntime() as runtime:
        runtime.execute(workflow, inputs={"name": "Ada", "items": [3]}, on_event=recording.note)
    drawing = draw(workflow, recording)
    states = {node.id: node.state.status for node in drawing.picture.nodes if node.state is not None}
    # 3 is not big: that branch was not taken
    assert {name for name, status in states.items() if status == "skipped"} == {"thanks"}
    assert states.keys() == workflow.steps.keys()
    assert [bar.step for bar in drawing.bars] == sorted(
        (bar.step for bar in drawing.bars), key=lambda step: next(b.start_ms for b in drawing.bars if b.step == step)
    )
    page = drawing.to_html()
    assert page.count('class="bar ok"') == len(workflow.steps) - 1
    assert sum(text.startswith("ok ") for text in texts_of(drawing.to_svg())) == len(workflow.steps) - 1


def test_a_failed_run_shows_why_at_its_node(shop: Path) -> None:
    workflow = builder_of(shop).build()
    recording = Recording()
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as failure:
        runtime.execute(workflow, inputs={"name": "Ada", "items": ["a"]}, on_event=recording.note)
    drawing = draw(workflow, recording, failure.value)
    (price,) = (node for node in drawing.picture.nodes if node.id == "price")
    assert price.state is not None
    assert (price.state.status, [one.code for one in price.problems]) == ("failed", ["DF-X101"])
    assert 'class="bar failed"' in drawing.to_html()


def test_a_drawing_is_saved_in_the_format_of_its_ending(shop: Path, tmp_path: Path) -> None:
    drawing = draw(builder_of(shop))
    beginnings = {"svg": "<svg ", "mmd": "flowchart TD\n", "dot": "digraph ", "html": "<!DOCTYPE html>"}
    for ending, beginning in beginnings.items():
        assert drawing.save(tmp_path / f"flow.{ending}").read_text().startswith(beginning)


def test_an_ending_that_is_no_format_is_refused(shop: Path) -> None:
    drawing = draw(builder_of(shop))
    with pytest.raises(DataFlowError) as refused:
        drawing.save("flow.sgv")
    line = CallSite.here().line - 1
    assert str(refused.value) == (
        "error[DF-W119]: no picture has the ending '.sgv'\n"
        f"  --> {displayed(__file__)}:{line}:9\n"
        f'  {line} |         drawing.save("flow.sgv")\n'
        f"  {' ' * len(str(line))} |         ^\n"
        "Context\n"
        "  operation: draw\n"
        "  file: flow.sgv     known: .html, .svg, .mmd, .dot\n"
        "Root cause\n"
        "  the ending of a file's name chooses the format of the picture\n"
        "Solutions\n"
        '  1. name it by one of them: "flow.svg"\n'
        "Documentation: dataflow explain DF-W119"
    )
    assert not Path("flow.sgv").exists()


def test_notebooks_show_the_picture_above_the_inspection(shop: Path, broken: Path) -> None:
    for file in (shop, broken):
        builder = builder_of(file)
        app = builder.draft.app
        assert app is not None
        shown = app.inspect_workflow(builder)._repr_html_()
        assert shown.index('data-node="customer"') < shown.index("workflow checkout: ")
        assert SECRET not in shown
        assert "_picture" not in app.inspect_workflow(builder).to_dict()


def test_to_svg_is_the_picture_of_the_plugin(shop: Path) -> None:
    workflow: Workflow = builder_of(shop).build()
    assert workflow.to_svg() == workflow._repr_svg_() == draw(workflow).to_svg()


#: anything, also what XML, Mermaid, DOT and HTML mean something by
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["<script>", "]]>", "--", "&amp;", '"', "'", "\\", "\\n", "|", "#", "`", "end", "é中\U0001f600"]
)


FAMILIES: list[Family] = ["read", "branch", "code", "input", "saga", "unknown"]


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    ids = draw(st.lists(TEXTS.filter(bool), min_size=1, max_size=6, unique=True))
    problem = Problem(code="DF-N101", message=draw(TEXTS))
    families = st.sampled_from(FAMILIES)
    nodes = tuple(
        Node(
            id=name,
            type=draw(TEXTS),
            family=draw(families),
            notes=tuple(draw(st.lists(TEXTS, max_size=2))),
            parameters=tuple(draw(st.lists(TEXTS, max_size=3))),
            problems=(problem,) if draw(st.booleans()) else (),
            is_repeated=draw(st.booleans()),
        )
        for name in ids
    )
    arrows = tuple(
        Arrow(source=one, target=other, labels=tuple(draw(st.lists(TEXTS.filter(bool), max_size=6))))
        for one, other in draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=6, unique=True))
    )
    return Picture(name=draw(TEXTS), nodes=nodes, arrows=arrows, problems=(problem,))


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


@given(pictures())
def test_svg_is_well_formed_whatever_the_names(picture: Picture) -> None:
    text = svg(picture)
    assert nodes_of(text) == [_shown(node.id) for node in picture.nodes]
    assert svg(picture) == text
    tags = {one.tag.removeprefix(SVG) for one in ElementTree.fromstring(text).iter()}
    assert tags <= {"svg", "title", "style", "rect", "path", "g", "text"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(pictures())
def test_html_is_well_formed_and_has_no_script_whatever_the_names(picture: Picture) -> None:
    page = _Page()
    page.feed(report([picture], [()]))
    page.close()
    assert page.open == []
    assert "script" not in page.seen


@given(pictures())
def test_mermaid_has_one_line_per_node_and_arrow_whatever_the_names(picture: Picture) -> None:
    lines = [one for one in mermaid(picture).splitlines() if not one.lstrip().startswith(("class ", "classDef "))]
    assert len(lines) == 1 + len(picture.nodes) + len(picture.arrows)
    # all that is a user's stands between two quotes
    assert all(one.count('"') in (0, 2) for one in lines)


#: what the grammar of DOT is made of, as far as it is used
DOT_TOKEN = re.compile(r'\s+|digraph\b|subgraph\b|[A-Za-z_]\w*|\d+|"(?:[^"\\]|\\.)*"|->|[{}\[\]=;,]')


@given(pictures())
def test_dot_is_made_of_its_tokens_whatever_the_names(picture: Picture) -> None:
    text = dot(picture)
    place = 0
    while place < len(text):
        token = DOT_TOKEN.match(text, place)
        assert token is not None, text[place : place + 40]
        place = token.end()
    assert text.count("\n    n") == len(picture.nodes) + len(picture.arrows) + 1  # and the look of all nodes


@given(pictures())
def test_boxes_are_as_wide_as_their_texts(picture: Picture) -> None:
    layout = laid_out({node.id: shape_of(node) for node in picture.nodes}, [])
    for node in picture.nodes:
        assert layout.boxes[node.id].width >= 11 * 0.61 * max(map(len, [node.type, *node.parameters]))
