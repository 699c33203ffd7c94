"""The indexes of a model by name: its own, and those that its fields ask for."""

from __future__ import annotations

import hashlib

from dataflow.models.model import Index, Model
from dataflow.models.naming import MAX_NAME


def indexes_of(model: Model) -> tuple[Index, ...]:
    """All indexes of a model but that of its key."""
    own = [
        Index(field.name, unique=field.unique)
        for field in model.fields.values()
        if (field.unique or field.index) and not field.is_key
    ]
    return (*own, *model.indexes)


def index_name(index: Index, model: Model) -> str:
    prefix = "uq" if index.unique else "ix"
    return index.name or bounded_name(f"{prefix}_{model.table}_{'_'.join(index.fields)}")


def bounded_name(name: str) -> str:
    """The name, shortened where a database has no room for it, and still no other's."""
    if len(name.encode()) <= MAX_NAME:
        return name
    head = name.encode()[: MAX_NAME - 9].decode(errors="ignore")
    return f"{head}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
