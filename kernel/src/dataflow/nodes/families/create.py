"""``{M}CreateNode``: flat fields or ``data``, one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataflow.diagnostics import DataFlowError, Edit, Fix, Problem, Solution, error_of, text_of
from dataflow.nodes.families.family import Family, connected_parts, with_path
from dataflow.nodes.node_type import Inputs, Parameter, Path
from dataflow.nodes.parameters import TRANSACTION, record_parameter
from dataflow.operations.operation import Create
from dataflow.values.problems import sample_of


class CreateFamily(Family):
    kind = "create"

    def declare(self) -> tuple[Parameter, ...]:
        return (record_parameter(self.values.model), TRANSACTION)

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Flat fields move into ``data``; what stands beside an explicit ``data`` stays, to be refused."""
        if "data" in params:
            return params
        kept = {name: value for name, value in params.items() if name == "transaction"}
        data = {name: value for name, value in params.items() if name != "transaction"}
        return {"data": data, **kept} if data else kept

    def target(self, path: Path) -> Path | None:
        fields = self.parameters[0].parts
        if len(path) == 1 and path[0] in fields:
            return ("data", path[0])
        return super().target(path)

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        data = inputs.given.get("data", {})
        connected = connected_parts(inputs, "data")
        if connected is None:
            return []
        if not isinstance(data, Mapping):
            return [not_a_record(self, data)]
        if not data and not connected and "data" not in inputs.given:
            return []
        return with_path(self.values.records.examine(data, connected)[1], "data")

    def bind(self, params: Mapping[str, Any]) -> Create:
        data = params.get("data")
        if not isinstance(data, Mapping) or len(params) > 1 + ("transaction" in params):
            self.refuse(params)
        assert isinstance(data, Mapping)
        return self.bind_record(data, params.get("transaction"))

    def bind_record(self, data: Mapping[str, Any], transaction: Any = None) -> Create:
        """The operation of one record: the shortest way, which direct calls take."""
        # a list or a text could pass for a record without fields
        if type(data) is not dict and not isinstance(data, Mapping):
            raise error_of(not_a_record(self, data))
        try:
            record = self.values.records.complete(data)
        except DataFlowError as error:
            raise error_of(with_path(error.problems, "data")) from None
        return Create(model=self.values.model, record=record, transaction=transaction)


def _as_a_record(family: Family, path: str, several: bool) -> Solution:
    model = family.values.model
    if several and family.kind in ("create", "update", "upsert"):
        return Solution("give many to the bulk node:", f'add_node("{model.name}Bulk{family.kind.title()}Node", ...)')
    changes = family.kind == "update" or path == "update"
    fields = [one for one in model.writable if one.is_required and not (changes and one.is_key)]
    some = [f'"{one.name}": {sample_of(one, model)}' for one in fields][:3]
    return Solution("write it as:", f'"{path}": {{{", ".join(some or ["..."])}}}')


def not_a_record(family: Family, given: object, path: str = "data") -> Problem:
    """The problem of a ``data`` that is not a dict."""
    several = isinstance(given, list | tuple)
    return Problem(
        code="DF-N101",
        message=f"'{path}' of {family.node_name} must be a dict of fields, not a {type(given).__name__}",
        where=family.where,
        context={"expected": f'{{"{path}": {{...}}}}', "given": given},
        cause="many records go into a bulk node" if several else "one record is a dict of its fields",
        solutions=(_as_a_record(family, path, several),),
        fix=Fix("unsafe", edits=(Edit((path,), "replace", text_of(given[0])),))
        if isinstance(given, list | tuple) and len(given) == 1 and isinstance(given[0], Mapping)
        else None,
    )
