"""What the kernel does with an adapter's answer: cut a page, tell not-found from stale, turn marks into a delete."""

from __future__ import annotations

from typing import Any

from dataflow.adapters import Adapter
from dataflow.diagnostics import Problem, Solution, Where, error_of, text_of
from dataflow.expressions.cursor import encode_cursor
from dataflow.expressions.describe import describe
from dataflow.expressions.tree import ALWAYS, And, Compare, Expression, comparisons
from dataflow.models.model import Model
from dataflow.nodes.node_type import NodeType
from dataflow.operations.operation import (
    BulkCreate,
    BulkUpdate,
    Delete,
    Executor,
    List,
    Operation,
    Read,
    Record,
    Result,
    Update,
)
from dataflow.plugins.hookspecs import hookimpl
from dataflow.values.answer import Answer

#: characters of a value in a message
MAX_TEXT = 200


class Executors:
    """The kernel's own, last, answer to ``dataflow_executor``."""

    @hookimpl(trylast=True)
    def dataflow_executor(self, node: NodeType, adapter: Adapter) -> Executor | None:
        if node.run is not None:
            return node.run
        if node.operation is None:
            return None
        finished = _FINISHERS.get(node.kind)
        if finished is None:
            return adapter.executor(node.operation, node.model)
        assert node.model is not None
        return finished(adapter, node.model)


def _read(adapter: Adapter, model: Model) -> Executor:
    execute = adapter.executor(Read, model)

    async def read(operation: Read) -> Result:
        record = await execute(operation)
        if record is None and operation.required:
            raise error_of(_not_found(operation))
        return record

    return read


def _update(adapter: Adapter, model: Model) -> Executor:
    execute = adapter.executor(Update, model)
    read = adapter.executor(Read, model)

    async def update(operation: Update) -> Result:
        result = await execute(operation)
        if not result["updated"] and (operation.key is not None or operation.expected_version is not None):
            problem = await _why_not_updated(operation, read)
            if problem is not None:
                raise error_of(problem)
        if operation.key is None:
            return result
        changed = Answer(result)
        changed.update(result["records"][0])
        return changed

    return update


async def _why_not_updated(operation: Update, read: Executor) -> Problem | None:
    if operation.expected_version is not None:
        where = _without(operation.where, Compare("version", "eq", operation.expected_version))
        found = await read(Read(model=operation.model, where=where, transaction=operation.transaction))
        if found is not None:
            return _stale(operation, found)
    return None if operation.key is None else _not_found(operation)


def _without(where: Expression, dropped: Compare) -> Expression:
    """The condition without one of the comparisons that must all hold."""
    if where == dropped:
        return ALWAYS
    return And(tuple(_without(item, dropped) for item in where.items)) if isinstance(where, And) else where


def _delete(adapter: Adapter, model: Model) -> Executor:
    remove = adapter.executor(Delete, model)
    change = adapter.executor(Update, model)

    async def delete(operation: Delete) -> Result:
        if operation.marks is None:
            return await remove(operation)
        marked = Update(model=model, where=operation.where, values=operation.marks, transaction=operation.transaction)
        return {"deleted": (await change(marked))["updated"]}

    return delete


def _restore(adapter: Adapter, model: Model) -> Executor:
    execute = adapter.executor(Update, model)

    async def restore(operation: Update) -> Result:
        return {"restored": (await execute(operation))["updated"]}

    return restore


def _list(adapter: Adapter, model: Model) -> Executor:
    execute = adapter.executor(List, model)

    async def page(operation: List) -> Result:
        result = await execute(operation)
        return finish_page(operation, result)

    return page


def finish_page(operation: List, result: dict[str, Any]) -> dict[str, Any]:
    """The page as its caller wants it: without the row too many, and with the cursor of the next one."""
    records = result["records"]
    cursor = None
    if len(records) >= operation.page.limit:
        records.pop()
        cursor = encode_cursor(operation.model, operation.sort, records[-1])
    if operation.shown is not None and operation.shown != operation.fields:
        records = [Answer({name: record[name] for name in operation.shown}) for record in records]
    return Answer(records=records, total=result["total"], next_cursor=cursor)


def _bulk_update(adapter: Adapter, model: Model) -> Executor:
    by_filter = adapter.executor(Update, model)
    by_row = adapter.executor(BulkUpdate, model)

    async def bulk_update(operation: Operation) -> Result:
        if isinstance(operation, Update):
            return {"updated": (await by_filter(operation))["updated"]}
        return await by_row(operation)

    return bulk_update


def _bulk_upsert(adapter: Adapter, model: Model) -> Executor:
    execute = adapter.executor(BulkCreate, model)

    async def bulk_upsert(operation: BulkCreate) -> Result:
        result = await execute(operation)
        return {"created": result["created"], "updated": result["updated"]}

    return bulk_upsert


_FINISHERS = {
    "read": _read,
    "update": _update,
    "delete": _delete,
    "bulk_delete": _delete,
    "restore": _restore,
    "list": _list,
    "bulk_update": _bulk_update,
    "bulk_upsert": _bulk_upsert,
}


def _where(operation: Operation) -> Where:
    return Where(model=operation.model.name, operation=operation.kind)


def _not_found(operation: Read | Update) -> Problem:
    name = operation.model.name
    asked = ", ".join(describe(one) for one in comparisons(operation.where) if one.field != "deleted_at")
    return Problem(
        code="DF-X102",
        message=f"no {name} matches {asked}",
        where=_where(operation),
        context={"model": name, "filter": asked},
        cause="there is no such record" + (", or it is soft-deleted" if operation.model.options.soft_delete else ""),
        solutions=(Solution("accept that there may be none:", f"await db.{name}.read(..., raise_on_not_found=False)"),)
        if operation.kind == "read"
        else (Solution("create it when it is not there:", f'await db.{name}.upsert({{...}}, conflict_on=["id"])'),),
    )


def _stale(operation: Update, found: Record) -> Problem:
    name, key, version = operation.model.name, found["id"], found["version"]
    return Problem(
        code="DF-X103",
        message=f"stale version of {name} {text_of(key, MAX_TEXT)}: expected {operation.expected_version}, it is {version}",
        where=_where(operation),
        context={"id": key, "expected_version": operation.expected_version, "version": version},
        cause="somebody changed the record after it was read",
        solutions=(
            Solution("read it again, decide again, and update with its version:", f"expected_version={version}"),
        ),
    )
