"""The direct API: ``await db.User.create(...)``, one code path with the nodes.

Every method binds its arguments with the node's own behaviour and runs the node's own pipeline, so
validation, middlewares and records are the same.
"""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Never

import attrs

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.models.missing import missing_operation, not_a_collection
from dataflow.models.model import MISSING, Model
from dataflow.nodes.node_type import NodeType
from dataflow.nodes.unknown_keywords import unknown_keywords
from dataflow.operations.observation import observed
from dataflow.operations.operation import Executor, Record, Transaction
from dataflow.plugins.observers import Listeners
from dataflow.runtimes.activities import Measured, current, told
from dataflow.streaming import BATCH_SIZE, PAGE_SIZE, Begin, Intake, Rows, is_stream, pages
from dataflow.values.answer import Answer, answer

if TYPE_CHECKING:
    from dataflow.nodes.families.create import CreateFamily
    from dataflow.nodes.families.read import ReadFamily

Filter = Mapping[str, Any] | Callable[[Any], object] | object


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments that a caller gave."""
    return other_than(MISSING, **arguments)


def other_than(default: object, **arguments: Any) -> dict[str, Any]:
    """The arguments that are not the default itself; what only counts as true or false is the node's to refuse."""
    return {name: value for name, value in arguments.items() if value is not default}


def merged(data: Any, fields: dict[str, Any]) -> Any:
    """A record given as one dict, as fields, or as both; what is no dict stays itself, to be refused."""
    if data is None:
        return fields
    return {**data, **fields} if fields and isinstance(data, Mapping) else data


