"""What can be seen of an instance, as text and as data."""

import json

import pytest

from dataflow import DataFlow, ModelError, WorkflowError, field
from dataflow.inspection.report import Report


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        __dataflow__ = {"timestamps": False}  # noqa: RUF012 - as users write it

        id: str
        email: str = field(unique=True, max_length=80)

    return db


def test_model_shows_its_fields_and_rules(db: DataFlow) -> None:
    found = db.inspect_model("User")
    assert found.defined_at.startswith(__file__)
    assert str(found).splitlines()[1:] == [
        "  id     str  required  primary key",
        "  email  str  required  unique, max_length 80",
    ]
    assert len(found.nodes) == 11


def test_node_shows_its_parameters(db: DataFlow) -> None:
    found = db.inspect_node("UserCountNode")
    assert str(found).splitlines() == [
        "UserCountNode  how many records match",
        "  filter       dict        = None  which records, in Mongo form or Q",
        "  transaction  Any | None  = None  the scope to run in",
        "  outputs count",
    ]
    assert list(db.nodes) == list(db.node_types)


def test_workflow_shows_each_step_and_what_is_wrong(db: DataFlow) -> None:
    workflow = db.workflow("signup")
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "email": "a@example.com"})
    workflow.add_node("UserReadNode", "read", {"id": "${create.id}"})
    found = db.inspect_workflow(workflow)
    assert (found.valid, [step.passes for step in found.steps]) == (False, [True, False])
    assert str(found).splitlines() == [
        "workflow signup: FAIL",
        "  PASS  create (UserCreateNode)",
        "          +  id     =  'u1'",
        "          +  email  =  'a@example.com'",
        "  FAIL  read (UserReadNode)",
        "          !  id  =  '${create.id}'",
        "          ! DF-W108 template '${create.id}' in 'id' of 'read'",
        "  repairs",
        "    workflow.add_node('UserReadNode', 'read', {})",
        '    workflow.add_connection("create", "id", "read", "id")',
    ]


def test_what_a_problem_speaks_of_is_marked(db: DataFlow) -> None:
    workflow = db.workflow("signup")
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "email": 3})
    workflow.add_node("UserReadNode", "read", {})
    workflow.add_connection("create", "idd", "read", "id")
    create, read = db.inspect_workflow(workflow).steps
    assert (create.wrong, read.wrong) == (("email",), ("id",))
    assert "          !  email  =  3" in str(db.inspect_workflow(workflow)).splitlines()
    assert read.passes


def test_pools_show_who_is_at_work(db: DataFlow) -> None:
    assert str(db.connection_pools.inspect()) == (
        "connection pools\n  writer  size 1  active 0  idle 1  waiting 0  healthy"
    )


def test_every_inspection_is_data(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count")
    reports: list[Report] = [
        db.inspect_model("User"),
        db.inspect_node("UserUpsertNode"),
        db.inspect_workflow(workflow.build()),
        db.connection_pools.inspect(),
    ]
    assert all(json.loads(json.dumps(report.to_dict())) for report in reports)


def test_an_unknown_attribute_is_coded_and_still_an_attribute_error(db: DataFlow) -> None:
    with pytest.raises(AttributeError) as caught:
        _ = db.Usr
    assert isinstance(caught.value, ModelError)
    assert (caught.value.code, caught.value.message) == (
        "DF-M120",
        "DataFlow has no attribute or model 'Usr'; did you mean 'User'?",
    )
    assert caught.value.solutions[0].code == "db.User"
    assert not hasattr(db.sync, "Usr")


def test_unknown_names_are_told_with_the_nearest(db: DataFlow) -> None:
    with pytest.raises(ModelError, match="'Usr' is not a model of this instance"):
        db.inspect_model("Usr")
    with pytest.raises(WorkflowError, match="did you mean 'UserCountNode'"):
        db.inspect_node("UserCoutNode")
