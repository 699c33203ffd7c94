"""What would name something that is renamed: neither server writes a view or a trigger anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dataflow.migrations import Defined, Hindrance, ObjectRef, SchemaSnapshot, name_now
from dataflow_mysql.migrations.catalogue import mentions


def left_behind(schema: SchemaSnapshot, renames: Mapping[ObjectRef, ObjectRef]) -> Iterator[Hindrance]:
    """:param schema: with the names that the database knows now."""
    for new in renames:
        old = name_now(new, renames)
        table = old.table or old.name
        for one in schema.objects.values():
            if not isinstance(one, Defined) or one.ref.kind not in ("view", "trigger"):
                continue
            names = _in_view(one, table, old) if one.ref.kind == "view" else _in_trigger(one, table, old)
            if names:
                definition = _anew(one, table, old.name, new.name) if new.kind == "column" else ""
                yield Hindrance(new, f"its text names the {old.kind} '{old.name}'", one.ref, definition)


def _in_view(view: Defined, table: str, old: ObjectRef) -> bool:
    """The server writes all names of a view in quotes, and before each column its table, or what the view calls that."""
    if old.kind == "table":
        return f"`{table}`" in view.definition
    return _column(view, table, old.name).search(view.definition) is not None


def _column(view: Defined, table: str, column: str) -> re.Pattern[str]:
    called = {table, *re.findall(rf"`{re.escape(table)}` (?:AS )?`((?:[^`]|``)+)`", view.definition, re.IGNORECASE)}
    qualifiers = "|".join(map(re.escape, sorted(called)))
    return re.compile(rf"(`(?:{qualifiers})`\.)`{re.escape(column)}`")


def _anew(one: Defined, table: str, old: str, new: str) -> str:
    """A view with the new name of a column; its own columns are called what they were."""
    if one.ref.kind != "view":
        return ""
    text = _column(one, table, old).sub(lambda found: f"{found[1]}`{new}`", one.definition)
    return f"CREATE VIEW `{one.ref.name}` AS {text.partition(' AS ')[2]}" if text.startswith("CREATE") else text


def _in_trigger(trigger: Defined, table: str, old: ObjectRef) -> bool:
    """Its body is what somebody wrote: of its own table's columns it says NEW or OLD, of others it may say the name alone."""
    own, text = trigger.ref.table == table, trigger.definition
    if old.kind == "table":
        return len(re.findall(rf"(?<![\w$]){re.escape(table)}(?![\w$])", text, re.IGNORECASE)) > own
    if own:
        return re.search(rf"\b(?:new|old)\s*\.\s*`?{re.escape(old.name)}(?![\w$])", text, re.IGNORECASE) is not None
    return mentions(text, table) and mentions(text, old.name)
