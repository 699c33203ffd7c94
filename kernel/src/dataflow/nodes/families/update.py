"""``{M}UpdateNode``: one record by id, or all that match a filter."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Secret, Solution, text_of
from dataflow.diagnostics.problem import Applicability
from dataflow.expressions.tree import Compare, Expression
from dataflow.nodes.families.create import not_a_record
from dataflow.nodes.families.family import (
    Family,
    connected_parts,
    filter_problems,
    narrowed,
    one_of_key_and_filter,
    where_of,
)
from dataflow.nodes.node_type import Inputs, Parameter
from dataflow.nodes.parameters import (
    TRANSACTION,
    changes_parameter,
    filter_parameter,
    flag,
    key_parameter,
    number,
    whole_number,
)
from dataflow.operations.operation import Update
from dataflow.values.problems import example_of, shown, shown_value


class UpdateFamily(Family):
    kind = "update"

    def declare(self) -> tuple[Parameter, ...]:
        model = self.values.model
        versioned = (
            (number("expected_version", None, "the version the record must have"),) if model.options.versioned else ()
        )
        return (
            key_parameter(model, "the id of the record to change"),
            filter_parameter("which records to change, instead of an id"),
            changes_parameter(model),
            *versioned,
            flag("return_records", False, "whether the result holds the changed records"),
            ALL,
            TRANSACTION,
        )

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if "fields" not in params or "data" in params:
            return params
        warnings.warn(
            f"{self.node_name}: 'fields' is the older name of 'data'; write \"data\": {{...}}",
            DeprecationWarning,
            stacklevel=3,
        )
        return {("data" if name == "fields" else name): value for name, value in params.items()}

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        flat = self._flat_fields(inputs)
        if not flat:
            return super().check(inputs)
        unknown = self._unknown(inputs)
        # among fields given flat they are meant as fields; their cure is part of the call with all of them
        problems = self.values.changes.examine(unknown, self.kind)[1]
        return [self._flat_problem(flat, unknown, inputs), *(attrs.evolve(one, fix=None) for one in problems)]

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        problems = [*one_of_key_and_filter(self, inputs), *filter_problems(self, inputs), *empty_filter(self, inputs)]
        data = inputs.given.get("data", {})
        connected = connected_parts(inputs, "data")
        if connected is None or "data" not in inputs.given:
            return problems
        if not isinstance(data, Mapping):
            return [*problems, not_a_record(self, data)]
        if not data and not connected:
            problems.append(nothing_to_change(self))
        return [*problems, *self.values.changes.examine(data, self.kind, ("data",))[1]]

    def bind(self, params: Mapping[str, Any]) -> Update:
        data: Any = params.get("data")
        if (type(data) is not dict and not isinstance(data, Mapping)) or not data or params.keys() != _BY_KEY:
            # what is no record at all is always refused
            self.refuse(params)
        changes, problems = self.values.changes.examine(data, self.kind, ("data",))
        where, found = where_of(self, params)
        if problems or found:
            self.refuse(params)
        changes |= self.values.changes.managed()
        key = where.value if "id" in params and isinstance(where, Compare) else None
        version = whole_number(params.get("expected_version"))
        return Update(
            model=self.values.model,
            where=self._guarded(where, version),
            values=changes,
            return_records=params.get("return_records", False) or key is not None,
            key=key,
            expected_version=version,
            transaction=params.get("transaction"),
        )

    def _guarded(self, where: Expression | None, version: int | None) -> Expression:
        where = self.values.visible(where)
        return narrowed(where, None if version is None else Compare("version", "eq", version))

    def _flat_fields(self, inputs: Inputs) -> dict[str, Any]:
        """The model's fields given where parameters belong; ``id`` is both."""
        own = {parameter.name for parameter in self.parameters}
        fields = self.values.model.fields
        return {name: value for name, value in inputs.given.items() if name in fields and name not in own}

    def _unknown(self, inputs: Inputs) -> dict[str, Any]:
        """What is given and is neither a parameter nor a field."""
        known = {*self.values.model.fields, *(parameter.name for parameter in self.parameters)}
        return {name: value for name, value in inputs.given.items() if name not in known}

    def _flat_problem(self, flat: Mapping[str, Any], unknown: Mapping[str, Any], inputs: Inputs) -> Problem:
        known = {name: value for name, value in inputs.given.items() if name not in unknown}
        whole = _structured(known, flat)
        # masked before they are cut, or the beginning of a secret would stay
        shown_data = shown_value(self._masked(whole["data"]))
        corrected = f'{{"filter": {shown_value(whole["filter"])}, "data": {shown_data}}}'
        given = ", ".join(
            f"{shown_value(name)}: {shown_value(value)}" for name, value in self._masked(inputs.given).items()
        )
        return Problem(
            code="DF-N101",
            message=f"{self.node_name} got fields where it takes 'filter' and 'data': "
            + ", ".join(f"'{name}'" for name in flat),
            where=attrs.evolve(self.where, path=(next(iter(flat)),)),
            context={"expected": '{"filter": {...}, "data": {...}}', "given": f"{{{given}}}"},
            cause="flat is for create: an update must tell which records (filter) from what to change (data)",
            solutions=(Solution("write it as:", f'add_node("{self.node_name}", ..., {corrected})'),),
            fix=Fix(
                _applicability(unknown, inputs.given),
                edits=(Edit((), "replace", text_of(whole)),),
            ),
            # the source that an error quotes may spell them out
            introspection={
                "secrets": tuple(one for one in self._masked(whole["data"]).values() if isinstance(one, Secret))
            },
        )

    def _masked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        fields = self.values.model.fields
        return {name: shown(fields[name], value) if name in fields else value for name, value in values.items()}


