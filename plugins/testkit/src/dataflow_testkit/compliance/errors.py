"""Errors: what the database refuses has a code, names field and value, and shows nothing that was not given."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, Index, field
from dataflow.adapters import Capabilities
from dataflow_testkit.compliance.suite import Compliance, Open, refused, sql


class Shade(enum.Enum):
    DARK = "dark"


class ErrorOwner:
    id: str
    number: int | None = field(default=None, unique=True)


class ErrorPet:
    __indexes__: ClassVar[Sequence[Index]] = [Index("left", "right", unique=True)]

    id: str
    owner_id: str | None = field(default=None, references="ErrorOwner.id")
    friend_id: str | None = field(default=None, references="ErrorPet.id")
    tag: str | None = field(default=None, unique=True)
    left: int | None = None
    right: str | None = None


class ErrorToy:
    id: int
    pet_id: str | None = field(default=None, references="ErrorPet.id", on_delete="set_null")
    box_id: str = field(references="ErrorOwner.id", on_delete="cascade")


class ErrorShaded:
    id: int
    shade: Shade | None = None


def strict() -> type:
    """The model of a table that is stricter than the one that writes to it."""

    class ErrorLoose:
        id: str
        name: str
        size: int

    return ErrorLoose


class ErrorLoose:
    id: str
    name: str | None = None
    size: int | None = None


class TestErrors(Compliance):
    models: ClassVar[Sequence[type]] = (ErrorOwner, ErrorPet, ErrorToy, ErrorShaded)

    async def test_a_taken_value_is_named(self, db: DataFlow) -> None:
        await db.ErrorPet.create(id="a", tag="t")
        error = await refused(db.ErrorPet.create(id="b", tag="t"), "DF-A101")
        assert error.message == "'tag' of ErrorPet must be unique, and 't' is taken"
        assert (error.context["table"], error.context["fields"], error.context["tag"]) == ("error_pets", "tag", "t")
        assert error.__cause__ is not None

    async def test_a_taken_pair_is_named(self, db: DataFlow) -> None:
        await db.ErrorPet.create(id="a", left=1, right="r")
        await db.ErrorPet.create(id="b", left=1, right="s")
        error = await refused(db.ErrorPet.create(id="c", left=1, right="s"), "DF-A101")
        assert error.message == "'left', 'right' of ErrorPet must be unique, and 1, 's' is taken"

    async def test_a_taken_key_is_named(self, db: DataFlow) -> None:
        await db.ErrorPet.create(id="a")
        error = await refused(db.ErrorPet.create(id="a"), "DF-A101")
        assert error.message == "'id' of ErrorPet must be unique, and 'a' is taken"

    async def test_a_taken_key_that_others_are_made_after(self, db: DataFlow) -> None:
        await db.ErrorOwner.create(id="o")
        made = await db.ErrorToy.create(box_id="o")
        error = await refused(db.ErrorToy.create(id=made["id"], box_id="o"), "DF-A101")
        assert (error.context["fields"], error.context["id"]) == ("id", made["id"])

    async def test_an_update_to_a_taken_value_is_named(self, db: DataFlow) -> None:
        await db.ErrorPet.bulk_create([{"id": "a", "tag": "t"}, {"id": "b", "tag": None}])
        for work in (
            db.ErrorPet.update("b", {"tag": "t"}),
            db.ErrorPet.update(filter={"id": "b"}, data={"tag": "t"}),
            db.ErrorPet.bulk_update({"tag": "t"}, filter={"id": "b"}),
        ):
            error = await refused(work, "DF-A101")
            assert (error.context["fields"], error.context["tag"]) == ("tag", "t")

    async def test_a_number_that_is_taken_by_a_sum_is_named_without_a_value(self, db: DataFlow) -> None:
        await db.ErrorOwner.bulk_create([{"id": "a", "number": 1}, {"id": "b", "number": 2}])
        error = await refused(db.ErrorOwner.update("a", {"number": {"$inc": 1}}), "DF-A101")
        assert error.context["fields"] == "number"
        assert "Increment" not in str(error)

    async def test_a_reference_to_nothing_is_named(self, db: DataFlow) -> None:
        await db.ErrorPet.create(id="a")
        for work in (
            db.ErrorPet.create(id="b", owner_id="nobody"),
            db.ErrorPet.update("a", {"owner_id": "nobody"}),
            db.ErrorPet.upsert({"id": "c", "owner_id": "nobody"}),
            db.ErrorPet.upsert({"id": "a", "owner_id": "nobody"}),
            db.ErrorPet.bulk_update({"owner_id": "nobody"}, filter={"id": "a"}),
        ):
            error = await refused(work, "DF-A102")
            assert error.message == "'owner_id' 'nobody' of ErrorPet refers to no ErrorOwner"
            assert (error.context["field"], error.context["value"]) == ("owner_id", "nobody")
        assert await db.ErrorPet.count() == 1

    async def test_of_two_references_the_broken_one_is_named(self, db: DataFlow) -> None:
        await db.ErrorOwner.create(id="o")
        error = await refused(db.ErrorPet.create(id="a", owner_id="o", friend_id="nobody"), "DF-A102")
        assert error.message == "'friend_id' 'nobody' of ErrorPet refers to no ErrorPet"

    @pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
    async def test_of_many_rows_the_one_with_a_broken_reference_is_named(self, db: DataFlow, on_conflict: str) -> None:
        await db.ErrorOwner.create(id="o")
        rows = [{"id": f"p{number}", "owner_id": "o"} for number in range(5)]
        rows[3]["owner_id"] = "nobody"
        error = await refused(db.ErrorPet.bulk_create(rows, on_conflict=on_conflict), "DF-A102")
        assert (error.context["row"], error.context["field"], error.context["value"]) == (3, "owner_id", "nobody")

    async def test_of_many_changes_the_one_with_a_broken_reference_is_named(self, db: DataFlow) -> None:
        await db.ErrorOwner.create(id="o")
        await db.ErrorPet.bulk_create([{"id": key} for key in "abc"])
        rows = [{"id": "a", "owner_id": "o"}, {"id": "b", "owner_id": None}, {"id": "c", "owner_id": "nobody"}]
        error = await refused(db.ErrorPet.bulk_update(rows), "DF-A102")
        assert (error.context["row"], error.context["value"]) == (2, "nobody")

    async def test_inside_a_transaction_the_broken_reference_is_named(self, db: DataFlow) -> None:
        async def work() -> None:
            async with db.transaction():
                # only this transaction sees it
                await db.ErrorOwner.create(id="o")
                await db.ErrorPet.bulk_create([{"id": "a", "owner_id": "o"}, {"id": "b", "owner_id": "nobody"}])

        error = await refused(work(), "DF-A102")
        assert (error.context["row"], error.context["field"], error.context["value"]) == (1, "owner_id", "nobody")

    async def test_a_broken_reference_is_told_at_once_where_the_pool_is_used_up(self, open: Open) -> None:
        db = open(ErrorOwner, ErrorPet, pool_size=1, pool_max_overflow=0, pool_timeout_s=60.0)

        async def work() -> None:
            async with db.transaction():
                await db.ErrorPet.create(id="a", owner_id="nobody")

        error = await refused(work(), "DF-A102")
        assert error.context["field"] == "owner_id"

    async def test_a_record_that_others_refer_to_is_kept_and_one_of_them_is_named(self, db: DataFlow) -> None:
        await db.ErrorOwner.create(id="o")
        await db.ErrorPet.create(id="p", owner_id="o")
        for work in (
            db.ErrorOwner.delete("o"),
            db.ErrorOwner.delete(filter={"id": "o"}),
            db.ErrorOwner.bulk_delete(["x", "o"]),
        ):
            error = await refused(work, "DF-A102")
            assert error.message == "ErrorOwner 'o' is referred to by 'owner_id' of ErrorPet 'p'"
            assert (error.context["referring"], error.context["referring id"]) == ("ErrorPet", "p")
        assert await db.ErrorOwner.count() == 1

    async def test_what_refers_goes_or_lets_go_as_it_was_declared(self, db: DataFlow) -> None:
        await db.ErrorOwner.create(id="o")
        await db.ErrorPet.create(id="p")
        kept = await db.ErrorToy.create(box_id="o", pet_id="p")
        await db.ErrorPet.delete("p")
        assert (await db.ErrorToy.read(kept["id"]))["pet_id"] is None
        await db.ErrorOwner.delete("o")
        assert await db.ErrorToy.count() == 0

    async def test_null_in_a_stricter_table_is_named(self, open: Open) -> None:
        db, other = open(ErrorLoose), open(strict())
        await sql(db, "DROP TABLE IF EXISTS error_looses")
        await db.ErrorLoose.count()
        await sql(db, "DROP TABLE error_looses")
        await other.ErrorLoose.count()
        for work in (
            db.ErrorLoose.create(id="a", size=1),
            db.ErrorLoose.bulk_create([{"id": "b", "name": None, "size": 1}]),
            db.ErrorLoose.upsert({"id": "c", "size": 1}),
        ):
            error = await refused(work, "DF-A103")
            assert error.message == "'name' of table 'error_looses' may not be null"
        await sql(db, "DROP TABLE error_looses")

    async def _foreign_table(self, db: DataFlow, can: Capabilities, columns: str, rule: str = "") -> None:
        """Have the table of ``ErrorLoose`` be one that others made."""
        await db.ErrorLoose.count()
        await sql(db, "DROP TABLE error_looses")
        own = ", ".join(f"{name} {can.types['datetime']}" for name in ("created_at", "updated_at"))
        await sql(db, f"CREATE TABLE error_looses (id {can.types['id: str']} PRIMARY KEY, {columns}, {own}{rule})")

    async def test_a_check_of_the_table_is_named(self, open: Open, can: Capabilities) -> None:
        db = open(ErrorLoose)
        columns = f"name {can.types['str']}, size {can.types['int']}"
        await self._foreign_table(db, can, columns, ", CONSTRAINT size_is_small CHECK (size < 10)")
        await db.ErrorLoose.create(id="a", size=9)
        for work in (
            db.ErrorLoose.create(id="b", size=987_654),
            db.ErrorLoose.update("a", {"size": 987_654}),
            db.ErrorLoose.bulk_create([{"id": "b", "size": 987_654}]),
        ):
            error = await refused(work, "DF-A104")
            assert "error_looses" in error.message
            assert "987654" not in str(error).replace("_", "")
        await sql(db, "DROP TABLE error_looses")

    async def test_what_a_column_is_too_narrow_for_is_refused(self, open: Open, can: Capabilities) -> None:
        db = open(ErrorLoose)
        await self._foreign_table(db, can, "name VARCHAR(3), size SMALLINT")
        await db.ErrorLoose.create(id="a", name="abc", size=7)
        wide: Sequence[dict[str, Any]] = [{"name": "canary"}, {"size": 987_654}]
        for values in wide:
            if not can.bounds_columns:
                assert (await db.ErrorLoose.update("a", values))["updated"] == 1
                continue
            error = await refused(db.ErrorLoose.update("a", values), "DF-A105")
            await refused(db.ErrorLoose.create({"id": "b", **values}), "DF-A105")
            await refused(db.ErrorLoose.bulk_create([{"id": "b", **values}]), "DF-A105")
            assert "canary" not in str(error)
        await sql(db, "DROP TABLE error_looses")

    async def test_a_table_that_was_taken_away_is_named_until_it_is_looked_at_again(self, open: Open) -> None:
        db = open(ErrorLoose)
        await db.ErrorLoose.count()
        await sql(db, "DROP TABLE error_looses")
        for work in (db.ErrorLoose.create(id="a"), db.ErrorLoose.list(), db.ErrorLoose.bulk_create([{"id": "a"}])):
            error = await refused(work, "DF-A114")
            assert "error_looses" in error.message
        db.schema_cache.clear()
        await db.ErrorLoose.create(id="a")
        await sql(db, "DROP TABLE error_looses")

    async def test_a_column_that_was_taken_away_is_named(self, open: Open) -> None:
        db = open(ErrorLoose)
        await db.ErrorLoose.create(id="a")
        await sql(db, "ALTER TABLE error_looses DROP COLUMN name")
        error = await refused(db.ErrorLoose.create(id="b"), "DF-A114")
        assert "name" in error.message
        db.schema_cache.clear()
        error = await refused(db.ErrorLoose.create(id="b"), "DF-S102")
        assert "name" in error.context
        await sql(db, "DROP TABLE error_looses")

    async def test_a_member_that_the_enum_does_not_have_is_told_of(self, db: DataFlow) -> None:
        made = await db.ErrorShaded.create(shade=Shade.DARK)
        await sql(db, "UPDATE error_shadeds SET shade = 'canary'")
        error = await refused(db.ErrorShaded.read(made["id"]), "DF-A105")
        assert "shade" in error.message

    async def test_a_statement_that_only_reads_cannot_write(self, db: DataFlow) -> None:
        await refused(sql(db, "INSERT INTO error_owners (id) VALUES ('x')", read_only=True), "DF-A111")
        assert await db.ErrorOwner.count() == 0

    async def test_what_is_no_sql_is_refused(self, db: DataFlow) -> None:
        error = await refused(sql(db, "SELEKT 1"), "DF-A120")
        assert error.__cause__ is not None

    async def test_an_error_shows_no_value_of_a_statement(self, db: DataFlow, can: Capabilities) -> None:
        await db.ErrorOwner.create(id="canary-7")
        columns = (
            "INSERT INTO error_owners (id, created_at, updated_at) SELECT :id, created_at, updated_at FROM error_owners"
        )
        error = await refused(sql(db, columns, {"id": "canary-7"}), "DF-A120")
        assert "canary" not in str(error)
        assert "canary" not in repr(error.to_dict())
