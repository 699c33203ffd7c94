"""The cases of a switch: names of outputs, and tests that some value can pass."""

from typing import Any

import pytest

from dataflow import DataFlow, LocalRuntime


def problems(cases: dict[Any, Any], **settings: Any) -> list[tuple[str, str]]:
    workflow = DataFlow().workflow()
    workflow.add_node("SwitchNode", "route", {"cases": cases, "value": 1}, **settings)
    return [(one.code, one.message) for one in workflow.validate().errors]


@pytest.mark.parametrize("case", [1, True, None, "", "*", "a.b"])
def test_case_is_the_name_of_an_output(case: object) -> None:
    assert problems({case: 1}) == [("DF-N101", f"case {case!r} of SwitchNode cannot be the name of an output")]


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ({"$in": 5}, "'$in' in case 'a' of SwitchNode takes a list, not 5"),
        ({"$nin": "abc"}, "'$nin' in case 'a' of SwitchNode takes a list, not 'abc'"),
        ({"$null": "no"}, "'$null' in case 'a' of SwitchNode takes True or False, not 'no'"),
        ({"$gt": None}, "'$gt' in case 'a' of SwitchNode takes a value that has an order, not None"),
    ],
)
def test_test_that_could_never_hold_is_refused(test: dict[str, Any], message: str) -> None:
    assert problems({"a": test}) == [("DF-N110", message)]


def test_operators_and_values_do_not_mix() -> None:
    assert problems({"a": {"$gt": 1, "age": 2}}) == [
        ("DF-N101", "case 'a' of SwitchNode mixes operators and values"),
    ]


def test_switch_takes_no_branch_for_each_item() -> None:
    workflow = DataFlow().workflow()
    workflow.add_node("SwitchNode", "route", {"cases": {"a": 1}, "value": [1, 2]}, map_over="value")
    assert [(one.code, one.message) for one in workflow.validate().errors] == [
        ("DF-W112", "'map_over' of 'route' (SwitchNode) has no effect")
    ]


def test_dict_to_compare_with_is_a_value() -> None:
    workflow = DataFlow().workflow()
    workflow.add_node("SwitchNode", "route", {"cases": {"a": {"$eq": {"x": 1}}, "b": {"y": 1}}, "value": {"y": 1}})
    with LocalRuntime() as runtime:
        assert runtime.execute(workflow.build())[0]["route"] == {"b": {"y": 1}}
