"""Transactions and sagas."""

from tests.mistakes.areas.programs import RUN, SEEDED, WORKFLOW
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "transactions"
ASYNC = "import asyncio\n\n" + SEEDED

MISTAKES = (
    Mistake(
        id="scope-that-nobody-joins",
        before=WORKFLOW,
        wrong="""\
workflow.add_node("TransactionScopeNode", "tx", {})
workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice"}})
""",
        after=RUN,
        code="DF-T105",
        stage="build",
        cure=Outside(
            'workflow.add_connection("tx", "start", "<node>", "transaction")',
            wrong="""\
workflow.add_node("TransactionScopeNode", "tx", {})
workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice"}})
workflow.add_connection("tx", "start", "create", "transaction")
""",
        ),
    ),
    Mistake(
        id="unknown-isolation",
        before=SEEDED,
        wrong="""\
with db.sync.transaction(isolation="SERIALISABLE"):
    db.sync.User.update("u1", {"name": "Bob"})
""",
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="unknown-isolation-of-a-scope",
        before=WORKFLOW,
        wrong="""\
with workflow.transaction("tx", isolation="serializable read"):
    workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice"}})
""",
        after=RUN,
        code="DF-N104",
        stage="build",
    ),
    Mistake(
        id="write-in-a-read-only-scope",
        before=WORKFLOW,
        wrong="""\
with workflow.transaction("tx", read_only=True):
    workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice"}})
""",
        after=RUN,
        code="DF-T106",
        stage="build",
        cure=Solution('with workflow.transaction("tx", read_only=True):', 1, {" ...": ""}),
    ),
    Mistake(
        id="write-in-a-read-only-transaction",
        before=SEEDED,
        wrong="""\
with db.sync.transaction(read_only=True):
    db.sync.User.update("u1", {"name": "Bob"})
""",
        code="DF-T103",
        stage="before execution",
        cure=Solution("with db.sync.transaction(read_only=True):", 1, {" ...": ""}),
    ),
    Mistake(
        id="transaction-that-has-ended",
        before=ASYNC,
        wrong="""\
async def main():
    async with db.transaction() as tx:
        await db.User.update("u1", {"name": "Bob"})
    await db.User.update("u1", {"age": 31}, transaction=tx)


asyncio.run(main())
""",
        code="DF-T101",
        stage="run",
        late="the statement of the program is the whole coroutine, which has written before",
        cure=Outside(
            "keep everything inside its block",
            wrong="""\
async def main():
    async with db.transaction() as tx:
        await db.User.update("u1", {"name": "Bob"})
        await db.User.update("u1", {"age": 31}, transaction=tx)


asyncio.run(main())
""",
        ),
    ),
    Mistake(
        id="error-swallowed-in-a-transaction",
        before=SEEDED,
        wrong="""\
from dataflow import UniqueError

with db.sync.transaction():
    try:
        db.sync.User.create(id="u1", name="Alice")
    except UniqueError:
        pass
""",
        code="DF-T102",
        stage="run",
        late="only the database knows that the id is taken",
        cure=Solution(
            'db.sync.User.create(id="u1", name="Alice")', 1, {"...": 'db.sync.User.create(id="u1", name="Alice")'}
        ),
    ),
    Mistake(
        id="transaction-of-another-instance",
        before="""\
from dataflow import DataFlow

db, archive = DataFlow(), DataFlow()


@db.model
@archive.model
class User:
    id: int
    name: str


""",
        wrong="""\
with db.sync.transaction() as tx:
    archive.sync.User.create(name="Alice", transaction=tx)
""",
        code="DF-T108",
        stage="run",
        late="opening the transaction is an operation by itself",
        cure=Outside(
            "open one of the instance that the operation is of",
            wrong="""\
with archive.sync.transaction() as tx:
    archive.sync.User.create(name="Alice", transaction=tx)
""",
        ),
    ),
    Mistake(
        id="letter-sent-in-a-scope-done-again",
        before=WORKFLOW
        + """

def send_letter() -> None:
    return None


""",
        wrong="""\
with workflow.transaction("letter", retries=3):
    workflow.add_node(send_letter, "send")
    workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice"}})
""",
        after=RUN,
        code="DF-T105",
        stage="build",
        cure=Outside(
            "@node(idempotent=True)",
            before=WORKFLOW.replace("field\n", "field, node\n", 1)
            + """

@node(idempotent=True)
def send_letter() -> None:
    return None


""",
        ),
    ),
    Mistake(
        id="saga-step-with-undo",
        before="""\
from dataflow import DataFlow, LocalRuntime

db = DataFlow()


@db.model
class Stock:
    id: str
    pieces: int


db.sync.Stock.create(id="chair", pieces=5)
workflow = db.workflow()
""",
        wrong="""\
steps = [
    {
        "name": "reserve",
        "node": "StockUpdateNode",
        "params": {"id": "chair", "data": {"pieces": {"$dec": 1}}},
        "undo": {"node": "StockUpdateNode", "params": {"id": "chair", "data": {"pieces": {"$inc": 1}}}},
    },
]
workflow.add_node("TransactionManagerNode", "saga", {"steps": steps})
""",
        after=RUN,
        code="DF-T110",
        stage="build",
        cure=Solution(
            '"undo": {',
            1,
            {
                '{"name": "pay", "node": "PaymentCreateNode", "params": {...}, ': "",
                '{"node": "PaymentDeleteNode", "inputs": {"id": "pay.id"}}}': "{",
            },
        ),
    ),
    Mistake(
        id="saga-of-a-misspelt-node",
        before="""\
from dataflow import DataFlow, LocalRuntime

db = DataFlow()


@db.model
class Stock:
    id: str
    pieces: int


db.sync.Stock.create(id="chair", pieces=5)
workflow = db.workflow()
""",
        wrong="""\
workflow.add_node("TransactionManagerNode", "saga", {"steps": [
    {"name": "reserve", "node": "StockUpdatNode", "params": {"id": "chair", "data": {"pieces": {"$dec": 1}}}},
]})
""",
        after=RUN,
        code="DF-W101",
        stage="build",
    ),
    Mistake(
        id="async-work-for-the-sync-form",
        before=SEEDED,
        wrong="""\
async def rename():
    await db.User.update("u1", {"name": "Bob"})


db.sync.run_transaction(rename)
""",
        code="DF-N101",
        stage="before execution",
        cure=Solution(
            "db.sync.run_transaction(rename)",
            2,
            {"await db.run_transaction(rename)": "import asyncio\n\nasyncio.run(db.run_transaction(rename))"},
        ),
    ),
    Mistake(
        id="too-many-retries",
        before=SEEDED,
        wrong='db.sync.run_transaction(lambda: db.sync.User.update("u1", {"age": 31}), retries=1000)\n',
        code="DF-N105",
        stage="before execution",
    ),
    Mistake(
        id="stale-version",
        before="""\
from dataflow import DataFlow

db = DataFlow()


@db.model
class Page:
    __dataflow__ = {"versioned": True}

    id: int
    text: str


page = db.sync.Page.create(text="draft")
db.sync.Page.update(1, {"text": "better"}, expected_version=page["version"])
""",
        wrong='db.sync.Page.update(1, {"text": "best"}, expected_version=page["version"])\n',
        code="DF-X103",
        stage="run",
        late="only the database knows the record's version",
        cure=Solution('expected_version=page["version"]', 1),
    ),
    Mistake(
        id="begin-and-commit-by-hand",
        before=SEEDED,
        wrong='db.sync.begin()\ndb.sync.User.update("u1", {"name": "Bob"})\n',
        code="DF-M120",
        stage="before execution",
        cure=Solution(
            "db.sync.begin()\ndb.sync.User.update",
            1,
            {"async with db.transaction(): ...": "with db.sync.transaction():\n    db.sync.User.update"},
        ),
    ),
)
