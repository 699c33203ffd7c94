"""Parameters of nodes and arguments of calls."""

from tests.mistakes.areas.programs import RUN, SEEDED, SEEDED_WORKFLOW, USER, WORKFLOW
from tests.mistakes.mistake import Mistake, Solution

AREA = "parameters: fields and values"

MISTAKES = (
    Mistake(
        id="flat-update-node",
        before=SEEDED_WORKFLOW,
        wrong='workflow.add_node("UserUpdateNode", "update", {"id": "u1", "name": "Bob"})\n',
        after=RUN + 'assert results["update"]["updated"] == 1\n',
        code="DF-N101",
        stage="build",
    ),
    Mistake(
        id="flat-update-call",
        before=SEEDED,
        wrong='db.sync.User.update("u1", name="Bob")\n',
        after='assert db.sync.User.read("u1")["name"] == "Bob"\n',
        code="DF-N101",
        stage="before execution",
    ),
    Mistake(
        id="update-with-a-flat-filter",
        before=SEEDED_WORKFLOW,
        wrong='workflow.add_node("UserUpdateNode", "update", {"name": "Alice", "data": {"age": 31}})\n',
        after=RUN + 'assert results["update"]["updated"] == 1\n',
        code="DF-N101",
        stage="build",
    ),
    Mistake(
        id="condition-for-an-id",
        before=SEEDED_WORKFLOW,
        wrong='workflow.add_node("UserDeleteNode", "delete", {"id": {"name": "Alice"}})\n',
        after=RUN + 'assert results["delete"]["deleted"] == 1\n',
        code="DF-N104",
        stage="build",
        cure=Solution('"id": {"name": "Alice"}'),
    ),
    Mistake(
        id="created-at-set-by-hand",
        before="from datetime import UTC, datetime\n\n" + WORKFLOW,
        wrong="""\
workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice", "created_at": datetime.now(UTC)}})
""",
        after=RUN,
        code="DF-N106",
        stage="build",
    ),
    Mistake(
        id="updated-at-set-in-an-update",
        before="from datetime import UTC, datetime\n\n" + SEEDED_WORKFLOW,
        wrong="""\
workflow.add_node(
    "UserUpdateNode", "update", {"filter": {"id": "u1"}, "data": {"name": "Bob", "updated_at": datetime.now(UTC)}}
)
""",
        after=RUN,
        code="DF-N106",
        stage="build",
    ),
    Mistake(
        id="updated-at-set-in-a-bulk",
        before="from datetime import UTC, datetime\n\n" + USER,
        wrong='db.sync.User.bulk_create([{"id": "u1", "name": "Alice", "updated_at": datetime.now(UTC)}])\n',
        code="DF-N106",
        stage="before execution",
    ),
    Mistake(
        id="missing-field-of-a-node",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", "create", {"data": {"name": "Alice"}})\n',
        after=RUN,
        code="DF-N102",
        stage="build",
    ),
    Mistake(
        id="missing-field-of-a-call",
        before=USER,
        wrong='db.sync.User.create(id="u1", age=3)\n',
        code="DF-N102",
        stage="before execution",
    ),
    Mistake(
        id="missing-field-of-a-row",
        before=USER,
        wrong='db.sync.User.bulk_create([{"id": "u1", "name": "Alice"}, {"id": "u2"}])\n',
        after="assert db.sync.User.count() == 2\n",
        code="DF-N102",
        stage="before execution",
    ),
    Mistake(
        id="misspelt-field-of-a-node",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice", "emial": "a@b.c"}})\n',
        after=RUN + 'assert results["create"]["email"] == "a@b.c"\n',
        code="DF-N103",
        stage="build",
    ),
    Mistake(
        id="misspelt-required-field-of-a-node",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "nmae": "Alice"}})\n',
        after=RUN + 'assert results["create"]["name"] == "Alice"\n',
        code="DF-N103",
        stage="build",
    ),
    Mistake(
        id="misspelt-required-field-of-a-call",
        before=USER,
        wrong='db.sync.User.create(id="u1", nmae="Alice")\n',
        after='assert db.sync.User.read("u1")["name"] == "Alice"\n',
        code="DF-N103",
        stage="before execution",
    ),
    Mistake(
        id="misspelt-required-field-of-a-row",
        before=USER,
        wrong='db.sync.User.bulk_create([{"id": "u1", "name": "Alice"}, {"id": "u2", "nmae": "Bob"}])\n',
        after='assert db.sync.User.read("u2")["name"] == "Bob"\n',
        code="DF-N103",
        stage="before execution",
    ),
    Mistake(
        id="misspelt-field-of-a-call",
        before=USER,
        wrong='db.sync.User.create(id="u1", name="Alice", activ=False)\n',
        after='assert db.sync.User.read("u1")["active"] is False\n',
        code="DF-N103",
        stage="before execution",
    ),
    Mistake(
        id="unknown-field-in-fields",
        before=SEEDED,
        wrong='db.sync.User.list(fields=["id", "nmae"])\n',
        code="DF-N103",
        stage="before execution",
    ),
    Mistake(
        id="unknown-field-in-conflict-on",
        before=SEEDED,
        wrong='db.sync.User.upsert({"id": "u1", "name": "Bob"}, conflict_on=["ID"])\n',
        code="DF-N103",
        stage="before execution",
    ),
    Mistake(
        id="words-for-an-int",
        before=WORKFLOW,
        wrong='workflow.add_node("UserCreateNode", "create", {"data": {"id": "u1", "name": "Alice", "age": "twenty"}})\n',
        after=RUN,
        code="DF-N104",
        stage="build",
    ),
    Mistake(
        id="fraction-for-an-int",
        before=USER,
        wrong='db.sync.User.create(id="u1", name="Alice", age=20.5)\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="int-for-a-text-id",
        before=USER,
        wrong='db.sync.User.create(id=1, name="Alice")\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="yes-for-a-bool",
        before=USER,
        wrong='db.sync.User.create(id="u1", name="Alice", active="yes")\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="number-for-a-bool",
        before=USER,
        wrong='db.sync.User.create(id="u1", name="Alice", active=1)\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="date-in-words",
        before="""\
from datetime import datetime

from dataflow import DataFlow

db = DataFlow()


@db.model
class Meeting:
    id: int
    starts_at: datetime


""",
        wrong='db.sync.Meeting.create(starts_at="tomorrow")\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="date-in-american-order",
        before="""\
from datetime import date

from dataflow import DataFlow

db = DataFlow()


@db.model
class Invoice:
    id: int
    due: date


""",
        wrong='db.sync.Invoice.create(due="12/31/2026")\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="float-for-a-decimal",
        before="""\
from decimal import Decimal

from dataflow import DataFlow

db = DataFlow()


@db.model
class Price:
    id: int
    amount: Decimal


""",
        wrong='db.sync.Price.create(amount="12,50")\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="text-that-is-no-uuid",
        before="""\
from uuid import UUID

from dataflow import DataFlow

db = DataFlow()


@db.model
class Device:
    id: UUID
    name: str


""",
        wrong='db.sync.Device.create(id="printer-1", name="Printer")\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="text-for-a-list",
        before="""\
from dataflow import DataFlow

db = DataFlow()


@db.model
class Article:
    id: int
    tags: list[str]


""",
        wrong='db.sync.Article.create(tags="news, sport")\n',
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="text-for-bytes",
        before="""\
from dataflow import DataFlow

db = DataFlow()


@db.model
class File:
    id: int
    content: bytes


""",
        wrong="db.sync.File.create(content=3)\n",
        code="DF-N104",
        stage="before execution",
    ),
    Mistake(
        id="no-member-of-an-enum",
        before="""\
from enum import Enum

from dataflow import DataFlow

db = DataFlow()


class Status(Enum):
    OPEN = "open"
    CLOSED = "closed"


@db.model
class Ticket:
    id: int
    status: Status = Status.OPEN


""",
        wrong='db.sync.Ticket.create(status="opened")\n',
        code="DF-N105",
        stage="before execution",
    ),
    Mistake(
        id="text-too-long",
        before="""\
from dataflow import DataFlow, field

db = DataFlow()


@db.model
class Country:
    id: int
    code: str = field(max_length=2)


""",
        wrong='db.sync.Country.create(code="Norway")\n',
        code="DF-N105",
        stage="before execution",
        cure=Solution('code="Norway"', 1, {'"code": ...': 'code="NO"'}),
    ),
    Mistake(
        id="number-below-its-least",
        before="""\
from dataflow import DataFlow, field

db = DataFlow()


@db.model
class Item:
    id: int
    pieces: int = field(ge=0)


""",
        wrong="db.sync.Item.create(pieces=-1)\n",
        code="DF-N105",
        stage="before execution",
    ),
    Mistake(
        id="none-for-a-field-that-needs-a-value",
        before=USER,
        wrong='db.sync.User.create(id="u1", name=None)\n',
        code="DF-N114",
        stage="before execution",
    ),
)
