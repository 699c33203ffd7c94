"""How tables would differ that models make anew, in an empty database, from those that the models were read from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import attrs

from dataflow import DataFlow
from dataflow.adapters import StatementFailed
from dataflow.migrations import Change, SchemaObject, SchemaSnapshot
from dataflow.migrations.seam import MigratableAdapter
from dataflow_migrations.diffing import diff, is_like
from dataflow_migrations.reflecting.models import LeftOut, Reflection


async def otherwise(found: Reflection, text: str, actual: SchemaSnapshot) -> tuple[LeftOut, ...]:
    """What is there, and would not be there like this; without what the reflection says of itself.

    :param text: the module of the models, as it is written.
    """
    module: dict[str, object] = {"__name__": "reflected"}
    exec(compile(text, "reflected", "exec"), module)  # noqa: S102  # it was written here
    db = module["db"]
    assert isinstance(db, DataFlow)
    try:
        made = await _made(db)
    except StatementFailed as error:
        # it takes the right to make tables somewhere, and reading does not
        return (LeftOut("every table", f"what the models would make was not tried: {error.__cause__}"),)
    finally:
        await db.close()
    tables = [one.table for one in found.models]
    said = {one.what for one in found.left_out}
    return tuple(_differences(diff(actual.tables(tables), made.tables(tables)), said))


async def _made(db: DataFlow) -> SchemaSnapshot:
    adapter = db.adapter
    assert isinstance(adapter, MigratableAdapter)
    async with adapter.session("generate") as session:
        return await adapter.schema.desired(session, list(db.models.values()))


def _differences(changes: Collection[Change], said: Collection[str]) -> Iterator[LeftOut]:
    for change in changes:
        old, new = change.before, change.after
        if old is None:
            yield LeftOut(str(change.ref), "here there is none")
        elif new is None:
            if str(old.ref) not in said:
                yield LeftOut(str(old.ref), "anew there is none")
        elif not is_like(old, new) and str(old.ref) not in said:
            yield LeftOut(str(old.ref), "; ".join(_parts(old, new)))


def _parts(old: SchemaObject, new: SchemaObject) -> Iterator[str]:
    for attribute in attrs.fields(type(old)):
        here, there = getattr(old, attribute.name), getattr(new, attribute.name)
        if attribute.eq and attribute.name != "ref" and here != there:
            yield f"{attribute.name.replace('_', ' ')} here {_said(here)}, anew {_said(there)}"


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text}" for name, text in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return {None: "none", "": "none", True: "yes", False: "no"}.get(value, str(value))  # type: ignore[call-overload, no-any-return]  # what objects are made of can be a key
