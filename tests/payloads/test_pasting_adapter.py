"""An adapter that pastes values into its statements fails what the others pass: the payloads bite."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from dataflow import DataFlow, DataFlowError
from dataflow.config.options import Config
from dataflow.plugins.hookspecs import hookimpl
from dataflow_sqlite import SQLitePlugin
from dataflow_sqlite.adapter import SQLiteAdapter
from dataflow_sqlite.functions import teach
from dataflow_sqlite.opening import Database
from dataflow_testkit.compliance.injections import CHECKS, PayloadRecord
from dataflow_testkit.compliance.payloads import CANARY, PayloadCanary, check_canaries, plant
from dataflow_testkit.compliance.suite import sql


class Pasting(sqlite3.Connection):
    """A connection as a careless hand would write it."""

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        return super().execute(pasted(statement, values))

    def executemany(self, statement: str, rows: Any) -> sqlite3.Cursor:
        for values in rows:
            cursor = super().execute(pasted(statement, values))
        return cursor


def pasted(statement: str, values: Any) -> str:
    for value in values:
        written = "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)
        statement = statement.replace("?", written, 1)
    return statement


@attrs.frozen
class PastingDatabase(Database):
    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            str(self.path), timeout=self.busy_timeout_s, isolation_level=None, check_same_thread=False, factory=Pasting
        )
        teach(raw)
        return raw


@attrs.define(eq=False)
class PastingPlugin(SQLitePlugin):
    @hookimpl
    def dataflow_adapter(self, config: Config) -> SQLiteAdapter | None:
        url = config.database_url
        self._adapter = SQLiteAdapter(
            PastingDatabase(url.path), str(url), config.pool_size, config.pool_timeout_s, config.statement_timeout_s
        )
        return self._adapter


@pytest.fixture
async def pasting(tmp_path: Path) -> AsyncIterator[DataFlow]:
    async with DataFlow(f"sqlite:///{tmp_path}/pasted.db", plugins=[PastingPlugin()]) as db:
        for model in (PayloadRecord, PayloadCanary):
            db.model(model)
        await plant(db)
        yield db


@pytest.mark.parametrize("name", CHECKS)
async def test_a_pasting_adapter_fails(pasting: DataFlow, name: str) -> None:
    await pasting.PayloadRecord.create(id="an ordinary text", document={"a": 1})
    assert (await pasting.PayloadRecord.read("an ordinary text"))["document"] == {"a": 1}
    await pasting.PayloadRecord.delete("an ordinary text")
    with pytest.raises((AssertionError, DataFlowError)):
        await CHECKS[name](pasting)


async def test_a_pasting_adapter_lets_secrets_out_and_changes_what_is_not_its_own(pasting: DataFlow) -> None:
    await pasting.PayloadRecord.create(id="a", text="'||(SELECT word FROM payload_canaries)||'")
    assert (await pasting.PayloadRecord.read("a"))["text"] == CANARY
    await pasting.PayloadCanary.update(filter={"word": "no' OR '1' = '1"}, data={"word": "dead"})
    with pytest.raises(AssertionError):
        await check_canaries(pasting)


async def test_a_careful_adapter_does_not(tmp_path: Path) -> None:
    async with DataFlow(f"sqlite:///{tmp_path}/bound.db") as db:
        for model in (PayloadRecord, PayloadCanary):
            db.model(model)
        await plant(db)
        for check in CHECKS.values():
            await db.PayloadRecord.bulk_delete(filter={}, all=True)
            await check(db)
        await check_canaries(db)
        assert (await sql(db, "SELECT count(*) AS n FROM payload_canaries"))["rows"] == [{"n": 2}]
