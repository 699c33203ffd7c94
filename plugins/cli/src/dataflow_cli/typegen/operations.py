"""The operations of one model as signatures, for both faces: ``await db.User.create(...)`` and ``db.sync.User.create(...)``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from dataflow.models.model import Field, Model
from dataflow_cli.typegen.spelling import Spelling

_LIST = re.compile(r"(?<![\w.])list\[")
_IN = "transaction: Transaction | None = None"


@attrs.frozen
class Signature:
    """One method. ``overloaded`` is one of several forms; ``streams`` gives an iterator."""

    name: str
    parameters: tuple[str, ...]
    result: str
    overloaded: bool = False
    streams: bool = False

    def text(self, *, is_async: bool) -> Iterator[str]:
        """Its lines inside a class."""
        if self.overloaded:
            yield "        @overload"
        result = f"{'Async' if is_async else ''}Iterator[{self.result}]" if self.streams else self.result
        yield f"        {'async ' if is_async and not self.streams else ''}def {self.name}("
        yield "            self,"
        # inside of the class `list` is a method
        yield from (f"            {_LIST.sub('builtins.list[', one)}," for one in self.parameters)
        yield f"        ) -> {result}: ..."


def signatures(model: Model, spelling: Spelling) -> Iterator[Signature]:
    """Every operation that the model has."""
    name, record = model.name, f"{model.name}Record"
    key = spelling.of(model.fields["id"])
    fields = tuple(_parameter(spelling, one) for one in model.writable)
    by_filter = f"filter: {name}Filter = ..."
    options = ("include_deleted: bool = False", _IN)
    yield Signature("create", ("*", *fields, _IN), record, overloaded=True)
    yield Signature("create", (f"data: {name}New", "/", "*", _IN), record, overloaded=True)
    found = (f"id: {key} = ...", "*", by_filter, "fields: Sequence[str] | None = None", *options)
    yield Signature("read", (*found, "raise_on_not_found: Literal[True] = True"), record, overloaded=True)
    yield Signature("read", (*found, "raise_on_not_found: bool"), f"{record} | None", overloaded=True)
    yield Signature(
        "update",
        (
            f"id: {key} = ...", f"data: {name}Changes = ...", "*", by_filter, "expected_version: int | None = None",
            "return_records: bool = False", "all: bool = False", _IN,
        ),
        f"{name}Updated",
    )  # fmt: skip
    several = (f"id: {key} = ...", "*", by_filter)
    yield Signature("delete", (*several, "hard: bool = False", "all: bool = False", _IN), "Deleted")
    if model.options.soft_delete:
        yield Signature("restore", (*several, "all: bool = False", _IN), "Restored")
    yield from _many(name, record, options)
    upsert = ("conflict_on: Sequence[str] | None = None", f"update: {name}Changes | None = None", _IN)
    yield Signature("upsert", ("*", *fields, *upsert), f"{name}Upserted", overloaded=True)
    yield Signature("upsert", (f"data: {name}New", "/", "*", *upsert), f"{name}Upserted", overloaded=True)
    yield from _bulk(name, key)


def _many(name: str, record: str, options: tuple[str, ...]) -> Iterator[Signature]:
    by_filter, sort = f"filter: {name}Filter = ...", "sort: Any = None"
    names = "fields: Sequence[str] | None = None"
    page = ("limit: int | None = None", "offset: int = 0", "cursor: str | None = None", "count: bool = True")
    yield Signature("list", (by_filter, "*", sort, names, *page, *options), f"Page[{record}]")
    yield Signature("count", (by_filter, "*", *options), "int")
    read = (by_filter, "*", sort, "batch_size: int = ...", names, *options)
    yield Signature("stream", read, record, streams=True)
    yield Signature("batches", read, f"builtins.list[{record}]", streams=True)


def _bulk(name: str, key: str) -> Iterator[Signature]:
    rows = f"data: Iterable[{name}New] | AsyncIterable[{name}New]"
    told = ("batch_size: int = ...", "progress: Callable[[int, int], object] | None = None", _IN)
    collects = 'on_error: Literal["raise", "collect"] = "raise"'
    conflict = 'on_conflict: Literal["error", "skip", "update"] = "error"'
    by_filter = f"filter: {name}Filter = ..."
    yield Signature(
        "bulk_create",
        (rows, "*", conflict, "conflict_on: Sequence[str] = ...", "return_ids: bool = True", collects, *told),
        "BulkCreated",
    )
    yield Signature(
        "bulk_update",
        (f"data: Iterable[{name}Row] | {name}Changes", "*", by_filter, "all: bool = False", *told),
        "Updated",
    )
    yield Signature(
        "bulk_delete",
        (f"ids: Sequence[{key}] = ...", "*", by_filter, "hard: bool = False", "all: bool = False", _IN),
        "Deleted",
    )
    yield Signature("bulk_upsert", (rows, "*", "conflict_on: Sequence[str] = ...", collects, *told), "BulkUpserted")


def _parameter(spelling: Spelling, field: Field) -> str:
    return f"{field.name}: {spelling.given(field)}" + ("" if field.is_required else " = ...")
