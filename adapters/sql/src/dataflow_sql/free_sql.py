"""What holds for a user's own SQL on every database: it begins and ends no transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from dataflow.diagnostics import Problem, Solution, Where, error_of

#: they would take the transaction, or the file, out of the hands of the framework
_CONTROL = re.compile(
    r"(?:[\s;(]|--[^\n]*\n|/\*.*?\*/)*"
    r"(BEGIN|START\s+TRANSACTION|COMMIT|END|ABORT|ROLLBACK|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION|ATTACH|DETACH|XA"
    r"|SET\s+(?:(?:SESSION|LOCAL|GLOBAL)\s+)?(?:CHARACTERISTICS|TRANSACTION|AUTOCOMMIT)|(?:UN)?LOCK\s+TABLES?|DISCARD)\b",
    re.IGNORECASE | re.DOTALL,
)


#: what a session keeps after them: settings, locks, what listens, tables of its own
_SPOILS = re.compile(
    r"^(?:[\s;(]|--[^\n]*\n|\#[^\n]*\n|/\*.*?\*/)*"
    r"(?:SET|RESET|LISTEN|PREPARE|DECLARE|LOAD|USE|CALL|DO|CREATE\s+(?:OR\s+REPLACE\s+)?(?:LOCAL\s+|GLOBAL\s+)?TEMP(?:ORARY)?)\b"
    r"|\bset_config\s*\(|\badvisory_lock|\bget_lock\s*\(",
    re.IGNORECASE | re.DOTALL,
)


def spoils(sql: str) -> bool:
    """Whether a session is not as it was after a statement; a look at the text, so that most pay nothing."""
    return _SPOILS.search(sql) is not None


def check_control(sql: str) -> None:
    """Refuse transaction control.

    :raises AdapterError: DF-A120.
    """
    found = _CONTROL.match(sql)
    if found is not None:
        raise error_of(_refused(" ".join(found[1].upper().split())))


def check_values(needed: Iterable[str], given: Mapping[str, Any]) -> None:
    """Refuse a statement with a name that has no value.

    :raises AdapterError: DF-A120.
    """
    missing = [name for name in dict.fromkeys(needed) if name not in given]
    if missing:
        raise error_of(_without_value(", ".join(f"':{name}'" for name in missing), ", ".join(given)))


def check_count(needed: int, given: int) -> None:
    """Refuse a statement with more or fewer ``?`` than values.

    :raises AdapterError: DF-A120.
    """
    if needed != given:
        raise error_of(_without_value(f"{needed} places, and {given}", f"{given} values"))


def plain(value: Any) -> Any:
    """A value of the user's as a field of its type would hold it: an enum's member by its value."""
    return value.value if isinstance(value, Enum) else value


def _without_value(what: str, given: str) -> Problem:
    counted = what.partition(" ")[0].isdigit()
    return Problem(
        code="DF-A120",
        message=f"the statement has {what} values" if counted else f"the statement has no value for {what}",
        where=Where(node_type="SQLNode", operation="sql", path=("params",)),
        context={"given": given or "nothing"},
        cause="each :name or ? in a statement takes one value",
        solutions=(Solution("give it:", '{"sql": "SELECT * FROM users WHERE age > :age", "params": {"age": 18}}'),),
    )


def _refused(word: str) -> Problem:
    return Problem(
        code="DF-A120",
        message=f"'{word}' is not a statement for SQLNode",
        where=Where(node_type="SQLNode", operation="sql", path=("sql",)),
        context={"statement": word},
        cause="transactions belong to scopes, which commit and roll back for all their members",
        solutions=(Solution("use a scope:", 'with workflow.transaction("tx"): ...'),),
    )
