"""Injection: every position that takes a text, a key or a name is given hundreds that mean harm; all of them are data or refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from dataflow import AsyncLocalRuntime, DataFlow, Index
from dataflow.expressions.evaluate import matches
from dataflow.expressions.tree import Compare
from dataflow_testkit.compliance.payloads import (
    OPERATORS,
    TEXTS,
    WORDS,
    PayloadCanary,
    answered,
    by_id,
    check_canaries,
    parts,
    plant,
    refusal,
)
from dataflow_testkit.compliance.suite import Compliance, Open, sql

#: of one call, so that each stays a statement of a usual size
SOME = 60


class PayloadRecord:
    __indexes__: ClassVar[Sequence[Index]] = [Index("text", "number", unique=True)]

    id: str
    text: str = ""
    number: int = 0
    document: dict[str, Any] | None = None
    words: list[str] | None = None


class PayloadNumber:
    id: int
    whole: int | None = None
    password: str | None = None


Check = Callable[[DataFlow], Coroutine[Any, Any, None]]


def record(number: int, text: str) -> dict[str, Any]:
    return {"id": text, "text": text, "number": number, "document": {text: text, "list": [text]}, "words": [text, "x"]}


async def stored(db: DataFlow) -> list[dict[str, Any]]:
    rows = (await db.PayloadRecord.list(sort="number", limit=10_000))["records"]
    return [{name: row[name] for name in ("id", "text", "number", "document", "words")} for row in rows]


RECORDS = [record(number, text) for number, text in enumerate(TEXTS)]
FEW = RECORDS[::3]


async def check_many(db: DataFlow) -> None:
    """Values and keys of bulk writes come back as they were, and are found by themselves."""
    for rows in parts(RECORDS, 200):
        await db.PayloadRecord.bulk_create(rows)
    assert await stored(db) == RECORDS
    found = await db.PayloadRecord.list({"id": {"$in": list(TEXTS)}}, limit=10_000)
    assert by_id(found["records"]).keys() == set(TEXTS)
    turned = [{"id": row["id"], "text": f"{row['text']}!", "document": {"a": row["text"]}} for row in RECORDS]
    assert await db.PayloadRecord.bulk_update(turned) == {"updated": len(TEXTS)}
    wanted = [{**row, **change} for row, change in zip(RECORDS, turned, strict=True)]
    assert await stored(db) == wanted
    assert (await db.PayloadRecord.bulk_upsert(FEW))["updated"] == len(FEW)
    await db.PayloadRecord.bulk_create(FEW, on_conflict="update", return_ids=True)
    await db.PayloadRecord.bulk_create(FEW, on_conflict="skip", conflict_on=["text", "number"])
    again = {row["id"]: row for row in FEW}
    assert await stored(db) == [again.get(row["id"], row) for row in wanted]
    assert await db.PayloadRecord.bulk_delete(ids=list(TEXTS)) == {"deleted": len(TEXTS)}


async def check_one_by_one(db: DataFlow) -> None:
    """The operations on one record take any text as its key and as its values."""
    for row in FEW:
        key = row["id"]
        assert (await db.PayloadRecord.create(row))["text"] == key
        assert (await db.PayloadRecord.read(key))["document"] == row["document"]
        assert (await db.PayloadRecord.update(key, {"text": f"{key}{key}"}))["text"] == key + key
        assert (await db.PayloadRecord.update(filter={"text": key + key}, data={"words": [key]}))["updated"] == 1
        changed = await db.PayloadRecord.upsert(row, conflict_on=["id"])
        assert ({name: changed[name] for name in row}, changed["created"]) == (row, False)
    assert await stored(db) == FEW
    for row in FEW:
        assert await db.PayloadRecord.delete(filter={"text": {"$eq": row["text"]}, "id": row["id"]}) == {"deleted": 1}


async def check_filters(db: DataFlow) -> None:
    """Each operator of text finds what it finds in Python."""
    await db.PayloadRecord.bulk_create(FEW)
    texts = [row["text"] for row in FEW]
    for texts_of_one in parts(texts, SOME):
        for operator in ("eq", "ne", "like", "ilike", "contains", "startswith", "endswith", "gt", "lte", "regex"):
            given = [re.escape(text) if operator == "regex" else text for text in texts_of_one]
            listed: list[Any] = [{"text": {f"${operator}": text}} for text in given]
            compared = [Compare("text", operator, text) for text in given]
            found = await db.PayloadRecord.list({"$or": listed}, limit=10_000)
            wanted = {row["id"] for row in FEW if any(matches(one, row) for one in compared)}
            assert by_id(found["records"]).keys() == wanted, operator
    for text in texts:
        page = await db.PayloadRecord.list({"text": text, "words": {"$contains": text}}, fields=["id"])
        assert (page["records"], page["total"]) == ([{"id": text}], 1)


async def check_places(db: DataFlow) -> None:
    """A name in a path finds what has that name and nothing else, or is refused."""
    await db.PayloadRecord.bulk_create(FEW)
    for row in FEW:
        name = row["text"]
        found = await answered(db.PayloadRecord.list({f"document.{name}": name}, fields=["id"]))
        if found is not None:
            assert found["records"] == ([{"id": name}] if "." not in name else [])
        there = await answered(db.PayloadRecord.count({f"document.{name}.list.0": {"$contains": name}}))
        assert there in (None, 0)
    for text in [row["text"] for row in FEW[::3]]:
        assert await db.PayloadRecord.count({"document": {"$eq": {text: text, "list": [text]}}}) == 1
        assert await db.PayloadRecord.count({"document.list": {"$contains": text}}) == 1


async def check_pages(db: DataFlow) -> None:
    """A cursor that a text stands in leads on from it."""
    await db.PayloadRecord.bulk_create(FEW)
    seen: list[str] = []
    cursor = None
    while cursor is not None or not seen:
        page = await db.PayloadRecord.list(sort=["text", "-number"], limit=25, cursor=cursor, fields=["text"])
        seen += [row["text"] for row in page["records"]]
        cursor = page["next_cursor"]
    assert seen == sorted(row["text"] for row in FEW)


async def check_taken(db: DataFlow) -> None:
    """A value that is taken is told in the framework's words."""
    await db.PayloadRecord.bulk_create(FEW)
    for row in FEW[::3]:
        for work in (
            db.PayloadRecord.create(row),
            db.PayloadRecord.create({**row, "id": f"{row['id']}-"}),
            db.PayloadRecord.bulk_create([{**row, "number": -1}]),
        ):
            assert (await refusal(work)).code == "DF-A101"


