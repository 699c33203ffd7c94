"""Tables: made once however many begin at once, compared with their models, looked at again when they change."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, DataFlowError, Index, field
from dataflow.adapters import Capabilities
from dataflow_testkit.compliance.suite import Compliance, Open, refused, sql


class SchemaThing:
    id: int
    name: str = field(default="", index=True)
    price: Decimal | None = None


class SchemaParent:
    id: str


class SchemaChild:
    id: int
    parent_id: str = field(references="SchemaParent.id")


class SchemaLeft:
    id: int
    right_id: int | None = field(default=None, references="SchemaRight.id")


class SchemaRight:
    id: int
    parent_id: str | None = field(default=None, references="SchemaParent.id")


class SchemaHouse:
    id: int
    owner_id: int | None = field(default=None, references="SchemaOwner.id")


class SchemaOwner:
    id: int
    house_id: int = field(references="SchemaHouse.id")


class SchemaIndexed:
    __indexes__: ClassVar[Sequence[Index]] = [
        Index("a", "b"),
        Index("b", "a", unique=True),
        Index("c", unique=True, where={"b": {"$gt": 0}}),
    ]

    id: int
    a: str = "x"
    b: int = 0
    c: str | None = None


#: what a statement might take for one of its own signs
ODD = "o'\\%%s ? :w0 $1 \" `"


class SchemaOddlyIndexed:
    __indexes__: ClassVar[Sequence[Index]] = [
        Index("a", "b", unique=True, where={"b": {"$ne": ODD}}),
        Index("a", "c", unique=True, where={"c": {"$in": ["y", ODD]}}),
        Index("a", "d", unique=True, where={"d": {"$nin": ["x", "o'"]}}),
    ]

    id: int
    a: str
    b: str = ODD
    c: str = "x"
    d: str = "x"


class SchemaPlain:
    """As ``SchemaIndexed`` without a partial index."""

    __indexes__: ClassVar[Sequence[Index]] = [Index("a", "b"), Index("b", "a", unique=True)]

    id: int
    a: str = "x"
    b: int = 0


class SchemaOfOneThatIsNamedAtLength:
    __indexes__: ClassVar[Sequence[Index]] = [
        Index("name_that_says_all_there_is_to_say", "number_of_times_that_it_was_said", unique=True)
    ]

    id: int
    name_that_says_all_there_is_to_say: str = field(default="", index=True)
    number_of_times_that_it_was_said: int = field(default=0, index=True)
    another_one_that_it_was_made_from: int | None = field(default=None, references="SchemaOfOneThatIsNamedAtLength.id")


def changed() -> type:
    """``SchemaThing`` as a later version has it."""

    class SchemaThing:
        id: int
        name: int = 0
        price: Decimal
        at: datetime | None = None
        code: str | None = field(default=None, unique=True)

    return SchemaThing


PROGRAM = """
import json, sys
from dataflow import DataFlow, field

db = DataFlow(sys.argv[1], **json.loads(sys.argv[2]))

@db.model
class SchemaParent:
    id: str

@db.model
class SchemaChild:
    id: int
    parent_id: str = field(references="SchemaParent.id")

sys.stdin.readline()
db.sync.SchemaParent.upsert({"id": "p"})
for _ in range(5):
    db.sync.SchemaChild.create(parent_id="p")
