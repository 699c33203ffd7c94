"""Texts in an index are found whatever they go on with."""

from __future__ import annotations

import pytest

from dataflow import DataFlow, field

pytestmark = pytest.mark.databases("mysql")
ENDS = ("", "a", "z", "\uffff", "\U0001f600", "\U0010ffff", "\U0010ffff" * 9)


async def test_a_text_in_an_index_is_found_by_its_beginning(database_url: str) -> None:
    class Word:
        id: str
        text: str = field(unique=True)

    async with DataFlow(database_url) as db:
        db.model(Word)
        rows = [
            {"id": f"{first}{end}", "text": f"{first}{end}"} for first in ("j", "k", "k%", "K", "l") for end in ENDS
        ]
        await db.Word.bulk_create(rows)
        for name in ("id", "text"):
            for first in ("k", "k%", "K", "", "k\U0001f600"):
                wanted = sorted(row["id"] for row in rows if row["id"].startswith(first))
                for condition in ({"$startswith": first}, {"$like": f"{first}%"}):
                    if condition.get("$like") != "k%%":
                        found = (await db.Word.list({name: condition}, sort="id"))["records"]
                        assert [row["id"] for row in found] == wanted, (name, condition)
