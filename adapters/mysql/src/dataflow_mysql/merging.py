"""A bulk create that skips or changes what is there: what is there is locked, the rest is inserted.

ON DUPLICATE KEY takes a conflict on any unique key for one on the key that was named, and IGNORE forgives any failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from dataflow.operations.operation import BulkCreate, Result
from dataflow_mysql.bulk_update import Changing, condition
from dataflow_mysql.dialect import quoted
from dataflow_mysql.duplicates import Duplicates
from dataflow_mysql.errors import broken_key
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import literal
from dataflow_mysql.loading import Loading
from dataflow_sql import Statements
from dataflow_sql.bulk import RowFailed, teller
from dataflow_sql.constraints import constraint_columns
from dataflow_sql.rows import column_encoders, encoded_column

_MARK, _UNDO = "SAVEPOINT dataflow_merge", "ROLLBACK TO SAVEPOINT dataflow_merge"
#: how often rows may come in between the look and the insert
_TRIES = 10
Key = tuple[Any, ...]


@attrs.define(eq=False)
class Merging:
    """One bulk create with ``on_conflict``."""

    operation: BulkCreate
    statements: Statements
    loading: Loading
    keys: list[Key] = attrs.field(init=False)
    #: whether a row was refused for good
    _stands: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        names = self.operation.names
        # a key that the server makes is in conflict with nothing
        missing = [None] * self.operation.size
        columns = [self.operation.columns[names.index(name)] if name in names else missing for name in self._on]
        self.keys = list(zip(*columns, strict=True))

    @property
    def _on(self) -> tuple[str, ...]:
        return self.operation.conflict_on

    async def run(self, link: MySQLLink) -> Result:
        operation, tell = self.operation, teller(self.operation)
        created = changed = 0
        ids: list[Any] = []
        for start in range(0, operation.size, operation.batch_size):
            batch = range(start, min(start + operation.batch_size, operation.size))
            new, repeated = await self._batch(link, batch, ids)
            created, changed = created + new, changed + repeated
            tell(batch.stop)
        skipped = 0 if operation.on_conflict == "update" else changed
        return {
            "created": created,
            "skipped": skipped,
            "updated": changed - skipped,
            "ids": ids if operation.return_ids else None,
        }

    async def _batch(self, link: MySQLLink, batch: range, ids: list[Any]) -> tuple[int, int]:
        if self.operation.on_conflict == "update" and not self.operation.return_ids:
            repeated = await Duplicates(self.operation, self.statements, self.loading).run(link, batch)
            if repeated is not None:
                return len(batch) - repeated, repeated
        for _ in range(_TRIES - 1):
            await link.control(_MARK)
            try:
                return await self._merged(link, batch, ids)
            except Exception as error:
                if not (link.is_open and self._came_between(error)):
                    raise
                await link.control(_UNDO)
        return await self._merged(link, batch, ids)

    def _came_between(self, error: Exception) -> bool:
        """Whether a row with a key that was not there a moment ago is there now."""
        if self._stands:
            return False
        refused = error.error if isinstance(error, RowFailed) else error
        return set(constraint_columns(self.statements.model, broken_key(refused))) == set(self._on)

    async def _merged(self, link: MySQLLink, batch: range, ids: list[Any]) -> tuple[int, int]:
        known, untouchable = await self._there(link, batch)
        if untouchable:
            await self._refuse(link, batch, untouchable)
        new, rounds = self._divided(batch, known)
        made = await self.loading.insert(link, new, lambda done: None) if new else []
        if self.operation.on_conflict == "update":
            for places in rounds:
                await self._change(link, places)
        if self.operation.return_ids:
            ids += self._ids(batch, known, dict(zip(new, made, strict=True)))
        return len(new), len(batch) - len(new)

    async def _refuse(self, link: MySQLLink, batch: range, untouchable: set[Key]) -> None:
        """A row in conflict is not to be changed: the unique violation stands."""
        self._stands = True
        place = next(place for place in batch if self.keys[place] in untouchable)
        await self.loading.insert(link, [place], lambda done: None)

    async def _there(self, link: MySQLLink, batch: range) -> tuple[dict[Key, Any], set[Key]]:
        """The ids of the rows that are in conflict, which stay as they are until the end; and which are not to be changed."""
        wanted = list(dict.fromkeys(key for key in map(self.keys.__getitem__, batch) if None not in key))
        if not wanted:
            return {}, set()
        encoders = column_encoders(self.statements.model, self._on, self.statements.dialect)
        columns = [encoded_column(encode, one) for encode, one in zip(encoders, zip(*wanted, strict=True), strict=True)]
        given = [", ".join(map(literal, key)) for key in zip(*columns, strict=True)]
        single = len(self._on) == 1
        listed = ", ".join(given if single else [f"({key})" for key in given])
        names = ", ".join(map(quoted, self._on))
        # names of the model, quoted, and literals
        table = quoted(self.statements.model.table)
        sql = f"SELECT {self._may_change()}, `id`, {names} FROM {table} WHERE ({names}) IN ({listed}) FOR UPDATE"  # noqa: S608
        rows = (await link.answer(sql)).rows or ()
        decode = self.statements.decoder(("id", *_other(self._on)))
        found = [tuple(record.values()) for record in decode([_once(row[1:], self._on) for row in rows])]
        untouchable = {self._key(one) for row, one in zip(rows, found, strict=True) if not row[0]}
        return {self._key(one): one[0] for one in found}, untouchable

    def _may_change(self) -> str:
        where = self.operation.where if self.operation.on_conflict == "update" else None
        return "TRUE" if where is None else condition(self.statements, where)

    def _key(self, record: Sequence[Any]) -> Key:
        named = dict(zip(("id", *_other(self._on)), record, strict=True))
        return tuple(named[name] for name in self._on)

    def _divided(self, batch: range, known: dict[Key, Any]) -> tuple[list[int], list[list[int]]]:
        """The rows to insert, and those in conflict in as many rounds as a key comes up."""
        new: list[int] = []
        rounds: list[list[int]] = []
        seen = dict.fromkeys(known, 0)
        for place in batch:
            key = self.keys[place]
            if None in key or key not in seen:
                new.append(place)
                seen.setdefault(key, 0)
                continue
            turn = seen[key]
            seen[key] = turn + 1
            if turn == len(rounds):
                rounds.append([])
            rounds[turn].append(place)
        return new, rounds

    async def _change(self, link: MySQLLink, places: Sequence[int]) -> None:
        operation = self.operation
        names = (*self._on, *operation.changes)
        columns = [[operation.columns[operation.names.index(name)][place] for place in places] for name in names]
        if not operation.changes and not operation.sets:
            return
        changing = Changing(self.statements, self._on, dict.fromkeys(operation.changes, False), operation.sets, None)
        await changing.run(link, columns, places)

    def _ids(self, batch: range, known: dict[Key, Any], made: dict[int, Any]) -> list[Any]:
        """Of the rows that were made or changed, in their order."""
        by_key = {**{self.keys[place]: key for place, key in made.items()}, **known}
        if self.operation.on_conflict == "update":
            return [made[place] if place in made else by_key[self.keys[place]] for place in batch]
        return [made[place] for place in batch if place in made]


def _other(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name != "id")


def _once(row: Sequence[Any], names: Sequence[str]) -> Sequence[Any]:
    """The row without a second id."""
    return (row[0], *(value for name, value in zip(names, row[1:], strict=True) if name != "id"))
