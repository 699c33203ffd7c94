"""The values of an update: some fields, each a final value or an atomic change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Solution, error_of
from dataflow.models.model import Field
from dataflow.operations.operation import Increment
from dataflow.values.faults import ValueFault
from dataflow.values.problems import Faults
from dataflow.values.records import RecordCheck

NUMBERS = ("int", "float", "decimal")


@attrs.define(eq=False)
class ChangeCheck:
    """The validation of an update's values for one model, managed fields added."""

    records: RecordCheck

    def complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The changes with the managed fields' own.

        :raises NodeError: all problems, their paths relative to the values.
        """
        changes, problems = self.examine(values)
        if problems:
            raise error_of(problems)
        return changes | self.managed()

    def managed(self) -> dict[str, Any]:
        """What every update changes besides: ``updated_at`` and a version's increment."""
        changes: dict[str, Any] = {}
        now = datetime.now(UTC)
        for field in self.records.model.fields.values():
            if field.increments:
                changes[field.name] = Increment(amount=1)
            elif field.on_update is not None:
                value = field.on_update()
                changes[field.name] = now if isinstance(value, datetime) else value
        return changes

    def examine(
        self, values: Mapping[str, Any], operation: str = "update", path: tuple[str | int, ...] = ()
    ) -> tuple[dict[str, Any], list[Problem]]:
        faults = Faults(self.records.model, operation, values, path)
        changes: dict[str, Any] = {}
        for name, value in values.items():
            field = self.records.model.fields.get(name)
            if field is None or field.is_managed:
                continue
            if field.is_key:
                faults.problems.append(_key_changed(faults, value))
                continue
            try:
                changes[name] = self._change(field, value)
            except ValueFault as fault:
                faults.wrong(field, value, fault)
        faults.names(values)
        return changes, faults.problems

    def _change(self, field: Field, value: Any) -> Any:
        check = self.records.checks[field.name]
        if not _is_atomic(field, value):
            return check(value)
        return Increment(amount=self._amount(field, value))

    def _amount(self, field: Field, value: Mapping[str, Any]) -> Any:
        operator, amount = next(iter(value.items()))
        if len(value) != 1 or operator not in ("$inc", "$dec"):
            raise ValueFault("one atomic change, '$inc' or '$dec'", '{"$inc": 1}', "DF-N115")
        if field.bounds:
            raise ValueFault(
                "a final value: the bounds of the field cannot be checked for an atomic change", "", "DF-N115"
            )
        number = self.records.checks[field.name](amount)
        return number if operator == "$inc" else -number


def _is_atomic(field: Field, value: object) -> bool:
    if field.type.kind not in NUMBERS or not isinstance(value, Mapping) or not value:
        return False
    return all(isinstance(key, str) and key.startswith("$") for key in value)


def _key_changed(faults: Faults, value: object) -> Problem:
    return Problem(
        code="DF-N115",
        message=f"the key of {faults.model.name} cannot be changed: 'id' given in the data of an update",
        where=attrs.evolve(faults._where(), path=(*faults.path, "id"), field="id"),
        context={"given": value},
        cause="'id' says which record to change and stays what it is",
        solutions=(
            Solution("change other fields:", f'await db.{faults.model.name}.update(id, {{"name": ...}})'),
            Solution(
                "a record with another key is another record; delete the old one:",
                f"await db.{faults.model.name}.create(...)",
            ),
        ),
    )
