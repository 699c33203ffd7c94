"""Classes that cannot be models."""

from tests.mistakes.areas.programs import DB
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "models: fields"

MISTAKES = (
    Mistake(
        id="key-named-after-model",
        before=DB,
        wrong="""\
@db.model
class User:
    user_id: str
    name: str
""",
        after='db.sync.User.create(id="u1", name="Alice")\n',
        code="DF-M101",
        stage="registration",
    ),
    Mistake(
        id="key-named-pk",
        before=DB,
        wrong="""\
@db.model
class Order:
    pk: int
    total: float
""",
        after='assert db.sync.Order.create(total=1.5)["id"] == 1\n',
        code="DF-M101",
        stage="registration",
    ),
    Mistake(
        id="no-key",
        before=DB,
        wrong="""\
@db.model
class Note:
    text: str
""",
        after='db.sync.Note.create(id="n1", text="milk")\n',
        code="DF-M101",
        stage="registration",
    ),
    Mistake(
        id="key-that-may-be-none",
        before=DB,
        wrong="""\
@db.model
class Note:
    id: int | None = None
    text: str = ""
""",
        after='assert db.sync.Note.create(text="milk")["id"] == 1\n',
        code="DF-M102",
        stage="registration",
    ),
    Mistake(
        id="key-of-type-float",
        before=DB,
        wrong="""\
@db.model
class Note:
    id: float
    text: str
""",
        after='db.sync.Note.create(id="n1", text="milk")\n',
        code="DF-M102",
        stage="registration",
    ),
    Mistake(
        id="field-without-annotation",
        before=DB,
        wrong="""\
@db.model
class User:
    id: str
    name: str
    age = 0
""",
        after='assert db.sync.User.create(id="u1", name="Alice")["age"] == 0\n',
        code="DF-M103",
        stage="registration",
    ),
    Mistake(
        id="annotation-not-imported",
        before="from __future__ import annotations\n\n" + DB,
        wrong="""\
@db.model
class Invoice:
    id: int
    due: date
""",
        after='db.sync.Invoice.create(due="2026-01-31")\n',
        code="DF-M104",
        stage="registration",
        cure=Outside(
            "from datetime import date",
            before="from __future__ import annotations\n\nfrom datetime import date\n\n" + DB,
        ),
    ),
    Mistake(
        id="misspelt-annotation",
        before="from __future__ import annotations\n\n" + DB,
        wrong="""\
@db.model
class Invoice:
    id: int
    title: string
""",
        after='db.sync.Invoice.create(title="paper")\n',
        code="DF-M104",
        stage="registration",
    ),
    Mistake(
        id="set-as-field-type",
        before=DB,
        wrong="""\
@db.model
class Article:
    id: int
    tags: set[str]
""",
        after='db.sync.Article.create(tags=["a"])\n',
        code="DF-M105",
        stage="registration",
    ),
    Mistake(
        id="union-of-two-types",
        before=DB,
        wrong="""\
@db.model
class Setting:
    id: int
    value: int | str
""",
        after='db.sync.Setting.create(value="on")\n',
        code="DF-M105",
        stage="registration",
    ),
    Mistake(
        id="field-named-data",
        before=DB,
        wrong="""\
@db.model
class Message:
    id: int
    data: dict
""",
        after='db.sync.Message.create(message_data={"a": 1})\n',
        code="DF-M106",
        stage="registration",
    ),
    Mistake(
        id="field-named-filter",
        before=DB,
        wrong="""\
@db.model
class Query:
    id: int
    filter: str
""",
        after='db.sync.Query.create(query_filter="all")\n',
        code="DF-M106",
        stage="registration",
    ),
    Mistake(
        id="created-at-declared-by-hand",
        before="from datetime import datetime\n\n" + DB,
        wrong="""\
@db.model
class Article:
    id: int
    title: str
    created_at: datetime
""",
        after='assert db.sync.Article.create(title="news")["created_at"]\n',
        code="DF-M107",
        stage="registration",
        cure=Outside(
            "remove 'created_at' from the class",
            wrong="""\
@db.model
class Article:
    id: int
    title: str
""",
        ),
    ),
    Mistake(
        id="mutable-default",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class Article:
    id: int
    tags: list[str] = []
""",
        after='assert db.sync.Article.create()["tags"] == []\n',
        code="DF-M108",
        stage="registration",
    ),
    Mistake(
        id="mutable-default-dict-with-contents",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class Account:
    id: int
    settings: dict = {"theme": "dark"}
""",
        after='assert db.sync.Account.create()["settings"] == {"theme": "dark"}\n',
        code="DF-M108",
        stage="registration",
    ),
    Mistake(
        id="none-as-default-of-str",
        before=DB,
        wrong="""\
@db.model
class User:
    id: int
    nickname: str = None
""",
        after='assert db.sync.User.create()["nickname"] is None\n',
        code="DF-M109",
        stage="registration",
    ),
    Mistake(
        id="default-of-another-type",
        before=DB,
        wrong="""\
@db.model
class Item:
    id: int
    pieces: int = "none"
""",
        after="db.sync.Item.create()\n",
        code="DF-M109",
        stage="registration",
    ),
    Mistake(
        id="default-called-once",
        before="from uuid import UUID, uuid4\n\nfrom dataflow import field\n" + DB,
        wrong="""\
@db.model
class Ticket:
    id: UUID = uuid4()
    title: str
""",
        after='db.sync.Ticket.create(title="a")\ndb.sync.Ticket.create(title="b")\n',
        code="DF-M109",
        stage="registration",
    ),
    Mistake(
        id="model-named-like-a-method",
        before=DB,
        wrong="""\
@db.model
class transaction:
    id: int
    amount: int
""",
        after="db.sync.Transaction.create(amount=3)\n",
        code="DF-M110",
        stage="registration",
        cure=Solution("class transaction:", 1),
    ),
    Mistake(
        id="relation-to-another-model",
        before="from dataflow import field\n"
        + DB
        + """\
@db.model
class User:
    id: str
    name: str


""",
        wrong="""\
@db.model
class Session:
    id: str
    user: User
""",
        after='db.sync.User.create(id="u1", name="Alice")\ndb.sync.Session.create(id="s1", user_id="u1")\n',
        code="DF-M111",
        stage="registration",
    ),
    Mistake(
        id="list-of-another-model",
        before="from dataflow import field\n"
        + DB
        + """\
@db.model
class Session:
    id: str
    user_id: str


""",
        wrong="""\
@db.model
class User:
    id: str
    sessions: list[Session]
""",
        after='db.sync.User.create(id="u1")\n',
        code="DF-M111",
        stage="registration",
        cure=Outside(
            'user_id: str = field(references="User.id")',
            wrong="""\
@db.model
class User:
    id: str
""",
        ),
    ),
)
