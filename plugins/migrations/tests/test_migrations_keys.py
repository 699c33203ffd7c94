"""Keys that change their type: undone, every row is found again by what its key was, and has what it had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataflow import DataFlow, field

ACCEPTED = ["DF-G201", "DF-G202", "DF-G203", "DF-G209"]


def written(url: str) -> DataFlow:
    """Every value is text."""
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Author:
        id: str
        born: str
        name: str | None = None
        works: str | None = None

    @db.model
    class Book:
        id: str
        author_id: str | None = field(references="Author.id", default=None)
        zone: str = "1"

    return db


def counted(url: str) -> DataFlow:
    """Numbers, which do not keep the zeros that they were written with."""
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Author:
        id: int
        born: int
        works: int = field(backfill=1)

    @db.model
    class Book:
        id: int
        author_id: int | None = field(references="Author.id", default=None)
        zone: int

    return db


async def records(db: DataFlow, model: str) -> list[Mapping[str, Any]]:
    found = (await getattr(db, model).list(sort=["id"]))["records"]
    return [{name: value for name, value in one.items() if name not in ("created_at", "updated_at")} for one in found]


async def test_keys_come_back_as_they_were_written(database_url: str) -> None:
    async with written(database_url) as db:
        await db.Author.create(id="007", born="01900", name="Ann", works="03")
        await db.Author.create(id="12", born="1950", name=None, works=None)
        await db.Book.create(id="010", author_id="007", zone="02")
        await db.Book.create(id="11", author_id=None)
        authors, books = await records(db, "Author"), await records(db, "Book")
    async with counted(database_url) as db:
        await db.migrations.apply(accept=ACCEPTED)
        assert [(one["id"], one["born"], one["works"]) for one in await records(db, "Author")] == [
            (7, 1900, 3),
            (12, 1950, 1),
        ]
        assert [(one["id"], one["author_id"]) for one in await records(db, "Book")] == [(10, 7), (11, None)]
        later = await db.Author.create(born=2000, works=4)
        await db.Book.create(author_id=later["id"], zone=5)
        await db.migrations.rollback()
    async with written(database_url) as db:
        found = await records(db, "Author")
        assert [one for one in found if one["id"] in ("007", "12")] == authors
        assert [one for one in found if one not in authors] == [
            {"id": str(later["id"]), "born": "2000", "name": None, "works": "4"}
        ]
        assert [one for one in await records(db, "Book") if one["zone"] != "5"] == books
        # done once more, it ends where it did
        assert await db.migrations.pending() == ()


async def test_a_key_that_a_table_without_a_model_refers_to_stays(database_url: str) -> None:
    async with written(database_url) as db:
        await db.Author.create(id="7", born="1900")
        await db.Book.create(id="10", author_id="7")
    db = DataFlow(database_url, plugins=["migrations"])

    @db.model
    class Author:
        id: int
        born: str
        name: str | None = None
        works: str | None = None

    async with db:
        (stop,) = (await db.migrations.plan(accept=["column authors.id"])).stops
        assert stop.code == "DF-G211"
        assert stop.message.startswith("column authors.id would become ")
        assert "constraint books." in stop.message
        assert ", of 1 row, refers to it as " in stop.message


def sold(url: str, *, by_author: bool) -> DataFlow:
    """Copies refer to books, or to authors, whose keys become numbers with that."""
    db = DataFlow(url, plugins=["migrations"])
    id_ = int if by_author else str
    db.model(type("Author", (), {"__annotations__": {"id": id_}, "__module__": __name__}))

    @db.model
    class Book:
        id: int

    @db.model
    class Copy:
        id: int
        origin_id: int = field(references="Author.id" if by_author else "Book.id")

    return db


async def test_reference_turns_to_a_key_that_becomes_what_it_is(database_url: str) -> None:
    async with sold(database_url, by_author=False) as db:
        for author in ("7", "12"):
            await db.Author.create(id=author)
        for _ in range(8):
            book = await db.Book.create()
        await db.Copy.create(origin_id=7)
        await db.Copy.create(origin_id=book["id"])
    async with sold(database_url, by_author=True) as db:
        plan = await db.migrations.plan(accept=ACCEPTED)
        ((stop,),) = [plan.stops]
        assert stop.code == "DF-G207"
        assert stop.message == "(origin_id) of table 'copies' is to refer to 'authors', and 1 row refers to none"
    async with sold(database_url, by_author=False) as db:
        await db.Copy.update(filter={"origin_id": book["id"]}, data={"origin_id": 7})
    async with sold(database_url, by_author=True) as db:
        await db.migrations.apply(accept=ACCEPTED)
        assert [one["origin_id"] for one in (await db.Copy.list())["records"]] == [7, 7]
        await db.migrations.rollback()
    async with sold(database_url, by_author=False) as db:
        assert {one["id"] for one in (await db.Author.list())["records"]} == {"7", "12"}


async def test_a_key_changes_its_type_while_the_table_that_refers_to_it_gets_another_name(database_url: str) -> None:
    def of(*, is_later: bool) -> DataFlow:
        db = DataFlow(database_url, plugins=["migrations"])
        key = int if is_later else str
        renamed = {"__dataflow__": {"table": "order", "renamed_from": "books"}} if is_later else {}
        db.model(type("Author", (), {"__annotations__": {"id": key}, "__module__": __name__}))
        parent = {"parent_id": field(references="Author.id", default=None)}
        annotations = {"id": int, "parent_id": key | None}
        db.model(type("Book", (), {"__annotations__": annotations, "__module__": __name__, **parent, **renamed}))
        return db

    async with of(is_later=False) as db:
        await db.Author.create(id="7")
        await db.Book.create(parent_id="7")
    async with of(is_later=True) as db:
        await db.migrations.apply(accept=["DF-G202", "DF-G209"])
        assert (await db.migrations.plan()).is_empty
        assert (await db.Book.read(1))["parent_id"] == 7
        await db.migrations.rollback()
    async with of(is_later=False) as db:
        assert (await db.migrations.plan()).is_empty
        assert (await db.Book.read(1))["parent_id"] == "7"
