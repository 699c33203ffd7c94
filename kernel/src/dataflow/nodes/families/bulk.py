"""The four bulk nodes: all rows or none, and every bad row named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, Edit, Fix, Problem, Solution, error_of, listed, text_of
from dataflow.expressions.tree import Compare, Expression
from dataflow.models.types import STR, FieldType
from dataflow.nodes.families.create import not_a_record
from dataflow.nodes.families.delete import deletion, hard_flag
from dataflow.nodes.families.family import Family, connected_parts, filter_problems, narrowed, with_path
from dataflow.nodes.families.update import ALL, empty_filter, nothing_to_change
from dataflow.nodes.families.upsert import conflict_problems
from dataflow.nodes.node_type import Inputs, Parameter
from dataflow.nodes.parameters import (
    RECORDS,
    TRANSACTION,
    changes_parameter,
    filter_parameter,
    flag,
    names,
    number,
    whole_number,
    wrong_parameter,
)
from dataflow.operations.operation import BulkCreate, BulkUpdate, Delete, RejectedRow, Update
from dataflow.values.columns import MAX_PROBLEMS
from dataflow.values.faults import ValueFault
from dataflow.values.problems import Faults, sample_of

ROWS_PER_BATCH = 10_000
BATCH_SIZE = number("batch_size", ROWS_PER_BATCH, "how many rows are sent and reported at a time")
ON_CONFLICT = Parameter(
    name="on_conflict",
    type=FieldType("literal", str, choices=("error", "skip", "update")),
    default="error",
    description="what to do with a row whose unique key exists",
    example='"skip"',
)
ON_ERROR = Parameter(
    name="on_error",
    type=FieldType("literal", str, choices=("raise", "collect")),
    default="raise",
    description="whether a bad row refuses all, or is left out and told in 'errors'",
    example='"collect"',
)
PROGRESS = Parameter(
    name="progress", type=attrs.evolve(STR, nullable=True), role="transaction", default=None,
    description="called with (rows done, rows in all) after each batch", example="print",
)  # fmt: skip


class BulkCreateFamily(Family):
    kind = "bulk_create"

    def declare(self) -> tuple[Parameter, ...]:
        return (
            RECORDS,
            ON_CONFLICT,
            names("conflict_on", "the fields whose equality is a conflict; they must be unique", ["id"]),
            flag("return_ids", True, "whether the result holds the ids"),
            ON_ERROR,
            BATCH_SIZE,
            PROGRESS,
            TRANSACTION,
        )

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        problems = [*conflict_problems(self, inputs.given.get("conflict_on")), *_batch_problems(self, inputs)]
        if "data" not in inputs.given or connected_parts(inputs, "data") != frozenset():
            return problems
        rows = inputs.given["data"]
        if not isinstance(rows, list | tuple):
            return [*problems, _not_rows(self, rows)]
        try:
            if inputs.given.get("on_error") != "collect":
                self.values.columns.complete(rows)
        except DataFlowError as error:
            return [*problems, *with_path(error.problems, "data")]
        if self.kind == "bulk_upsert" or inputs.given.get("on_conflict") == "update":
            problems += _uneven_rows(self, rows)
        return problems

    def bind(self, params: Mapping[str, Any]) -> BulkCreate:
        rows = params.get("data")
        if not isinstance(rows, list | tuple) or not _is_plain(params):
            self.refuse(params)
        assert isinstance(rows, list | tuple)
        return self.bind_rows(rows, params, params.get("on_conflict", "error"), params.get("conflict_on") or ["id"])

    def bind_rows(
        self, rows: Sequence[Any], params: Mapping[str, Any], on_conflict: Any, conflict_on: Sequence[str]
    ) -> BulkCreate:
        collects = params.get("on_error") == "collect"
        places: list[int] | None = None
        bad: list[tuple[int, list[Problem]]] = []
        try:
            if collects:
                columns, places, bad = self.values.columns.sorted_out(rows)
            else:
                columns = self.values.columns.complete(rows)
        except DataFlowError as error:
            raise error_of(with_path(error.problems, "data")) from None
        rows = rows if places is None else [rows[place] for place in places]
        managed = self.values.changes.managed() if on_conflict == "update" else {}
        given = set(rows[0]) if on_conflict == "update" and rows else set()
        uneven = _uneven_rows(self, rows) if given and not columns.is_even else []
        if uneven:
            raise error_of(uneven)
        return BulkCreate(
            model=self.values.model,
            names=columns.names,
            columns=columns.columns,
            size=columns.size,
            on_conflict=on_conflict,
            conflict_on=tuple(conflict_on),
            changes=tuple(name for name in columns.names if name in given and name not in conflict_on and name != "id"),
            sets=managed,
            where=self.values.visible(None) if on_conflict == "update" else None,
            batch_size=whole_number(params.get("batch_size")) or ROWS_PER_BATCH,
            return_ids=params.get("return_ids", True),
            progress=params.get("progress"),
            collects=collects,
            places=places,
            rejected=tuple(RejectedRow(row, tuple(problems)) for row, problems in bad),
            transaction=params.get("transaction"),
        )


class BulkUpsertFamily(BulkCreateFamily):
    kind = "bulk_upsert"

    def declare(self) -> tuple[Parameter, ...]:
        conflict = names("conflict_on", "the fields whose equality is a conflict; they must be unique", ["id"])
        return (RECORDS, conflict, ON_ERROR, BATCH_SIZE, PROGRESS, TRANSACTION)

    def bind(self, params: Mapping[str, Any]) -> BulkCreate:
        rows = params.get("data")
        if not isinstance(rows, list | tuple) or not _is_plain(params):
            self.refuse(params)
        assert isinstance(rows, list | tuple)
        given = {**params, "return_ids": False}
        return self.bind_rows(rows, given, "update", params.get("conflict_on") or ["id"])


class BulkUpdateFamily(Family):
    kind = "bulk_update"

    def declare(self) -> tuple[Parameter, ...]:
        data = attrs.evolve(
            changes_parameter(self.values.model),
            type=FieldType("any", object),
            role="records",
            description="with 'filter' the fields to change, else a list of records with 'id'",
        )
        return (filter_parameter("which records to change"), data, ALL, BATCH_SIZE, PROGRESS, TRANSACTION)

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        problems = [*filter_problems(self, inputs), *empty_filter(self, inputs), *_batch_problems(self, inputs)]
        filtered = "filter" in inputs.given or any(path[0] == "filter" for path in inputs.connected)
        if "data" not in inputs.given or connected_parts(inputs, "data") != frozenset():
            return problems
        data = inputs.given["data"]
        if filtered:
            return [*problems, *self._changes_problems(data)]
        return [*problems, *self._rows(data)[1]]

    def bind(self, params: Mapping[str, Any]) -> Update | BulkUpdate:
        data = params.get("data")
        if data is None or not _is_plain(params):
            self.refuse(params)
        if "filter" in params:
            return self._bind_filter(params)
        return BulkUpdate(
            model=self.values.model,
            rows=self._complete(data),
            where=self.values.visible(None),
            batch_size=whole_number(params.get("batch_size")) or ROWS_PER_BATCH,
            progress=params.get("progress"),
            transaction=params.get("transaction"),
        )

    def _complete(self, data: Any) -> Sequence[tuple[Any, Mapping[str, Any]]]:
        managed = self.values.changes.managed()
        columns = self.values.columns.changes(data, managed) if isinstance(data, list | tuple) else None
        if columns is not None:
            return columns
        rows, problems = self._rows(data)
        if problems:
            raise error_of(problems)
        return [(key, values | managed) for key, values in rows]

    def _bind_filter(self, params: Mapping[str, Any]) -> Update:
        where = self.values.filter(params["filter"], self.kind)[0]
        changes = self.values.changes.complete(params["data"])
        return Update(
            model=self.values.model,
            where=narrowed(where, self.values.visible(None)),
            values=changes,
            transaction=params.get("transaction"),
        )

    def _changes_problems(self, data: Any) -> list[Problem]:
        if not isinstance(data, Mapping):
            return [not_a_record(self, data)]
        if not data:
            return [nothing_to_change(self)]
        return self.values.changes.examine(data, self.kind, ("data",))[1]

    def _rows(self, data: Any) -> tuple[list[tuple[Any, dict[str, Any]]], list[Problem]]:
        if not isinstance(data, list | tuple):
            return [], [_not_rows(self, data)]
        rows: list[tuple[Any, dict[str, Any]]] = []
        problems: list[Problem] = []
        for index, row in enumerate(data):
            pair, found = self._row(index, row)
            rows.append(pair)
            problems += found
            if len(problems) >= MAX_PROBLEMS:
                break
        return rows, problems

    def _row(self, index: int, row: Any) -> tuple[tuple[Any, dict[str, Any]], list[Problem]]:
        path = ("data", index)
        if not isinstance(row, Mapping) or "id" not in row:
            return (None, {}), [_no_key(self, index, row)]
        faults = Faults(self.values.model, self.kind, row, path)
        key = None
        try:
            key = self.values.records.checks["id"](row["id"])
        except ValueFault as fault:
            faults.wrong(self.values.model.key, row["id"], fault)
        values = {name: value for name, value in row.items() if name != "id"}
        changes, problems = self.values.changes.examine(values, self.kind, path)
        return (key, changes), [*faults.problems, *problems]


class BulkDeleteFamily(Family):
    kind = "bulk_delete"
    ways = ("filter", "ids")

    def declare(self) -> tuple[Parameter, ...]:
        key = self.values.model.key.type
        ids = Parameter(
            name="ids", type=FieldType("list", list, item=key), description="the ids of the records to delete",
            example='["user-1", "user-2"]',
        )  # fmt: skip
        return (filter_parameter("which records to delete"), ids, *hard_flag(self), ALL, TRANSACTION)

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        begun = {path[0] for path in inputs.connected} | set(inputs.given)
        problems = [*filter_problems(self, inputs), *empty_filter(self, inputs)]
        given = [name for name in self.ways if name in begun]
        if len(given) == 1:
            return problems
        both_or_neither = "both" if given else "neither"
        return [
            *problems,
            Problem(
                code="DF-N116",
                message=f"{self.node_name} takes either 'filter' or 'ids', not {both_or_neither}",
                where=self.where,
                context={"provided": listed(inputs.given)},
                cause="the records must be named in exactly one way",
                solutions=(
                    Solution("name them by their ids:", '"ids": [...]'),
                    Solution("or by what they have in common:", '"filter": {...}'),
                ),
            ),
        ]

    def bind(self, params: Mapping[str, Any]) -> Delete:
        self.refuse(params)
        return deletion(self, self._where(params), params)

    def _where(self, params: Mapping[str, Any]) -> Expression | None:
        if "ids" not in params:
            return self.values.filter(params["filter"], self.kind)[0]
        check = self.values.records.checks["id"]
        return Compare("id", "in", tuple(check(key) for key in params["ids"]))


def _not_rows(family: Family, given: object) -> Problem:
    return Problem(
        code="DF-N101",
        message=f"'data' of {family.node_name} must be a list of records, not a {type(given).__name__}",
        where=attrs.evolve(family.where, path=("data",)),
        context={"expected": '{"data": [{...}, {...}]}', "given": given},
        cause="bulk nodes take many records; one record goes into the node without 'Bulk' in its name",
        solutions=(Solution("give a list of records:", '"data": [{...}, {...}]'),),
        fix=Fix("unsafe", edits=(Edit(("data",), "replace", f"[{text_of(dict(given))}]"),))
        if isinstance(given, Mapping)
        else None,
    )


def _no_key(family: Family, index: int, row: object) -> Problem:
    what = "has no 'id'" if isinstance(row, Mapping) else f"is a {type(row).__name__}, not a record"
    return Problem(
        code="DF-N117",
        message=f"row {index} of {family.node_name} {what}",
        where=attrs.evolve(family.where, path=("data", index)),
        context={"row": index, "given": row},
        cause="without a 'filter', each row says by its 'id' which record it changes",
        solutions=(
            Solution(
                "give the row its id:", f'{{"id": {sample_of(family.values.model.key, family.values.model)}, ...}}'
            ),
            Solution("or say by a filter which records are meant:", '"filter": {...}, "data": {...}'),
        ),
        fix=Fix(
            "placeholder",
            edits=(Edit(("data", index, "id"), "add", sample_of(family.values.model.key, family.values.model)),),
        )
        if isinstance(row, Mapping)
        else None,
    )


def _uneven_rows(family: Family, rows: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """The refusal of rows with different fields where rows in conflict are changed."""
    first = rows[0].keys() if rows else set()
    for index, row in enumerate(rows):
        if row.keys() != first:
            differing = ", ".join(f"'{name}'" for name in sorted(set(first) ^ set(row)))
            return [
                Problem(
                    code="DF-N117",
                    message=f"row {index} of {family.node_name} has other fields than row 0: {differing}",
                    where=attrs.evolve(family.where, path=("data", index)),
                    context={"row": index, "fields": ", ".join(row), "fields of row 0": ", ".join(first)},
                    cause="a row in conflict is changed to what it gives; a field that it lacks would be set to its default",
                    solutions=(Solution("give all rows the same fields, or make one call per set of fields"),),
                )
            ]
    return []


def _is_plain(params: Mapping[str, Any]) -> bool:
    """Whether nothing but the data needs a check; a look at all parameters goes through the rows a second time."""
    flag, progress = params.get("return_ids", True), params.get("progress")
    is_usual = not params.keys() - {"data", "transaction", "return_ids", "progress"}
    return is_usual and type(flag) is bool and (progress is None or callable(progress))


def _batch_problems(family: Family, inputs: Inputs) -> list[Problem]:
    return [*_size_problems(family, whole_number(inputs.given.get("batch_size"))), *_progress_problems(family, inputs)]


def _progress_problems(family: Family, inputs: Inputs) -> list[Problem]:
    progress = inputs.given.get("progress")
    if progress is None or callable(progress):
        return []
    return [wrong_parameter(family.node_name, PROGRESS, progress, ValueFault("a function"), family.where)]


def _size_problems(family: Family, size: int | None) -> list[Problem]:
    if size is None or size >= 1:
        return []
    return [
        Problem(
            code="DF-N111",
            message=f"'batch_size' of {family.node_name} must be at least 1, not {size}",
            where=attrs.evolve(family.where, path=("batch_size",)),
            context={"batch_size": size},
        )
    ]
