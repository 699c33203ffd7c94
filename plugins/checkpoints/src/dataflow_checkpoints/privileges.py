"""What a user of MySQL or MariaDB may do in this database: by name or by pattern, on all of it or on a table, himself or by a role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dataflow.migrations import MigrationStep, Session

_GRANT = re.compile(r"GRANT (?P<what>.+?) ON (?P<schema>\*|`(?:[^`]|``)+`)\.(?:\*|`(?:[^`]|``)+`) TO ")
_OF_COLUMNS = re.compile(r"\([^)]*\)")
#: in the name of a grant's database: one that stands for itself, or any one, or any number
_SIGN = re.compile(r"\\(.)|(_)|(%)|(.)", re.DOTALL)
_ALL = "ALL PRIVILEGES"
#: what statements begin with, and what each takes
_NEEDS: Sequence[tuple[re.Pattern[str], frozenset[str]]] = tuple(
    (re.compile(rf"\s*{words}\b", re.IGNORECASE), frozenset(needs))
    for words, needs in (
        (r"CREATE\s+TABLE", ["CREATE"]),
        (r"ALTER\s+TABLE", ["ALTER"]),
        (r"RENAME\s+TABLE", ["ALTER", "CREATE", "DROP"]),
        (r"DROP\s+TABLE", ["DROP"]),
        (r"(CREATE(\s+(UNIQUE|FULLTEXT|SPATIAL))?|DROP)\s+INDEX", ["INDEX"]),
    )
)


async def lacking(session: Session, steps: Iterable[MigrationStep]) -> list[str]:
    """The privileges that some steps take and this user does not have."""
    needed = {
        need
        for step in steps
        for statement in step.sql
        for words, needs in _NEEDS
        if words.match(statement)
        for need in needs
    }
    ((database, roles),) = await session.rows("SELECT DATABASE(), CURRENT_ROLE()")
    # MariaDB shows those of the role that is on by itself
    by_roles = session.dialect == "mysql" and roles not in (None, "NONE")
    using = f" FOR CURRENT_USER() USING {roles}" if by_roles else ""
    shown = [str(text) for (text,) in await session.rows(f"SHOW GRANTS{using}")]
    return sorted(needed - granted(shown, str(database))) if _ALL not in granted(shown, str(database)) else []


def granted(shown: Iterable[str], database: str) -> set[str]:
    """The privileges that grants give in a database, in the words of SHOW GRANTS."""
    found: set[str] = set()
    for text in shown:
        grant = _GRANT.match(text)
        if grant is not None and _is_of(grant["schema"], database):
            found.update(one.strip() for one in _OF_COLUMNS.sub("", grant["what"]).split(","))
    return found


def _is_of(schema: str, database: str) -> bool:
    if schema == "*":
        return True
    pattern = _SIGN.sub(_as_expression, schema[1:-1].replace("``", "`"))
    # where names are folded, a grant may have them as they were written
    return re.fullmatch(pattern, database, re.IGNORECASE | re.DOTALL) is not None


def _as_expression(sign: re.Match[str]) -> str:
    plain = sign[1] or sign[4]
    return re.escape(plain) if plain else "." if sign[2] else ".*"
