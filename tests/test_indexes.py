# ruff: noqa: RUF012 - models are written as users write them
"""Indexes as they are made, and their names among those of other models."""

from collections.abc import Mapping

import pytest

from dataflow import DataFlow, Index, ModelError

CONDITIONS: list[Mapping[str, object]] = [
    {"state": {"$in": ["open", "it's"]}},
    {"state": {"$nin": ["closed"]}},
    {"state": {"$ne": "closed"}},
]


@pytest.mark.parametrize("where", CONDITIONS, ids=str)
async def test_a_partial_index_keeps_apart_what_its_condition_matches(
    database_url: str, where: Mapping[str, object]
) -> None:
    async with DataFlow(database_url) as db:

        @db.model
        class Ticket:
            __indexes__ = [Index("number", unique=True, where=where)]

            id: int
            number: int
            state: str | None = None

        for _ in range(2):
            await db.Ticket.create(number=1, state="closed")
        await db.Ticket.create(number=1, state="open")
        with pytest.raises(Exception, match="DF-A101"):
            await db.Ticket.create(number=1, state="open")


def test_an_index_of_the_name_that_another_model_has_is_refused() -> None:
    db = DataFlow()

    @db.model
    class User:
        __indexes__ = [Index("email", name="by_email")]

        id: int
        email: str

    with pytest.raises(ModelError) as caught:

        @db.model
        class Customer:
            __indexes__ = [Index("email", name="by_Email"), Index("id", "email", name="users")]

            id: int
            email: str

    assert [(one.code, one.message) for one in caught.value.problems] == [
        ("DF-M115", "the index 'by_Email' of Customer has the name of an index or a table of User"),
        ("DF-M115", "the index 'users' of Customer has the name of an index or a table of User"),
    ]
