"""The text of a module of types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataflow import DataFlow
from dataflow.models.model import Field, Model
from dataflow_cli.typegen.operations import signatures
from dataflow_cli.typegen.spelling import Spelling

_HEAD = '''\
"""Types of the models of {file}. Written by `dataflow typegen`, and not for editing."""

# ruff: noqa
from __future__ import annotations

import builtins
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Protocol, TypedDict, overload

from dataflow import DataFlow

if TYPE_CHECKING:
    from dataflow.expressions.query import Column, Condition
    from dataflow.operations.operation import Transaction
    from dataflow.result_types import BulkCreated, BulkUpserted, Deleted, Page, Restored, Updated
    from dataflow.sync import SyncDataFlow
'''


def types_of(databases: Mapping[str, DataFlow], file: str, module: str, loaded_as: str) -> str:
    """The module's text for some instances, by the name of the class that each gets.

    :param file: the application's file, as the docstring names it.
    :param module: the name by which that file is imported.
    :param loaded_as: the name that its module has in this process.
    """
    spelling = Spelling(module, loaded_as)
    known: dict[str, Model] = {}
    for app in databases.values():
        known |= {f"{model.name}": model for model in app.models.values()}
    models = list(known.values())
    records = [line for model in models for line in _records(model, spelling)]
    faces = [line for model in models for line in _faces(model, spelling)]
    bodies = [line for name, app in databases.items() for line in _database(name, list(app.models.values()))]
    imports = [f"    from {name} import {', '.join(sorted(names))}" for name, names in sorted(spelling.imports.items())]
    return "\n".join([_HEAD.format(file=file) + "\n".join(imports), *records, *faces, *bodies, ""])


def _records(model: Model, spelling: Spelling) -> Iterator[str]:
    name, writable = model.name, list(model.writable)
    yield from _typed_dict(f"{name}Record", [f"{one.name}: {spelling.of(one)}" for one in model.fields.values()])
    yield from _typed_dict(f"{name}Upserted", ["created: bool"], base=f"{name}Record")
    yield from _typed_dict(f"{name}New", [_entry(spelling, one) for one in writable])
    changes = [f"{one.name}: {spelling.changed(one)}" for one in writable if not one.is_key]
    yield from _typed_dict(f"{name}Changes", changes, total=False)
    key = model.fields["id"]
    yield from _typed_dict(f"{name}Row", [f"id: {spelling.of(key)}"], base=f"{name}Changes")
    partly = [f"{one.name}: NotRequired[{spelling.of(one)}]" for one in model.fields.values()]
    yield from _typed_dict(f"{name}Updated", ["updated: int", f"records: list[{name}Record]", *partly])


def _entry(spelling: Spelling, field: Field) -> str:
    text = spelling.given(field)
    return f"{field.name}: {text if field.is_required else f'NotRequired[{text}]'}"


def _typed_dict(name: str, entries: Sequence[str], base: str = "TypedDict", *, total: bool = True) -> Iterator[str]:
    yield from ("", "", f"class {name}({base}{'' if total else ', total=False'}):")
    yield from (f"    {one}" for one in entries or ("...",))


def _faces(model: Model, spelling: Spelling) -> Iterator[str]:
    """What checkers read of one model's operations; nothing of it is there at run time."""
    yield from ("", "", "if TYPE_CHECKING:", "")
    yield f"    class {model.name}Fields:"
    yield '        """What a lambda as a filter is called with."""'
    yield ""
    yield from (f"        {one.name}: {spelling.of(one)}" for one in model.fields.values())
    yield ""
    yield f"    {model.name}Filter = Callable[[{model.name}Fields], object] | Mapping[str, Any] | Condition | Column"
    for face, is_async in ((f"{model.name}Operations(Protocol)", True), (f"{model.name}Sync(Protocol)", False)):
        yield from ("", f"    class {face}:")
        for one in signatures(model, spelling):
            yield from one.text(is_async=is_async)


def _database(name: str, models: Sequence[Model]) -> Iterator[str]:
    yield from ("", "", "if TYPE_CHECKING:", "", f"    class {name}Sync(SyncDataFlow):")
    yield from (f"        {one.name}: {one.name}Sync" for one in models)
    yield from ("", "", f"class {name}(DataFlow):")
    yield '    """The instance whose models these are; at run time a DataFlow like any other."""'
    yield ""
    yield from (f"    {one.name}: {one.name}Operations" for one in models)
    yield from ("", "    if TYPE_CHECKING:", "", "        @property")
    yield f"        def sync(self) -> {name}Sync: ..."
