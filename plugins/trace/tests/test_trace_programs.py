"""Whole programs on real databases: every line, in order, with ids and durations replaced by their names."""

import asyncio
import re
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, LocalRuntime, NodeFailed, field
from dataflow.diagnostics import Problem, error_of

Captured = pytest.CaptureFixture[str]

_CHANGING = (
    (r"\d+(\.\d+)? ms", "N ms"),
    (r"\b(run|call) [0-9a-f]{4}\b", r"\1 ID"),
    (r"transaction t\d+", "transaction T"),
    (r"SAVEPOINT s\d+", "SAVEPOINT S"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00:00", "NOW"),
    # how each driver writes the place of a value
    (r"\$\d+|%s", "?"),
)


def lines(captured: Captured) -> list[str]:
    text = captured.readouterr().err
    for pattern, name in _CHANGING:
        text = re.sub(pattern, name, text)
    return text.splitlines()


def texts(captured: Captured, area: str) -> list[str]:
    """The lines of an area without its name."""
    return [line.partition("] ")[2].strip() for line in lines(captured) if line.startswith(f"[DataFlow:{area}]")]


class User:
    id: str
    name: str
    email: str | None = field(default=None, unique=True)
    password: str | None = None


def opened(database_url: str | None = None, **options: Any) -> DataFlow:
    trace = {"colour": False, **options.pop("trace", {})}
    db = DataFlow(database_url, **{"plugins": ["trace"], "debug": True, "trace": trace, **options})
    db.model(User)
    return db


async def test_a_small_program_line_by_line(capsys: Captured) -> None:
    async with opened(profile="testing", schema_cache_enabled=True) as db:
        workflow = db.workflow("signup")
        workflow.add_node("UserCreateNode", "create", {"id": "user-123", "name": "Alice", "password": "hunter2"})
        async with AsyncLocalRuntime() as runtime:
            await runtime.execute(workflow.build())
        assert await db.User.count() == 1
    assert lines(capsys) == [
        "[DataFlow:Init]   database sqlite:///:memory:   pool writer 1   plugins sqlite, trace",
        "[DataFlow:Model]  registered User: id str, name str, email str | None, password str | None, created_at datetime, updated_at datetime",
        "[DataFlow:Nodes]  generated 11: UserCreateNode, UserReadNode, UserUpdateNode, UserDeleteNode, UserListNode, UserCountNode, UserUpsertNode, UserBulkCreateNode, UserBulkUpdateNode, UserBulkDeleteNode, UserBulkUpsertNode",
        "[DataFlow:Exec]   run ID workflow signup",
        "[DataFlow:Exec]   run ID node create UserCreateNode {'data': {'id': 'user-123', 'name': 'Alice', 'password': '***'}}",
        "[DataFlow:Migration] created table users   run ID node create",
        "[DataFlow:Cache]  schema cache: users ensured (miss, table created, N ms)   run ID node create",
        "[DataFlow:SQL]    INSERT INTO users (id, name, email, password, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)   6 params   N ms   run ID node create",
        "[DataFlow:Result] run ID node create ok N ms {'id': 'user-123', 'name': 'Alice', 'email': None, 'password': '***', 'created_at': NOW, 'updated_at': NOW}",
        "[DataFlow:Result] run ID ok N ms 1 node",
        "[DataFlow:Exec]   call ID UserCountNode {}",
        "[DataFlow:Cache]  schema cache: users known (hit)   call ID",
        "[DataFlow:SQL]    SELECT count(*) AS count_1 FROM users   0 params   N ms   call ID",
        "[DataFlow:Result] call ID ok N ms {'count': 1}",
    ]


@pytest.mark.databases("postgres", "mysql")
async def test_the_pool_of_a_server_is_told_by_its_size_and_overflow(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, pool_size=20, pool_max_overflow=30) as db:
        shown = db.adapter.display_url
    (line,) = texts(capsys, "Init")
    assert line.startswith(f"database {shown}   pool 20+30   plugins ")


async def test_a_direct_call_that_fails_is_told_with_its_code(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, debug="exec,sql,result") as db:
        await db.User.create(id="a", name="A", email="a@b.c", password="hunter2")
        lines(capsys)
        with pytest.raises(DataFlowError):
            await db.User.create(id="b", name="B", email="a@b.c", password="hunter2")
        with pytest.raises(DataFlowError):
            await db.User.create(id="c")
    given = "{'id': 'b', 'name': 'B', 'email': 'a@b.c', 'password': '***'}"
    exec_, sql, result, second, refused = lines(capsys)
    assert exec_ == f"[DataFlow:Exec]   call ID UserCreateNode {{'data': {given}}}"
    assert sql.startswith("[DataFlow:SQL]    INSERT INTO ")
    assert sql.endswith("   6 params   N ms   failed DF-A101   call ID")
    assert result.startswith("[DataFlow:Result] call ID failed N ms DF-A101: ")
    assert second == "[DataFlow:Exec]   call ID UserCreateNode {'data': {'id': 'c'}}"
    assert refused.startswith("[DataFlow:Result] call ID failed N ms DF-N102: ")


async def test_a_node_that_fails_is_told_with_its_code_and_so_is_its_run(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, debug="result") as db:
        workflow = db.workflow()
        workflow.add_node("UserReadNode", "read", {"id": "nobody"})
        with pytest.raises(NodeFailed):
            await AsyncLocalRuntime().execute(workflow.build())
    node, run = texts(capsys, "Result")
    assert node.startswith("run ID node read failed N ms DF-X102: ")
    assert run.startswith("run ID failed N ms DF-X102: ")


async def test_a_transaction_is_told_from_begin_to_end(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, debug="sql") as db:
        await db.User.create(id="a", name="A")
        lines(capsys)
        async with db.transaction(isolation="SERIALIZABLE"):
            await db.User.count()
            async with db.transaction():
                await db.User.update("a", {"name": "B"})
            with pytest.raises(RuntimeError, match="inner"):
                async with db.transaction():
                    raise RuntimeError("inner")
        with pytest.raises(RuntimeError, match="outer"):
            async with db.transaction():
                raise RuntimeError("outer")
    told = texts(capsys, "SQL")
    statements = [one for one in told if "SELECT" in one or "UPDATE" in one]
    assert all(one.endswith("   N ms   call ID   transaction T") for one in statements)
    assert [one for one in told if one not in statements] == [
        "BEGIN   {'isolation': 'SERIALIZABLE'}   N ms   transaction T",
        "SAVEPOINT S   N ms   transaction T",
        "RELEASE SAVEPOINT S   N ms   transaction T",
        "SAVEPOINT S   N ms   transaction T",
        "ROLLBACK TO SAVEPOINT S   N ms   transaction T",
        "COMMIT   N ms   transaction T",
        "BEGIN   N ms   transaction T",
        "ROLLBACK   N ms   transaction T",
    ]


async def test_a_scope_of_a_run_and_its_members_share_a_transaction(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, debug="sql,result") as db:
        await db.User.count()
        workflow = db.workflow()
        with workflow.transaction("tx"):
            workflow.add_node("UserCreateNode", "create", {"id": "a", "name": "A"})
        lines(capsys)
        await AsyncLocalRuntime().execute(workflow.build())
    begin, opened_, insert, created, commit, run = lines(capsys)
    assert begin == "[DataFlow:SQL]    BEGIN   N ms   run ID node tx   transaction T"
    assert opened_ == "[DataFlow:Result] run ID node tx ok N ms {'start': <transaction T>}"
    assert insert.endswith("   run ID node create   transaction T")
    assert created.startswith("[DataFlow:Result] run ID node create ok N ms {'id': 'a'")
    assert commit == "[DataFlow:SQL]    COMMIT   N ms   run ID node tx   transaction T"
    assert run == "[DataFlow:Result] run ID ok N ms 2 nodes"


async def test_rows_are_counted_and_never_listed(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, debug="exec,sql,result") as db:
        await db.User.bulk_create([{"id": f"canary{n}", "name": "A"} for n in range(3)], return_ids=True)
        await db.User.bulk_update([{"id": f"canary{n}", "name": "B"} for n in range(3)])
        await db.User.bulk_upsert([{"id": f"canary{n}", "name": "C"} for n in range(3)])
        await db.User.list()
        await db.User.bulk_delete([f"canary{n}" for n in range(2)])
    told = lines(capsys)
    assert "canary" not in "".join(told)
    assert [line for line in told if line.startswith("[DataFlow:Exec]")] == [
        "[DataFlow:Exec]   call ID UserBulkCreateNode {'data': <3 rows>, 'return_ids': True}",
        "[DataFlow:Exec]   call ID UserBulkUpdateNode {'data': <3 rows>}",
        "[DataFlow:Exec]   call ID UserBulkUpsertNode {'data': <3 rows>}",
        "[DataFlow:Exec]   call ID UserListNode {}",
        "[DataFlow:Exec]   call ID UserBulkDeleteNode {'ids': <2 ids>}",
    ]
    assert [line.partition(" ms ")[2] for line in told if line.startswith("[DataFlow:Result]")] == [
        "{'created': 3, 'skipped': 0, 'updated': 0, 'ids': <3 ids>}",
        "{'updated': 3}",
        "{'created': 0, 'updated': 3}",
        "{'records': <3 rows>, 'total': 3, 'next_cursor': None}",
        "{'deleted': 2}",
    ]
    bulk = [line for line in told if line.startswith("[DataFlow:SQL]")][:3]
    assert all("   3 rows   N ms   call ID" in line for line in bulk)


async def test_no_secret_is_told(database_url: str, capsys: Captured) -> None:
    secret = "hunter2-tr0ub4dor"
    for form in ("text", "json"):
        async with opened(database_url, trace={"format": form}) as db:
            await db.User.create(id=form, name="A", password=secret)
            await db.User.list({"password": {"$in": [secret]}})
            await db.User.bulk_create([{"id": f"{form}1", "name": "A", "password": secret}])
            workflow = db.workflow()
            free = f"SELECT id FROM users WHERE password = '{secret}' OR password = :given /* {secret} */ OR id = 'x'"
            workflow.add_node("SQLNode", "sql", {"sql": free, "params": {"given": secret}})
            workflow.add_node(
                "SQLNode", "listed", {"sql": "SELECT id FROM users WHERE password = ?", "params": [secret]}
            )
            workflow.add_node("PythonCodeNode", "code", {"code": f"result = len('{secret}')"})
            await AsyncLocalRuntime().execute(workflow.build())
            with pytest.raises(DataFlowError):
                await db.User.create(id=form, name=["no text"], password=secret)
    told = capsys.readouterr().err
    assert told.count("SELECT id FROM users WHERE password = ") == 4
    assert secret not in told


async def test_runs_side_by_side_are_told_apart(database_url: str, capsys: Captured) -> None:
    async with opened(database_url, debug="exec,sql") as db:
        await db.User.count()
        capsys.readouterr()
        runs = []
        for number in range(5):
            workflow = db.workflow(f"w{number}")
            workflow.add_node("UserCreateNode", f"n{number}", {"id": f"k{number}", "name": "A"})
            runs.append(AsyncLocalRuntime().execute(workflow.build()))
        ids = [run_id[:4] for _, run_id in await asyncio.gather(*runs)]
    told = capsys.readouterr().err.splitlines()
    for number, run_id in enumerate(ids):
        own = [line for line in told if f"run {run_id}" in line]
        assert [line[:15] for line in own] == ["[DataFlow:Exec]", "[DataFlow:Exec]", "[DataFlow:SQL] "]
        assert [f"node n{number}" in line for line in own] == [False, True, True]


def test_a_call_inside_of_a_node_s_function_belongs_to_the_node(database_url: str, capsys: Captured) -> None:
    db = opened(database_url, debug="exec,sql")

    @db.node
    def counted() -> int:
        return int(db.sync.User.count())

    workflow = db.workflow()
    workflow.add_node("counted", "one", {})
    with LocalRuntime() as runtime:
        runtime.execute(workflow.build())
    db.sync.close()
    told = lines(capsys)
    assert told[:-1] == [
        "[DataFlow:Exec]   run ID workflow workflow",
        "[DataFlow:Exec]   run ID node one counted {}",
        "[DataFlow:Exec]   run ID node one call ID UserCountNode {}",
    ]
    assert told[-1].endswith("   0 params   N ms   run ID node one call ID")


async def test_what_is_tried_again_is_told_with_the_reason(database_url: str, capsys: Captured) -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            problem = Problem(code="DF-A107", message="two transactions waited for each other")
            raise error_of(problem)

    async with opened(database_url, debug="sql") as db:
        await db.run_transaction(work)
    told = texts(capsys, "SQL")
    assert [line for line in told if line.startswith("retry")] == [
        "retry 1 after DF-A107: two transactions waited for each other",
        "retry 2 after DF-A107: two transactions waited for each other",
    ]


async def test_a_node_that_is_tried_again_is_told(capsys: Captured) -> None:
    tries = 0
    async with opened(debug="exec", trace={"level": "warning"}) as db:

        @db.node
        async def shaky() -> int:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise ConnectionError("gone")
            return tries

        workflow = db.workflow()
        workflow.add_node("shaky", "one", {}, retry=2)
        await AsyncLocalRuntime().execute(workflow.build())
    assert lines(capsys) == [
        "[DataFlow:Exec]   run ID node one retry 1 after DF-X101: shaky raised ConnectionError: gone"
    ]


async def test_a_cache_that_asks_the_database_is_told_with_its_time(database_url: str, capsys: Captured) -> None:
    async with opened(
        database_url, debug="cache,migration", schema_cache_validation=True, schema_cache_ttl_s=1e-9
    ) as db:
        await db.User.count()
        await db.User.count()
    told = lines(capsys)
    assert told == [
        "[DataFlow:Migration] created table users   call ID",
        "[DataFlow:Cache]  schema cache: users ensured (miss, table created, N ms)   call ID",
        "[DataFlow:Cache]  schema cache: users validated (hit, N ms)   call ID",
    ]
