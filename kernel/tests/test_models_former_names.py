"""Former names that contradict each other: nothing would tell whether such a rename was done."""

from collections.abc import Callable
from typing import Any

import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import ModelError, Problem


def only(make: Callable[[], object]) -> Problem:
    with pytest.raises(ModelError) as caught:
        make()
    (problem,) = caught.value.problems
    return problem


def registered(*classes: tuple[str, str, str], **fields: str) -> None:
    """Classes of a name, a table and its former one; each has fields with their former names."""
    db = DataFlow("sqlite:///:memory:")
    for name, table, former in classes:
        own: dict[str, Any] = {one: field(renamed_from=old) for one, old in fields.items()}
        options = {"table": table, **({"renamed_from": former} if former else {})}
        db.model(type(name, (), {"__annotations__": {"id": int} | dict.fromkeys(own, str), **own, "__dataflow__": options}))  # fmt: skip


USERS = ("User", "users", "")


@pytest.mark.parametrize(
    ("fields", "circle"),
    [
        ({"first": "last", "last": "first"}, "'first' from 'last' from 'first'"),
        ({"b": "c", "c": "a", "a": "b"}, "'a' from 'b' from 'c' from 'a'"),
    ],
)
def test_fields_that_exchange_their_names_are_refused_once(fields: dict[str, str], circle: str) -> None:
    problem = only(lambda: registered(USERS, **fields))
    assert (problem.code, circle in problem.message) == ("DF-M117", True)
    assert problem.solutions[0].code.startswith(f"{problem.where.field}_new: str = field(renamed_from=")


def test_two_fields_of_one_column_are_refused() -> None:
    problem = only(lambda: registered(USERS, name="title", label="title"))
    assert problem.code == "DF-M117"
    assert problem.message == "field 'label' of User cannot have 'renamed_from='title'': 'name' has it too"


def test_names_that_move_on_are_taken() -> None:
    registered(("User", "users", "people"), ("Person", "people", "persons"), a="b", b="c")


def test_two_models_of_one_former_table_are_refused() -> None:
    problem = only(lambda: registered(("User", "users", "people"), ("Person", "persons", "people")))
    assert problem.code == "DF-M116"
    assert problem.message == "models 'User' and 'Person' both have the former table 'people'"


def test_tables_that_exchange_their_names_are_refused() -> None:
    problem = only(lambda: registered(("User", "users", "people"), ("Person", "people", "users")))
    assert problem.code == "DF-M116"
    assert "'people' of 'Person' is renamed from 'users', which in turn is renamed from it" in problem.message
