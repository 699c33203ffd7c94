"""What type checkers accept and refuse of ``db[Model]``; each line marked as ignored must be an error to all of them."""

from dataflow import DataFlow, field, generated, typed

db = DataFlow()


@db.model
@typed
class User:
    id: str
    name: str
    age: int = 0
    email: str | None = field(default=None, max_length=200)


@db.model
@typed
class Order:
    id: int = generated()
    user_id: str = field(references="User.id")
    note: str = field(default_factory=str)


async def accepted() -> None:
    await db[User].create(id="u1", name="Alice")
    await db[User].create(id="u1", name="Alice", age=3, email="alice@example.com")
    await db[Order].create(user_id="u1")
    await db[User].list()
    await db[User].list(lambda user: user.age > 3, sort=["-age"], limit=10)
    await db[User].list({"age": {"$gt": 3}})
    await db[User].count(lambda user: user.name == "Alice")


async def refused() -> None:
    await db[User].create(id="u1")  # type: ignore
    await db[User].create(id="u1", name="Alice", agee=3)  # type: ignore
    await db[User].create(id="u1", name="Alice", age="three")  # type: ignore
    await db[Order].create(user_id=7)  # type: ignore
    await db[User].list(lambda user: user.age > "three")  # type: ignore
    await db[User].list(lambda user: user.agee > 3)  # type: ignore
    await db[User].list(limit="ten")  # type: ignore
