"""What holds for a user's own SQL on every database: it begins and ends no transaction."""

from __future__ import annotations

import re

from dataflow.diagnostics import Problem, Solution, Where, error_of

#: they would take the transaction, or the file, out of the hands of the framework
_CONTROL = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(BEGIN|START\s+TRANSACTION|COMMIT|END|ABORT|ROLLBACK|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION|ATTACH|DETACH)\b",
    re.IGNORECASE | re.DOTALL,
)


def check_control(sql: str) -> None:
    """Refuse transaction control.

    :raises AdapterError: DF-A120.
    """
    found = _CONTROL.match(sql)
    if found is not None:
        raise error_of(_refused(" ".join(found[1].upper().split())))


def _refused(word: str) -> Problem:
    return Problem(
        code="DF-A120",
        message=f"'{word}' is not a statement for SQLNode",
        where=Where(node_type="SQLNode", operation="sql", path=("sql",)),
        context={"statement": word},
        cause="transactions belong to scopes, which commit and roll back for all their members",
        solutions=(Solution("use a scope:", 'with workflow.transaction("tx"): ...'),),
    )
