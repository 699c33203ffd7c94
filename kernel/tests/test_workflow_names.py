"""Names that do not exist are found at build, with what was probably meant."""

import re
from collections.abc import Callable

import pytest

from dataflow import DataFlow, WorkflowBuilder
from dataflow.diagnostics import Problem


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str
        profile: dict[str, int] | None = None

    return db


@pytest.fixture
def workflow(db: DataFlow) -> WorkflowBuilder:
    workflow = db.workflow()
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
    workflow.add_node("UserListNode", "list")
    workflow.add_node("UserUpdateNode", "update", {"id": "u1", "data": {}})
    return workflow


Only = Callable[[WorkflowBuilder], Problem]


@pytest.fixture
def only() -> Only:
    def only(workflow: WorkflowBuilder) -> Problem:
        (problem,) = workflow.validate().errors
        return problem

    return only


def test_node_type_that_is_nearly_right(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreate", "create", {"id": "u1"})
    problem = only(workflow)
    assert (problem.code, problem.where.node_id) == ("DF-W101", "create")
    assert problem.message == "unknown node type 'UserCreate'; did you mean 'UserCreateNode'?"
    assert [one.code for one in problem.solutions] == ['workflow.add_node("UserCreateNode", "create", ...)']


def test_node_type_with_its_words_in_another_order(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("CreateUserNode", "create")
    assert only(workflow).message == "unknown node type 'CreateUserNode'; did you mean 'UserCreateNode'?"


def test_node_type_of_a_model_that_is_not_registered(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("InvoiceBulkCreateNode", "create")
    problem = only(workflow)
    assert problem.message.startswith("unknown node type 'InvoiceBulkCreateNode'")
    assert "@db.model\nclass Invoice: ..." in [one.code for one in problem.solutions]


def test_model_class_is_not_a_node_type(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node(db.models["User"].cls, "create")
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-W101", "the model class 'User' is not a node type")


def test_something_else_is_not_a_node_type(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node(3, "create")  # type: ignore[arg-type]
    assert only(workflow).message == "3 is not a node type"


@pytest.mark.parametrize(
    ("source", "output", "code", "message", "better"),
    [
        ("creat", "id", "DF-W103", "the source of a connection is unknown: 'creat'; did you mean 'create'?", 'add_connection("create", "id"'),
        ("create", "nam", "DF-W104", "'create' (UserCreateNode) has no output 'nam'; did you mean 'name'?", 'add_connection("create", "name"'),
        ("create", "user.id", "DF-W104", "'create' (UserCreateNode) has no output 'user.id'; did you mean 'id'?", 'add_connection("create", "id"'),
        ("list", "name", "DF-W104", "'list' (UserListNode) has no output 'name'; did you mean 'records.0.name'?", '"records.0.name"'),
        ("list", "records.name", "DF-W104", "'list' (UserListNode) has no output 'records.name': 'records' is a list, whose rows are reached by number", '"records.0.name"'),
        ("list", "records.0.nam", "DF-W104", "'list' (UserListNode) has no output 'records.0.nam': 'records.0' has no 'nam'", '"records.0.name"'),
        ("create", "name.first", "DF-W104", "'create' (UserCreateNode) has no output 'name.first': 'name' is of type str, which has nothing inside", '"name"'),
        ("create", "a..b", "DF-W104", "the output of a connection is a name or a dotted path, not 'a..b'", ""),
        ("inputs", "nme", "DF-W104", "the workflow declares no input 'nme'", 'add_input("nme", str)'),
    ],
)  # fmt: skip
def test_unknown_source(
    workflow: WorkflowBuilder, only: Only, source: str, output: str, code: str, message: str, better: str
) -> None:
    workflow.add_connection(source, output, "update", "data.name")
    problem = only(workflow)
    assert (problem.code, problem.message) == (code, message)
    assert better in (problem.fix.instead or problem.fix.script if problem.fix else "")


@pytest.mark.parametrize(
    ("target", "input", "code", "message", "better"),
    [
        ("updte", "data.name", "DF-W103", "the target of a connection is unknown: 'updte'; did you mean 'update'?", '"update", "data.name"'),
        ("update", "name", "DF-W105", "'update' (UserUpdateNode) has no input 'name'; did you mean 'data.name'?", '"update", "data.name"'),
        ("update", "data.nam", "DF-W105", "'update' (UserUpdateNode) has no input 'data.nam'; did you mean 'data.name'?", '"update", "data.name"'),
        ("list", "name", "DF-W105", "'list' (UserListNode) has no input 'name'; did you mean 'filter.name'?", '"list", "filter.name"'),
        ("list", "fliter", "DF-W105", "'list' (UserListNode) has no input 'fliter'; did you mean 'filter'?", '"list", "filter"'),
        ("list", "", "DF-W105", "the input of a connection is a name or a dotted path, not ''", ""),
    ],
)  # fmt: skip
def test_unknown_target(
    db: DataFlow, only: Only, target: str, input: str, code: str, message: str, better: str
) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read", {"id": "u1"})
    workflow.add_node("UserUpdateNode", "update", {"id": "u1", "data": {"profile": {}}})
    workflow.add_node("UserListNode", "list")
    workflow.add_connection("read", "name", target, input)
    problem = only(workflow)
    assert (problem.code, problem.message) == (code, message)
    assert better in (problem.fix.instead or problem.fix.script if problem.fix else "")


def test_error_of_a_list_says_where_its_rows_are(workflow: WorkflowBuilder, only: Only) -> None:
    workflow.add_connection("list", "rows", "update", "data.name")
    problem = only(workflow)
    assert problem.message == "'list' (UserListNode) has no output 'rows'"
    assert problem.cause == "a list's rows are 'records'"
    assert problem.context["outputs"] == "records, total, next_cursor"


def test_outputs_that_fields_leave_out_are_not_there(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserListNode", "list", {"fields": ["id"]})
    workflow.add_node("UserCreateNode", "create", {"id": "u2"})
    workflow.add_connection("list", "records.0.name", "create", "name")
    assert only(workflow).message == "'list' (UserListNode) has no output 'records.0.name': 'records.0' has no 'name'"


def test_update_by_filter_gives_no_record(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserUpdateNode", "update", {"filter": {"name": "A"}, "data": {"name": "B"}})
    workflow.add_node("UserReadNode", "read")
    workflow.add_connection("update", "id", "read", "id")
    problem = only(workflow)
    assert (problem.code, problem.context["outputs"]) == ("DF-W104", "updated, records")


def test_paths_into_json_are_left_to_the_run(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read", {"id": "u1"})
    workflow.add_node("UserListNode", "list")
    workflow.add_connection("read", "profile.visits", "list", "limit")
    assert workflow.validate().valid


def test_connection_to_an_unknown_node_type_is_not_reported_twice(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCreat", "create", {})
    workflow.add_node("UserReadNode", "read")
    workflow.add_connection("create", "whatever", "read", "id")
    assert only(workflow).code == "DF-W101"


@pytest.mark.parametrize(
    ("id", "message", "better"),
    [
        ("my node", "'my node' cannot be the id of a node: an id is letters, digits, '_' and '-'", '"my_node"'),
        ("a.b", "'a.b' cannot be the id of a node: an id is letters, digits, '_' and '-'", '"a_b"'),
        ("1st", "'1st' cannot be the id of a node: an id is letters, digits, '_' and '-'", '"node_1st"'),
        ("", "'' cannot be the id of a node: an id is letters, digits, '_' and '-'", '"create"'),
        (None, "None cannot be the id of a node: an id is letters, digits, '_' and '-'", '"None"'),
        ("inputs", "'inputs' cannot be the id of a node", '"read_inputs"'),
    ],
)
def test_ids_have_a_form(db: DataFlow, only: Only, id: str, message: str, better: str) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", id)
    problem = only(workflow)
    assert (problem.code, problem.message) == ("DF-W102", message)
    assert [one.code for one in problem.solutions] == [better]


def test_duplicate_id_names_the_first_place(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count")
    workflow.add_node("UserListNode", "count")
    problem = only(workflow)
    first = workflow.draft.nodes[0].call
    assert (problem.code, problem.message) == ("DF-W102", f"two nodes have the id 'count'; the first is at {first}")
    assert problem.where.call == workflow.draft.nodes[1].call


def test_empty_workflow_is_refused(db: DataFlow, only: Only) -> None:
    problem = only(db.workflow("nothing"))
    assert (problem.code, problem.message) == ("DF-W115", "workflow 'nothing' has no nodes")


def test_missing_target_of_a_reference_is_found_at_build(db: DataFlow, only: Only) -> None:
    from dataflow import field

    @db.model
    class Post:
        id: str
        author: str = field(references="Usr.id")

    workflow = db.workflow()
    workflow.add_node("PostCountNode", "count")
    problem = only(workflow)
    assert problem.message == "'Post.author' references model 'Usr', which is not registered; did you mean 'User.id'?"
    assert problem.context["registered"] == "User, Post"


@pytest.mark.parametrize("input", ["id.x", "data.name.first", "*", "data.*"])
def test_path_that_goes_on_behind_a_value_is_no_input(db: DataFlow, input: str) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "source", {"id": "u1"})
    workflow.add_node("UserReadNode" if input == "id.x" else "UserCreateNode", "target", {})
    workflow.add_connection("source", "name", "target", input)
    (problem,) = [one for one in workflow.validate().errors if one.code == "DF-W105"]
    assert f"has no input '{input}'" in problem.message


def test_input_that_takes_no_connection_is_not_offered(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("UserReadNode", "read", {"id": "u1"})
    workflow.add_node("SQLNode", "sql")
    workflow.add_connection("read", "name", "sql", "sql")
    assert workflow.validate().errors[0].message == "'sql' (SQLNode) has no input 'sql'"


def test_place_of_another_call_is_its_file_and_line(db: DataFlow, only: Only) -> None:
    workflow = db.workflow()
    for _ in range(2):
        workflow.add_node("UserCountNode", "count")
    assert re.search(r"the first is at \S*test_workflow_names\.py:\d+$", only(workflow).message)
