"""What nobody may read: no error, no cause behind it, no description and no trace shows a password or what is named like one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, field
from dataflow_testkit.compliance.payloads import check_error, everything_shown, refusal
from dataflow_testkit.compliance.suite import sql

SECRET = "hunter2-tr0ub4dor"


class Account:
    id: str
    email: str | None = field(default=None, unique=True)
    password: str | None = field(default=None, unique=True)
    api_token: str | None = field(default=None, max_length=20)
    pin_secret: int | None = None
    profile: dict[str, Any] | None = None


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url, debug=True) as db:
        db.model(Account)
        yield db


async def test_no_error_shows_a_secret(db: DataFlow, capfd: pytest.CaptureFixture[str]) -> None:
    accounts = db.Account
    await accounts.create(id="1", password=SECRET)
    statement = "INSERT INTO accounts (id, password, created_at, updated_at) SELECT :id, :password, created_at, updated_at FROM accounts"
    for work in (
        accounts.create(id="2", password=SECRET),
        accounts.bulk_create([{"id": "2"}, {"id": "3", "password": SECRET}]),
        accounts.create(id="2", password=[SECRET]),
        accounts.create(id="2", pin_secret=SECRET),
        accounts.create(id="2", api_token=SECRET * 2),
        accounts.update("1", {"pin_secret": SECRET}),
        accounts.upsert({"id": "2", "password": SECRET}),
        accounts.list({"pin_secret": SECRET}),
        accounts.list({"password": {"$gt": [SECRET]}}),
        accounts.list({"password": [SECRET]}),
        accounts.list({"password": {"$in": SECRET}}),
        accounts.list({"profile.password": {"$startswith": {"a": SECRET}}}),
        accounts.list({"password": {"$between": SECRET}}),
        accounts.create(id="2", passwrd=SECRET),
        sql(db, "SELECT * FROM nowhere WHERE password = :password", {"password": SECRET}),
        sql(db, "SELECT * FRM accounts WHERE password = :password", {"password": SECRET}),
        sql(db, statement, {"id": "2", "password": SECRET}),
        sql(db, "SELECT 1 FROM accounts WHERE id IN :ids", {"password": SECRET}),
    ):
        await refusal(work, [SECRET])
    traced = "".join(capfd.readouterr())
    assert "[DataFlow:SQL]" in traced
    assert SECRET not in traced


async def test_no_error_of_a_workflow_shows_a_secret(db: DataFlow, capfd: pytest.CaptureFixture[str]) -> None:
    await db.Account.create(id="1", password=SECRET)
    for params in ({"id": "2", "password": SECRET}, {"id": "2", "pin_secret": SECRET}):
        await refusal(run(db, params), [SECRET])
    assert SECRET not in "".join(capfd.readouterr())


async def run(db: DataFlow, params: dict[str, Any]) -> None:
    workflow = db.workflow()
    workflow.add_node("AccountCreateNode", "create", {"data": params})
    await AsyncLocalRuntime().execute(workflow.build())


@pytest.mark.databases("postgres", "mysql")
@pytest.mark.parametrize(
    "user", [f"nobody:{SECRET}@", f"nobody:{SECRET}%40@", f"nobody:{SECRET}@x@", f"nobody:{SECRET}/%zz#?@"]
)
@pytest.mark.parametrize("port", [None, 1])
async def test_no_message_shows_the_password_of_the_url(database_url: str, user: str, port: int | None) -> None:
    parts = urlsplit(database_url)
    place = f"{user}{parts.hostname}:{port or parts.port or ''}".removesuffix(":")
    try:
        async with DataFlow(urlunsplit(parts._replace(netloc=place)), connect_timeout_s=2) as db:
            db.model(Account)
            described = (
                db,
                db.config,
                db.adapter,
                db.adapter.pools(),
                db.connection_pools.inspect(),
                db.plugins.inspect(),
            )
            assert SECRET not in "\n".join((*map(repr, described), *map(str, described)))
            await db.Account.count()
    except DataFlowError as error:
        check_error(error, [SECRET])


async def test_a_description_shows_no_secret(db: DataFlow) -> None:
    class Robot:
        id: int
        password: str = SECRET

    db.model(Robot)
    described = (db.inspect_model("Robot"), db.inspect_node("RobotCreateNode"), db.models["Robot"].fields["id"])
    assert SECRET not in "\n".join((*map(repr, described), *map(str, described)))


async def test_a_default_that_does_not_fit_shows_no_secret(db: DataFlow) -> None:
    with pytest.raises(DataFlowError) as caught:

        @db.model
        class Robot:
            id: int
            pin_secret: int = SECRET  # type: ignore[assignment]  # what is refused

    assert SECRET not in everything_shown(caught.value).replace("pin_secret: int = SECRET", "")
