"""A misspelt name of something that is required is one mistake, and told as one."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError, LocalRuntime, Problem
from dataflow.diagnostics import misspelt

Refused = Callable[[DataFlow], object]


@pytest.fixture
def db() -> Iterator[DataFlow]:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        email: str
        nickname: str | None = None

    @db.model
    class Login:
        id: str
        password: str
        tries: int

    yield db
    db.sync.close()


def problems_of(db: DataFlow, call: Refused) -> tuple[Problem, ...]:
    with pytest.raises(DataFlowError) as caught:
        call(db)
    return caught.value.problems


def node(name: str, params: dict[str, Any]) -> Refused:
    def build(db: DataFlow) -> object:
        workflow = db.workflow()
        workflow.add_node(name, "one", params)
        return workflow.build()

    return build


WRONG = {"id": "u1", "name": "Alice", "emial": "a@b.c"}
RIGHT = {"id": "u1", "name": "Alice", "email": "a@b.c"}

PATHS: dict[str, Refused] = {
    "flat node": node("UserCreateNode", WRONG),
    "node": node("UserCreateNode", {"data": WRONG}),
    "bulk node": node("UserBulkCreateNode", {"data": [RIGHT, WRONG]}),
    "upsert node": node("UserUpsertNode", {"data": WRONG}),
    "bulk upsert node": node("UserBulkUpsertNode", {"data": [WRONG]}),
    "direct keywords": lambda db: db.sync.User.create(id="u1", name="Alice", emial="a@b.c"),
    "direct dict": lambda db: db.sync.User.create({"id": "u1", "name": "Alice", "emial": "a@b.c"}),
    "direct bulk": lambda db: db.sync.User.bulk_create([{"id": "u1", "name": "Alice", "emial": "a@b.c"}]),
    "direct upsert": lambda db: db.sync.User.upsert({"id": "u1", "name": "Alice", "emial": "a@b.c"}),
    "direct bulk upsert": lambda db: db.sync.User.bulk_upsert([{"id": "u1", "name": "Alice", "emial": "a@b.c"}]),
    "awaited": lambda db: asyncio.run(db.User.create(id="u1", name="Alice", emial="a@b.c")),
}


@pytest.mark.parametrize("path", PATHS)
def test_misspelt_required_field_is_one_problem_on_every_path(db: DataFlow, path: str) -> None:
    (problem,) = problems_of(db, PATHS[path])
    assert (problem.code, problem.message) == ("DF-N103", "unknown field 'emial' of User")
    assert problem.cause == "User has no field of that name, and its 'email' is required and not given"
    assert [(one.text, one.code) for one in problem.solutions] == [("did you mean 'email'?", '"email": "a@b.c"')]
    assert problem.fix is not None
    assert [(edit.action, edit.path[-1], edit.text) for edit in problem.fix.edits] == [("rename", "emial", "email")]


@pytest.mark.parametrize("path", [one for one in PATHS if one.startswith("direct")])
def test_corrected_call_is_the_call_without_the_misspelling(db: DataFlow, path: str) -> None:
    with pytest.raises(DataFlowError) as caught:
        PATHS[path](db)
    script = caught.value.fix_script
    assert "email" in script
    assert "emial" not in script


def test_rest_of_a_record_is_told_with_the_name_that_was_meant(db: DataFlow) -> None:
    missing, managed, unknown = problems_of(
        db, lambda db: db.sync.User.create({"id": "u1", "emial": "a@b.c", "created_at": 1})
    )
    assert (missing.message, unknown.message) == (
        "missing required field of User: 'name'",
        "unknown field 'emial' of User",
    )
    assert missing.solutions[0].code == '"data": {"name": "Alice", "id": "u1", "email": "a@b.c"}'
    assert managed.solutions[0].code == '"data": {"id": "u1", "email": "a@b.c"}'


def test_name_that_is_nearer_to_another_field_is_not_the_missing_one(db: DataFlow) -> None:
    missing, unknown = problems_of(db, lambda db: db.sync.User.create({"id": "u1", "email": "a@b.c", "nickame": "Al"}))
    assert (missing.code, unknown.solutions[0].text) == ("DF-N102", "did you mean 'nickname'?")
    assert missing.solutions[0].code == '"data": {"name": "Alice", "id": "u1", "email": "a@b.c"}'


def test_name_that_is_given_already_is_not_given_twice(db: DataFlow) -> None:
    (problem,) = problems_of(db, lambda db: db.sync.User.create({**RIGHT, "emial": "b@b.c"}))
    assert (problem.code, problem.fix) == ("DF-N103", None)


def test_value_of_a_misspelt_secret_field_is_not_shown(db: DataFlow) -> None:
    with pytest.raises(DataFlowError) as caught:
        db.sync.Login.create(id="u1", passwrd="hunter2", tries="many")
    assert [one.code for one in caught.value.problems] == ["DF-N104", "DF-N103"]
    assert "hunter2" not in str(caught.value)
    assert '"password": ***' in str(caught.value)


def total(net: float, tax: float) -> float:
    return net * (1 + tax)


def function(db: DataFlow) -> object:
    workflow = db.workflow()
    workflow.add_node(total, "total", {"net": 10.0, "taxx": 0.2})
    return workflow.build()


PARAMETERS: dict[str, tuple[Refused, str]] = {
    "function": (function, "unknown parameter 'taxx' of total"),
    "bulk": (node("UserBulkCreateNode", {"dta": [RIGHT]}), "unknown parameter 'dta' of UserBulkCreateNode"),
    "read": (node("UserReadNode", {"idd": "u1"}), "unknown parameter 'idd' of UserReadNode"),
    "update": (
        node("UserUpdateNode", {"fliter": {"id": "u1"}, "data": {"name": "B"}}),
        "unknown parameter 'fliter' of UserUpdateNode",
    ),
    "delete": (node("UserDeleteNode", {"fliter": {"id": "u1"}}), "unknown parameter 'fliter' of UserDeleteNode"),
    "bulk delete": (node("UserBulkDeleteNode", {"idss": ["u1"]}), "unknown parameter 'idss' of UserBulkDeleteNode"),
    "switch": (
        node("SwitchNode", {"valu": 3, "cases": {"adult": {"$gte": 18}}}),
        "unknown parameter 'valu' of SwitchNode",
    ),
    "code": (
        node("PythonCodeNode", {"code": "total = price * 2", "prise": 3}),
        "unknown parameter 'prise' of PythonCodeNode",
    ),
    "sql": (node("SQLNode", {"sqll": "SELECT 1"}), "unknown parameter 'sqll' of SQLNode"),
    "saga": (
        node("TransactionManagerNode", {"transaction_type": "saga", "stepps": []}),
        "unknown parameter 'stepps' of TransactionManagerNode",
    ),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_misspelt_required_parameter_is_one_problem(db: DataFlow, name: str) -> None:
    call, message = PARAMETERS[name]
    assert [(one.code, one.message) for one in problems_of(db, call)] == [("DF-N107", message)]


def test_misspelt_input_of_a_run_is_one_problem(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_input("user_id", str)
    workflow.add_node("UserReadNode", "read")
    workflow.add_connection("inputs", "user_id", "read", "id")
    with LocalRuntime() as runtime, pytest.raises(DataFlowError) as caught:
        runtime.execute(workflow.build(), inputs={"usr_id": "u1"})
    assert [(one.code, one.message) for one in caught.value.problems] == [
        ("DF-W114", "unknown input 'usr_id' of the workflow; did you mean 'user_id'?")
    ]
    assert caught.value.fix_script == "runtime.execute(workflow.build(), inputs={'user_id': 'u1'})"


@pytest.mark.parametrize(
    ("unknown", "missing", "free", "expected"),
    [
        (["emial"], ["email"], [], {"emial": "email"}),
        (["EMAIL"], ["email"], [], {"EMAIL": "email"}),
        (["colour"], ["email"], [], {}),
        # of two, the nearer one
        (["e_mail_old", "emial"], ["email"], [], {"emial": "email"}),
        (["first", "lastname"], ["first_name", "last_name"], [], {"first": "first_name", "lastname": "last_name"}),
        # it stands for what is nearer and need not be given
        (["nickame"], ["name"], ["name", "nickname"], {}),
        ([7], ["email"], [], {}),
        ([], ["email"], [], {}),
        (["emial"], [], ["email"], {}),
    ],
)
def test_pairs_are_nearest_to_each_other(
    unknown: list[object], missing: list[str], free: list[str], expected: dict[str, str]
) -> None:
    assert misspelt(unknown, missing, free) == expected
