"""Owners and rights: the statements that give them to an object made anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dataflow_postgres.migrations.names import quoted

#: letters of an access list, as the server writes them
_RIGHTS = {
    "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "D": "TRUNCATE", "x": "REFERENCES", "t": "TRIGGER",
    "X": "EXECUTE", "U": "USAGE", "C": "CREATE", "m": "MAINTAIN", "s": "SET", "A": "ALTER SYSTEM",
}  # fmt: skip
#: grantee=rights/grantor, where a name that needs it stands in quotes
_ITEM = re.compile(r'(?P<grantee>"(?:[^"]|"")*"|[^=]*)=(?P<rights>[A-Za-z*]*)/')


def access(
    kind: str,
    name: str,
    owner: str,
    is_own: bool,
    rights: Sequence[str] | None,
    columns: Sequence[tuple[str, Sequence[str]]] = (),
) -> tuple[str, ...]:
    """:param kind: as ALTER has it, such as MATERIALIZED VIEW.

    :param is_own: whether the user who reads owns it: one who makes it owns it anyway.
    :param rights: None for those that a new object has.
    :param columns: names and rights of those columns that have any of their own.
    """
    found = [] if is_own else [f"ALTER {kind} {name} OWNER TO {quoted(owner)}"]
    target = f"{_granted(kind)} {name}"
    if rights is not None:
        found += [f"REVOKE ALL ON {target} FROM PUBLIC", f"REVOKE ALL ON {target} FROM {quoted(owner)}"]
        found += _grants(rights, target, "")
    for column, own in columns:
        found += _grants(own, target, f" ({quoted(column)})")
    return tuple(found)


def _granted(kind: str) -> str:
    """What GRANT calls it."""
    return "TABLE" if kind.endswith("VIEW") else "ROUTINE" if kind in ("FUNCTION", "PROCEDURE", "AGGREGATE") else kind


def _grants(rights: Sequence[str], target: str, column: str) -> Iterator[str]:
    for item in rights:
        found = _ITEM.match(item)
        assert found is not None, item
        name = found["grantee"]
        if name.startswith('"'):
            name = name[1:-1].replace('""', '"')
        grantee = quoted(name) if name else "PUBLIC"
        for option, letters in _options(found["rights"]):
            words = ", ".join(_RIGHTS[letter] + column for letter in letters)
            yield f"GRANT {words} ON {target} TO {grantee}{option}"


def _options(rights: str) -> Iterator[tuple[str, list[str]]]:
    """The letters with and without a star behind them, which lets the grantee pass the right on."""
    plain = re.findall(r"([A-Za-z])(?!\*)", rights)
    passed_on = re.findall(r"([A-Za-z])\*", rights)
    yield from ((option, letters) for option, letters in (("", plain), (" WITH GRANT OPTION", passed_on)) if letters)
