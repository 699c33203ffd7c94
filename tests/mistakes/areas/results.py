"""Results used in a way that they do not have."""

from tests.mistakes.areas.programs import RUN, SEEDED, SEEDED_WORKFLOW
from tests.mistakes.mistake import Mistake, Solution

AREA = "results"

LISTED = SEEDED_WORKFLOW + 'workflow.add_node("UserListNode", "users")\n' + RUN
LATE = "the mistake is in what is done with the result"

MISTAKES = (
    Mistake(
        id="first-of-a-list-result",
        before=LISTED,
        wrong='user = results["users"][0]\n',
        after='assert user["name"] == "Alice"\n',
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution('results["users"][0]', 1, {"result": 'results["users"]'}),
    ),
    Mistake(
        id="first-of-a-listed-page",
        before=SEEDED,
        wrong="user = db.sync.User.list()[0]\n",
        after='assert user["name"] == "Alice"\n',
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution("db.sync.User.list()[0]", 1, {"result": "db.sync.User.list()"}),
    ),
    Mistake(
        id="rows-by-the-name-of-the-original",
        before=LISTED,
        wrong='rows = results["users"]["data"]\n',
        after="assert len(rows) == 1\n",
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution('results["users"]["data"]', 1, {"result": 'results["users"]'}),
    ),
    Mistake(
        id="misspelt-node-in-results",
        before=LISTED,
        wrong='page = results["user"]\n',
        after='assert page["total"] == 1\n',
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution('results["user"]', 1, {"result[": "results["}),
    ),
    Mistake(
        id="attribute-of-a-record",
        before=SEEDED,
        wrong='name = db.sync.User.read("u1").name\n',
        after='assert name == "Alice"\n',
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution('db.sync.User.read("u1").name', 1, {"result": 'db.sync.User.read("u1")'}),
    ),
    Mistake(
        id="attribute-of-a-listed-record",
        before=SEEDED,
        wrong='name = db.sync.User.list()["records"][0].name\n',
        after='assert name == "Alice"\n',
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution('db.sync.User.list()["records"][0].name', 1, {"result": 'db.sync.User.list()["records"][0]'}),
    ),
    Mistake(
        id="misspelt-field-of-a-record",
        before=SEEDED,
        wrong='name = db.sync.User.read("u1")["nmae"]\n',
        after='assert name == "Alice"\n',
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution('db.sync.User.read("u1")["nmae"]', 1, {"result": 'db.sync.User.read("u1")'}),
    ),
    Mistake(
        id="attribute-of-a-page",
        before=SEEDED,
        wrong="users = db.sync.User.list().records\n",
        after="assert len(users) == 1\n",
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution("db.sync.User.list().records", 1, {"result": "db.sync.User.list()"}),
    ),
    Mistake(
        id="results-and-run-id-not-unpacked",
        before=SEEDED_WORKFLOW + 'workflow.add_node("UserListNode", "users")\nruntime = LocalRuntime()\n',
        wrong='results = runtime.execute(workflow.build())\nassert results["users"]["total"] == 1\n',
        after="runtime.close()\n",
        code="DF-X111",
        stage="use of a result",
        late=LATE,
        cure=Solution("results = runtime.execute(workflow.build())", 1, {"(workflow)": "(workflow.build())"}),
    ),
)
