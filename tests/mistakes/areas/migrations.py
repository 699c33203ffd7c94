"""Models that have changed while their tables have rows, and migrations asked for in the wrong words."""

from tests.mistakes.areas.programs import DB
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "migrations"

BEFORE = """\
from dataflow import DataFlow, field

before = DataFlow.with_migrations("sqlite:///app.db")


@before.model
class User:
    id: int
    name: str
    age: int | None = None


before.sync.User.create(name="Alice", age=5)
before.sync.User.create(name="Alice")
before.sync.close()

db = DataFlow.with_migrations("sqlite:///app.db")


"""
MODEL = """\
@db.model
class User:
    id: int
    name: str
    age: int | None = None


"""
LIST = "db.sync.User.list()\n"
LATE = "only the database knows what is in its tables"


def changed(old: str, new: str) -> str:
    return MODEL.replace(old, new) + LIST


MISTAKES = (
    Mistake(
        id="fields-that-exchange-their-names",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class Person:
    id: int
    first: str = field(renamed_from="last")
    last: str = field(renamed_from="first")


db.sync.Person.list()
""",
        code="DF-M117",
        stage="registration",
        cure=Solution('first: str = field(renamed_from="last")'),
    ),
    Mistake(
        id="two-fields-of-one-former-column",
        before="from dataflow import field\n" + DB,
        wrong="""\
@db.model
class Person:
    id: int
    name: str = field(renamed_from="title")
    label: str = field(renamed_from="title")


db.sync.Person.list()
""",
        code="DF-M117",
        stage="registration",
        cure=Solution('label: str = field(renamed_from="title")'),
    ),
    Mistake(
        id="field-taken-out-of-a-model",
        before=BEFORE,
        wrong=changed("    age: int | None = None\n", ""),
        code="DF-G201",
        stage="connect",
        late=LATE,
        cure=Solution(LIST.strip(), 2, {"await db": "db.sync"}),
    ),
    Mistake(
        id="field-renamed",
        before=BEFORE,
        wrong=changed("name: str", "full_name: str"),
        code="DF-G203",
        stage="connect",
        late=LATE,
        cure=Solution("full_name: str", 1, {": ...": ": str"}),
    ),
    Mistake(
        id="required-field-for-rows-that-are-there",
        before=BEFORE,
        wrong=changed("    age:", "    level: int\n    age:"),
        code="DF-G204",
        stage="connect",
        late=LATE,
        cure=Solution("level: int", 1, {": ...": ": int", "backfill=...": "backfill=1"}),
    ),
    Mistake(
        id="none-no-more-where-there-is-none",
        before=BEFORE,
        wrong=changed("age: int | None = None", "age: int"),
        code="DF-G205",
        stage="connect",
        late=LATE,
        cure=Solution("age: int", 1, {": ...": ": int", "backfill=...": "backfill=0"}),
    ),
    Mistake(
        id="unique-where-values-repeat",
        before=BEFORE,
        wrong=changed("name: str", "name: str = field(unique=True)"),
        code="DF-G206",
        stage="connect",
        late=LATE,
        cure=Outside(
            "correct these rows",
            before=BEFORE.replace('create(name="Alice")', 'create(name="Bob")'),
        ),
    ),
    Mistake(
        id="type-that-values-do-not-fit",
        before=BEFORE,
        wrong=changed("name: str", "name: int"),
        code="DF-G209",
        stage="connect",
        late=LATE,
        cure=Outside(
            "add a field of another name", wrong=changed("    age:", "    number: int | None = None\n    age:")
        ),
    ),
    Mistake(
        id="renamed-from-a-misspelt-field",
        before=BEFORE,
        wrong=changed("name: str", 'full_name: str = field(renamed_from="nmae")'),
        code="DF-G210",
        stage="connect",
        late=LATE,
        cure=Solution('full_name: str = field(renamed_from="nmae")', 1, {": ...": ": str"}),
    ),
    Mistake(
        id="accepted-by-a-misspelt-name",
        before=BEFORE,
        wrong=MODEL.replace("    age: int | None = None\n", "")
        + 'db.sync.migrations.apply(accept=["column user.age"])\n',
        code="DF-G121",
        stage="connect",
        late=LATE,
        cure=Solution('accept=["column user.age"]'),
    ),
    Mistake(
        id="rollback-to-what-is-no-revision",
        before=BEFORE,
        wrong=MODEL + 'db.sync.migrations.rollback(to="20260101000000_first")\n',
        code="DF-G110",
        stage="connect",
        late="only the database knows what was applied to it",
        cure=Outside("dataflow migrate", wrong=MODEL + "db.sync.migrations.rollback()\n"),
    ),
    Mistake(
        id="table-to-drop-misspelt",
        before=BEFORE,
        wrong=MODEL + 'db.sync.migrations.plan(drop_tables=["usres"])\n',
        code="DF-G119",
        stage="connect",
        late=LATE,
        cure=Outside("name one that is there", wrong=MODEL + "db.sync.migrations.plan()\n"),
    ),
    Mistake(
        id="time-to-wait-below-nothing",
        before=BEFORE,
        wrong=MODEL + "db.sync.migrations.apply(timeout_s=-1)\n",
        code="DF-G120",
        stage="before execution",
        cure=Solution("timeout_s=-1"),
    ),
    Mistake(
        id="accepted-in-one-text",
        before=BEFORE,
        wrong=MODEL.replace("    age: int | None = None\n", "")
        + 'db.sync.migrations.apply(accept="column users.age")\n',
        code="DF-G120",
        stage="before execution",
        cure=Solution('accept="column users.age"'),
    ),
)
