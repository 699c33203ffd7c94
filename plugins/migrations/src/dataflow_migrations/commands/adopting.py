"""``dataflow migrate adopt``: tables that another tool has made are the models' own from now on."""

from __future__ import annotations

import click

from dataflow.adapters import StatementFailed
from dataflow_migrations.alembic_revisions import heads
from dataflow_migrations.commands.command import Asked, migrating

#: what Django's own history says of its latest migration
_DJANGO = "SELECT name FROM django_migrations WHERE app = ? ORDER BY id DESC"


@migrating("adopt", "Take over the tables that Alembic or Django have made.")
@click.option("--alembic", is_flag=True, help="Begin at the head of alembic_version.")
@click.option("--django", metavar="APP", help="Begin at the latest migration of a Django application.")
async def adopt(asked: Asked, alembic: bool, django: str | None) -> int:
    """Begin the history where the other tool's ends, when the tables of the models of FILE are there as they want them.

    Its own tables stay, and its files too: from now on changes are planned here, or, with 'dataflow migrate write --alembic',
    planned here and applied there. The exit code is 1 when the models want something else than what is there.
    """
    if alembic == bool(django):
        raise click.UsageError("name the tool: --alembic, or --django APP")
    head = await _head(asked, django)
    revision = await asked.db.migrations.adopt(head)
    asked.out.put(revision=revision.revision)
    asked.out.line(f"begins at {revision.revision}")
    return 0


async def _head(asked: Asked, django: str | None) -> str:
    async with asked.db.adapter.session("migrations") as session:  # type: ignore[attr-defined]  # the plan refuses another
        if django is None:
            found = await heads(session)
            if len(found) != 1:
                raise click.ClickException(f"alembic_version has {len(found) or 'no'} heads, and one is needed")
            return f"alembic:{found[0]}"
        try:
            rows = await session.rows(_DJANGO, django)
        except StatementFailed as error:
            raise click.ClickException("there is no history of Django in this database") from error
        if not rows:
            raise click.ClickException(f"django_migrations has none of the application '{django}'")
        return f"django:{django}:{rows[0][0]}"
