"""What operations give, for type checkers: plain dicts at run time."""

from __future__ import annotations

from typing import Any, Generic, NotRequired, TypedDict, TypeVar

R = TypeVar("R")


class Page(TypedDict, Generic[R]):
    """A list: ``total`` is None without ``count``, ``next_cursor`` on the last page."""

    records: list[R]
    total: int | None
    next_cursor: str | None


class Updated(TypedDict):
    updated: int


class Deleted(TypedDict):
    deleted: int


class Restored(TypedDict):
    restored: int


class BulkCreated(TypedDict):
    """``ids`` are those of the written rows, where they are asked for; ``errors`` are there with ``on_error="collect"``."""

    created: int
    skipped: int
    updated: int
    ids: NotRequired[list[Any]]
    errors: NotRequired[list[dict[str, Any]]]


class BulkUpserted(TypedDict):
    created: int
    updated: int
    errors: NotRequired[list[dict[str, Any]]]
