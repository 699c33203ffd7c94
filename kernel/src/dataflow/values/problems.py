"""The problems of values, worded once for every path: node, direct call, bulk, update."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any

import attrs

from dataflow.diagnostics import (
    Edit,
    Fix,
    Problem,
    Secret,
    Solution,
    Where,
    closest,
    listed,
    misspelt,
    name_of,
    text_of,
)
from dataflow.diagnostics.problem import THIS_NODE
from dataflow.models.model import Field, Model
from dataflow.models.types import PYTHON_TYPES, FieldType
from dataflow.values.faults import ValueFault

_EXAMPLES = {
    "str": '"..."', "int": "42", "float": "3.5", "bool": "True", "decimal": '"9.99"', "uuid": '"7c9e6679-7425-40de-944b-e07fc1f90ae7"',
    "datetime": '"2026-01-31T12:00:00Z"', "date": '"2026-01-31"', "time": '"12:30:00"', "timedelta": "timedelta(minutes=5)",
    "bytes": 'b"..."', "dict": "{}", "list": "[]", "mapping": "{}", "object": "{...}", "any": "{}",
}  # fmt: skip

_SAMPLES = {"name": '"Alice"', "title": '"A title"'}
_DEFAULTS = {
    "str": '""', "int": "0", "float": "0.0", "bool": "False", "decimal": 'Decimal("0")', "bytes": 'b""',
    "uuid": "field(default_factory=uuid4)", "datetime": "field(default_factory=lambda: datetime.now(UTC))",
    "date": "field(default_factory=date.today)", "time": "time()", "timedelta": "timedelta()",
    "dict": "field(default_factory=dict)", "list": "field(default_factory=list)", "mapping": "field(default_factory=dict)",
}  # fmt: skip

#: dicts in dicts that are shown in double quotes
SHOWN_DEPTH = 8
_MANAGED_WHEN = {
    "created_at": "set automatically when a record is created",
    "updated_at": "set automatically when a record is created and on every update",
    "deleted_at": "set by delete and cleared by restore",
    "version": "set to 1 when a record is created and raised by every update",
}


def example_of(field: Field) -> str:
    """Python text of a value that the field takes."""
    if field.type.choices:
        first = field.type.choices[0]
        return repr(getattr(first, "value", first))
    if field.name == "email" and field.type.kind == "str":
        return '"alice@example.com"'
    return example_of_type(field.type)


def example_of_type(field_type: FieldType) -> str:
    """Python text of a value of a type."""
    return _EXAMPLES.get(field_type.kind, "...")


def sample_of(field: Field, model: Model) -> str:
    """Python text of a value as a record might have it."""
    if field.type.kind != "str" or field.name == "email":
        return example_of(field)
    if field.is_key or field.reference is not None:
        of = model.name if field.reference is None else field.reference.model
        return f'"{of.lower()}-123"'
    return _SAMPLES.get(field.name, '"some text"')


def default_of(field: Field) -> str:
    """Python text of a default that the field might have."""
    if field.is_key and field.type.kind == "str":
        return "field(default_factory=lambda: str(uuid4()))"
    if field.type.choices:
        first = field.type.choices[0]
        return f"{field.type.python.__name__}.{first.name}" if isinstance(first, Enum) else repr(first)
    return _DEFAULTS.get(field.type.kind, "field(default_factory=...)")


def shown(field: Field, value: object) -> object:
    """A value as an error may show it."""
    return Secret(value) if field.is_secret else value


@attrs.define(eq=False)
class Faults:
    """Collects the problems of one set of values; ``path`` leads to it inside the call."""

    model: Model
    operation: str
    values: Mapping[str, Any]
    path: tuple[str | int, ...] = ()
    #: the fields that connections fill
    connected: Collection[str] = ()
    problems: list[Problem] = attrs.field(factory=list)
    _missing: list[Field] = attrs.field(factory=list)
    #: misspelt names with the missing fields that they stand for
    _meant: Mapping[str, str] = attrs.field(factory=dict)

    def missing(self, field: Field) -> None:
        self._missing.append(field)

    def names(self, values: Mapping[str, Any]) -> None:
        """Report every name that users may not give, and what was collected as missing and is not misspelt there."""
        unknown = [name for name in values if name not in self.model.fields]
        self._meant = misspelt(unknown, [field.name for field in self._missing], self._free)
        self._missing = [field for field in self._missing if field.name not in self._meant.values()]
        if self._missing:
            self.problems.insert(0, self._missing_problem())
        managed = [name for name in values if name in self.model.fields and self.model.fields[name].is_managed]
        if managed:
            self.problems.append(self._managed_problem(managed))
        self.problems += [self._unknown_problem(name, values[name]) for name in unknown]

    def wrong(self, field: Field, value: object, fault: ValueFault) -> None:
        """Report a value that its field refuses."""
        # a hint may be made of the value itself
        hint = "" if field.is_secret else fault.hint
        would_do = hint or (example_of(field) if fault.code != "DF-N105" else "")
        given = shown(field, value)
        kind = type(value).__name__
        solutions = [Solution("give a value of its type:", f'"{field.name}": {would_do}')] if would_do else []
        if field.is_key and isinstance(value, Mapping):
            given = {name: self._shown(name, one) for name, one in value.items()}
            solutions.insert(0, Solution("a condition is a parameter of its own:", f'"filter": {shown_value(given)}'))
        if fault.code == "DF-N114":
            solutions = [
                Solution("give a value:", f'"{field.name}": {example_of(field)}'),
                Solution("or let the field be null:", f"{field.name}: {field.type} | None"),
            ]
        if fault.code == "DF-N105" and not would_do:
            solutions = [
                Solution(f"give {fault.expected}:", f'"{field.name}": ...'),
                Solution("or change what the field takes:", f"{field.name}: {field.type} = field(...)"),
            ]
        self.problems.append(
            Problem(
                code=fault.code,
                message=f"wrong value for '{field.name}' of {self.model.name}: expected {fault.expected}",
                where=self._where(field.name),
                context={"field": field.name, "expected": fault.expected, "given": given, "given_type": kind},
                cause="values are converted only where nothing is lost or guessed",
                solutions=tuple(solutions),
                fix=Fix("placeholder", edits=(Edit((*self.path, field.name), "replace", would_do),))
                if would_do
                else None,
                introspection=self._secrets,
            )
        )

    @property
    def _secrets(self) -> dict[str, object]:
        """The values of secret fields: the source that an error quotes may spell them out."""
        secret = [field.name for field in self.model.fields.values() if field.is_secret]
        # a misspelt one is as secret
        found = tuple(
            Secret(value)
            for name, value in self.values.items()
            if name in secret or (secret and name not in self.model.fields and closest(name_of(name), secret, 1))
        )
        return {"secrets": found} if found else {}

    def _where(self, field: str | None = None) -> Where:
        path = self.path if field is None else (*self.path, field)
        return Where(model=self.model.name, operation=self.operation, field=field, path=path)

    def _missing_problem(self) -> Problem:
        names = [field.name for field in self._missing]
        given = [f"{shown_value(name)}: {shown_value(value)}" for name, value in self._correct().items()]
        added = [f'"{field.name}": {sample_of(field, self.model)}' for field in self._missing]
        first = self._missing[0]
        return Problem(
            code="DF-N102",
            message=f"missing required field{'s' if len(names) > 1 else ''} of {self.model.name}: "
            + ", ".join(f"'{name}'" for name in names),
            where=self._where(),
            context={
                "operation": self.operation,
                "provided": listed(self.values),
                "missing": ", ".join(names),
            },
            cause="every field of the model without a default must be given",
            solutions=(
                Solution("add it:" if len(names) == 1 else "add them:", f'"data": {{{", ".join([*added, *given])}}}'),
                Solution(
                    "or connect it:",
                    f'workflow.add_connection("<node>", "{first.name}", "{THIS_NODE}", "{first.name}")',
                ),
                Solution("or give it a default:", f"{first.name}: {first.type} = {default_of(first)}"),
            ),
            fix=Fix(
                "placeholder", edits=tuple(Edit((*self.path, f.name), "add", example_of(f)) for f in self._missing)
            ),
            introspection={"missing": tuple(names), "provided": tuple(self.values), **self._secrets},
        )

    def _managed_problem(self, names: list[str]) -> Problem:
        rest = ", ".join(f'"{name}": {shown_value(value)}' for name, value in self._correct().items())
        sentences = [
            f"'{name}' is {_MANAGED_WHEN.get(name, f'managed by {self.model.fields[name].managed_by}')}"
            for name in names
        ]
        return Problem(
            code="DF-N106",
            message=f"auto-managed field{'s' if len(names) > 1 else ''} set by hand: "
            + ", ".join(f"'{name}'" for name in names),
            where=self._where(names[0]),
            context={"operation": self.operation, "fields": ", ".join(names)},
            cause="; ".join(sentences),
            solutions=(
                Solution("leave it out:", f'"data": {{{rest}}}'),
                Solution("or turn the timestamps off for this model:", '__dataflow__ = {"timestamps": False}'),
            )
            if {"created_at", "updated_at"} & set(names)
            else (Solution("leave it out:", f'"data": {{{rest}}}'),),
            fix=Fix("safe", edits=tuple(Edit((*self.path, name), "remove") for name in names)),
            introspection=self._secrets,
        )

    def _unknown_problem(self, given: object, value: object) -> Problem:
        name = name_of(given)
        names = [field.name for field in self.model.writable]
        if name.startswith("$"):
            return self._operator_problem(name, value)
        if name in self._meant:
            return self._misspelt_problem(name, value, names)
        near = closest(name, self._free) or closest(name, names)
        solutions = [Solution(f"did you mean '{near[0]}'?", f'"{near[0]}": ...')] if near else []
        kind = type(value).__name__ if type(value) in PYTHON_TYPES else "str"
        return Problem(
            code="DF-N103",
            message=f"unknown field '{name}' of {self.model.name}",
            where=self._where(name),
            context={"operation": self.operation, "field": name, "known": ", ".join(names)},
            cause=f"{self.model.name} has no field of that name",
            solutions=(
                *solutions,
                Solution(f"{'or' if near else 'leave it out, or'} declare it:", f"{name}: {kind} | None = None"),
            ),
            # a name cannot be given twice
            fix=Fix("unsafe", edits=(Edit((*self.path, name), "rename", near[0]),))
            if near and near[0] in self._free
            else None,
            introspection=self._secrets,
        )

    def _misspelt_problem(self, name: str, value: object, known: Sequence[str]) -> Problem:
        """An unknown name and a missing field that are one mistake."""
        field = self.model.fields[self._meant[name]]
        return Problem(
            code="DF-N103",
            message=f"unknown field '{name}' of {self.model.name}",
            where=self._where(name),
            context={
                "operation": self.operation,
                "field": name,
                "meant": field.name,
                "known": ", ".join(known),
            },
            cause=f"{self.model.name} has no field of that name, and its '{field.name}' is required and not given",
            solutions=(
                Solution(f"did you mean '{field.name}'?", f'"{field.name}": {shown_value(shown(field, value))}'),
            ),
            fix=Fix("unsafe", edits=(Edit((*self.path, name), "rename", field.name),)),
            introspection=self._secrets,
        )

    @property
    def _free(self) -> list[str]:
        """The fields that are neither given nor connected."""
        return [one.name for one in self.model.writable if one.name not in {*self.values, *self.connected}]

    def _correct(self) -> dict[str, object]:
        """What was given and may be, under the names that were meant, as an error may show it."""
        named = {self._meant.get(name, name): value for name, value in self.values.items()}
        fields = self.model.fields
        return {
            name: shown(fields[name], value)
            for name, value in named.items()
            if name in fields and not fields[name].is_managed
        }

    def _operator_problem(self, name: str, value: object) -> Problem:
        """``$set`` and the like: the fields to change are given as they are."""
        inner = value if isinstance(value, Mapping) else {}
        plain = {one: self._shown(one, given) for one, given in inner.items()}
        is_secret = any(isinstance(one, Secret) for one in plain.values())
        return Problem(
            code="DF-N103",
            message=f"unknown field '{name}' of {self.model.name}: an operator stands inside of a field",
            where=self._where(name),
            context={"operation": self.operation, "field": name},
            cause="fields are given with their new values; only '$inc' and '$dec' change a number where it is stored",
            solutions=(Solution("give the fields themselves:", f'"data": {shown_value(plain or "...", 200)}'),),
            fix=Fix("unsafe", edits=(Edit(self.path or ("data",), "replace", text_of(dict(inner))),))
            if inner and not is_secret
            else None,
            introspection=self._secrets,
        )

    def _shown(self, name: str, value: object) -> object:
        field = self.model.fields.get(name)
        return value if field is None else shown(field, value)


def shown_value(value: object, limit: int = 60) -> str:
    """A value as short Python text, in double quotes as the rest of what an error suggests."""
    text = _python_text(value, SHOWN_DEPTH)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _python_text(value: object, depth: int) -> str:
    if isinstance(value, str) and value.isprintable() and not {'"', "\\"} & set(value):
        return f'"{value}"'
    if isinstance(value, Mapping) and depth:
        items = (f"{_python_text(key, 0)}: {_python_text(item, depth - 1)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    return text_of(value)
