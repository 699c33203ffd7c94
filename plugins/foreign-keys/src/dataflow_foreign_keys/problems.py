"""The problems of the engine's own calls."""

from __future__ import annotations

from dataflow.diagnostics import Problem, Solution, Where


def not_migratable(adapter: str) -> Problem:
    return Problem(
        code="DF-G102",
        message=f"the adapter '{adapter}' cannot be asked for foreign keys",
        where=Where(operation="foreign_keys"),
        context={"adapter": adapter},
        cause="it has no 'schema' and 'session', by which the migration engines read a database",
        solutions=(Solution("use an adapter that has them: SQLite, PostgreSQL, MySQL, MariaDB"),),
    )


def wrong_action(action: object) -> Problem:
    return Problem(
        code="DF-N101",
        message=f'impact() takes action="delete", and {action!r} was given',
        where=Where(operation="foreign_keys"),
        context={"given": action},
        cause="what a delete does is followed along the foreign keys; an update of a key is not",
        solutions=(Solution("leave it out:", 'await db.migrations.foreign_keys.impact("User", {"active": False})'),),
    )
