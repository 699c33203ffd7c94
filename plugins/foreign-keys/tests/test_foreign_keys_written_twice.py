"""A row that one statement writes twice: PostgreSQL then looks at all its references, also at those that stay as they were."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import asyncpg
import pytest

from dataflow import DataFlow
from dataflow_foreign_keys.impact import Block, Impact

#: constraints are acted on in the order in which they were made
MESSAGES = """
CREATE TABLE users (id text PRIMARY KEY);
CREATE TABLE threads (id text PRIMARY KEY, user_id text);
CREATE TABLE messages (id text PRIMARY KEY, sender_id text, receiver_id text, thread_id text);
ALTER TABLE messages ADD CONSTRAINT sender FOREIGN KEY (sender_id) REFERENCES users ON DELETE SET NULL;
ALTER TABLE messages ADD CONSTRAINT receiver FOREIGN KEY (receiver_id) REFERENCES users ON DELETE SET NULL;
ALTER TABLE threads ADD CONSTRAINT starter FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
ALTER TABLE messages ADD CONSTRAINT thread FOREIGN KEY (thread_id) REFERENCES threads ON DELETE SET NULL;
INSERT INTO users VALUES ('ann'), ('bob');
INSERT INTO threads VALUES ('t', 'ann');
"""


@pytest.mark.databases("postgres")
@pytest.mark.parametrize(("receiver", "refusal"), [("ann", "thread"), ("bob", "")])
async def test_all_references_of_a_row_written_twice_are_looked_at(
    receiver: str, refusal: str, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url, ssl="disable")
    try:
        await connection.execute(MESSAGES)
        await connection.execute("INSERT INTO messages VALUES ('m', 'ann', $1, 't')", receiver)
        async with DataFlow(
            database_url, plugins=["foreign-keys"], existing_schema_mode=True, auto_migrate=False
        ) as db:

            @db.model
            class User:
                __dataflow__ = {"timestamps": False}  # noqa: RUF012  # as a user writes it
                id: str

            impact: Impact = await db.migrations.foreign_keys.impact("User", {"id": "ann"})
        assert impact.blocked == ((Block("thread", "messages", 1, "no action"),) if refusal else ())
        refused: AbstractContextManager[Any] = (
            pytest.raises(asyncpg.ForeignKeyViolationError, match=f'"{refusal}"') if refusal else nullcontext()
        )
        with refused:
            await connection.execute("DELETE FROM users WHERE id = 'ann'")
    finally:
        await connection.close()
