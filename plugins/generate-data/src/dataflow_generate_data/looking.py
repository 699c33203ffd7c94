"""What is in the database already: how many rows, which keys, which unique values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from dataflow import DataFlow
from dataflow.direct import Operations
from dataflow.models.model import Model
from dataflow_generate_data.filling import Row
from dataflow_generate_data.planning import Table, UniqueRows

#: records that new ones may refer to, where those are not made with them
SAMPLE = 10_000
CHUNK = 500


def _operations(db: DataFlow, model: str) -> Operations:
    found: Operations = getattr(db, model)
    return found


def _deleted(model: Model) -> dict[str, Any]:
    # a row that is marked as deleted keeps its unique values
    return {"include_deleted": True} if model.options.soft_delete else {}


async def tables_of(db: DataFlow, models: Iterable[Model]) -> Mapping[str, Table]:
    """What the tables of some models hold."""
    return {one.name: await _table(_operations(db, one.name), one) for one in models}


async def _table(operations: Operations, model: Model) -> Table:
    rows = await operations.count(**_deleted(model))
    if not rows or model.key.type.kind != "int":
        return Table(rows)
    last = await operations.list(sort=["-id"], limit=1, fields=["id"], count=False, **_deleted(model))
    return Table(rows, last["records"][0]["id"])


async def existing_values(db: DataFlow, models: Sequence[Model]) -> Mapping[tuple[str, str], Sequence[Any]]:
    """Values that references to models beside these may have: those of the first records by key."""
    names = {one.name for one in models}
    wanted = {
        (field.reference.model, field.reference.field)
        for one in models
        for field in one.references
        if field.reference is not None and field.reference.model not in names
    }
    found = {}
    for model, field in sorted(wanted):
        page = await _operations(db, model).list(
            sort=["id"], limit=SAMPLE, fields=["id", field] if field != "id" else ["id"], count=False
        )
        found[model, field] = [one[field] for one in page["records"] if one[field] is not None]
    return found


async def taken_rows(
    db: DataFlow, model: Model, rows: Sequence[Row], unique: Iterable[UniqueRows]
) -> Mapping[int, Collection[str]]:
    """Of rows that are to be written, by their places, the fields whose values some record has."""
    found: dict[int, set[str]] = {}
    for one in unique:
        places = {key: place for place, row in enumerate(rows) if (key := one.key(row)) is not None}
        for key in await _present(db, model, one, list(places)):
            if key in places:
                found.setdefault(places[key], set()).update(one.names)
    return found


async def _present(
    db: DataFlow, model: Model, unique: UniqueRows, keys: Sequence[tuple[Any, ...]]
) -> set[tuple[Any, ...]]:
    first, present = unique.names[0], set()
    values = list(dict.fromkeys(key[0] for key in keys))
    for start in range(0, len(values), CHUNK):
        asked = {first: {"$in": values[start : start + CHUNK]}}
        async for record in _operations(db, model.name).stream(asked, **_deleted(model)):
            key = unique.key(record)
            if key is not None:
                present.add(key)
    return present
