"""What can be seen of an instance, as text and as data."""

import io
import json
import subprocess
import sys
from typing import Any

import pytest
from rich.console import Console

from dataflow import DataFlow, DataFlowError, ModelError, Q, Workflow, WorkflowBuilder, WorkflowError, field, hookimpl
from dataflow.checkups import Diagnosis, passes, warns
from dataflow.diagnostics import Problem, Solution
from dataflow.inspection.report import Report
from dataflow.nodes.node_type import NodeType
from dataflow.operations.operation import Middleware


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
        '  filter       dict        = None  {"age": {"$gte": 18}}  which records, in Mongo form or Q',
        '  transaction  Any | None  = None  ("tx", "start")        the scope to run in',
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
        "  |-- PASS  create (UserCreateNode)",
        "  |       +  id     =  'u1'",
        "  |       +  email  =  'a@example.com'",
        "  `-- FAIL  read (UserReadNode)",
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
    assert "  |       !  email  =  3" in str(db.inspect_workflow(workflow)).splitlines()
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


def reports(db: DataFlow) -> list[Report]:
    """One inspection of every kind."""
    workflow = db.workflow("<b>")
    workflow.add_node("UserReadNode", "read", {"id": "${x.id}"})
    workflow.add_connection("nobody", "id", "read", "id")
    found = db.inspect_workflow(workflow)
    return [
        db.models,
        db.nodes,
        db.inspect_model("User"),
        db.inspect_model("User").fields[0],
        db.inspect_node("UserUpsertNode"),
        db.inspect_node("UserUpsertNode").parameters[0],
        found,
        found.steps[0],
        found.connection_issues[0],
        db.connection_pools.inspect(),
        db.schema_cache.inspect(),
        db.plugins.inspect(),
        db.plugins.inspect().loaded[0],
        db.sync.explain("User", {"email": "<i>[red]"}),
        Diagnosis((passes("fine"), warns(Problem(code="DF-X112", message="<u>", solutions=[Solution("cure [b]")])))),
    ]


def test_every_inspection_is_shown_in_a_terminal_in_a_notebook_and_as_data(db: DataFlow) -> None:
    for report in reports(db):
        assert json.loads(json.dumps(report.to_dict()))
        html = report._repr_html_()
        assert "<table>" in html
        assert not any(tag in html for tag in ("<b>", "<i>", "<u>"))
        with (console := Console(width=200, file=io.StringIO())).capture() as shown:
            console.print(report)
        text = shown.get()
        assert text.strip()
        assert str(report).strip()
    db.sync.close()


def test_a_terminal_takes_no_markup_from_what_is_shown(db: DataFlow) -> None:
    report = Diagnosis((passes("[red]fine[/red]"),))
    with (console := Console(width=200, file=io.StringIO())).capture() as shown:
        console.print(report)
    assert "[red]fine[/red]" in shown.get()


