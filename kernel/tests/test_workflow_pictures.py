"""Pictures of workflows."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow
from dataflow.workflows.layout import laid_out
from dataflow.workflows.pictures import StepState
from dataflow.workflows.workflow import Workflow


@pytest.fixture
def workflow() -> Workflow:
    # without plugins, so that the kernel draws
    db = DataFlow.testing()

    @db.model
    class User:
        id: str
        name: str
        age: int | None = None

    workflow = db.workflow("sign <up>")
    workflow.add_input("name", str)
    with workflow.transaction("tx"):
        workflow.add_node("UserCreateNode", "create", {"id": "u1"})
    workflow.add_connection("inputs", "name", "create", "name")
    workflow.add_node("UserReadNode", "read", timeout_s=1.5)
    workflow.add_connection("create", "id", "read", "id")
    workflow.add_node("SwitchNode", "route", {"cases": {"adult <18>": {"$gte": 18}}})
    workflow.add_connection("read", "age", "route", "value")
    workflow.add_node("MergeNode", "merge")
    workflow.add_connection("route", "adult <18>", "merge", "a")
    workflow.add_node("UserCountNode", "count", after=["read"], retry=2)
    return workflow.build()


def test_mermaid(workflow: Workflow) -> None:
    assert workflow.to_mermaid() == (
        "flowchart TD\n"
        '    inputs_(["inputs: name"])\n'
        '    subgraph n0_frame ["transaction tx"]\n'
        '        n0(["tx<br/>TransactionScopeNode"])\n'
        '        n1["create<br/>UserCreateNode"]\n'
        "    end\n"
        '    n2["read<br/>UserReadNode, 1.5 s"]\n'
        '    n3{"route<br/>SwitchNode"}\n'
        '    n4["count<br/>UserCountNode, 2 attempts"]\n'
        '    n5["merge<br/>MergeNode"]\n'
        '    inputs_ -->|"name → data.name"| n1\n'
        '    n1 -->|"id"| n2\n'
        '    n2 -->|"age → value"| n3\n'
        '    n3 -->|"adult #lt;18#gt; → a"| n5\n'
        "    n2 -.-> n4\n"
    )


def test_mermaid_of_a_run(workflow: Workflow) -> None:
    text = workflow.to_mermaid(
        {"create": StepState("ok", 0.618), "read": StepState("failed", 1), "merge": StepState("skipped")}
    )
    assert 'n1["create<br/>UserCreateNode<br/>ok 0.62 ms"]' in text
    assert "    class n2 failed\n" in text
    assert "    class n5 skipped\n" in text


def _texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_svg_is_well_formed_and_names_everything(workflow: Workflow) -> None:
    texts = _texts(workflow.to_svg())
    for text in (
        "inputs",
        "tx",
        "create",
        "UserCreateNode in tx",
        "UserCountNode, 2 attempts",
        "route",
        "adult <18> → a",
        "name → data.name",
    ):
        assert text in texts


def test_svg_of_a_run_shows_status_and_time(workflow: Workflow) -> None:
    svg = workflow.to_svg({"create": StepState("ok", 0.618), "merge": StepState("skipped")})
    assert "ok 0.62 ms" in _texts(svg)
    assert 'class="box skipped"' in svg


def test_svg_needs_nothing_else(workflow: Workflow) -> None:
    svg = workflow.to_svg()
    assert svg.count("http") == svg.count("http://www.w3.org/2000/svg") == 1
    assert "<script" not in svg


def test_show_gives_text_outside_a_notebook(workflow: Workflow) -> None:
    assert workflow.show() == workflow.to_mermaid()
    assert workflow._repr_svg_() == workflow.to_svg()


@st.composite
def drawings(draw: st.DrawFn) -> tuple[dict[str, float], list[tuple[str, str]]]:
    size = draw(st.integers(1, 10))
    widths = {f"s{number}": draw(st.floats(20, 300)) for number in range(size)}
    pairs = [(f"s{one}", f"s{other}") for one in range(size) for other in range(one + 1, size)]
    return widths, draw(st.lists(st.sampled_from(pairs), max_size=15, unique=True)) if pairs else []


@given(drawings())
def test_boxes_do_not_touch_and_ways_lead_down(drawing: tuple[dict[str, float], list[tuple[str, str]]]) -> None:
    widths, edges = drawing
    layout = laid_out(widths, edges)
    boxes = list(layout.boxes.values())
    for number, box in enumerate(boxes):
        assert box.x >= 0
        assert box.x + box.width <= layout.width
        assert box.y + box.height <= layout.height
        for other in boxes[number + 1 :]:
            assert box.y != other.y or box.x + box.width < other.x or other.x + other.width < box.x
    for (source, target), route in zip(edges, layout.routes, strict=True):
        assert route[0][1] == layout.boxes[source].y + layout.boxes[source].height
        assert route[-1][1] == layout.boxes[target].y
        assert all(upper[1] < lower[1] for upper, lower in pairwise(route))
