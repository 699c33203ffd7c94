"""Errors as data: classes by code, journeys between processes, JSON, names that are nearly right."""

import json
import re
from datetime import date
from multiprocessing.reduction import ForkingPickler
from typing import Any

import pytest

from dataflow.diagnostics import (
    CATALOGUE,
    AdapterError,
    CallSite,
    ConflictError,
    ConstraintError,
    DataFlowError,
    DeadlineExceeded,
    Edit,
    ExecutionError,
    Fix,
    ForeignKeyError,
    NodeError,
    NodeFailed,
    NotFoundError,
    Problem,
    Secret,
    Solution,
    UniqueError,
    UnreachableError,
    Where,
    closest,
    error_of,
)

AREAS = {"C": "ConfigError", "M": "ModelError", "N": "NodeError", "W": "WorkflowError", "X": "ExecutionError",
         "T": "TransactionError", "S": "SchemaError", "G": "MigrationError", "P": "PluginError", "A": "AdapterError"}  # fmt: skip


def problem(code: str = "DF-N104", **more: Any) -> Problem:
    return Problem(code=code, message=f"the message of {code}", **more)


def travelled(error: DataFlowError) -> DataFlowError:
    """The error as another process receives it."""
    received: DataFlowError = ForkingPickler.loads(ForkingPickler.dumps(error))
    return received


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_the_form_of_its_area(code: str) -> None:
    assert re.fullmatch(r"DF-[CMNWXTSGPA][1-9][0-9]{2}", code)
    assert CATALOGUE[code].title
    assert CATALOGUE[code].group
    assert AREAS[code[3]] in [cls.__name__ for cls in type(error_of(problem(code))).__mro__]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("DF-X101", ExecutionError),
        ("DF-X102", NotFoundError),
        ("DF-X103", ConflictError),
        ("DF-X106", DeadlineExceeded),
        ("DF-A101", UniqueError),
        ("DF-A102", ForeignKeyError),
        ("DF-A103", ConstraintError),
        ("DF-A104", ConstraintError),
        ("DF-A116", UnreachableError),
        ("DF-A199", AdapterError),
        ("ACME-1", DataFlowError),
    ],
)
def test_code_decides_the_class(code: str, kind: type[DataFlowError]) -> None:
    assert type(error_of(problem(code))) is kind


def test_first_problem_decides_for_several() -> None:
    error = error_of([problem("DF-N102"), problem("DF-W107")])
    assert type(error) is NodeError
    assert (error.code, error.message) == ("DF-N102", "the message of DF-N102")
    assert error.doc_link == "dataflow explain DF-N102"


def test_problem_without_a_place_gets_the_user_s_line() -> None:
    error = error_of(problem())
    site = error.problems[0].where.call
    assert site is not None
    assert (site.file, site.line) == (
        __file__,
        test_problem_without_a_place_gets_the_user_s_line.__code__.co_firstlineno + 1,
    )


def test_problem_keeps_the_place_it_has() -> None:
    site = CallSite("app.py", 3)
    assert error_of(problem(where=Where(call=site))).problems[0].where.call is site


def test_groups_keep_the_order_of_their_first_problems() -> None:
    error = error_of([problem("DF-N104"), problem("DF-N102"), problem("DF-N105"), problem("ACME-1")])
    assert {group: [one.code for one in members] for group, members in error.groups().items()} == {
        "Type mismatches": ["DF-N104", "DF-N105"],
        "Missing required fields": ["DF-N102"],
        "Plugins": ["ACME-1"],
    }


def test_error_travels_between_processes() -> None:
    error = error_of([problem("DF-A101", context={"field": "email"}, where=Where(model="User")), problem()])
    error.add_note("seen by the test")
    received = travelled(error)
    assert type(received) is UniqueError
    assert received.problems == error.problems
    assert received.__notes__ == ["seen by the test"]
    assert str(received).startswith("2 problems\n\nDatabase (1)\n\nerror[DF-A101]: the message of DF-A101\n  --> ")


def test_failure_of_a_run_travels_with_its_results() -> None:
    error = NodeFailed.of([problem("DF-X101")], node_id="create", run_id="7f3a")
    error.results["read"] = {"id": "u1"}
    error.add_note("the rollback failed too")
    received = travelled(error)
    assert isinstance(received, NodeFailed)
    assert (received.node_id, received.run_id, received.results) == ("create", "7f3a", {"read": {"id": "u1"}})
    assert received.__notes__ == ["the rollback failed too"]


def test_secret_does_not_travel() -> None:
    received = travelled(error_of(problem(context={"given": Secret("hunter2-hunter2")})))
    assert received.context["given"].value == "***"


def test_error_as_data_is_json() -> None:
    site = CallSite("app.py", 3)
    error = error_of(
        problem(
            "DF-N104",
            where=Where(node_id="create", path=("data", 0, "age"), call=site, elapsed_s=0.5),
            context={"given": float("nan"), "when": date(2026, 1, 31), "types": {int}, "rows": ({"a": 1},)},
            cause="because",
            solutions=(Solution("do this:", "x = 1"),),
            fix=Fix("safe", edits=(Edit(("data", 0, "age"), "remove"),)),
            introspection={"parameters": {"age": {"required": True}}},
        )
    )
    data = error.to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data == {
        "error": "NodeError",
        "code": "DF-N104",
        "message": "the message of DF-N104",
        "problems": [
            {
                "code": "DF-N104",
                "message": "the message of DF-N104",
                "group": "Type mismatches",
                "where": {
                    "node_id": "create",
                    "elapsed_s": 0.5,
                    "path": ["data", 0, "age"],
                    "file": "app.py",
                    "line": 3,
                },
                "context": {
                    "given": "nan",
                    "when": "2026-01-31",
                    "types": ["<class 'int'>"],
                    "rows": [{"a": 1}],
                },
                "cause": "because",
                "solutions": [{"text": "do this:", "code": "x = 1"}],
                "fix": {
                    "applicability": "safe",
                    "script": "",
                    "edits": [{"path": ["data", 0, "age"], "action": "remove", "text": ""}],
                    "instead": "",
                },
                "introspection": {"parameters": {"age": {"required": True}}},
            }
        ],
        "fix_script": "",
        "doc_link": "dataflow explain DF-N104",
    }


def test_closest_names_come_best_first_and_in_their_own_case() -> None:
    assert closest("usercreatenode", ["UserReadNode", "UserCreateNode", "Other"])[0] == "UserCreateNode"
    assert closest("emial", ["email", "name"]) == ["email"]
    assert closest("xyz", ["email", "name"]) == []
    assert closest("", ["email"]) == []
    assert closest("name", []) == []
    assert len(closest("field1", [f"field{n}" for n in range(9)], limit=2)) == 2
