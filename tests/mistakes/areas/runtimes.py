"""The wrong runtime, or the right one in a wrong way."""

from tests.mistakes.areas.programs import RUN, SEEDED, SEEDED_WORKFLOW, USER, WORKFLOW
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "runtimes"

COUNT = 'workflow.add_node("UserCountNode", "count")\n'
ASYNC = WORKFLOW.replace("import DataFlow,", "import AsyncLocalRuntime, DataFlow,")

MISTAKES = (
    Mistake(
        id="builder-instead-of-workflow",
        before=WORKFLOW + COUNT,
        wrong="""
with LocalRuntime() as runtime:
    results, run_id = runtime.execute(workflow)
""",
        code="DF-W116",
        stage="before execution",
        cure=Solution("runtime.execute(workflow)", 1),
    ),
    Mistake(
        id="name-instead-of-workflow",
        before=WORKFLOW + COUNT,
        wrong="""
with LocalRuntime() as runtime:
    results, run_id = runtime.execute("workflow")
""",
        code="DF-W116",
        stage="before execution",
        cure=Solution('runtime.execute("workflow")', 1),
    ),
    Mistake(
        id="missing-workflow-input",
        before=WORKFLOW
        + """\
workflow.add_input("name", str)
workflow.add_node("UserCreateNode", "create", {"id": "u1"})
workflow.add_connection("inputs", "name", "create", "name")
workflow = workflow.build()
runtime = LocalRuntime()
""",
        wrong="runtime.execute(workflow)\n",
        after="runtime.close()\n",
        code="DF-W114",
        stage="before execution",
        cure=Solution("runtime.execute(workflow)", 1, {"...": '"Alice"'}),
    ),
    Mistake(
        id="misspelt-workflow-input",
        before=WORKFLOW
        + """\
workflow.add_input("name", str, default="Bob")
workflow.add_node("UserCreateNode", "create", {"id": "u1"})
workflow.add_connection("inputs", "name", "create", "name")
runtime = LocalRuntime()
""",
        wrong='results, _ = runtime.execute(workflow.build(), inputs={"nmae": "Alice"})\n',
        after='runtime.close()\nassert results["create"]["name"] == "Alice"\n',
        code="DF-W114",
        stage="before execution",
    ),
    Mistake(
        id="workflow-input-of-a-wrong-type",
        before=SEEDED_WORKFLOW
        + """\
workflow.add_input("limit", int)
workflow.add_node("UserListNode", "users")
workflow.add_connection("inputs", "limit", "users", "limit")
workflow = workflow.build()
runtime = LocalRuntime()
""",
        wrong='runtime.execute(workflow, inputs={"limit": "many"})\n',
        after="runtime.close()\n",
        code="DF-W114",
        stage="before execution",
        cure=Solution('runtime.execute(workflow, inputs={"limit": "many"})', 1),
    ),
    Mistake(
        id="parameters-as-the-original-has-them",
        before=WORKFLOW + COUNT + "runtime = LocalRuntime()\n",
        wrong='runtime.execute(workflow.build(), parameters={"count": {}})\n',
        after="runtime.close()\n",
        code="DF-X109",
        stage="before execution",
        cure=Solution(
            'runtime.execute(workflow.build(), parameters={"count": {}})',
            1,
            {"workflow": "workflow.build()", '{"name": ...}': "{}"},
        ),
    ),
    Mistake(
        id="runtime-after-close",
        before=WORKFLOW + COUNT + "workflow = workflow.build()\n",
        wrong="""\
with LocalRuntime() as runtime:
    pass
runtime.execute(workflow)
""",
        code="DF-X104",
        stage="before execution",
        cure=Solution("runtime.execute(workflow)", 1, {"...": "runtime.execute(workflow)"}),
    ),
    Mistake(
        id="instance-after-close",
        before=USER,
        wrong="db.sync.close()\ndb.sync.ping()\n",
        code="DF-X104",
        stage="before execution",
        cure=Solution("db.sync.close()", 1, {"...": ""}),
    ),
    Mistake(
        id="sync-call-in-its-own-loop",
        before=SEEDED_WORKFLOW.replace("import DataFlow,", "import AsyncLocalRuntime, DataFlow,"),
        wrong="""\
runtime = LocalRuntime()
inner = db.workflow()
inner.add_node("UserCountNode", "count")
inner = inner.build()


@db.node
async def nested() -> int:
    results, _ = runtime.execute(inner)
    return results["count"]["count"]


workflow.add_node("nested", "nested")
runtime.execute(workflow.build())
""",
        after="runtime.close()\n",
        code="DF-X105",
        stage="run",
        late="the function that does it is a node, and runs when the workflow does",
        cure=Solution("runtime.execute(inner)", 1, {"workflow)": "inner)"}),
    ),
    Mistake(
        id="await-forgotten",
        before=SEEDED,
        wrong='user = db.User.read("u1")\n',
        after='print(user["name"])\n',
        code="DF-X110",
        stage="before execution",
        cure=Solution('db.User.read("u1")', 2),
    ),
    Mistake(
        id="await-forgotten-in-a-coroutine",
        before="import asyncio\n\n" + SEEDED,
        wrong="""\
async def main():
    user = db.User.read("u1")
    print(user["name"])


asyncio.run(main())
""",
        code="DF-X110",
        stage="before execution",
        cure=Solution('db.User.read("u1")', 1),
    ),
    Mistake(
        id="await-forgotten-and-nothing-used",
        before="import asyncio\n\n" + SEEDED,
        wrong="""\
async def main():
    db.User.update("u1", {"name": "Bob"})


asyncio.run(main())
""",
        after='assert db.sync.User.read("u1")["name"] == "Bob"\n',
        code="DF-X110",
        stage="before execution",
        cure=Solution('db.User.update("u1", {"name": "Bob"})', 1),
    ),
    Mistake(
        id="await-of-a-run-forgotten",
        before="import asyncio\n\n" + ASYNC + COUNT + "workflow = workflow.build()\n",
        wrong="""\
async def main():
    runtime = AsyncLocalRuntime()
    results, run_id = runtime.execute_workflow_async(workflow)
    return results["count"]


asyncio.run(main())
""",
        code="DF-X110",
        stage="before execution",
        cure=Solution("runtime.execute_workflow_async(workflow)", 1),
    ),
    Mistake(
        id="truth-of-a-call-not-awaited",
        before="import asyncio\n\n" + SEEDED,
        wrong="""\
async def main():
    if db.User.count() > 5:
        print("many")


asyncio.run(main())
""",
        code="DF-X110",
        stage="before execution",
        cure=Solution("db.User.count()", 1),
    ),
    Mistake(
        id="with-instead-of-async-with",
        before="import asyncio\n\n" + SEEDED,
        wrong="""\
async def main():
    with db.transaction():
        await db.User.update("u1", {"name": "Bob"})


asyncio.run(main())
""",
        code="DF-X110",
        stage="before execution",
        cure=Solution("with db.transaction():", 1),
    ),
    Mistake(
        id="negative-concurrency",
        before=WORKFLOW + COUNT,
        wrong="runtime = LocalRuntime(max_concurrency=-1)\n",
        after="runtime.execute(workflow.build())\nruntime.close()\n",
        code="DF-X109",
        stage="before execution",
    ),
    Mistake(
        id="listener-that-is-none",
        before=WORKFLOW + COUNT + "runtime = LocalRuntime()\nworkflow = workflow.build()\n",
        wrong='runtime.execute(workflow, on_event="print")\n',
        after="runtime.close()\n",
        code="DF-X109",
        stage="before execution",
        cure=Solution('runtime.execute(workflow, on_event="print")', 1),
    ),
    Mistake(
        id="function-node-that-raises",
        before=WORKFLOW
        + """

@db.node
def ratio(part: int, whole: int) -> float:
    return part / whole


""",
        wrong='workflow.add_node("ratio", "share", {"part": 1, "whole": 0})\n' + RUN,
        code="DF-X101",
        stage="run",
        late="it is the application's own code that raises",
        cure=Outside(
            "let the code handle it",
            before=WORKFLOW
            + """

@db.node
def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


""",
        ),
    ),
    Mistake(
        id="read-of-an-id-that-is-not-there",
        before=WORKFLOW,
        wrong='workflow.add_node("UserReadNode", "read", {"id": "nobody"})\n' + RUN,
        code="DF-X102",
        stage="run",
        late="only the database knows the records",
        cure=Outside(
            "raise_on_not_found=False",
            wrong='workflow.add_node("UserReadNode", "read", {"id": "nobody", "raise_on_not_found": False})\n' + RUN,
        ),
    ),
    Mistake(
        id="step-slower-than-its-limit",
        before="import asyncio\n\n"
        + WORKFLOW
        + """

@db.node
async def slow() -> int:
    await asyncio.sleep(0.5)
    return 1


""",
        wrong='workflow.add_node("slow", "slow", timeout_s=0.01)\n' + RUN,
        code="DF-X106",
        stage="run",
        late="time passes while it runs",
        cure=Solution("timeout_s=0.01", 1, {"add_node(..., timeout_s=...)": "timeout_s=60"}),
    ),
)
