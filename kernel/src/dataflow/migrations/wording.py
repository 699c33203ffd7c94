"""Numbers of rows in sentences."""

from __future__ import annotations

_OF_ONE = {"have": "has", "are": "is", "do not": "does not"}


def rows_of(number: int, verb: str = "", of: str = "") -> str:
    """Say a number of rows, with what they are of and a verb that is given as that of many: '1 row of x has', '2 rows have'."""
    rows = f"{number:,} row" + ("" if number == 1 else "s") + (f" of {of}" if of else "")
    if not verb:
        return rows
    return f"{rows} {verb if number != 1 else _OF_ONE.get(verb, f'{verb}s')}"
