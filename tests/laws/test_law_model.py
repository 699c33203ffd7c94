"""A random history of operations leaves in the database what it leaves in a dict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dataflow import DataFlow, DataFlowError, NotFoundError, UniqueError

IDS = st.sampled_from([f"k{number}" for number in range(8)])
AMOUNTS = st.integers(-5, 5)
ROWS = st.dictionaries(IDS, AMOUNTS, min_size=1, max_size=5)


@pytest.fixture(scope="module")
def db(law_url: str) -> Iterator[DataFlow]:
    db = DataFlow(law_url)

    @db.model
    class Item:
        id: str
        amount: int
        note: str | None = None

    yield db
    db.sync.close()


class History(RuleBasedStateMachine):
    """``known`` is what the table should hold; ``stack`` is what each open block would go back to.

    All histories run on one ``db``; each begins with an empty table.
    """

    db: ClassVar[DataFlow]

    @initialize()
    def start(self) -> None:
        self.items = self.db.sync.Item
        self.items.bulk_delete(filter={}, all=True)
        self.known: dict[str, int] = {}
        self.stack: list[tuple[Any, dict[str, int]]] = []

    def writes(self, write: Any, *refused: type[DataFlowError]) -> bool:
        """Run a write that may fail; inside a block in a block of its own, so that the failure stays there."""
        if not self.stack:
            try:
                write()
            except refused:
                return False
            return True
        try:
            with self.db.sync.transaction():
                write()
        except refused:
            return False
        return True

    @rule(key=IDS, amount=AMOUNTS)
    def create(self, key: str, amount: int) -> None:
        done = self.writes(lambda: self.items.create(id=key, amount=amount), UniqueError)
        assert done == (key not in self.known)
        self.known.setdefault(key, amount)

    @rule(key=IDS, amount=AMOUNTS)
    def update(self, key: str, amount: int) -> None:
        done = self.writes(lambda: self.items.update(key, {"amount": {"$inc": amount}}), NotFoundError)
        assert done == (key in self.known)
        if done:
            self.known[key] += amount

    @rule(key=IDS, amount=AMOUNTS)
    def upsert(self, key: str, amount: int) -> None:
        self.items.upsert({"id": key, "amount": amount})
        self.known[key] = amount

    @rule(key=IDS)
    def delete(self, key: str) -> None:
        assert self.items.delete(key)["deleted"] == (key in self.known)
        self.known.pop(key, None)

    @rule(rows=ROWS)
    def bulk_create(self, rows: dict[str, int]) -> None:
        data = [{"id": key, "amount": amount} for key, amount in rows.items()]
        done = self.writes(lambda: self.items.bulk_create(data), UniqueError)
        assert done == self.known.keys().isdisjoint(rows)
        if done:
            self.known |= rows

    @rule(rows=ROWS)
    def bulk_create_new_ones(self, rows: dict[str, int]) -> None:
        data = [{"id": key, "amount": amount} for key, amount in rows.items()]
        result = self.items.bulk_create(data, on_conflict="skip")
        assert result["created"] == len(rows.keys() - self.known.keys())
        self.known = rows | self.known

    @rule(rows=ROWS)
    def bulk_upsert(self, rows: dict[str, int]) -> None:
        data = [{"id": key, "amount": amount} for key, amount in rows.items()]
        result = self.items.bulk_upsert(data)
        assert result == {
            "created": len(rows.keys() - self.known.keys()),
            "updated": len(rows.keys() & self.known.keys()),
        }
        self.known |= rows

    @rule(limit=AMOUNTS, amount=AMOUNTS)
    def update_many(self, limit: int, amount: int) -> None:
        found = [key for key, value in self.known.items() if value > limit]
        result = self.items.bulk_update({"amount": amount}, filter={"amount": {"$gt": limit}})
        assert result["updated"] == len(found)
        self.known |= dict.fromkeys(found, amount)

    @rule(keys=st.lists(IDS, min_size=1, max_size=4, unique=True))
    def bulk_delete(self, keys: list[str]) -> None:
        assert self.items.bulk_delete(keys)["deleted"] == len(self.known.keys() & set(keys))
        for key in keys:
            self.known.pop(key, None)

    @precondition(lambda self: len(self.stack) < 3)
    @rule()
    def begin(self) -> None:
        block = self.db.sync.transaction()
        block.__enter__()
        self.stack.append((block, dict(self.known)))

    @precondition(lambda self: self.stack)
    @rule()
    def commit(self) -> None:
        block, _ = self.stack.pop()
        block.__exit__(None, None, None)

    @precondition(lambda self: self.stack)
    @rule()
    def roll_back(self) -> None:
        block, self.known = self.stack.pop()
        assert not block.__exit__(LookupError, LookupError(), None)

    @invariant()
    def the_table_holds_what_is_known(self) -> None:
        if not hasattr(self, "known"):
            return
        records = self.items.list(limit=100)["records"]
        assert {one["id"]: one["amount"] for one in records} == self.known
        assert self.items.count() == len(self.known)

    def teardown(self) -> None:
        while getattr(self, "stack", None):
            self.roll_back()


def test_a_history_leaves_what_it_leaves_in_a_dict(db: DataFlow, database_kind: str) -> None:
    class OnThis(History):
        pass

    OnThis.db = db
    # each step on a server is several round trips
    steps = 50 if database_kind == "sqlite" else 25
    run_state_machine_as_test(OnThis, settings=settings(stateful_step_count=steps))
