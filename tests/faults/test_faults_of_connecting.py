"""A database that cannot be reached: the error comes in time, tells apart what prevents it, and shows no password."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import attrs
import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError
from dataflow_testkit import Kind, PostgresServer, Proxy
from dataflow_testkit.certificates import Authority
from dataflow_testkit.databases import EMPTY
from dataflow_testkit.sessions import SERVERS

PASSWORD = "s3cret-word"


def changed(url: str, **parts: Any) -> str:
    """A URL with other parts."""
    given = urlsplit(url)
    host = f"{parts.get('host', given.hostname)}:{parts.get('port', given.port)}"
    # a user who is known has none
    user = given.username if "path" in parts else f"{parts.get('user', given.username)}:{PASSWORD}"
    return urlunsplit(given._replace(netloc=f"{user}@{host}", path=parts.get("path", given.path)))


async def refusal(db: DataFlow) -> DataFlowError:
    with pytest.raises(DataFlowError) as caught:
        await db.ping()
    chain: BaseException | None = caught.value
    while chain is not None:
        assert PASSWORD not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    return caught.value


async def test_an_unknown_host_is_named(server: Any, open_db: Any) -> None:
    error = await refusal(open_db(changed(server.url, host="nowhere.invalid")))
    assert (error.code, error.message) == ("DF-A112", "there is no host 'nowhere.invalid'")


async def test_a_port_where_nothing_listens_is_named(server: Any, open_db: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = await refusal(open_db(changed(server.url, port=port)))
    assert (error.code, error.message) == ("DF-A112", f"nothing answers at 127.0.0.1:{port}")


async def test_an_unknown_database_is_named(server: Any, open_db: Any) -> None:
    error = await refusal(open_db(changed(server.url, path="/nothing")))
    assert (error.code, error.message) == ("DF-A118", "the server has no database 'nothing'")


async def test_an_unknown_user_is_named(server: Any, open_db: Any) -> None:
    error = await refusal(open_db(changed(server.url, user="nobody")))
    assert (error.code, error.message) == ("DF-A115", "the server refuses the login of user 'nobody'")


async def test_a_wrong_password_is_a_refused_login(server: Any, open_db: Any) -> None:
    await server.ask(*server.speech.with_password)
    error = await refusal(open_db(changed(server.url, user="guarded")))
    assert (error.code, error.message) == ("DF-A115", "the server refuses the login of user 'guarded'")


async def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time(
    server: Any, proxy: Proxy, open_db: Any
) -> None:
    proxy.stall()
    started = time.monotonic()
    error = await refusal(open_db(proxy.url(server.url), connect_timeout_s=0.3))
    assert time.monotonic() - started < 2
    assert (error.code, error.message) == ("DF-A112", f"127.0.0.1:{proxy.port} did not answer within 0.3 s")


async def test_a_silent_server_is_no_exhausted_pool(server: Any, proxy: Proxy, open_db: Any) -> None:
    proxy.stall()
    db = open_db(proxy.url(server.url), connect_timeout_s=0.5, pool_timeout_s=0.1, pool_size=1, pool_max_overflow=0)
    error = await refusal(db)
    assert (error.code, error.message) == ("DF-A112", f"127.0.0.1:{proxy.port} did not answer within 0.5 s")


async def test_a_connection_that_is_cut_while_it_is_opened_is_told(server: Any, proxy: Proxy, open_db: Any) -> None:
    proxy.stall()
    task = asyncio.create_task(refusal(open_db(proxy.url(server.url))))
    async with asyncio.timeout(5):
        while not proxy.connections:  # noqa: ASYNC110  # it has no event to wait for
            await asyncio.sleep(0.01)
    # plain text follows a cut of an encrypted connection, where that is only preferred
    cutting = asyncio.create_task(_cut(proxy, task))
    error = await task
    cutting.cancel()
    assert error.code == "DF-A112"


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("answer", [b"Esorry\0", b""])
async def test_a_server_that_fails_before_encryption_is_agreed_upon_is_no_fault_of_encryption(
    database_kind: Kind, open_db: Any, answer: bytes
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    # as PostgreSQL does where it cannot fork
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        error = await refusal(open_db(f"postgresql://postgres@127.0.0.1:{port}/postgres"))
    told = f"nothing answers at 127.0.0.1:{port} yet: it is starting or stopping"
    assert (error.code, error.message) == ("DF-A112", told)


async def _cut(proxy: Proxy, task: asyncio.Task[Any]) -> None:
    while not task.done():  # another connection may be opened at any time
        proxy.cut()
        await asyncio.sleep(0.01)


async def test_a_server_that_takes_no_more_connections_says_so(server: Any, database_kind: Kind, open_db: Any) -> None:
    small = await asyncio.to_thread(SERVERS[database_kind].made, **SERVERS[database_kind].few_sessions)
    try:
        db = open_db(server.url_of(small), pool_size=20)
        results = await asyncio.gather(*(_transaction(db) for _ in range(20)), return_exceptions=True)
        failed = [one for one in results if isinstance(one, BaseException)]
        assert {getattr(one, "code", one) for one in failed} == {"DF-A124"}
        assert 0 < len(failed) < 20
        await db.Account.create(id="later")
        await db.close()
    finally:
        await asyncio.to_thread(small.remove)


async def _transaction(db: DataFlow) -> None:
    async with db.transaction():
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_encryption_that_the_server_does_not_offer_is_told(server: Any, open_db: Any, mode: str) -> None:
    error = await refusal(open_db(ssl={"mode": mode}))
    assert error.code == "DF-A121"
    assert error.message == "no encrypted connection could be made: the server offers none"
    assert error.problems[0].solutions[0].text == "have the server offer it: it needs a certificate and its key"


@attrs.frozen
class Encrypted:
    """A server with a certificate for 127.0.0.1, who signed it, and somebody else."""

    own: PostgresServer
    signed: Authority
    other: Authority


@pytest.fixture(scope="module")
def encrypted_of_kinds() -> Iterator[dict[Kind, Encrypted]]:
    made: dict[Kind, Encrypted] = {}
    yield made
    for one in made.values():
        one.own.remove()
        one.signed.remove()
        one.other.remove()


@pytest.fixture
def encrypted(database_kind: Kind, encrypted_of_kinds: dict[Kind, Encrypted]) -> Encrypted:
    """Give a server that offers encryption."""
    if database_kind not in encrypted_of_kinds:
        speech = SERVERS[database_kind]
        signed, other = Authority.made(speech.account), Authority.made(speech.account)
        own = speech.made(**speech.encrypted(*signed.certificate("127.0.0.1")))
        encrypted_of_kinds[database_kind] = Encrypted(own, signed, other)
    EMPTY[database_kind](encrypted_of_kinds[database_kind].own.url)
    return encrypted_of_kinds[database_kind]


@pytest.mark.parametrize("mode", ["prefer", "require", "verify-ca", "verify-full"])
async def test_a_certificate_that_holds_is_taken(server: Any, encrypted: Encrypted, open_db: Any, mode: str) -> None:
    ca = {"ca": str(encrypted.signed.root)} if mode.startswith("verify") else {}
    db = open_db(server.url_of(encrypted.own), ssl={"mode": mode, **ca})
    await db.Account.create(id="a")
    assert await db.Account.count() == 1
    assert await is_encrypted(db, server)


async def is_encrypted(db: DataFlow, server: Any) -> bool:
    workflow = db.workflow()
    workflow.add_node("SQLNode", "ask", {"sql": server.speech.cipher})
    results, _ = await AsyncLocalRuntime().execute(workflow.build())
    ((value,),) = (list(row.values())[-1:] for row in results["ask"]["rows"])
    return bool(value)


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: Any, encrypted: Encrypted, open_db: Any
) -> None:
    url = server.url_of(encrypted.own)
    error = await refusal(open_db(url, ssl={"mode": "verify-full", "ca": str(encrypted.other.root)}))
    assert error.code == "DF-A121"
    assert error.message.startswith("no encrypted connection could be made: the server's certificate does not hold: ")
    assert error.problems[0].solutions[0].text == "name who signed the certificate:"


async def test_a_certificate_of_another_host_is_refused(server: Any, encrypted: Encrypted, open_db: Any) -> None:
    url, ca = server.url_of(encrypted.own).replace("127.0.0.1", "localhost"), str(encrypted.signed.root)
    error = await refusal(open_db(url, ssl={"mode": "verify-full", "ca": ca}))
    assert (error.code, error.message) == (
        "DF-A121",
        "no encrypted connection could be made: the server's certificate does not hold: "
        "Hostname mismatch, certificate is not valid for 'localhost'",
    )
    assert [one.text for one in error.problems[0].solutions] == [
        "connect to a name that stands in the certificate:",
        "or have only its signature checked:",
    ]
    await open_db(url, ssl={"mode": "verify-ca", "ca": ca}).Account.create(id="a")


@pytest.mark.databases("postgres")
async def test_a_server_that_wants_encryption_says_so(server: Any, database_kind: Kind, open_db: Any) -> None:
    rules = server.own.place / "data" / "pg_hba.conf"
    text = rules.read_text()
    rules.write_text("hostssl all strict 127.0.0.1/32 trust\nhost all postgres 127.0.0.1/32 trust\n")
    await server.ask("DROP ROLE IF EXISTS strict", "CREATE ROLE strict LOGIN", "SELECT pg_reload_conf()")
    try:
        error = await refusal(open_db(changed(server.url, user="strict"), ssl={"mode": "disable"}))
    finally:
        rules.write_text(text)
        await server.ask("SELECT pg_reload_conf()")
    told = "no encrypted connection could be made: the server refuses this user without one"
    assert (error.code, error.message) == ("DF-A121", told)
    assert error.problems[0].solutions[0].code == 'DataFlow(ssl={"mode": "require"})'
