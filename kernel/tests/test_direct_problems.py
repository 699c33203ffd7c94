"""What a direct call that cannot be answered is told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError, ExecutionError, NodeError, field

Calls = Callable[[Any], Awaitable[object]]


@pytest.fixture
async def db() -> AsyncIterator[DataFlow]:
    async with DataFlow() as db:

        @db.model
        class User:
            id: str
            email: str = field(unique=True)
            age: int = 0
            secret: str = ""

        yield db


KEYWORDS: list[tuple[Calls, str, str]] = [
    (lambda users: users.list(age=3), "db.User.list() takes no fields as keywords: 'age'", 'db.User.list(filter={"age": 3})'),
    (lambda users: users.count(age=3, email="a"), "db.User.count() takes no fields as keywords: 'age', 'email'", 'db.User.count(filter={"age": 3, "email": "a"})'),
    (lambda users: users.read(email="a"), "db.User.read() takes no fields as keywords: 'email'", 'db.User.read(filter={"email": "a"})'),
    (lambda users: users.delete(age=3), "db.User.delete() takes no fields as keywords: 'age'", 'db.User.delete(filter={"age": 3})'),
    (lambda users: users.list(lmit=3), "unknown keyword 'lmit' of db.User.list()", "limit=..."),
    (lambda users: users.list(emial="a"), "unknown keyword 'emial' of db.User.list()", 'filter={"email": ...}'),
    (lambda users: users.delete(colour="red"), "unknown keyword 'colour' of db.User.delete()", ""),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message", "cure"), KEYWORDS, ids=[one[1] for one in KEYWORDS])
async def test_a_keyword_that_is_none_is_told_with_the_filter_that_was_meant(
    db: DataFlow, call: Calls, message: str, cure: str
) -> None:
    with pytest.raises(NodeError) as caught:
        await call(db.User)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.solutions[0].code) == ("DF-N107", message, cure)
    assert problem.where.call is not None
    assert problem.where.call.file == __file__


CURES: list[tuple[Calls, str, str]] = [
    (lambda users: users.create(["a"]), "DF-N101", 'give many to the bulk node: add_node("UserBulkCreateNode", ...)'),
    (lambda users: users.create("a"), "DF-N101", 'write it as: "data": {"id": "user-123", "email": "alice@example.com"}'),
    (lambda users: users.update("a", "b"), "DF-N101", 'write it as: "data": {"email": "alice@example.com"}'),
    (lambda users: users.update("a", {}), "DF-N116", 'say what to change: "data": {"email": "alice@example.com"}'),
    (lambda users: users.bulk_create("a"), "DF-N101", 'give a list of records: "data": [{...}, {...}]'),
    (lambda users: users.list({"colour": 1}), "DF-N103", "use one of: id, email, age, secret, created_at, updated_at"),
    (lambda users: users.list(fields=["colour"]), "DF-N103", "use one of: id, email, age, secret, created_at, updated_at"),
    (lambda users: users.list(fields=["emial"]), "DF-N103", 'did you mean: "email"'),
    (lambda users: users.list(fields=[]), "DF-N116", "leave 'fields' out for all of them, or name some: \"fields\": [\"id\"]"),
    (lambda users: users.list(cursor="x", offset=1), "DF-N116", 'leave \'offset\' out where there is a cursor: "cursor": ...'),
    (lambda users: users.upsert({"id": "a"}, conflict_on=["emial"]), "DF-N103", 'did you mean \'email\'? "conflict_on": ["email"]'),
    (lambda users: users.upsert({"id": "a"}, conflict_on=["x"]), "DF-N103", 'name fields that are unique: "conflict_on": ["id"] or "conflict_on": ["email"]'),
]  # fmt: skip


@pytest.mark.parametrize(("call", "code", "cure"), CURES, ids=[one[2] for one in CURES])
async def test_every_problem_has_a_way_out(db: DataFlow, call: Calls, code: str, cure: str) -> None:
    with pytest.raises(DataFlowError) as caught:
        await call(db.User)
    problem = next(one for one in caught.value.problems if one.code == code)
    assert f"{problem.solutions[0].text} {problem.solutions[0].code}".rstrip() == cure


def test_the_plain_form_after_its_close_speaks_of_itself() -> None:
    db = DataFlow()

    @db.model
    class User:
        id: str

    db.sync.User.create(id="a")
    db.sync.close()
    with pytest.raises(ExecutionError) as caught:
        db.sync.User.count()
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("DF-X104", "db.sync is closed")
    assert problem.solutions[0].code == "db = DataFlow(...)"
