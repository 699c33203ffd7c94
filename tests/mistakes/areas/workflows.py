"""Workflows that cannot be built."""

from tests.mistakes.areas.programs import RUN, SEEDED_WORKFLOW, WORKFLOW
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "workflows"

CREATE = 'workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})\n'

FUNCTION = """\


def price(net: int) -> dict:
    return {"total": net * 1.2}


workflow.add_node(price, "price", {"net": 10})
"""

MISTAKES = (
    Mistake(
        id="template-of-the-original",
        before=WORKFLOW + CREATE,
        wrong='workflow.add_node("UserReadNode", "read", {"id": "${create.id}"})\n',
        after=RUN + 'assert results["read"]["name"] == "Alice"\n',
        code="DF-W108",
        stage="build",
    ),
    Mistake(
        id="template-of-jinja",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "{{name}}"}})\n',
        after="""
with LocalRuntime() as runtime:
    runtime.execute(workflow.build(), inputs={"name": "Alice"})
""",
        code="DF-W108",
        stage="build",
    ),
    Mistake(
        id="template-inside-a-filter",
        before=WORKFLOW + CREATE,
        wrong="""\
workflow.add_node("UserUpdateNode", "update", {"filter": {"id": "${create.id}"}, "data": {"name": "Bob"}})
""",
        after=RUN + 'assert results["update"]["updated"] == 1\n',
        code="DF-W108",
        stage="build",
    ),
    Mistake(
        id="misspelt-node-type",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreatNode", "create", {"id": "u1", "name": "Alice"})\n',
        after=RUN,
        code="DF-W101",
        stage="build",
    ),
    Mistake(
        id="node-type-without-node",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreate", "create", {"id": "u1", "name": "Alice"})\n',
        after=RUN,
        code="DF-W101",
        stage="build",
    ),
    Mistake(
        id="node-of-a-model-not-registered",
        before=WORKFLOW,
        wrong='workflow.add_node("CustomerListNode", "customers")\n',
        code="DF-W101",
        stage="build",
        after=RUN,
        cure=Outside(
            "@db.model\nclass Customer",
            before=WORKFLOW.replace("@db.model", "@db.model\nclass Customer:\n    id: str\n\n\n@db.model"),
        ),
    ),
    Mistake(
        id="duplicate-id",
        before=WORKFLOW + CREATE,
        wrong='workflow.add_node("UserCreateNode", "create", {"id": "u2", "name": "Bob"})\n',
        after=RUN,
        code="DF-W102",
        stage="build",
    ),
    Mistake(
        id="id-with-a-dot",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", "create.user", {"id": "u1", "name": "Alice"})\n',
        after=RUN,
        code="DF-W102",
        stage="build",
    ),
    Mistake(
        id="id-and-parameters-swapped",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", {"id": "u1", "name": "Alice"}, "create")\n',
        after=RUN,
        code="DF-W102",
        stage="build",
    ),
    Mistake(
        id="id-left-out",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", {"id": "u1", "name": "Alice"})\n',
        after=RUN,
        code="DF-W102",
        stage="build",
    ),
    Mistake(
        id="missing-input",
        before=WORKFLOW,
        wrong='workflow.add_node("UserReadNode", "read", {})\n',
        code="DF-N116",
        stage="build",
        after="workflow.build()\n",
    ),
    Mistake(
        id="missing-input-of-a-function",
        before=WORKFLOW
        + """

def greet(name: str) -> str:
    return f"Hello, {name}"


""",
        wrong='workflow.add_node(greet, "greet")\n',
        after=RUN,
        code="DF-W109",
        stage="build",
    ),
    Mistake(
        id="misspelt-input-of-a-function",
        before=SEEDED_WORKFLOW
        + """

def greet(name: str) -> str:
    return f"welcome, {name}"


""",
        wrong='workflow.add_node(greet, "greet", {"nmae": "Alice"})\n',
        after=RUN + 'assert results["greet"]["result"] == "welcome, Alice"\n',
        code="DF-N107",
        stage="build",
    ),
    Mistake(
        id="misspelt-case-of-a-switch",
        before=SEEDED_WORKFLOW
        + """

def greet(age: int) -> str:
    return f"welcome at {age}"


workflow.add_node("SwitchNode", "grown", {"value": 30, "cases": {"adult": {"$gte": 18}}})
workflow.add_node(greet, "greet")
""",
        wrong='workflow.add_connection("grown", "adults", "greet", "age")\n',
        after=RUN,
        code="DF-W110",
        stage="build",
    ),
    Mistake(
        id="two-instances-one-name",
        before="""\
from dataflow import DataFlow, LocalRuntime, WorkflowBuilder

live, archive = DataFlow(), DataFlow()


@live.model
@archive.model
class User:
    id: str
    name: str


""",
        wrong="workflow = WorkflowBuilder()\n",
        after='workflow.add_node("UserCountNode", "count")\n' + RUN,
        code="DF-W111",
        stage="build",
        cure=Solution("workflow = WorkflowBuilder()", 1, {"db": "live"}),
    ),
    Mistake(
        id="no-timeout-at-all",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCountNode", "count", timeout_s=0)\n',
        after=RUN,
        code="DF-W112",
        stage="build",
    ),
    Mistake(
        id="retry-as-a-text",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCountNode", "count", retry="twice")\n',
        after=RUN,
        code="DF-W112",
        stage="build",
    ),
    Mistake(
        id="misspelt-setting-of-a-step",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCountNode", "count", timeout=5)\n',
        after=RUN,
        code="DF-W112",
        stage="build",
    ),
    Mistake(
        id="parameters-as-keywords-data",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", "create", data={"id": "u1", "name": "Alice"})\n',
        after=RUN,
        code="DF-W112",
        stage="build",
    ),
    Mistake(
        id="map-over-a-misspelt-parameter",
        before=SEEDED_WORKFLOW
        + """

def greet(user: dict) -> str:
    return f"Hello, {user['name']}"


workflow.add_node("UserListNode", "users")
""",
        wrong="""\
workflow.add_node(greet, "greet", map_over="nmae")
workflow.add_connection("users", "records", "greet", "user")
""",
        after=RUN,
        code="DF-W112",
        stage="build",
        also=(),
    ),
    Mistake(
        id="nothing-in-it",
        before=WORKFLOW,
        wrong="built = workflow.build()\n",
        code="DF-W115",
        stage="build",
        cure=Outside("add_node", wrong=CREATE + "built = workflow.build()\n"),
    ),
    Mistake(
        id="lambda-written-as-data",
        before=WORKFLOW,
        wrong="""\
workflow.add_node(lambda name: name.upper(), "shout", {"name": "Alice"})
text = workflow.build().to_json()
""",
        code="DF-W117",
        stage="before execution",
        cure=Outside(
            "@db.node",
            wrong="""\
@db.node
def shout(name: str) -> str:
    return name.upper()


workflow.add_node("shout", "shout", {"name": "Alice"})
text = workflow.build().to_json()
""",
        ),
    ),
    Mistake(
        id="data-of-no-workflow",
        before=WORKFLOW.replace("import DataFlow,", "import DataFlow, Workflow,"),
        wrong='Workflow.from_dict({"nodes": [{"id": "count", "type": "UserCountNode"}]}, db)\n',
        code="DF-W118",
        stage="build",
        cure=Outside(
            "data = workflow.to_dict()",
            wrong='workflow.add_node("UserCountNode", "count")\nWorkflow.from_dict(workflow.build().to_dict(), db)\n',
        ),
    ),
    Mistake(
        id="code-that-does-not-parse",
        before=WORKFLOW,
        wrong='workflow.add_node("PythonCodeNode", "price", {"code": "total = net * 1.2 +", "net": 10})\n',
        code="DF-N118",
        stage="build",
        after=RUN,
        cure=Outside("add_node(my_function, ...)", wrong=FUNCTION),
    ),
    Mistake(
        id="code-without-code",
        before=WORKFLOW,
        wrong='workflow.add_node("PythonCodeNode", "price", {"source": "total = 1"})\n',
        code="DF-N118",
        stage="build",
        after=RUN,
        cure=Outside("add_node(my_function, ...)", wrong=FUNCTION),
    ),
    Mistake(
        id="code-node-in-production",
        before="""\
from dataflow import DataFlow, LocalRuntime

db = DataFlow.production("sqlite:///app.db")
workflow = db.workflow()
""",
        wrong='workflow.add_node("PythonCodeNode", "price", {"code": "total = 1"})\n',
        code="DF-N118",
        stage="build",
        after=RUN,
        cure=Outside(
            "python_code_nodes=True",
            before="""\
from dataflow import DataFlow, LocalRuntime

db = DataFlow.production("sqlite:///app.db", python_code_nodes=True, silence=["DF-C202"])
workflow = db.workflow()
""",
        ),
    ),
    Mistake(
        id="function-with-many-arguments",
        before=WORKFLOW
        + """

def total(*prices):
    return sum(prices)


""",
        wrong='workflow.add_node(total, "total", {"prices": [3, 4]})\n',
        after=RUN,
        code="DF-N119",
        stage="build",
        cure=Outside(
            "def total(prices)",
            before=WORKFLOW
            + """

def total(prices):
    return sum(prices)


""",
        ),
    ),
    Mistake(
        id="call-instead-of-function",
        before=WORKFLOW
        + """

def total() -> int:
    return 7


""",
        wrong='workflow.add_node(total(), "total")\n',
        after=RUN,
        code="DF-W101",
        stage="build",
        cure=Outside("add_node", wrong='workflow.add_node(total, "total")\n'),
    ),
    Mistake(
        id="empty-statement",
        before=SEEDED_WORKFLOW,
        wrong='workflow.add_node("SQLNode", "ask", {"sql": ""})\n',
        after=RUN,
        code="DF-N120",
        stage="build",
        cure=Solution('{"sql": ""}', 1),
    ),
)
