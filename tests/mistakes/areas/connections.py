"""Connections between nodes."""

from tests.mistakes.areas.programs import RUN, SEEDED_WORKFLOW, WORKFLOW
from tests.mistakes.mistake import Mistake, Outside

AREA = "connections"

CREATE = 'workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})\n'
READ = 'workflow.add_node("UserReadNode", "read")\n'
LIST = 'workflow.add_node("UserListNode", "users")\n'

CONVERTED = """\


def convert(value: str) -> int:
    return len(value)


workflow.add_node(convert, "users_limit")
workflow.add_connection("create", "name", "users_limit", "value")
workflow.add_connection("users_limit", "result", "users", "limit")
"""
GUARDED = """\


def first(records: list) -> dict:
    return {"id": records[0]["id"] if records else "nobody"}


workflow.add_node(first, "first")
workflow.add_connection("users", "records", "first", "records")
workflow.add_connection("first", "id", "read", "id")
"""

MISTAKES = (
    Mistake(
        id="unknown-source",
        before=WORKFLOW + CREATE + READ,
        wrong='workflow.add_connection("creat", "id", "read", "id")\n',
        after=RUN + 'assert results["read"]["name"] == "Alice"\n',
        code="DF-W103",
        stage="build",
    ),
    Mistake(
        id="type-instead-of-id",
        before=WORKFLOW + CREATE + READ,
        wrong='workflow.add_connection("UserCreateNode", "id", "read", "id")\n',
        after=RUN + 'assert results["read"]["name"] == "Alice"\n',
        code="DF-W103",
        stage="build",
    ),
    Mistake(
        id="unknown-target",
        before=WORKFLOW + CREATE + READ,
        wrong='workflow.add_connection("create", "id", "reed", "id")\n',
        after=RUN,
        code="DF-W103",
        stage="build",
    ),
    Mistake(
        id="after-an-unknown-node",
        before=WORKFLOW + CREATE,
        wrong='workflow.add_node("UserCountNode", "count", {}, after=["creat"])\n',
        after=RUN + 'assert results["count"]["count"] == 1\n',
        code="DF-W103",
        stage="build",
    ),
    Mistake(
        id="unknown-output",
        before=WORKFLOW + CREATE + READ,
        wrong='workflow.add_connection("create", "user_id", "read", "id")\n',
        after=RUN,
        code="DF-W104",
        stage="build",
    ),
    Mistake(
        id="output-named-result",
        before=WORKFLOW + CREATE + READ,
        wrong='workflow.add_connection("create", "result.id", "read", "id")\n',
        after=RUN,
        code="DF-W104",
        stage="build",
    ),
    Mistake(
        id="rows-named-users",
        before=SEEDED_WORKFLOW + LIST + READ,
        wrong='workflow.add_connection("users", "users.0.id", "read", "id")\n',
        after=RUN,
        code="DF-W104",
        stage="build",
    ),
    Mistake(
        id="field-of-a-list",
        before=SEEDED_WORKFLOW + LIST + READ,
        wrong='workflow.add_connection("users", "id", "read", "id")\n',
        after=RUN + 'assert results["read"]["name"] == "Alice"\n',
        code="DF-W104",
        stage="build",
    ),
    Mistake(
        id="rows-without-a-number",
        before=SEEDED_WORKFLOW + LIST + READ,
        wrong='workflow.add_connection("users", "records.id", "read", "id")\n',
        after=RUN + 'assert results["read"]["name"] == "Alice"\n',
        code="DF-W104",
        stage="build",
    ),
    Mistake(
        id="unknown-input",
        before=WORKFLOW + CREATE + READ,
        wrong='workflow.add_connection("create", "id", "read", "identifier")\n',
        after=RUN,
        code="DF-W105",
        stage="build",
    ),
    Mistake(
        id="field-instead-of-data-field",
        before=WORKFLOW + CREATE + 'workflow.add_node("UserUpdateNode", "update", {"id": "u1"}, after=["create"])\n',
        wrong='workflow.add_connection("create", "name", "update", "name")\n',
        after=RUN,
        code="DF-W105",
        stage="build",
    ),
    Mistake(
        id="text-into-a-number",
        before=WORKFLOW + CREATE + LIST,
        wrong='workflow.add_connection("create", "name", "users", "limit")\n',
        after=RUN,
        code="DF-W106",
        stage="build",
        cure=Outside('workflow.add_node(convert, "users_limit")', wrong=CONVERTED),
    ),
    Mistake(
        id="list-into-a-number",
        before=SEEDED_WORKFLOW + LIST + 'workflow.add_node("UserListNode", "more")\n',
        wrong='workflow.add_connection("users", "records", "more", "limit")\n',
        after=RUN,
        code="DF-W106",
        stage="build",
        cure=Outside(
            'workflow.add_node(convert, "more_limit")',
            wrong="""\


def convert(value: list) -> int:
    return len(value)


workflow.add_node(convert, "more_limit")
workflow.add_connection("users", "records", "more_limit", "value")
workflow.add_connection("more_limit", "result", "more", "limit")
""",
        ),
    ),
    Mistake(
        id="input-given-and-connected",
        before=WORKFLOW + CREATE,
        wrong="""\
workflow.add_node("UserReadNode", "read", {"id": "u1"})
workflow.add_connection("create", "id", "read", "id")
""",
        after=RUN,
        code="DF-W113",
        stage="build",
    ),
    Mistake(
        id="input-connected-twice",
        before=WORKFLOW
        + CREATE
        + 'workflow.add_node("UserCreateNode", "second", {"id": "u2", "name": "Bob"})\n'
        + READ
        + 'workflow.add_connection("create", "id", "read", "id")\n',
        wrong='workflow.add_connection("second", "id", "read", "id")\n',
        after=RUN,
        code="DF-W113",
        stage="build",
        cure=Outside("leave one of the connections out", wrong=""),
    ),
    Mistake(
        id="unknown-workflow-input",
        before=SEEDED_WORKFLOW + READ + 'workflow.add_input("user_id", str)\n',
        wrong='workflow.add_connection("inputs", "userid", "read", "id")\n',
        after="""
with LocalRuntime() as runtime:
    runtime.execute(workflow.build(), inputs={"user_id": "u1"})
""",
        code="DF-W104",
        stage="build",
    ),
    Mistake(
        id="cycle",
        before=WORKFLOW
        + """\
workflow.add_node("UserCreateNode", "first", {"id": "u1", "name": "Alice"})
workflow.add_node("UserCreateNode", "second", {"id": "u2", "name": "Bob"})
workflow.add_connection("first", "email", "second", "email")
""",
        wrong='workflow.add_connection("second", "email", "first", "email")\n',
        code="DF-W107",
        stage="build",
        after=RUN,
        cure=Outside("leave out one of the connections of the circle", wrong=""),
    ),
    Mistake(
        id="node-connected-to-itself",
        before=WORKFLOW + 'workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})\n',
        wrong='workflow.add_connection("create", "name", "create", "email")\n',
        after=RUN,
        code="DF-W107",
        stage="build",
        cure=Outside("leave out one of the connections of the circle", wrong=""),
    ),
    Mistake(
        id="empty-list-at-run",
        before=WORKFLOW + LIST + 'workflow.add_node("UserReadNode", "read", {"raise_on_not_found": False})\n',
        wrong='workflow.add_connection("users", "records.0.id", "read", "id")\n' + RUN,
        code="DF-X107",
        stage="run",
        late="how many records there are is only known when the list has been read",
        cure=Outside("take what may be missing out of it in a function between", wrong=GUARDED + RUN),
    ),
)
