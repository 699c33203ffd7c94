"""What the fixes of a workflow are worth: the repaired calls, run as they are printed, build."""

from collections.abc import Iterator

import pytest

from dataflow import DataFlow, WorkflowBuilder, WorkflowBuildError, field


@pytest.fixture
def db() -> Iterator[DataFlow]:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str

    @db.model
    class Note:
        id: str
        user_id: str = field(references="User.id")
        title: str
        count: int

    yield db
    db.sync.close()


def refused(workflow: WorkflowBuilder) -> WorkflowBuildError:
    with pytest.raises(WorkflowBuildError) as caught:
        workflow.build()
    return caught.value


def rebuilt(db: DataFlow, name: str, script: str) -> None:
    """Build what a fix script says."""
    flow = db.workflow()
    flow.add_node("UserCreateNode", "create", {"data": {"id": "a", "name": "b"}})
    exec(script, {name: flow})
    flow.build()


def test_a_field_that_does_not_exist_is_told_among_flat_ones_and_left_out_of_the_repaired_call(db: DataFlow) -> None:
    flow = db.workflow()
    flow.add_node("UserUpdateNode", "update", {"id": "u1", "name": "Bob", "age": 3})
    error = refused(flow)
    assert [(one.code, one.message) for one in error.problems] == [
        ("DF-N101", "UserUpdateNode got fields where it takes 'filter' and 'data': 'name'"),
        ("DF-N103", "unknown field 'age' of User"),
    ]
    assert error.fix_script == (
        "flow.add_node('UserUpdateNode', 'update', {'filter': {'id': 'u1'}, 'data': {'name': 'Bob'}})"
    )
    assert error.problems[0].fix is not None
    assert error.problems[0].fix.applicability == "unsafe"
    rebuilt(db, "flow", error.fix_script)


def test_a_template_at_a_misspelt_field_has_one_fix(db: DataFlow) -> None:
    flow = db.workflow()
    flow.add_node("UserCreateNode", "create", {"data": {"id": "a", "name": "b"}})
    flow.add_node("UserListNode", "list", {"filter": {"nmae": "${create.name}"}})
    script = refused(flow).fix_script
    assert script.splitlines() == [
        "flow.add_node('UserListNode', 'list', {'filter': {}})",
        'flow.add_connection("create", "name", "list", "filter.name")',
    ]
    rebuilt(db, "flow", script)


def test_a_misspelt_field_that_is_missing_too_is_connected(db: DataFlow) -> None:
    flow = db.workflow()
    flow.add_node("UserCreateNode", "create", {"data": {"id": "a", "name": "b"}})
    flow.add_node("UserCreateNode", "second", {"data": {"id": "c", "nmae": "${create.name}"}})
    rebuilt(db, "flow", refused(flow).fix_script)


def test_a_template_of_an_unknown_node_says_so_and_connects_nothing(db: DataFlow) -> None:
    flow = db.workflow()
    flow.add_node("UserReadNode", "read", {"id": "${zz.id}"})
    (problem,) = refused(flow).problems
    assert (problem.code, problem.fix) == ("DF-W108", None)
    assert problem.context["unknown node"] == "zz"
    assert problem.solutions[0].text == "add the node and connect it:"


def test_a_template_of_a_misspelt_node_connects_the_closest(db: DataFlow) -> None:
    flow = db.workflow()
    flow.add_node("UserCreateNode", "create", {"data": {"id": "a", "name": "b"}})
    flow.add_node("UserReadNode", "read", {"id": "${craete.id}"})
    script = refused(flow).fix_script
    assert 'flow.add_connection("create", "id", "read", "id")' in script
    rebuilt(db, "flow", script)


@pytest.mark.parametrize("text", ["${create}", "{{create}}"])
def test_a_template_of_a_whole_node_is_its_whole_result(db: DataFlow, text: str) -> None:
    flow = db.workflow()
    flow.add_node("UserCreateNode", "create", {"data": {"id": "a", "name": "b"}})
    flow.add_node("UserCreateNode", "second", {"data": text})
    script = refused(flow).fix_script
    assert script.splitlines()[-1] == 'flow.add_connection("create", "*", "second", "data")'
    rebuilt(db, "flow", script)


def test_a_template_of_a_declared_input_declares_none(db: DataFlow) -> None:
    flow = db.workflow()
    flow.add_input("user_id", str)
    flow.add_node("UserReadNode", "read", {"id": "${user_id}"})
    assert refused(flow).fix_script.splitlines() == [
        "flow.add_node('UserReadNode', 'read', {})",
        'flow.add_connection("inputs", "user_id", "read", "id")',
    ]


class Holder:
    def __init__(self, flow: WorkflowBuilder) -> None:
        self.flow = flow

    def fill(self) -> None:
        self.flow.add_node("UserReadNode", "read", {"id": "${user_id}"})


def test_fixes_call_the_builder_what_the_source_calls_it(db: DataFlow) -> None:
    holder = Holder(db.workflow())
    holder.fill()
    assert refused(holder.flow).fix_script.splitlines()[1:] == [
        'self.flow.add_input("user_id", str)',
        'self.flow.add_connection("inputs", "user_id", "read", "id")',
    ]
    builders = [db.workflow()]
    builders[0].add_node("UserReadNode", "read", {"id": "${user_id}"})
    script = refused(builders[0]).fix_script
    assert script.splitlines()[-1] == 'workflow.add_connection("inputs", "user_id", "read", "id")'


def test_the_ways_out_of_a_missing_field_are_python_to_copy(db: DataFlow) -> None:
    flow = db.workflow()
    flow.add_node("UserCreateNode", "create", {"data": {"name": "Alice"}})
    assert [one.code for one in refused(flow).problems[0].solutions] == [
        '"data": {"id": "user-123", "name": "Alice"}',
        'flow.add_connection("<node>", "id", "create", "id")',
        "id: str = field(default_factory=lambda: str(uuid4()))",
    ]
    flow = db.workflow()
    flow.add_node("NoteCreateNode", "note", {"data": {"id": "n"}})
    assert [one.code for one in refused(flow).problems[0].solutions] == [
        '"data": {"user_id": "user-123", "title": "A title", "count": 42, "id": "n"}',
        'flow.add_connection("<node>", "user_id", "note", "user_id")',
        'user_id: str = ""',
    ]
