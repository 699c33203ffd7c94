"""Tables that are there, and what the database itself refuses."""

from tests.mistakes.areas.programs import SEEDED
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "schema and database"

TABLE = """\
import sqlite3

from dataflow import DataFlow

with sqlite3.connect("app.db") as other:
    other.execute("{statement}")
other.close()

"""
MODEL = """

@db.model
class User:
    id: str
    name: str

    __dataflow__ = {"timestamps": False}


"""
EXISTING = 'db = DataFlow("sqlite:///app.db", existing_schema_mode=True)\n'
GOOD = "CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT"
LATE = "only the database knows its tables"
KNOWN = "only the database knows its records"

TEAMS = """\
from dataflow import DataFlow, field

db = DataFlow()


@db.model
class Team:
    id: int
    name: str


@db.model
class Player:
    id: int
    name: str = field(unique=True)
    team_id: int | None = field(default=None, references="Team.id")


db.sync.Team.create(name="Reds")
"""

MISTAKES = (
    Mistake(
        id="table-of-another-name",
        before=TABLE.format(statement=GOOD.replace("users", "user")) + EXISTING,
        wrong=MODEL + "db.sync.User.list()\n",
        code="DF-S101",
        stage="connect",
        late=LATE,
        cure=Solution('__dataflow__ = {"timestamps": False}', 1, {'"..."': '"user", "timestamps": False'}),
    ),
    Mistake(
        id="no-table-in-production",
        before="from dataflow import DataFlow\n\n",
        wrong='db = DataFlow.production("sqlite:///app.db")\n' + MODEL + "db.sync.User.list()\n",
        code="DF-S101",
        stage="connect",
        late=LATE,
        cure=Solution(
            'DataFlow.production("sqlite:///app.db")', 2, {"DataFlow(...": 'DataFlow.production("sqlite:///app.db"'}
        ),
    ),
    Mistake(
        id="table-without-a-column",
        before=TABLE.format(statement=GOOD.replace("name TEXT NOT NULL", "age INTEGER")) + EXISTING,
        wrong=MODEL + "db.sync.User.list()\n",
        code="DF-S102",
        stage="connect",
        late=LATE,
        cure=Outside(
            "or the field 'name'", wrong=MODEL.replace("name: str", "age: int | None") + "db.sync.User.list()\n"
        ),
    ),
    Mistake(
        id="column-of-another-type",
        before=TABLE.format(statement=GOOD.replace("name TEXT", "name INTEGER")) + EXISTING,
        wrong=MODEL + "db.sync.User.list()\n",
        code="DF-S102",
        stage="connect",
        late=LATE,
        cure=Outside("or the field 'name'", wrong=MODEL.replace("name: str", "name: int") + "db.sync.User.list()\n"),
    ),
    Mistake(
        id="timestamps-that-the-table-has-not",
        before=TABLE.format(statement=GOOD) + EXISTING,
        wrong=MODEL.replace('    __dataflow__ = {"timestamps": False}\n\n', "") + "db.sync.User.list()\n",
        code="DF-S102",
        stage="connect",
        late=LATE,
        cure=Solution("name: str", 1, {"__dataflow__": "name: str\n__dataflow__"}),
    ),
    Mistake(
        id="field-added-to-a-model-with-a-table",
        before=TABLE.format(statement=GOOD) + 'db = DataFlow("sqlite:///app.db")\n',
        wrong=MODEL.replace("    name: str\n", "    name: str\n    age: int = 0\n") + "db.sync.User.list()\n",
        code="DF-S102",
        stage="connect",
        late=LATE,
        cure=Outside(
            "ALTER TABLE users ADD COLUMN",
            before=TABLE.format(statement=GOOD)
            + """\
with sqlite3.connect("app.db") as other:
    other.execute("ALTER TABLE users ADD COLUMN age INTEGER NOT NULL DEFAULT 0")
other.close()
db = DataFlow("sqlite:///app.db")
""",
        ),
    ),
    Mistake(
        id="value-that-is-taken",
        before=TEAMS + 'db.sync.Player.create(name="Ann")\n',
        wrong='db.sync.Player.create(name="Ann")\n',
        code="DF-A101",
        stage="run",
        late=KNOWN,
        cure=Solution('db.sync.Player.create(name="Ann")', 1, {"db.": "db.sync.", "...": '{"name": "Ann"}'}),
    ),
    Mistake(
        id="reference-to-nobody",
        before=TEAMS,
        wrong='db.sync.Player.create(name="Ann", team_id=7)\n',
        code="DF-A102",
        stage="run",
        late=KNOWN,
        cure=Solution(
            "db.sync.Player.create", 1, {"await db.": "db.sync.", ", ...)": ', name="Blues")\ndb.sync.Player.create'}
        ),
    ),
    Mistake(
        id="delete-of-what-is-referred-to",
        before=TEAMS + 'db.sync.Player.create(name="Ann", team_id=1)\n',
        wrong="db.sync.Team.delete(1)\n",
        code="DF-A102",
        stage="run",
        late=KNOWN,
        cure=Solution("db.sync.Team.delete", 1, {"await db.": "db.sync.", "1})": "1})\ndb.sync.Team.delete"}),
    ),
    Mistake(
        id="upsert-on-a-field-that-is-not-unique",
        before=SEEDED,
        wrong='db.sync.User.upsert({"id": "u2", "name": "Alice"}, conflict_on=["name"])\n',
        code="DF-N116",
        stage="before execution",
        cure=Outside(
            "name: str = field(unique=True)", before=SEEDED.replace("name: str", "name: str = field(unique=True)")
        ),
    ),
    Mistake(
        id="misspelt-table-in-sql",
        before=SEEDED + "workflow = db.workflow()\n",
        wrong="""\
workflow.add_node("SQLNode", "ask", {"sql": "SELECT count(*) AS n FROM user"})
with LocalRuntime() as runtime:
    runtime.execute(workflow.build())
""",
        code="DF-A114",
        stage="run",
        late=LATE,
        cure=Outside(
            "",
            wrong="""\
workflow.add_node("SQLNode", "ask", {"sql": "SELECT count(*) AS n FROM users"})
with LocalRuntime() as runtime:
    runtime.execute(workflow.build())
""",
        ),
    ),
    Mistake(
        id="statement-that-is-no-sql",
        before=SEEDED + "workflow = db.workflow()\n",
        wrong="""\
workflow.add_node("SQLNode", "ask", {"sql": "SELEC 1"})
with LocalRuntime() as runtime:
    runtime.execute(workflow.build())
""",
        code="DF-A120",
        stage="run",
        late="only the database parses SQL",
        cure=Outside(
            "",
            wrong="""\
workflow.add_node("SQLNode", "ask", {"sql": "SELECT 1 AS one"})
with LocalRuntime() as runtime:
    runtime.execute(workflow.build())
""",
        ),
    ),
    Mistake(
        id="folder-that-is-not-there",
        before="from dataflow import DataFlow\n\n",
        wrong='db = DataFlow("sqlite:///data/app.db")\n' + MODEL + "db.sync.User.list()\n",
        code="DF-A116",
        stage="connect",
        late="it is the disk that has no such folder",
        cure=Outside(
            "mkdir", before="import pathlib\n\nfrom dataflow import DataFlow\n\npathlib.Path('data').mkdir()\n"
        ),
    ),
    Mistake(
        id="port-where-nobody-listens",
        before="from dataflow import DataFlow\n\n",
        wrong='db = DataFlow("postgresql://app:secret@127.0.0.1:1/app")\ndb.sync.ping()\n',
        code="DF-A112",
        stage="connect",
        late="whether a server answers is known when it is asked",
        cure=Outside("", wrong="db = DataFlow()\ndb.sync.ping()\n"),
    ),
    Mistake(
        id="file-that-is-no-database",
        before="from pathlib import Path\n\nfrom dataflow import DataFlow\n\n",
        wrong='Path("app.db").write_text("name,age" * 200)\ndb = DataFlow("sqlite:///app.db")\n'
        + MODEL
        + "db.sync.User.list()\n",
        code="DF-A117",
        stage="run",
        late="what is in a file is known when it is opened",
        cure=Outside("", wrong='db = DataFlow("sqlite:///app.db")\n' + MODEL + "db.sync.User.list()\n"),
    ),
)
