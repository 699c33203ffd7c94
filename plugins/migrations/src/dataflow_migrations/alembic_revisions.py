"""Plans as revision files of Alembic, for teams that keep it: planned here, reviewed and applied there."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from dataflow.diagnostics import error_of
from dataflow.migrations import MigrationPlan, MigrationStep, Session
from dataflow.migrations.presence import has_table
from dataflow_migrations.files import file_words
from dataflow_migrations.problems import not_of_alembic
from dataflow_migrations.reverting import inverse_step

_OFF, _ON = "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"


async def heads(session: Session) -> tuple[str, ...]:
    """The revisions at which a database stands by Alembic's own table."""
    if not await has_table(session, "alembic_version"):
        return ()
    return tuple(name for (name,) in await session.rows("SELECT version_num FROM alembic_version"))


@attrs.frozen
class AlembicRevisions:
    """The revision files below one directory: of scripts, with ``versions`` in it, or of the versions themselves."""

    directory: Path

    @property
    def versions(self) -> Path:
        inner = self.directory / "versions"
        return inner if inner.is_dir() else self.directory

    def head(self) -> str | None:
        """The revision that nothing stands on; None when there is no file.

        :raises MigrationError: DF-G116 for a directory that is not there, a file that cannot be read, or several heads.
        """
        if not self.directory.is_dir():
            raise error_of(not_of_alembic(self.directory, "there is no such directory"))
        found = dict(map(self._read, sorted(self.versions.glob("*.py"))))
        parents = {parent for several in found.values() for parent in several}
        heads = [revision for revision in found if revision not in parents]
        if len(heads) > 1:
            raise error_of(not_of_alembic(self.directory, f"it has {len(heads)} heads: {', '.join(heads)}"))
        return heads[0] if heads else None

    def write(self, plan: MigrationPlan, applied: Sequence[str], message: str = "") -> Path:
        """Write a plan as the next file.

        :param applied: the revisions at which the database stands, from which the plan was made.
        :raises MigrationError: DF-G116 when that is not the head.
        """
        head = self.head()
        if list(applied) != ([head] if head else []):
            stands = ", ".join(applied) or "no revision"
            raise error_of(
                not_of_alembic(self.directory, f"the database is at {stands}, and its head is {head or 'none'}")
            )
        revision = hashlib.sha256(f"{head} {plan.checksum}".encode()).hexdigest()[:12]
        words = file_words(plan, message)
        path = self.versions / f"{revision}_{words}.py"
        path.write_text(_text(plan, revision, head, message or words.replace("_", " ")), encoding="utf-8")
        return path

    def _read(self, path: Path) -> tuple[str, tuple[str, ...]]:
        """A file's revision and those that it stands on."""
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            values = dict(_assigned(tree))
            parents = values.get("down_revision") or ()
            return values["revision"], (parents,) if isinstance(parents, str) else tuple(parents)
        except (OSError, SyntaxError, ValueError, KeyError) as error:
            raise error_of(not_of_alembic(self.directory, f"'{path.name}' cannot be read: {error}")) from error


def _assigned(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """What a revision file says of itself, without running it."""
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                yield target.id, ast.literal_eval(node.value)


def _text(plan: MigrationPlan, revision: str, head: str | None, message: str) -> str:
    down = [inverse_step(step) for step in reversed(plan.steps)]
    return f'''"""{message.replace('"', "'")}

Revision ID: {revision}
Revises: {head or ""}
Create Date: {datetime.now(UTC):%Y-%m-%d %H:%M:%S}
"""

from alembic import op

revision = {revision!r}
down_revision = {head!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{_body(plan.steps, plan.dialect)}


def downgrade() -> None:
{_body(down, plan.dialect)}
'''


def _body(steps: Sequence[MigrationStep], dialect: str) -> str:
    lines = [line for step in steps for line in _step(step)]
    if dialect == "sqlite" and any(step.kind == "rebuild" for step in steps):
        # a rebuilt table is dropped: with enforced keys that would delete what refers to it
        lines = [*_apart(_OFF), *lines, *_apart(_ON)]
    return "\n".join(f"    {line}" for line in lines)


def _step(step: MigrationStep) -> Iterator[str]:
    yield f"# {step}"
    if not step.sql:
        yield f"raise RuntimeError({f'{step} cannot be undone'!r})"
    for statement in step.sql:
        if step.transactional == "autocommit":
            yield from _apart(statement)
        else:
            yield f"op.execute({_literal(statement)})"


def _apart(statement: str) -> tuple[str, str]:
    return "with op.get_context().autocommit_block():", f"    op.execute({_literal(statement)})"


def _literal(statement: str) -> str:
    """A statement as Python text; a colon would else be the mark of a parameter."""
    text = statement.strip().replace(":", r"\:")
    if "\n" not in text or '"""' in text or text[-1] in '"\\':
        return repr(text)
    return f'r"""{text}"""'
