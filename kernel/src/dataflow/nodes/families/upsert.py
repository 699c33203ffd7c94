"""``{M}UpsertNode``: insert one record, or change the one that is there."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution, closest, error_of, name_of
from dataflow.models.model import Model
from dataflow.nodes.families.create import not_a_record
from dataflow.nodes.families.family import Family, connected_parts, with_path
from dataflow.nodes.node_type import Inputs, Parameter, Path
from dataflow.nodes.parameters import TRANSACTION, changes_parameter, names, record_parameter
from dataflow.operations.operation import Upsert
from dataflow.values.problems import shown_value

OLDER = ("where", "create", "update")


class UpsertFamily(Family):
    kind = "upsert"

    def declare(self) -> tuple[Parameter, ...]:
        model = self.values.model
        update = attrs.evolve(
            changes_parameter(model, required=False),
            name="update",
            description="the fields to change on a conflict; by default all that 'data' gives",
        )
        conflict = names("conflict_on", "the fields whose equality is a conflict; they must be unique", ["id"])
        return (record_parameter(model), conflict, update, TRANSACTION)

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """``where/create/update``, the older form, as ``data/conflict_on/update``."""
        if "data" in params or not {"where", "create"} & params.keys():
            return params
        where, create = params.get("where"), params.get("create", {})
        if not isinstance(where, Mapping) or not isinstance(create, Mapping):
            return params
        warnings.warn(
            f"{self.node_name}: 'where/create/update' is the older form; "
            f'write "data": {{...}}, "conflict_on": [{", ".join(map(shown_value, where))}], "update": {{...}}',
            DeprecationWarning,
            stacklevel=3,
        )
        rest = {name: value for name, value in params.items() if name not in ("where", "create")}
        return {"data": {**where, **create}, "conflict_on": list(where), **rest}

    def target(self, path: Path) -> Path | None:
        fields = self.parameters[0].parts
        if len(path) == 1 and path[0] in fields and path[0] not in ("update",):
            return ("data", path[0])
        return super().target(path)

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        problems = conflict_problems(self, inputs.given.get("conflict_on"))
        update = inputs.given.get("update")
        if isinstance(update, Mapping):
            problems += self.values.changes.examine(update, self.kind, ("update",))[1]
        elif update is not None:
            problems.append(not_a_record(self, update, "update"))
        connected = connected_parts(inputs, "data")
        data = inputs.given.get("data")
        if connected is None or "data" not in inputs.given:
            return problems
        if not isinstance(data, Mapping):
            return [*problems, not_a_record(self, data)]
        return [*problems, *with_path(self.values.records.examine(data, connected)[1], "data")]

    def bind(self, params: Mapping[str, Any]) -> Upsert:
        data = params.get("data")
        if not isinstance(data, Mapping) or params.keys() - {"data"}:
            self.refuse(params)
        assert isinstance(data, Mapping)
        conflict_on = params.get("conflict_on") or ["id"]
        record, problems = self.values.records.examine(data)
        if problems:
            raise error_of(with_path(problems, "data"))
        if self.values.model.key.generated:
            # an id that the database is to make conflicts with nothing
            record.setdefault("id", None)
        return Upsert(
            model=self.values.model,
            record=record,
            changes=self._changes(params.get("update"), data, record, conflict_on) | self.values.changes.managed(),
            conflict_on=tuple(conflict_on),
            where=self.values.visible(None),
            transaction=params.get("transaction"),
        )

    def _changes(
        self, update: Mapping[str, Any] | None, data: Mapping[str, Any], record: Mapping[str, Any], keys: Sequence[str]
    ) -> dict[str, Any]:
        if update is not None:
            return self.values.changes.examine(update, self.kind)[0]
        return {name: record[name] for name in data if name not in keys and name != "id"}


def conflict_problems(family: Family, conflict_on: Any) -> list[Problem]:
    """The problems of a ``conflict_on``: unknown fields, or fields that nothing keeps unique."""
    if conflict_on is None or not isinstance(conflict_on, list | tuple):
        return []
    model = family.values.model
    unknown = [name_of(name) for name in conflict_on if not isinstance(name, str) or name not in model.fields]
    if unknown or not conflict_on:
        near = closest(unknown[0], model.fields) if unknown else ()
        what = f"unknown field '{unknown[0]}'" if unknown else "no field"
        return [
            Problem(
                code="DF-N103",
                message=f"{what} in 'conflict_on' of {family.node_name}"
                + (f"; did you mean '{near[0]}'?" if near else ""),
                where=attrs.evolve(family.where, path=("conflict_on",)),
                context={"given": list(conflict_on), "known": ", ".join(model.fields)},
                cause="a database finds the record in conflict by a unique key",
                solutions=(_unique_fields(model, near),),
                fix=Fix(
                    "unsafe",
                    edits=(Edit(("conflict_on", list(conflict_on).index(unknown[0])), "replace", f'"{near[0]}"'),),
                )
                if near and unknown[0] in conflict_on
                else None,
            )
        ]
    if is_unique(model, conflict_on):
        return []
    joined = ", ".join(f'"{name}"' for name in conflict_on)
    declare = (
        f"{conflict_on[0]}: {model.fields[conflict_on[0]].spelling} = field(unique=True)"
        if len(conflict_on) == 1
        else ""
    )
    return [
        Problem(
            code="DF-N116",
            message=f"'conflict_on' of {family.node_name} names fields that are not unique: {joined}",
            where=attrs.evolve(family.where, path=("conflict_on",)),
            context={"given": list(conflict_on)},
            cause="a database finds the record in conflict by a unique key",
            solutions=(Solution("declare it unique:", declare or f"__indexes__ = [Index({joined}, unique=True)]"),),
        )
    ]


def _unique_fields(model: Model, near: Sequence[str]) -> Solution:
    if near:
        return Solution(f"did you mean '{near[0]}'?", f'"conflict_on": ["{near[0]}"]')
    unique = [[one.name] for one in model.fields.values() if one.is_key or one.unique]
    unique += [list(index.fields) for index in model.indexes if index.unique and index.where is None]
    return Solution(
        "name fields that are unique:",
        " or ".join(f'"conflict_on": [{", ".join(map(shown_value, one))}]' for one in unique),
    )


def is_unique(model: Model, names: Sequence[str]) -> bool:
    """Whether the key or a unique index consists of exactly these fields."""
    if len(names) == 1 and (names[0] == "id" or model.fields[names[0]].unique):
        return True
    return any(index.unique and index.where is None and set(index.fields) == set(names) for index in model.indexes)
