"""References, options, indexes and registration of classes."""

from tests.mistakes.areas.programs import DB
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "models: references and options"

MISTAKES = (
    Mistake(
        id="reference-to-a-misspelt-model",
        before="from dataflow import field\n"
        + DB
        + """\
@db.model
class Author:
    id: int
    name: str


""",
        wrong="""\
@db.model
class Book:
    id: int
    author_id: int = field(references="Auther.id")


db.sync.Author.create(name="Ann")
db.sync.Book.create(author_id=1)
""",
        code="DF-M112",
        stage="before execution",
    ),
    Mistake(
        id="reference-to-a-missing-field",
        before="from dataflow import field\n"
        + DB
        + """\
@db.model
class Author:
    id: int
    email: str = field(unique=True)


""",
        wrong="""\
@db.model
class Book:
    id: int
    author: str = field(references="Author.emial")


workflow = db.workflow()
workflow.add_node("BookListNode", "books")
workflow.build()
""",
        code="DF-M112",
        stage="build",
    ),
    Mistake(
        id="two-models-of-one-name",
        before=DB
        + """\
@db.model
class User:
    id: int
    name: str


""",
        wrong="""\
def admin():
    @db.model
    class User:
        id: int
        rights: list[str]

    return User


admin()
""",
        code="DF-M113",
        stage="registration",
        cure=Outside(
            "rename one of the classes",
            wrong="""\
@db.model
class Admin:
    id: int
    rights: list[str]
""",
        ),
    ),
    Mistake(
        id="misspelt-model-option",
        before=DB,
        wrong="""\
@db.model
class User:
    __dataflow__ = {"soft_deletes": True}

    id: int
    name: str
""",
        after='db.sync.User.create(name="Alice")\ndb.sync.User.restore(1)\n',
        code="DF-M114",
        stage="registration",
    ),
    Mistake(
        id="model-option-of-a-wrong-type",
        before=DB,
        wrong="""\
@db.model
class User:
    __dataflow__ = {"table": True}

    id: int
    name: str
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M114",
        stage="registration",
    ),
    Mistake(
        id="django-meta-class",
        before=DB,
        wrong="""\
@db.model
class User:
    id: int
    name: str

    class Meta:
        table = "people"
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M114",
        stage="registration",
        cure=Solution('class Meta:\n        table = "people"', 1),
    ),
    Mistake(
        id="sqlalchemy-tablename",
        before=DB,
        wrong="""\
@db.model
class User:
    __tablename__ = "people"

    id: int
    name: str
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M114",
        stage="registration",
        cure=Solution('__tablename__ = "people"', 1),
    ),
    Mistake(
        id="index-on-a-misspelt-field",
        before="from dataflow import Index\n" + DB,
        wrong="""\
@db.model
class User:
    __indexes__ = [Index("emial", unique=True)]

    id: int
    email: str
""",
        after='db.sync.User.create(email="a@example.com")\n',
        code="DF-M115",
        stage="registration",
    ),
    Mistake(
        id="index-as-text",
        before="from dataflow import Index\n" + DB,
        wrong="""\
@db.model
class User:
    __indexes__ = ["email"]

    id: int
    email: str
""",
        after='db.sync.User.create(email="a@example.com")\n',
        code="DF-M115",
        stage="registration",
    ),
    Mistake(
        id="two-models-with-one-table",
        before=DB
        + """\
@db.model
class User:
    id: int
    name: str


""",
        wrong="""\
@db.model
class Person:
    __dataflow__ = {"table": "users"}

    id: int
    name: str
""",
        after='db.sync.Person.create(name="Alice")\n',
        code="DF-M116",
        stage="registration",
    ),
    Mistake(
        id="bound-of-numbers-on-a-text",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class User:
    id: int
    name: str = field(le=80)
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M117",
        stage="registration",
        cure=Solution("le=80", 1, {"...": "80"}),
    ),
    Mistake(
        id="misspelt-field-option",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class User:
    id: int
    name: str = field(maxlength=80)
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M117",
        stage="registration",
    ),
    Mistake(
        id="sqlalchemy-nullable-in-field",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class User:
    id: int
    name: str = field(nullable=True)
""",
        after="db.sync.User.create()\n",
        code="DF-M117",
        stage="registration",
    ),
    Mistake(
        id="pattern-that-is-no-expression",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class User:
    id: int
    code: str = field(pattern="[A-Z")
""",
        after='db.sync.User.create(code="A")\n',
        code="DF-M117",
        stage="registration",
        cure=Solution('pattern="[A-Z"', 1, {"[a-z]": "[A-Z]"}),
    ),
    Mistake(
        id="dataclass-field-instead-of-ours",
        before="from dataclasses import field\n\nfrom dataflow import DataFlow\n\ndb = DataFlow()\n\n\n",
        wrong="""\
@db.model
class Article:
    id: int
    tags: list[str] = field(default_factory=list)
""",
        after='assert db.sync.Article.create()["tags"] == []\n',
        code="DF-M109",
        stage="registration",
        cure=Outside(
            "from dataflow import field", before="from dataflow import DataFlow, field\n\ndb = DataFlow()\n\n\n"
        ),
    ),
    Mistake(
        id="model-of-a-typeddict",
        before="from typing import TypedDict\n\n" + DB,
        wrong="""\
@db.model
class User(TypedDict):
    id: int
    name: str
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M118",
        stage="registration",
        cure=Solution("@db.model\nclass User(TypedDict):\n    id: int\n    name: str", 1),
    ),
    Mistake(
        id="model-of-a-function",
        before=DB,
        wrong="""\
@db.model
def User():
    return {"id": int, "name": str}
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M118",
        stage="registration",
        cure=Solution(
            '@db.model\ndef User():\n    return {"id": int, "name": str}', 1, {"id: str": "id: int\n    name: str"}
        ),
    ),
    Mistake(
        id="model-decorator-with-brackets",
        before=DB,
        wrong="""\
@db.model()
class User:
    id: int
    name: str
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M118",
        stage="registration",
        cure=Solution("@db.model()", 1),
    ),
    Mistake(
        id="model-without-decorator",
        before=DB
        + """\
class User:
    id: int
    name: str


""",
        wrong='db.sync.User.create(name="Alice")\n',
        code="DF-M120",
        stage="before execution",
        cure=Outside(
            "@db.model\nclass User",
            before=DB
            + """\
@db.model
class User:
    id: int
    name: str


""",
        ),
    ),
    Mistake(
        id="model-of-another-instance",
        before="""\
from dataflow import DataFlow

db, archive = DataFlow(), DataFlow()


@db.model
class User:
    id: int
    name: str


""",
        wrong='archive.sync.User.create(name="Alice")\n',
        code="DF-M120",
        stage="before execution",
        cure=Outside("@db.model\nclass User", wrong='archive.model(User)\narchive.sync.User.create(name="Alice")\n'),
    ),
    Mistake(
        id="table-name-of-the-database-itself",
        before=DB,
        wrong="""\
@db.model
class User:
    __dataflow__ = {"table": "sqlite_users"}

    id: int
    name: str
""",
        after='db.sync.User.create(name="Alice")\n',
        code="DF-M121",
        stage="registration",
    ),
)