CHECKS: Mapping[str, Check] = {
    check.__name__.removeprefix("check_"): check
    for check in (check_many, check_one_by_one, check_filters, check_places, check_pages, check_taken)
}


async def names_refused(db: DataFlow, name: Any) -> None:
    """A name that is none, in each position that takes one, is refused before anything is asked of the database."""
    records = db.PayloadRecord
    for work in (
        records.create({"id": "x", name: "x"}),
        records.bulk_create([{"id": "x", name: "x"}]),
        records.update("x", {name: "x"}),
        records.list({name: "x"}),
        records.list({"text": {name: "x"}}),
        records.list({"$or": [{"text": {"$not": {name: "x"}}}]}),
        records.count({f"{name}.text": "x"}),
        records.list(sort=[name]),
        records.list(sort=[{name: -1}]),
        records.list(sort=[{"text": name}]),
        records.list(fields=["id", name]),
        records.list(cursor=f"{name}="),
        records.list(limit=name),
        records.list(offset=name or "x"),  # type: ignore[arg-type]  # a text, as of a request
        records.upsert({"id": "x", "text": "x"}, conflict_on=[name]),
        records.bulk_create([{"id": "x"}], on_conflict="update", conflict_on=[name]),
        records.bulk_create([{"id": "x"}], on_conflict=name),
        records.bulk_delete(filter={name: {"$ne": ""}}),
    ):
        await refusal(work)