class Operations:
    """The operations of one model: what ``db.User`` is.

    Every method raises DataFlowError with all problems of the call at once; ``transaction`` joins a
    scope other than the surrounding one.
    """

    def __init__(
        self,
        model: Model,
        nodes: Mapping[str, NodeType],
        pipeline: Callable[[NodeType], Executor],
        begin: Begin,
        listening: Listeners,
    ) -> None:
        self._model = model
        self._nodes = nodes
        self._pipeline = pipeline
        self._begin = begin
        self._listening = listening
        self._executors: dict[str, Executor] = {}
        self._create: CreateFamily = nodes["create"].behaviour  # type: ignore[assignment]  # made by ModelNodes
        self._read: ReadFamily = nodes["read"].behaviour  # type: ignore[assignment]  # made by ModelNodes

    def __repr__(self) -> str:
        return f"<operations of {self._model.name} on table '{self._model.table}'>"

    if not TYPE_CHECKING:
        # checkers know the operations, and refuse what is none

        def __getattr__(self, name: str) -> Any:
            raise missing_operation(self.__dict__["_model"].name, name, OPERATIONS)

        def __iter__(self) -> Never:
            raise not_a_collection(self._model.name)

        def __call__(self, *_: object, **__: object) -> Never:
            raise not_a_collection(self._model.name)

        def __len__(self) -> Never:
            raise not_a_collection(self._model.name)

        def __bool__(self) -> bool:
            return True

    def _executor(self, kind: str) -> Executor:
        executor = self._executors.get(kind)
        if executor is None:
            executor = self._executors[kind] = self._pipeline(self._nodes[kind])
        return executor

    async def _run(self, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if kind not in self._nodes:
            raise error_of(_no_restore(self._model))
        executor = self._executor(kind)
        if self._listening.observers:
            return answer(await self._told(kind, arguments, executor))
        return answer(await executor(self._bound(kind, arguments)))

    async def _told(self, kind: str, arguments: Mapping[str, Any], executor: Executor) -> Any:
        """A call that somebody observes."""
        measured = Measured()

        def work() -> Awaitable[Any]:
            return executor(measured.bound(lambda: self._bound(kind, arguments)))

        activity = attrs.evolve(
            current.get(), call_id=token_hex(8), node_type=self._nodes[kind].name, model=self._model.name
        )
        tell = observed(self._listening.observers, None)
        return await work() if tell is None else await told(activity, work, tell, arguments, measured)

    def _bound(self, kind: str, arguments: Mapping[str, Any]) -> Any:
        behaviour = self._nodes[kind].behaviour
        try:
            return behaviour.bind(behaviour.canonical(arguments))
        except DataFlowError as error:
            # a call is not told what only a workflow can do
            raise error.located() from error.__cause__

    async def create(
        self, data: Mapping[str, Any] | None = None, /, *, transaction: Transaction | None = None, **fields: Any
    ) -> Record:
        """Insert one record, given as fields or as one dict, and give it as stored.

        :raises NodeError: DF-N102, DF-N103, DF-N104, DF-N105, DF-N106.
        :raises ConstraintError: DF-A101 for a value that must be unique and is not.
        """
        record = merged(data, fields)
        if self._listening.observers:
            return await self._run("create", {"data": record, **other_than(None, transaction=transaction)})
        executor = self._executors.get("create") or self._executor("create")
        try:
            operation = self._create.bind_record(record, transaction)
        except DataFlowError as error:
            raise error.located() from error.__cause__
        return Answer(await executor(operation))

    async def read(
        self,
        id: Any = MISSING,
        *,
        filter: Filter = MISSING,
        raise_on_not_found: bool = True,
        fields: Sequence[str] | None = None,
        include_deleted: bool = False,
        transaction: Transaction | None = None,
        **unknown: Never,
    ) -> Any:
        """The record with an id, or the first that matches a filter.

        :raises NotFoundError: DF-X102, unless ``raise_on_not_found`` is false: then the result is None.
        """
        if unknown:
            raise error_of(unknown_keywords(self._nodes["read"], self._model, unknown))
        executor = self._executors.get("read") or self._executor("read")
        plain = filter is MISSING and fields is None and include_deleted is False and type(raise_on_not_found) is bool
        if plain and id is not MISSING and not self._listening.observers:
            return await executor(self._read.bind_key(id, transaction, raise_on_not_found))
        arguments = given(id=id, filter=filter) | other_than(None, transaction=transaction)
        arguments |= other_than(True, raise_on_not_found=raise_on_not_found) | other_than(None, fields=fields)
        arguments |= other_than(False, include_deleted=include_deleted)
        return await self._run("read", arguments)

    async def update(
        self,
        id: Any = MISSING,
        data: Mapping[str, Any] = MISSING,  # type: ignore[assignment]  # the absence of a value
        *,
        filter: Filter = MISSING,
        expected_version: int | None = None,
        return_records: bool = False,
        all: bool = False,
        transaction: Transaction | None = None,
        **unknown: Any,
    ) -> dict[str, Any]:
        """Change the record with an id, or all that match a filter: ``{"updated": n, "records": [...]}``.

        For an id the result also holds the record's fields.

        :raises NotFoundError: DF-X102 when no record has the id.
        :raises ConflictError: DF-X103 when it has another version than ``expected_version``.
        """
        by_key = id is not MISSING and type(data) is dict and filter is MISSING and not unknown
        plain = expected_version is None and return_records is False and all is False and transaction is None
        if by_key and plain:
            return await self._run("update", {"id": id, "data": data})
        arguments = given(id=id, data=data, filter=filter)
        arguments |= other_than(None, expected_version=expected_version, transaction=transaction)
        arguments |= other_than(False, return_records=return_records, all=all)
        return await self._run("update", arguments | unknown)

    async def delete(
        self,
        id: Any = MISSING,
        *,
        filter: Filter = MISSING,
        hard: bool = False,
        all: bool = False,
        transaction: Transaction | None = None,
        **unknown: Never,
    ) -> dict[str, int]:
        """Delete the record with an id, or all that match a filter: ``{"deleted": n}``."""
        if unknown:
            raise error_of(unknown_keywords(self._nodes["delete"], self._model, unknown))
        arguments = given(id=id, filter=filter) | other_than(None, transaction=transaction)
        arguments |= other_than(False, hard=hard, all=all)
        return await self._run("delete", arguments)

    async def restore(
        self,
        id: Any = MISSING,
        *,
        filter: Filter = MISSING,
        all: bool = False,
        transaction: Transaction | None = None,
        **unknown: Never,
    ) -> dict[str, int]:
        """Bring soft-deleted records back: ``{"restored": n}``. Only for models with ``soft_delete``."""
        if unknown and "restore" in self._nodes:
            raise error_of(unknown_keywords(self._nodes["restore"], self._model, unknown))
        arguments = given(id=id, filter=filter) | other_than(None, transaction=transaction)
        return await self._run("restore", arguments | other_than(False, all=all))

    async def list(
        self,
        filter: Filter = MISSING,
        *,
        sort: Any = None,
        limit: int | None = None,
        offset: int = 0,
        cursor: str | None = None,
        fields: Sequence[str] | None = None,
        include_deleted: bool = False,
        count: bool = True,
        transaction: Transaction | None = None,
        **unknown: Never,
    ) -> dict[str, Any]:
        """A page of the records that match: ``{"records", "total", "next_cursor"}``."""
        if unknown:
            raise error_of(unknown_keywords(self._nodes["list"], self._model, unknown))
        arguments = given(filter=filter) | other_than(None, transaction=transaction)
        arguments |= other_than(None, sort=sort, limit=limit, cursor=cursor, fields=fields)
        arguments |= other_than(0, offset=offset) | other_than(False, include_deleted=include_deleted)
        arguments |= other_than(True, count=count)
        return await self._run("list", arguments)

    def batches(
        self, filter: Filter = MISSING, *, sort: Any = None, batch_size: int = PAGE_SIZE, **options: Any
    ) -> AsyncIterator[builtins.list[Record]]:
        """Every record that matches, in lists of at most ``batch_size``: only one list is held at a time.

        Each list is a page behind the last record of the one before: every record that is there from beginning to end comes
        once. For one state of the database, open a transaction with ``isolation="REPEATABLE READ"`` around it.
        Options: ``fields``, ``include_deleted``, ``transaction``.
        """

        async def page(cursor: str | None) -> dict[str, Any]:
            return await self.list(filter, sort=sort, limit=batch_size, cursor=cursor, count=False, **options)

        return pages(page)

    async def stream(self, filter: Filter = MISSING, **options: Any) -> AsyncIterator[Record]:
        """Every record that matches, one by one; how it is read, and the options, are those of ``batches``."""
        async for records in self.batches(filter, **options):
            for record in records:
                yield record

    async def count(
        self,
        filter: Filter = MISSING,
        *,
        include_deleted: bool = False,
        transaction: Transaction | None = None,
        **unknown: Never,
    ) -> int:
        """How many records match."""
        if unknown:
            raise error_of(unknown_keywords(self._nodes["count"], self._model, unknown))
        arguments = given(filter=filter) | other_than(None, transaction=transaction)
        arguments |= other_than(False, include_deleted=include_deleted)
        return (await self._run("count", arguments))["count"]  # type: ignore[no-any-return]  # values of a dict are untyped

    async def upsert(
        self,
        data: Mapping[str, Any] | None = None,
        /,
        *,
        conflict_on: Sequence[str] | None = None,
        update: Mapping[str, Any] | None = None,
        transaction: Transaction | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Insert a record or change the one that is there; the record plus ``created``."""
        arguments: dict[str, Any] = {"data": merged(data, fields)}
        arguments |= other_than(None, conflict_on=conflict_on, update=update, transaction=transaction)
        return await self._run("upsert", arguments)

    async def bulk_create(self, data: Rows, **options: Any) -> dict[str, Any]:
        """Insert many, all or none: ``{"created", "skipped", "updated", "ids"}``.

        ``data`` may come one by one, from a generator or an asynchronous source: it is then written batch by batch, and
        ids are only given where ``return_ids=True`` asks for them.
        Options: ``on_conflict``, ``conflict_on``, ``return_ids``, ``batch_size``, ``progress``, ``transaction``.
        """
        if is_stream(data):
            return await self._taken_in("bulk_create", data, {"return_ids": False, **options})
        return await self._run("bulk_create", {"data": data, **options})

    async def _taken_in(self, kind: str, data: Rows, options: dict[str, Any]) -> dict[str, Any]:
        async def write(rows: builtins.list[Mapping[str, Any]], tell: Callable[[int, int], None]) -> dict[str, Any]:
            return await self._run(kind, {"data": rows, **options, "progress": tell})

        size, intake = options.get("batch_size") or BATCH_SIZE, Intake(write, options.pop("progress", None))
        if options.get("transaction") is not None:
            return await intake.run(data, size)
        async with self._begin():
            return await intake.run(data, size)

    async def bulk_update(self, data: Any, *, filter: Filter = MISSING, **options: Any) -> dict[str, int]:
        """Change many, all or none: ``{"updated": n}``; ``data`` is a list of records with ``id``, or
        with ``filter`` the fields to change. Options: ``all``, ``batch_size``, ``progress``, ``transaction``."""
        return await self._run("bulk_update", {"data": data, **given(filter=filter), **options})

    async def bulk_delete(
        self,
        ids: Sequence[Any] = MISSING,  # type: ignore[assignment]
        *,
        filter: Filter = MISSING,
        **options: Any,
    ) -> dict[str, int]:
        """Delete many: ``{"deleted": n}``. Options: ``hard``, ``all``, ``transaction``."""
        return await self._run("bulk_delete", {**given(ids=ids, filter=filter), **options})

    async def bulk_upsert(self, data: Rows, **options: Any) -> dict[str, Any]:
        """Insert or change many: ``{"created", "updated"}``; ``data`` may come one by one, as in ``bulk_create``.

        Options: ``conflict_on``, ``batch_size``, ``progress``, ``transaction``.
        """
        if is_stream(data):
            return await self._taken_in("bulk_upsert", data, options)
        return await self._run("bulk_upsert", {"data": data, **options})


def _no_restore(model: Model) -> Problem:
    return Problem(
        code="DF-N116",
        message=f"'restore' needs a model with soft delete, and {model.name} has none",
        where=Where(model=model.name, operation="restore"),
        cause="a record that is deleted for good cannot come back",
        solutions=(Solution("have the model keep deleted records:", '__dataflow__ = {"soft_delete": True}'),),
    )


#: the public methods
OPERATIONS = tuple(name for name in vars(Operations) if not name.startswith("_"))
