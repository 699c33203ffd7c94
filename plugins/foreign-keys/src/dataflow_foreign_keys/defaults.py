"""What SET DEFAULT would write, and whether a row has it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dataflow.migrations import Column
from dataflow_foreign_keys.course import Default, Written
from dataflow_foreign_keys.keys import ForeignKey, columns_by_name
from dataflow_foreign_keys.reach import NotExact, Reach, Reading

_TEXT = re.compile(r"'(?:[^']|'')*'")
_CALL = re.compile(r"\w\s*\(")


async def defaults_of(reading: Reading, reach: Reach) -> Mapping[ForeignKey, Default]:
    """The defaults of the keys that have such an action.

    :raises NotExact: for one that differs from row to row.
    """
    acting = {key for key, _ in reach.children}
    return {
        key: await _default(key, reading, reach)
        for key in reading.graph.keys
        if "set default" in (key.ondelete, key.onupdate) and key in acting
    }


def literal_of(column: Column) -> str:
    """A default as an expression; NULL where there is none.

    :raises NotExact: for one that is computed.
    """
    if column.default is None:
        return "NULL"
    if _CALL.search(_TEXT.sub("''", column.default)):
        raise NotExact(f"the default of {column.ref} is computed")
    return f"({column.default})"


async def _default(key: ForeignKey, reading: Reading, reach: Reach) -> Default:
    if key.ondelete == "set default" and set(key.written) != set(key.constrained_columns):
        raise NotExact(f"{key.constraint_name} sets some of its columns, so what it refers to then differs by row")
    columns = columns_by_name(key.constrained, reading.snapshot)
    texts = [literal_of(columns[name]) for name in key.constrained_columns]
    ((*are_null,),) = await reading.session.rows(f"SELECT {', '.join(f'{text} IS NULL' for text in texts)}")
    values: dict[str, Written] = {
        name: None if is_null else text
        for name, text, is_null in zip(key.constrained_columns, texts, are_null, strict=True)
    }  # fmt: skip
    if any(are_null):
        return Default(values)
    rows, quoted = reading.rows(key.referred), reading.dialect.quoted
    wanted = " AND ".join(f"p.{quoted(name)} = {text}" for name, text in zip(key.referred_columns, texts, strict=True))
    found = await reading.session.rows(f"SELECT {rows.named('p')} FROM {rows.source} p WHERE {wanted}")
    if not found:
        return Default(values, is_found=False)
    return Default(values, parent=reach.number.get((key.referred, tuple(found[0]))))
