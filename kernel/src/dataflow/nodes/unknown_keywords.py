"""Keywords that a direct call does not have, most often fields that belong into its filter."""

from __future__ import annotations

from collections.abc import Mapping

from dataflow.diagnostics import CallSite, Edit, Fix, Problem, Solution, Where, closest, listed
from dataflow.models.model import Model
from dataflow.nodes.node_type import NodeType
from dataflow.values.problems import shown, shown_value

#: what other libraries call them
SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("order_by", "order", "ordering", "sort_by"), "sort"),
    **dict.fromkeys(("where", "filters", "query", "criteria"), "filter"),
    **dict.fromkeys(("skip", "start"), "offset"),
    **dict.fromkeys(("first", "top", "page_size", "per_page", "size"), "limit"),
    **dict.fromkeys(("columns", "only", "select", "values"), "fields"),
    **dict.fromkeys(("pk", "key"), "id"),
}


def unknown_keywords(node: NodeType, model: Model, given: Mapping[str, object]) -> list[Problem]:
    """One problem per keyword; fields of the model are shown as the filter that they would be."""
    known = [one.name for one in node.parameters]
    fields = {name: value for name, value in given.items() if name in model.fields}
    where = Where(model=model.name, operation=node.kind, node_type=node.name, call=CallSite.user())
    problems = [_field(node, model, fields, where)] if fields else []
    return [*problems, *(_unknown(node, model, name, known, where) for name in given if name not in fields)]


def _field(node: NodeType, model: Model, fields: Mapping[str, object], where: Where) -> Problem:
    named = ", ".join(f"'{name}'" for name in fields)
    values = {name: shown(model.fields[name], value) for name, value in fields.items()}
    filtered = f"filter={shown_value(values)}"
    return Problem(
        code="DF-N107",
        message=f"db.{model.name}.{node.kind}() takes no fields as keywords: {named}",
        where=where,
        context={"given": ", ".join(fields), "known": listed([one.name for one in node.parameters])},
        cause="which records are meant is said by a filter",
        solutions=(Solution("write it as:", f"db.{model.name}.{node.kind}({filtered})"),),
    )


def _unknown(node: NodeType, model: Model, name: str, known: list[str], where: Where) -> Problem:
    near = [SYNONYMS[name]] if SYNONYMS.get(name) in known else closest(name, [*known, *model.fields])
    cure = ""
    if near:
        cure = f"{near[0]}=..." if near[0] in known else f'filter={{"{near[0]}": ...}}'
    return Problem(
        code="DF-N107",
        message=f"unknown keyword '{name}' of db.{model.name}.{node.kind}()",
        where=where,
        context={"given": name, "known": listed(known)},
        cause="a keyword that is not known would be ignored in silence",
        solutions=(
            Solution(f"did you mean '{near[0]}'?", cure)
            if near
            else Solution(f"leave it out; there are: {listed(known)}"),
        ),
        fix=Fix("unsafe", edits=(Edit((name,), "rename", near[0]),)) if near and near[0] in known else None,
    )