class _Dots:
    """Stands for a value that the user has to fill in."""

    def __repr__(self) -> str:
        return "..."


def _applicability(unknown: object, given: Mapping[str, Any]) -> Applicability:
    if not {"id", "filter"} & set(given):
        return "unsafe" if "data" in given else "placeholder"
    return "unsafe" if unknown else "safe"


def _structured(given: Mapping[str, Any], flat: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with the flat fields where they belong."""
    rest = {name: value for name, value in given.items() if name not in flat and name not in ("id", "filter", "data")}
    data = given.get("data")
    if isinstance(data, Mapping) and not {"id", "filter"} & set(given):
        # beside 'data', what stands flat says which records are meant
        return {"filter": dict(flat), "data": data, **rest}
    return {
        "filter": given.get("filter", {"id": given.get("id", _Dots())}),
        "data": {**data, **flat} if isinstance(data, Mapping) else dict(flat),
        **rest,
    }


#: the parameters of an update that need no further check when they are right by themselves
_BY_KEY = frozenset(("id", "data"))
ALL = flag("all", False, "allow an empty filter, which means every record")


def empty_filter(family: Family, inputs: Inputs) -> list[Problem]:
    """The refusal of a filter that would touch every record without saying so."""
    begun = any(path[0] in ("filter", "ids", "id") for path in inputs.connected)
    if "filter" not in inputs.given or begun or inputs.given.get("all") is True:
        return []
    where, problems = family.values.filter(inputs.given["filter"], family.kind)
    if problems or where is not None:
        return []
    return [
        Problem(
            code="DF-N108",
            message=f"empty filter of {family.node_name}: it would {family.kind.replace('_', ' ')} every record",
            where=attrs.evolve(family.where, path=("filter",)),
            context={"filter": inputs.given["filter"]},
            cause="no call empties or overwrites a table by accident",
            solutions=(
                Solution("say which records:", '"filter": {"id": ...}'),
                Solution("or say that all are meant:", '"filter": {}, "all": True'),
            ),
        )
    ]


def _example(family: Family) -> str:
    field = next((one for one in family.values.model.writable if not one.is_key), None)
    return "..." if field is None else f'"{field.name}": {example_of(field)}'


def nothing_to_change(family: Family) -> Problem:
    return Problem(
        code="DF-N116",
        message=f"'data' of {family.node_name} is empty: there is nothing to change",
        where=attrs.evolve(family.where, path=("data",)),
        cause="an update that changes nothing would still report success",
        solutions=(Solution("say what to change:", f'"data": {{{_example(family)}}}'),),
    )