db.sync.close()
"""
TABLES = (
    "schema_childs", "schema_lefts", "schema_rights", "schema_parents", "schema_things", "schema_indexeds",
    "schema_plains",
)  # fmt: skip


class TestSchema(Compliance):
    async def gone(self, db: DataFlow) -> None:
        """Begin without any of these tables."""
        for table in TABLES:
            await sql(db, f"DROP TABLE IF EXISTS {table}")

    async def test_a_table_is_made_at_its_first_use_and_not_before(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaThing)
        strict = open(SchemaThing, existing_schema_mode=True)
        await first.ping()
        await refused(strict.SchemaThing.count(), "DF-S101")
        assert await first.SchemaThing.count() == 0
        assert await strict.SchemaThing.count() == 0

    async def test_ten_tasks_make_it_once(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaParent, SchemaChild)
        await asyncio.gather(*(first.SchemaParent.upsert({"id": "p"}) for _ in range(10)))
        await asyncio.gather(*(first.SchemaChild.create(parent_id="p") for _ in range(10)))
        assert await first.SchemaChild.count() == 10

    async def test_two_instances_at_once_make_it_once(self, db: DataFlow, open: Open) -> None:
        for _ in range(3):
            await self.gone(db)
            both = [open(SchemaParent, SchemaChild, SchemaPlain) for _ in range(2)]
            await asyncio.gather(
                *(
                    work
                    for one in both
                    for work in (one.SchemaChild.count(), one.SchemaPlain.count(), one.SchemaParent.count())
                )
            )

    async def test_two_processes_at_once_make_it_once(
        self, db: DataFlow, open: Open, compliance_url: str, compliance_options: dict[str, Any]
    ) -> None:
        await self.gone(db)
        arguments = [sys.executable, "-c", PROGRAM, compliance_url, json.dumps(compliance_options)]
        pipe = asyncio.subprocess.PIPE
        started = [await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stderr=pipe) for _ in range(2)]
        async with asyncio.timeout(60):
            ended = await asyncio.gather(*(one.communicate(b"go\n") for one in started))
        assert [one.returncode for one in started] == [0, 0], ended
        assert await open(SchemaParent, SchemaChild).SchemaChild.count() == 10

    async def test_what_a_model_refers_to_is_made_before_it(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaChild, SchemaParent)
        assert await first.SchemaChild.count() == 0
        await refused(first.SchemaChild.create(parent_id="nobody"), "DF-A102")

    async def test_models_that_lead_to_one_another_are_made_in_order(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaLeft, SchemaRight, SchemaParent)
        assert await first.SchemaLeft.count() == 0
        await first.SchemaParent.create(id="p")
        right = await first.SchemaRight.create(parent_id="p")
        await first.SchemaLeft.create(right_id=right["id"])

    async def test_models_that_refer_to_each_other_are_made_with_all_their_references(
        self, db: DataFlow, open: Open
    ) -> None:
        for model in (SchemaHouse, SchemaOwner):
            db.model(model)
        house = await db.SchemaHouse.create()
        owner = await db.SchemaOwner.create(house_id=house["id"])
        await db.SchemaHouse.update(house["id"], {"owner_id": owner["id"]})
        await refused(db.SchemaHouse.create(owner_id=4711), "DF-A102")
        await refused(db.SchemaOwner.create(house_id=4711), "DF-A102")
        await refused(db.SchemaOwner.update(owner["id"], {"house_id": 4711}), "DF-A102")

    async def test_unique_indexes_hold(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaPlain)
        await first.SchemaPlain.create(a="x", b=1)
        await first.SchemaPlain.create(a="x", b=2)
        error = await refused(first.SchemaPlain.create(a="x", b=2), "DF-A101")
        assert error.context["fields"] == "b, a"

    async def test_long_names_make_no_trouble(self, db: DataFlow, open: Open) -> None:
        await sql(db, "DROP TABLE IF EXISTS schema_of_one_that_is_named_at_lengths")
        first = open(SchemaOfOneThatIsNamedAtLength)
        operations = first.SchemaOfOneThatIsNamedAtLength
        await operations.create()
        error = await refused(operations.create(), "DF-A101")
        assert error.context["fields"] == "name_that_says_all_there_is_to_say, number_of_times_that_it_was_said"
        error = await refused(
            operations.create(number_of_times_that_it_was_said=1, another_one_that_it_was_made_from=9_999), "DF-A102"
        )
        assert (error.context["field"], error.context["value"]) == ("another_one_that_it_was_made_from", 9_999)
        await sql(db, "DROP TABLE schema_of_one_that_is_named_at_lengths")

    async def test_a_partial_index_leaves_out_what_does_not_match(
        self, db: DataFlow, open: Open, can: Capabilities
    ) -> None:
        await self.gone(db)
        first = open(SchemaIndexed)
        if not can.partial_indexes:
            with pytest.raises(DataFlowError):
                await first.SchemaIndexed.count()
            return
        await first.SchemaIndexed.create(a="1", b=0, c="same")
        await first.SchemaIndexed.create(a="2", b=0, c="same")
        await first.SchemaIndexed.create(a="3", b=1, c="same")
        error = await refused(first.SchemaIndexed.create(a="4", b=1, c="same"), "DF-A101")
        assert error.context["fields"] == "c"

    async def test_a_partial_index_keeps_what_its_condition_compares_with(
        self, open: Open, can: Capabilities, db: DataFlow
    ) -> None:
        await self.gone(db)
        odd = open(SchemaOddlyIndexed)
        if not can.partial_indexes:
            with pytest.raises(DataFlowError):
                await odd.SchemaOddlyIndexed.count()
            return
        for name, values in (("b", (ODD, "o'")), ("c", ("x", "y")), ("d", ("x", ODD))):
            left_out, kept = values
            await odd.SchemaOddlyIndexed.bulk_create(
                [{"a": f"{name}1", name: left_out}, {"a": f"{name}1", name: left_out}]
            )
            await odd.SchemaOddlyIndexed.create({"a": f"{name}2", name: kept})
            error = await refused(odd.SchemaOddlyIndexed.create({"a": f"{name}2", name: kept}), "DF-A101")
            assert error.context["fields"] == f"a, {name}"
        await sql(db, "DROP TABLE schema_oddly_indexeds")

    async def test_a_table_that_fits_is_used_as_it_is(self, db: DataFlow, open: Open, can: Capabilities) -> None:
        await self.gone(db)
        await open(SchemaThing).SchemaThing.create(name="old")
        await sql(db, "ALTER TABLE schema_things ADD COLUMN extra INTEGER")
        for options in ({}, {"existing_schema_mode": True}, {"auto_migrate": False}):
            later = open(SchemaThing, **options)
            assert [one["name"] for one in (await later.SchemaThing.list())["records"]] == ["old"]

    @pytest.mark.parametrize(
        "options", [{}, {"existing_schema_mode": True, "auto_migrate": False}], ids=["own", "existing"]
    )
    async def test_every_difference_is_told_at_once(self, db: DataFlow, open: Open, options: dict[str, Any]) -> None:
        await self.gone(db)
        await open(SchemaThing).SchemaThing.count()
        await sql(db, "ALTER TABLE schema_things ADD COLUMN extra INTEGER NOT NULL DEFAULT 3")
        error = await refused(open(changed(), **options).SchemaThing.count(), "DF-S102")
        assert {"name", "at", "code"} <= set(error.context)
        assert "extra" not in error.context
        assert len(error.problems) == 1

    async def test_nothing_is_made_where_tables_are_the_operators_own(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        for options in ({"existing_schema_mode": True, "auto_migrate": False}, {"auto_migrate": False}):
            await refused(open(SchemaThing, **options).SchemaThing.create(), "DF-S101")
        await refused(sql(db, "SELECT * FROM schema_things"), "DF-A114")

    async def test_a_change_from_outside_is_noticed_where_that_was_asked_for(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaThing, schema_cache_validation=True, schema_cache_ttl_s=1e-9)
        await first.SchemaThing.create(name="x")
        await sql(db, "ALTER TABLE schema_things ADD COLUMN extra INTEGER")
        assert await first.SchemaThing.count() == 1
        await sql(db, "ALTER TABLE schema_things DROP COLUMN price")
        error = await refused(first.SchemaThing.count(), "DF-S102")
        assert "price" in error.context

    async def test_a_column_added_from_outside_disturbs_no_statement(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaThing)
        made = await first.SchemaThing.create(name="x")
        kinds: list[Callable[[], Awaitable[Any]]] = [
            lambda: first.SchemaThing.read(made["id"]),
            lambda: first.SchemaThing.list({"name": {"$ne": "y"}}, sort=["name"]),
            lambda: first.SchemaThing.update(made["id"], {"name": "z"}),
            lambda: first.SchemaThing.upsert({"id": made["id"], "name": "z"}),
            lambda: first.SchemaThing.bulk_create([{"name": "w"}]),
        ]
        for use in kinds:
            await use()
        await sql(db, "ALTER TABLE schema_things ADD COLUMN extra INTEGER")
        for use in kinds:
            await use()
        async with first.transaction():
            for use in kinds:
                await use()
        assert await first.SchemaThing.count() == 4

    async def test_a_fingerprint_changes_with_the_columns(self, db: DataFlow, open: Open) -> None:
        await self.gone(db)
        first = open(SchemaThing)
        model = first.models["SchemaThing"]
        assert await first.adapter.fingerprint(model) == ""
        await first.SchemaThing.count()
        before = await first.adapter.fingerprint(model)
        assert before == first.schema_cache.inspect().tables[0].fingerprint != ""
        await sql(db, "ALTER TABLE schema_things ADD COLUMN extra INTEGER")
        assert await first.adapter.fingerprint(model) not in ("", before)
