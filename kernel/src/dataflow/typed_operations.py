"""``db[User]``: the operations of ``db.User`` as type checkers see them, with the class's own fields."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, overload

from dataflow.direct import Operations
from dataflow.expressions.query import Column, Condition
from dataflow.operations.operation import Record, Transaction
from dataflow.result_types import BulkCreated, BulkUpserted, Deleted, Page, Restored, Updated

P = ParamSpec("P")
M = TypeVar("M")
Progress = Callable[[int, int], object]
Row = Mapping[str, Any]
TypedRows = Iterable[Row] | AsyncIterable[Row]


class TypedOperations(Operations, Generic[P, M]):
    """The same operations, with the constructor's own parameters known to type checkers.

    What an operation leaves open in its signature, for the sake of its own errors, is closed here. A record is a dict:
    the value of a field is for the reader to know; ``dataflow typegen`` writes types that know it.
    """

    if TYPE_CHECKING:

        async def create(self, *args: P.args, **fields: P.kwargs) -> Record: ...  # type: ignore[override]

        async def read(  # type: ignore[override]
            self,
            id: object = ...,
            *,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            raise_on_not_found: bool = True,
            fields: Sequence[str] | None = None,
            include_deleted: bool = False,
            transaction: Transaction | None = None,
        ) -> Any: ...

        async def update(  # type: ignore[override]
            self,
            id: object = ...,
            data: Row = ...,
            *,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            expected_version: int | None = None,
            return_records: bool = False,
            all: bool = False,
            transaction: Transaction | None = None,
        ) -> dict[str, Any]: ...

        async def delete(  # type: ignore[override]
            self,
            id: object = ...,
            *,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            hard: bool = False,
            all: bool = False,
            transaction: Transaction | None = None,
        ) -> Deleted: ...

        async def restore(  # type: ignore[override]
            self,
            id: object = ...,
            *,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            all: bool = False,
            transaction: Transaction | None = None,
        ) -> Restored: ...

        async def list(  # type: ignore[override]
            self,
            filter: Callable[[M], object] | Row | Condition | Column | None = None,
            *,
            sort: Any = None,
            limit: int | None = None,
            offset: int = 0,
            cursor: str | None = None,
            fields: Sequence[str] | None = None,
            include_deleted: bool = False,
            count: bool = True,
            transaction: Transaction | None = None,
        ) -> Page[Record]: ...

        def batches(  # type: ignore[override]
            self,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            *,
            sort: Any = None,
            batch_size: int = ...,
            fields: Sequence[str] | None = None,
            include_deleted: bool = False,
            transaction: Transaction | None = None,
        ) -> AsyncIterator[builtins.list[Record]]: ...

        def stream(  # type: ignore[override]
            self,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            *,
            sort: Any = None,
            batch_size: int = ...,
            fields: Sequence[str] | None = None,
            include_deleted: bool = False,
            transaction: Transaction | None = None,
        ) -> AsyncIterator[Record]: ...

        async def count(  # type: ignore[override]
            self,
            filter: Callable[[M], object] | Row | Condition | Column | None = None,
            *,
            include_deleted: bool = False,
            transaction: Transaction | None = None,
        ) -> int: ...

        @overload  # type: ignore[override]
        async def upsert(self, *args: P.args, **fields: P.kwargs) -> Record: ...
        @overload
        async def upsert(
            self,
            data: Row,
            /,
            *,
            conflict_on: Sequence[str] | None = None,
            update: Row | None = None,
            transaction: Transaction | None = None,
        ) -> Record: ...
        async def upsert(self, *args: Any, **fields: Any) -> Record: ...

        async def bulk_create(  # type: ignore[override]
            self,
            data: TypedRows,
            *,
            on_conflict: Literal["error", "skip", "update"] = "error",
            conflict_on: Sequence[str] = ...,
            return_ids: bool = True,
            on_error: Literal["raise", "collect"] = "raise",
            batch_size: int = ...,
            progress: Progress | None = None,
            transaction: Transaction | None = None,
        ) -> BulkCreated: ...

        async def bulk_update(  # type: ignore[override]
            self,
            data: Iterable[Row] | Row,
            *,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            all: bool = False,
            batch_size: int = ...,
            progress: Progress | None = None,
            transaction: Transaction | None = None,
        ) -> Updated: ...

        async def bulk_delete(  # type: ignore[override]
            self,
            ids: Sequence[object] = ...,
            *,
            filter: Callable[[M], object] | Row | Condition | Column = ...,
            hard: bool = False,
            all: bool = False,
            transaction: Transaction | None = None,
        ) -> Deleted: ...

        async def bulk_upsert(  # type: ignore[override]
            self,
            data: TypedRows,
            *,
            conflict_on: Sequence[str] = ...,
            on_error: Literal["raise", "collect"] = "raise",
            batch_size: int = ...,
            progress: Progress | None = None,
            transaction: Transaction | None = None,
        ) -> BulkUpserted: ...