class TestInjections(Compliance):
    models: ClassVar[Sequence[type]] = (PayloadRecord, PayloadNumber, PayloadCanary)

    @pytest_asyncio.fixture(autouse=True, loop_scope="class")
    async def canaries(self, db: DataFlow, empty_tables: None, open: Open) -> AsyncIterator[None]:
        await plant(db)
        yield
        await check_canaries(open())

    @pytest.mark.parametrize("name", CHECKS)
    async def test_any_text_is_data(self, db: DataFlow, name: str) -> None:
        await CHECKS[name](db)

    async def test_any_other_name_is_refused(self, db: DataFlow) -> None:
        # names are looked up alike for every database: a sample of the texts beside what is made for them
        for name in dict.fromkeys((*WORDS, *TEXTS[::29])):
            if name not in ("$eq", "$ne", "$gt", "$in", "$or", "$regex", "1", "0", "01", "text", "id"):
                await names_refused(db, name)
        assert await db.PayloadRecord.count() == 0

    async def test_an_operator_is_no_value(self, db: DataFlow) -> None:
        await db.PayloadNumber.create(whole=1, password="p")
        for given in OPERATORS:
            for work in (
                db.PayloadNumber.create(password=given),
                db.PayloadNumber.update(filter={"password": "p"}, data={"password": given}),
                db.PayloadNumber.bulk_create([{"password": given}]),
                db.PayloadNumber.read(given),
                db.PayloadNumber.delete(given),
                db.PayloadNumber.bulk_delete(ids=[given]),
                db.PayloadNumber.upsert({"id": 1, "password": given}),
                db.PayloadNumber.list({"password": {"$eq": given}}),
                db.PayloadNumber.list({"password": {"$in": [given]}}),
            ):
                await refusal(work)
        assert await db.PayloadNumber.count({"whole": 1, "password": "p"}) == await db.PayloadNumber.count() == 1

    async def test_an_operator_is_no_value_in_a_workflow_either(self, db: DataFlow) -> None:
        await db.PayloadNumber.create(whole=1, password="p")
        for given in OPERATORS[:6]:
            for node, fixed, target in (
                ("PayloadNumberReadNode", {}, "id"),
                ("PayloadNumberReadNode", {"filter": {"whole": 1}}, "filter.password.$eq"),
                ("PayloadNumberDeleteNode", {}, "id"),
                ("PayloadNumberCreateNode", {"data": {"whole": 2}}, "data.password"),
                ("PayloadNumberUpdateNode", {"filter": {"whole": 1}}, "data.password"),
            ):
                workflow = db.workflow()
                workflow.add_node("FunctionNode", "form", {"function": lambda given=given: {"field": given}})
                workflow.add_node(node, "use", fixed)
                workflow.add_connection("form", "result.field", "use", target)
                await refusal(self.run(workflow))
        assert await db.PayloadNumber.count({"whole": 1, "password": "p"}) == await db.PayloadNumber.count() == 1

    async def run(self, workflow: Any, inputs: Mapping[str, Any] | None = None) -> Any:
        return await AsyncLocalRuntime().execute(workflow.build(), inputs=inputs)

    async def test_any_text_is_data_in_a_workflow(self, db: DataFlow) -> None:
        texts = [row["text"] for row in FEW[::2]]
        workflow = db.workflow()
        for number in range(len(texts)):
            create, read = f"create{number}", f"read{number}"
            workflow.add_input(f"text{number}", str)
            workflow.add_node("PayloadRecordCreateNode", create, {"data": {"number": number}})
            workflow.add_connection("inputs", f"text{number}", create, "data.id")
            workflow.add_connection("inputs", f"text{number}", create, "data.text")
            workflow.add_node("PayloadRecordReadNode", read, {"fields": ["id", "text"]})
            workflow.add_connection(create, "text", read, "filter.text")
        results, _ = await self.run(workflow, {f"text{number}": text for number, text in enumerate(texts)})
        assert [results[f"read{number}"]["id"] for number in range(len(texts))] == texts

    async def test_any_text_is_a_value_of_a_statement(self, db: DataFlow) -> None:
        await db.PayloadRecord.bulk_create(FEW)
        for rows in parts(FEW, SOME):
            texts = [row["text"] for row in rows]
            named = " OR ".join(f"text = :w{place}" for place in range(len(texts)))
            given = {f"w{place}": text for place, text in enumerate(texts)}
            listed = " OR ".join("text = ?" for _ in texts)
            for places, values in ((named, given), (listed, texts)):
                statement = f"SELECT id FROM payload_records WHERE {places}"
                assert {row["id"] for row in (await sql(db, statement, values))["rows"]} == set(texts)

    async def test_any_text_as_a_statement_shows_nothing(self, db: DataFlow) -> None:
        for text in TEXTS[::9]:
            for statement in (
                f"SELECT '{text}' AS a FROM payload_records",
                f"SELECT id FROM payload_records WHERE id = {text}",
            ):
                if "payload_canaries" not in statement:
                    await answered(sql(db, statement, read_only=True))

    @pytest.mark.parametrize(
        "table",
        [
            "trigger", "group by", "Payload Table", "payload'table", 'payload"table', "payload`table", "payload%table", "payload%%s",
            "payload%(a)s", "payload?table", "payload:table", "payload\\table", "payload.table", "payload;--", "payload$1", "$$",
            "payload/*", "\u540d\u524d", "value", "new", "\u202epayload", "payload{0}[1](2)", "-payload", "7", "payload_canaries; --",
        ],
    )  # fmt: skip
    async def test_any_text_names_a_table_and_an_index(self, db: DataFlow, open: Open, table: str) -> None:
        where = {"text": {"$in": ["'\\%s?:w0", '"`$1']}}
        model = type(
            "PayloadNamed",
            (),
            {
                "__module__": __name__,
                "__annotations__": {"id": str, "text": str, "select": str | None},
                "__dataflow__": {"table": table},
                "__indexes__": [
                    Index("text", name=f"ix {table}"),
                    Index("select", unique=True, where=where, name=f"w {table}"),
                ]
                if db.adapter.capabilities.partial_indexes
                else [],
            },
        )
        named = open(model).PayloadNamed
        await named.bulk_create([{"id": "a", "text": table}, {"id": "b", "text": "b"}])
        await named.upsert({"id": "a", "text": table, "select": "s"})
        await named.bulk_upsert([{"id": "a", "text": table}, {"id": "c", "text": "c"}])
        await named.bulk_create([{"id": "c", "text": "d"}], on_conflict="update", return_ids=True)
        await named.bulk_update([{"id": "b", "text": table}, {"id": "c", "text": table}])
        await named.update(filter={"text": table}, data={"select": None}, return_records=True)
        page = await named.list({"text": table}, sort=["-select"], limit=1)
        assert (page["total"], len(page["records"])) == (3, 1)
        assert len((await named.list(sort=["-select"], cursor=None))["records"]) == 3
        assert (await refusal(named.create(id="a", text="x"))).code == "DF-A101"
        assert await named.bulk_delete(filter={"text": table}) == {"deleted": 3}

    async def test_no_other_text_names_a_field_or_a_model(self, open: Open) -> None:
        other = open()
        for name in dict.fromkeys((*WORDS, *TEXTS[::17])):
            if name.isidentifier() or name.startswith("_") or not name.isprintable():
                continue
            plain = {"__module__": __name__, "__annotations__": {"id": str}}
            fields = {**plain, "__annotations__": {"id": str, name: str | None}}
            for model in (type("PayloadField", (), fields), type(name, (), plain)):
                error = await refusal(registered(other, model))
                assert {problem.code for problem in error.problems} == {"DF-M121"}


async def registered(db: DataFlow, model: type) -> None:
    db.model(model)
