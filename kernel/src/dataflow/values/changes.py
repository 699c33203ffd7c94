"""The values of an update: some fields, each a final value or an atomic change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Solution, error_of
from dataflow.models.model import Field
from dataflow.operations.operation import Increment
from dataflow.values.checks import Check
from dataflow.values.faults import ValueFault
from dataflow.values.problems import Faults
from dataflow.values.records import RecordCheck

NUMBERS = ("int", "float", "decimal")
PLAIN = frozenset((int, float, Decimal, str))


@attrs.define(eq=False)
class ChangeCheck:
    """The validation of an update's values for one model, managed fields added."""

    records: RecordCheck
    #: by the names of the fields that an update may give
    _checks: Mapping[str, Check] = attrs.field(init=False)
    #: the fields that it changes by itself
    _managed: tuple[Field, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        model, checks = self.records.model, self.records.checks
        self._checks = {
            field.name: partial(self._number, field) if field.type.kind in NUMBERS else checks[field.name]
            for field in model.writable
            if not field.is_key
        }
        self._managed = tuple(
            field for field in model.fields.values() if field.increments or field.on_update is not None
        )

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
        for field in self._managed:
            if field.increments:
                changes[field.name] = Increment(amount=1)
            elif field.on_update is not None:
                value = field.on_update()
                changes[field.name] = now if isinstance(value, datetime) else value
        return changes

    def examine(
        self, values: Mapping[str, Any], operation: str = "update", path: tuple[str | int, ...] = ()
    ) -> tuple[dict[str, Any], list[Problem]]:
        """The changes that the values are, and every problem in them; ``path`` leads to the values inside the call."""
        checks = self._checks
        try:
            return {name: checks[name](value) for name, value in values.items()}, []
        except (KeyError, ValueFault):
            return self._explained(values, operation, path)

    def _explained(
        self, values: Mapping[str, Any], operation: str, path: tuple[str | int, ...]
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
                changes[name] = self._checks[name](value)
            except ValueFault as fault:
                faults.wrong(field, value, fault)
        faults.names(values)
        return changes, faults.problems

    def _number(self, field: Field, value: Any) -> Any:
        """A number or an atomic change of one."""
        # a look at an abstract class takes as long as the whole check of a number
        if type(value) in PLAIN or not _is_atomic(value):
            return self.records.checks[field.name](value)
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


def _is_atomic(value: object) -> bool:
    if not isinstance(value, Mapping) or not value:
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
