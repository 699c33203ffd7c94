"""Functions in workflows: what they are given is what Python has, checked as far as their annotations go."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Optional

import pytest

from dataflow import DataFlow, LocalRuntime, NodeFailed, WorkflowBuildError


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class Order:
        id: int
        total: Decimal
        placed: date

    return db


def run(db: DataFlow, function: Any, **params: Any) -> Any:
    workflow = db.workflow()
    workflow.add_node(function, "call", params)
    with LocalRuntime() as runtime:
        return runtime.execute(workflow.build())[0]["call"]["result"]


def untyped(records):  # type: ignore[no-untyped-def]  # the point of it
    return sum(record["total"] for record in records)


def bare(records: list) -> Decimal:  # type: ignore[type-arg]  # as many write it
    return untyped(records)  # type: ignore[no-any-return, no-untyped-call]


def generic(records: list[dict[str, Any]]) -> Decimal:
    return bare(records)


def optional(records: Optional[list[dict[str, Any]]] = None) -> Decimal:  # noqa: UP045  # as many write it
    return bare(records or [])


@pytest.mark.parametrize("function", [untyped, bare, generic, optional])
def test_function_gets_records_with_all_their_types(db: DataFlow, function: Any) -> None:
    workflow = db.workflow()
    workflow.add_node("OrderCreateNode", "order", {"total": "12.50", "placed": "2026-11-23"})
    workflow.add_node("OrderListNode", "orders", after=["order"])
    workflow.add_node(function, "sum")
    workflow.add_connection("orders", "records", "sum", "records")
    with LocalRuntime() as runtime:
        results, _ = runtime.execute(workflow.build())
    assert results["sum"]["result"] == Decimal("12.5")


def test_value_of_the_annotated_class_comes_as_it_is(db: DataFlow) -> None:
    moment = datetime(2026, 11, 23)
    assert run(db, lambda text: text, text="a\0b") == "a\0b"

    def same(text: str, number: int, when: datetime) -> tuple[str, int, datetime]:
        return text, number, when

    assert run(db, same, text="a\0b", number=2**70, when=moment) == ("a\0b", 2**70, moment)


def test_text_becomes_what_the_annotation_says(db: DataFlow) -> None:
    def day(when: date, amount: Decimal | None = None) -> tuple[date, Decimal | None]:
        return when, amount

    assert run(db, day, when="2026-11-23") == (date(2026, 11, 23), None)
    assert run(db, day, when="2026-11-23", amount="1.5") == (date(2026, 11, 23), Decimal("1.5"))


@pytest.mark.parametrize(
    ("function", "params", "expected"),
    [
        (generic, {"records": 3}, "expected a list"),
        (optional, {"records": {"a": 1}}, "expected a list"),
        (bare, {"records": None}, "expected a list"),
    ],
)
def test_wrong_container_is_found_before_anything_runs(
    db: DataFlow, function: Any, params: dict[str, Any], expected: str
) -> None:
    workflow = db.workflow()
    workflow.add_node(function, "call", params)
    with pytest.raises(WorkflowBuildError, match=expected) as caught:
        workflow.build()
    assert caught.value.code == "DF-N104"


def test_connection_of_a_number_to_a_list_is_found_before_anything_runs(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("OrderCountNode", "many")
    workflow.add_node(generic, "sum")
    workflow.add_connection("many", "count", "sum", "records")
    with pytest.raises(WorkflowBuildError) as caught:
        workflow.build()
    assert caught.value.code == "DF-W106"


def test_input_of_a_workflow_that_is_a_list_holds_whatever_python_has(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_input("rows", list[dict])  # type: ignore[type-arg]  # as many write it
    workflow.add_node(generic, "sum")
    workflow.add_connection("inputs", "rows", "sum", "records")
    built = workflow.build()
    with LocalRuntime() as runtime:
        results, _ = runtime.execute(built, {"rows": [{"total": Decimal(2)}]})
        assert results["sum"]["result"] == 2
        with pytest.raises(Exception, match="rows") as caught:
            runtime.execute(built, {"rows": [3]})
    assert not isinstance(caught.value, NodeFailed)
