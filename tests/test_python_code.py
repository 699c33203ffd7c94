"""Python code nodes: inputs and outputs are what Python itself takes for read and bound."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from dataflow import DataFlow, LocalRuntime, WorkflowBuildError
from dataflow.nodes.utility.code_names import names_of

CASES = [
    ("total = price * count", ("price", "count"), ("total",)),
    ("def f(a=price):\n    return a\nout = f()", ("price",), ("out",)),
    ("f = lambda a=price: a", ("price",), ("f",)),
    ("def f(a: Hint) -> Other: return a", ("Other", "Hint"), ()),
    ("@decorated\ndef f(): ...", ("decorated",), ()),
    ("x: int = x + 1", ("x",), ("x",)),
    ("x: int\ny = x", ("x",), ("y",)),
    ("(y := y + 1)", ("y",), ("y",)),
    ("z = [q := i for i in range(3)]\nout = q", (), ("q", "z", "out")),
    ("def a():\n    return b()\ndef b():\n    return 3\nout = a()", (), ("out",)),
    ("def a():\n    return rate\nrate = 3\nout = a()", (), ("rate", "out")),
    ("def f():\n    def g():\n        return a\n    a = 1\n    return g()\nout = f()", (), ("out",)),
    ("match v:\n    case {'a': q, **rest}: out = q\n    case [h, *t]: out = h", ("v",), ("q", "rest", "out", "h", "t")),
    ("class A(Base):\n    y = 1\n    def m(self):\n        return y + add\nout = A().m()", ("Base", "y", "add"), ("out",)),
    ("try:\n    1 / n\nexcept Wrong as e:\n    out = str(e)", ("n", "Wrong"), ("out",)),
    ("out = [x for x in xs]\nk = [y * x for y in xs]", ("xs", "x"), ("out", "k")),
    ("x += 1", ("x",), ("x",)),
    ("y = x\ndel x", ("x",), ("y",)),
    ("import os.path\n_hidden = 1\nout = os.path.join('a')", (), ("out",)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "inputs", "outputs"), CASES)
def test_names(code: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    names = names_of(code)
    assert (sorted(names.inputs), names.outputs) == (sorted(inputs), outputs)


@pytest.mark.parametrize(
    ("code", "optional"),
    [
        ("out = id + 1", ("id",)),
        ("from math import *\nout = sqrt(4)", ("sqrt",)),
        ("def f():\n    global total\n    total += 1\nf()", ("total",)),
    ],
)
def test_names_that_may_be_there_without_being_given(code: str, optional: tuple[str, ...]) -> None:
    names = names_of(code)
    assert (names.inputs, names.optional) == ((), optional)


def run(code: str, **params: Any) -> Any:
    workflow = DataFlow().workflow()
    workflow.add_node("PythonCodeNode", "code", {"code": textwrap.dedent(code), **params})
    with LocalRuntime() as runtime:
        return runtime.execute(workflow.build())[0]["code"]


def test_name_that_python_has_too_may_be_given_and_left_out() -> None:
    assert run("kind = type\nfirst = min(values)", values=[2, 1], type="order") == {"kind": "order", "first": 1}
    assert run("first = min(values)", values=[2, 1]) == {"first": 1}


def test_helper_may_stand_below_its_user() -> None:
    code = """
        def total():
            return sum(map(taxed, prices))

        def taxed(price):
            return price * rate

        rate = 2
        result = total()
    """
    assert run(code, prices=[1, 2])["result"] == 6


def test_code_that_is_too_much_for_the_parser_is_refused() -> None:
    with pytest.raises(WorkflowBuildError) as caught:
        run("x = " + "+".join(["1"] * 50_000))
    assert [one.code for one in caught.value.problems] == ["DF-N118"]
