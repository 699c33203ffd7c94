"""The options of counters, as they differ from those that a new one has."""

from __future__ import annotations

import re
from collections import defaultdict

from dataflow.migrations import Defined, ObjectRef, SchemaSnapshot
from dataflow_postgres.migrations.names import owner_of, qualified, quoted

_NAME = re.compile(r'"(?:[^"]|"")*"')
_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def counter_text(kind: str, start: int, step: int, least: int, most: int, cache: int, cycles: bool) -> str:
    """What follows the type of a sequence, or stands behind AS IDENTITY; empty when all is as usual."""
    rises = step > 0
    usual_least = 1 if rises else -_LARGEST[kind] - 1
    usual_most = _LARGEST[kind] if rises else -1
    parts = [
        f"START WITH {start}" if start != (least if rises else most) else "",
        f"INCREMENT BY {step}" if step != 1 else "",
        f"MINVALUE {least}" if least != usual_least else "",
        f"MAXVALUE {most}" if most != usual_most else "",
        f"CACHE {cache}" if cache != 1 else "",
        "CYCLE" if cycles else "",
    ]
    return " ".join(part for part in parts if part)


def whole_counter(options: str) -> str:
    """The same options with those said that are as usual: ALTER keeps what it is not told."""

    def given(word: str) -> str | None:
        found = re.search(rf"\b{word} (-?\d+)", options)
        return found and found[1]

    rises = not (given("INCREMENT BY") or "1").startswith("-")
    start = given("START WITH") or given("MINVALUE" if rises else "MAXVALUE") or ("1" if rises else "-1")
    parts = [f"START WITH {start}"]
    for word, usual in (
        ("INCREMENT BY", "INCREMENT BY 1"),
        ("MINVALUE", "NO MINVALUE"),
        ("MAXVALUE", "NO MAXVALUE"),
        ("CACHE", "CACHE 1"),
    ):
        value = given(word)
        parts.append(usual if value is None else f"{word} {value}")
    return " ".join([*parts, "CYCLE" if options.endswith("CYCLE") else "NO CYCLE"])


class Owned:
    """The sequences of a schema by the table and the column that they belong to."""

    def __init__(self, schema: SchemaSnapshot) -> None:
        self._found: dict[str, list[Defined]] = defaultdict(list)
        for one in schema.of_kind("sequence"):
            if isinstance(one, Defined) and "owned_by" in one.options:
                *table, _ = _NAME.findall(one.options["owned_by"])
                for owner in (one.options["owned_by"], ".".join(table)):
                    self._found[owner].append(one)

    def by(self, ref: ObjectRef) -> list[Defined]:
        return self._found.get(qualified(ref) if ref.kind == "table" else f"{owner_of(ref)}.{quoted(ref.name)}", [])