def test_no_inspection_loads_rich() -> None:
    program = (
        "import sys; from dataflow import DataFlow; from dataflow.checkups import diagnose; db = DataFlow(); "
        "str(db.plugins.inspect()); db.nodes._repr_html_(); print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_models_and_nodes_are_mappings_that_name_the_nearest(db: DataFlow) -> None:
    assert (list(db.models), len(db.models), "User" in db.models, db.models.get("Usr")) == (["User"], 1, True, None)
    assert (repr(db.models), str(db.models).splitlines()[0]) == ("<Models User>", "models")
    with pytest.raises(KeyError) as unknown_model:
        db.models["Usr"]
    with pytest.raises(KeyError) as unknown_node:
        db.nodes["UserCoutNode"]
    told = [error.value for error in (unknown_model, unknown_node)]
    assert [str(one).splitlines()[0] for one in told] == [
        "error[DF-M120]: 'Usr' is not a model of this instance; did you mean 'User'?",
        "error[DF-W101]: unknown node type 'UserCoutNode'; did you mean 'UserCountNode'?",
    ]
    assert isinstance(told[0], ModelError)
    assert isinstance(told[1], WorkflowError)


def test_connection_issues_come_with_the_line_that_mends_them(db: DataFlow) -> None:
    workflow = db.workflow("signup")
    workflow.add_node("UserCreateNode", "create", {"id": "u1", "email": "a@example.com"})
    workflow.add_node("UserReadNode", "read", {})
    workflow.add_connection("create", "idd", "read", "id")
    workflow.add_connection("create", "email", "raed", "id")
    found = db.inspect_workflow(workflow).connection_issues
    assert [(one.code, one.mend) for one in found] == [
        ("DF-W104", "workflow.add_connection('create', 'id', 'read', 'id')"),
        ("DF-W103", "workflow.add_connection('create', 'email', 'read', 'id')"),
    ]


def test_what_is_no_workflow_is_a_coded_error(db: DataFlow) -> None:
    with pytest.raises(WorkflowError, match="a str is no workflow") as caught:
        db.inspect_workflow("signup")  # type: ignore[arg-type]  # what is tested
    assert caught.value.code == "DF-W116"


class Drawing:
    """Draws by itself."""

    def __init__(self, picture: str | None) -> None:
        self.picture = picture
        self.asked = 0

    @hookimpl
    def dataflow_picture(self, workflow: Workflow | WorkflowBuilder) -> str | None:
        self.asked += 1
        return self.picture and self.picture.format(", ".join(getattr(workflow, "order", ())))


@pytest.mark.parametrize(("picture", "shown"), [("<svg>{}</svg>", "<svg>count</svg></div><div"), (None, "<svg xmlns")])
def test_a_notebook_shows_the_latest_plugins_picture(picture: str | None, shown: str) -> None:
    drawing = Drawing(picture)
    db = DataFlow(plugins=[drawing])
    db.model(type("User", (), {"__annotations__": {"id": str}}))
    workflow = db.workflow()
    workflow.add_node("UserCountNode", "count")
    found = db.inspect_workflow(workflow.build())
    assert (str(found).startswith("workflow"), found.to_dict()["name"], drawing.asked) == (True, "workflow", 0)
    html = found._repr_html_()
    assert html.startswith('<div style="overflow-x:auto"><svg')
    assert shown in html
    assert (html.count("<table>"), drawing.asked) == (1, 1)


def test_a_plugin_that_answers_before_the_database_is_asked_leaves_no_plan(db: DataFlow) -> None:
    def around(node: NodeType) -> Middleware:
        async def answer(operation: object) -> dict[str, int]:
            return {"count": 1}

        return lambda execute: answer

    db.hook(around)
    found = db.sync.explain("UserCountNode")
    assert (str(found), found.statements) == ("UserCountNode on sqlite: the database is not asked", ())
    db.sync.close()


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


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (("Usr",), "error[DF-M120]: 'Usr' is not a model of this instance; did you mean 'User'?"),
        (("UserLsitNode",), "error[DF-W101]: unknown node type 'UserLsitNode'; did you mean 'UserListNode'?"),
        (("UserListNode", 3), "error[DF-N101]: the parameters of UserListNode must be a dict, not a int"),
        (
            ("User", {"emial": "x"}),
            "error[DF-N103]: unknown field 'emial' in the filter of User",
        ),
        ((int,), "error[DF-M120]: 'int' is not a model of this instance"),
    ],
)
def test_what_cannot_be_explained_is_told(db: DataFlow, query: tuple[Any, ...], told: str) -> None:
    with pytest.raises(DataFlowError) as caught:
        db.sync.explain(*query)
    assert str(caught.value).splitlines()[0] == told


def test_filters_of_every_form_are_explained(db: DataFlow) -> None:
    given: list[Any] = [{"email": "x"}, lambda user: user.email == "x", Q.email == "x", None]
    assert all(db.sync.explain("User", one).scans == () for one in given)
