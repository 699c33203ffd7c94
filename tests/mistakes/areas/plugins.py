"""Plugins and hooks."""

from tests.mistakes.areas.programs import DB
from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "plugins"
IMPORT = "from dataflow import DataFlow, hookimpl\n\n\n"

MISTAKES = (
    Mistake(
        id="plugin-that-is-not-installed",
        before="from dataflow import DataFlow\n\n",
        wrong='db = DataFlow(plugins=["tenancy"])\n',
        code="DF-P101",
        stage="construction",
        cure=Outside("pip install", wrong="db = DataFlow()\n"),
    ),
    Mistake(
        id="misspelt-plugin",
        before="from dataflow import DataFlow\n\n",
        wrong='db = DataFlow(plugins=["tracee"])\n',
        code="DF-P101",
        stage="construction",
        cure=Solution('plugins=["tracee"]', 1),
    ),
    Mistake(
        id="misspelt-hook",
        before=IMPORT,
        wrong="""\
class Audit:
    @hookimpl
    def dataflow_events(self, event):
        print(event.name)


db = DataFlow(plugins=[Audit])
""",
        code="DF-P103",
        stage="construction",
        cure=Solution("def dataflow_events(self, event):", 1, {" ...": ""}),
    ),
    Mistake(
        id="hook-not-marked",
        before=IMPORT,
        wrong="""\
class Audit:
    def dataflow_event(self, event):
        print(event.name)


db = DataFlow(plugins=[Audit])
""",
        code="DF-P103",
        stage="construction",
        cure=Solution("def dataflow_event(self, event):", 1, {" ...": ""}),
    ),
    Mistake(
        id="misspelt-hook-function",
        before=DB,
        wrong="""\
@db.hook
def evnt(event):
    return None
""",
        code="DF-P103",
        stage="registration",
        cure=Solution("@db.hook\ndef evnt(event):", 1, {" ...": ""}),
    ),
    Mistake(
        id="wrong-argument-of-a-hook",
        before=DB,
        wrong="""\
@db.hook
def around(step):
    return None
""",
        code="DF-P104",
        stage="registration",
        cure=Solution("@db.hook\ndef around(step):", 1, {" ...": ""}),
    ),
    Mistake(
        id="default-in-a-hook",
        before=DB,
        wrong="""\
@db.hook
def around(node=None):
    return None
""",
        code="DF-P104",
        stage="registration",
        cure=Solution("@db.hook\ndef around(node=None):", 1, {" ...": ""}),
    ),
    Mistake(
        id="asynchronous-hook",
        before=DB,
        wrong="""\
@db.hook
async def around(node):
    return None
""",
        code="DF-P109",
        stage="registration",
        cure=Solution("@db.hook\nasync def around(node):", 1, {" ...": ""}),
    ),
    Mistake(
        id="class-without-hooks",
        before=IMPORT,
        wrong="""\
class Audit:
    def log(self, event):
        print(event.name)


db = DataFlow(plugins=[Audit])
""",
        code="DF-P112",
        stage="construction",
        cure=Solution("def log(self, event):\n        print(event.name)", 1, {"...": "return None"}),
    ),
    Mistake(
        id="module-instead-of-a-plugin",
        before="import json\n\nfrom dataflow import DataFlow\n\n",
        wrong="db = DataFlow(plugins=[json])\n",
        code="DF-P112",
        stage="construction",
        cure=Outside(
            "@hookimpl",
            before="from dataflow import DataFlow, hookimpl\n\n\nclass Audit:\n    @hookimpl\n    def dataflow_around(self, node): ...\n\n\n",
            wrong="db = DataFlow(plugins=[Audit])\n",
        ),
    ),
    Mistake(
        id="hook-registered-too-late",
        before=DB
        + """\
@db.model
class User:
    id: str


""",
        wrong="""\
db.sync.User.create(id="u1")


@db.hook
def around(node):
    return None
""",
        code="DF-P113",
        stage="registration",
        cure=Outside(
            "",
            wrong="""\
@db.hook
def around(node):
    return None


db.sync.User.create(id="u1")
""",
        ),
    ),
    Mistake(
        id="misspelt-option-of-a-plugin",
        before="import attrs\n\n"
        + IMPORT
        + """\
@attrs.define(eq=False)
class SlowLog:
    threshold_ms: float = 100.0

    @hookimpl
    def dataflow_event(self, event):
        return None


""",
        wrong='db = DataFlow(plugins=[SlowLog], slow_log={"treshold_ms": 5})\n',
        code="DF-P108",
        stage="construction",
        cure=Solution('slow_log={"treshold_ms": 5}', 1, {"...": "5"}),
    ),
    Mistake(
        id="option-of-a-plugin-of-a-wrong-type",
        before="import attrs\n\n"
        + IMPORT
        + """\
@attrs.define(eq=False)
class SlowLog:
    threshold_ms: float = 100.0

    @hookimpl
    def dataflow_event(self, event):
        return None


""",
        wrong='db = DataFlow(plugins=[SlowLog], slow_log={"threshold_ms": "slow"})\n',
        code="DF-P108",
        stage="construction",
        cure=Solution('slow_log={"threshold_ms": "slow"}', 1),
    ),
    Mistake(
        id="plugin-wanted-and-blocked",
        before="from dataflow import DataFlow\n\n",
        wrong='db = DataFlow(plugins=["trace"], block=["trace"])\n',
        code="DF-P107",
        stage="construction",
        cure=Outside("take it out of", wrong='db = DataFlow(plugins=["trace"])\n'),
    ),
    Mistake(
        id="hook-with-a-wrong-answer",
        before=DB,
        wrong="""\
@db.hook
def around(node):
    return "logged"


@db.model
class User:
    id: str


db.sync.User.create(id="u1")
""",
        code="DF-P111",
        stage="before execution",
        cure=Outside(
            "",
            wrong="""\
@db.hook
def around(node):
    return None


@db.model
class User:
    id: str


db.sync.User.create(id="u1")
""",
        ),
    ),
    Mistake(
        id="hook-that-raises",
        before=DB,
        wrong="""\
@db.hook
def around(node):
    return node.kind.upcase()


@db.model
class User:
    id: str


db.sync.User.create(id="u1")
""",
        code="DF-P110",
        stage="before execution",
        cure=Outside(
            "",
            wrong="""\
@db.hook
def around(node):
    return None


@db.model
class User:
    id: str


db.sync.User.create(id="u1")
""",
        ),
    ),
    Mistake(
        id="node-function-of-a-taken-name",
        before=DB
        + """\
@db.model
class User:
    id: str


""",
        wrong="""\
@db.node
def UserListNode() -> int:
    return 1
""",
        code="DF-N119",
        stage="registration",
        cure=Outside(
            "",
            wrong="""\
@db.node
def newest_users() -> int:
    return 1
""",
        ),
    ),
)
