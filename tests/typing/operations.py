"""What type checkers accept and refuse of the eleven operations of ``db[Model]``; ignored lines must be errors to all of them."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from dataflow import DataFlow, Q, field, typed

db = DataFlow()


@db.model
@typed
class User:
    id: str
    name: str
    age: int = 0
    email: str | None = field(default=None, unique=True)


def rows() -> Iterator[dict[str, Any]]:
    yield {"id": "u1", "name": "Alice"}


async def arriving() -> AsyncIterator[dict[str, Any]]:
    yield {"id": "u2", "name": "Bob"}


def told(done: int, total: int) -> None: ...


async def accepted() -> None:
    record = await db[User].create(id="u1", name="Alice")
    name: str = record["name"]
    await db[User].read("u1", fields=["name"])
    await db[User].read(filter=lambda user: user.email == name, raise_on_not_found=False)
    await db[User].update("u1", {"age": 3}, expected_version=1)
    await db[User].update(filter=Q.age >= 18, data={"name": "Bob"}, return_records=True)
    await db[User].delete("u1", hard=True)
    await db[User].delete(filter=lambda user: user.age < 3, all=False)
    await db[User].restore("u1")
    page = await db[User].list((Q.age > 3) & ~(Q.name == "Bob") | Q.email.in_(["a", "b"]), sort=["-age"])
    first: dict[str, Any] = page["records"][0]
    total: int | None = page["total"]
    cursor: str | None = page["next_cursor"]
    await db[User].list(lambda user: (user.age > 3) | (user.name == "Alice"), cursor=cursor, count=False)
    number: int = await db[User].count({"age": {"$gt": total or first["age"]}})
    await db[User].upsert(id="u1", name="Alice")
    await db[User].upsert({"id": "u1", "name": "Alice"}, conflict_on=["email"], update={"age": number})
    made = await db[User].bulk_create(rows(), on_conflict="skip", conflict_on=["id"], progress=told)
    await db[User].bulk_create(arriving(), on_error="collect", batch_size=made["created"] + made["skipped"])
    await db[User].bulk_update([{"id": "u1", "age": 4}])
    changed: int = (await db[User].bulk_update({"age": 4}, filter=Q.age < 4))["updated"]
    await db[User].bulk_delete(["u1", "u2"], hard=changed > 0)
    both = await db[User].bulk_upsert([{"id": "u1", "name": "Alice"}], conflict_on=["id"])
    both["created"] += both["updated"]
    async for one in db[User].stream(lambda user: user.age > 3, batch_size=10):
        one["name"] = "Bob"
    async for several in db[User].batches(Q.age > 3, fields=["id"]):
        several[0]["id"] = "u3"


async def refused() -> None:
    await db[User].read("u1", feilds=["name"])  # type: ignore
    await db[User].read(filter=lambda user: user.nmae == "Alice")  # type: ignore
    await db[User].update("u1", name="Bob")  # type: ignore
    await db[User].update("u1", {"age": 3}, expected_version="one")  # type: ignore
    await db[User].update("u1", [("age", 3)])  # type: ignore
    await db[User].delete("u1", force=True)  # type: ignore
    await db[User].delete(filter=lambda user: user.age < "three")  # type: ignore
    await db[User].restore("u1", hard=True)  # type: ignore
    await db[User].list(filter=3)  # type: ignore
    await db[User].list(lambda user: user.age > 3, limt=3)  # type: ignore
    (await db[User].list())["rows"]  # type: ignore
    await db[User].count(lambda user: user.agee > 3)  # type: ignore
    await db[User].count(sort=["age"])  # type: ignore
    (await db[User].count()) + "1"  # type: ignore
    await db[User].upsert(id="u1", nmae="Alice")  # type: ignore
    await db[User].upsert({"id": "u1"}, conflict_on=3)  # type: ignore
    await db[User].bulk_create({"id": "u1"})  # type: ignore
    await db[User].bulk_create(rows(), on_conflict="ignore")  # type: ignore
    await db[User].bulk_create(rows(), batch_size="ten")  # type: ignore
    (await db[User].bulk_create(rows()))["creatd"]  # type: ignore
    await db[User].bulk_update([{"id": "u1"}], hard=True)  # type: ignore
    await db[User].bulk_delete(filter=lambda user: user.email < 3)  # type: ignore
    await db[User].bulk_upsert(rows(), on_conflict="skip")  # type: ignore
    db[User].stream(lambda user: user.agee > 3)  # type: ignore
    db[User].batches(limit=3)  # type: ignore
    db[User].creat(id="u1", name="Alice")  # type: ignore
    db[3]  # type: ignore


async def refused_conditions() -> None:
    (Q.age > 3) + 1  # type: ignore
    await db[User].list(Q.age.in_(3))  # type: ignore
    await db[User].list(Q.age.between(1))  # type: ignore
    await db[User].list(Q.name.like(3))  # type: ignore
    await db[User].list(Q.name.is_null("yes"))  # type: ignore
    await db[User].list([Q.age > 3])  # type: ignore
    Q.age = 3  # type: ignore
