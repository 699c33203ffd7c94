"""From what ``add_node`` was given to a node type and the instance that has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from dataflow.diagnostics import DataFlowError, Edit, Fix, Problem, Solution, Where, closest
from dataflow.nodes.node_type import NodeType
from dataflow.nodes.utility.function import function_node_type
from dataflow.workflows.directory import find_apps_with, live_instances, owner_of
from dataflow.workflows.draft import NodeCall

if TYPE_CHECKING:
    from dataflow.app import DataFlow

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_MODEL_NODE = re.compile(r"(.+?)(?:Bulk)?(?:Create|Read|Update|Delete|List|Count|Upsert|Restore)Node")


@attrs.frozen(eq=False)
class Named:
    """A node type and its instance; the instance is None for a node that every instance has."""

    node: NodeType | None
    app: DataFlow | None
    problems: tuple[Problem, ...] = ()


def named(call: NodeCall, app: DataFlow | None, where: Where) -> Named:
    """The node type of one call; ``app`` is the builder's own instance, if it has one."""
    given, app = call.type, call.app or app
    if isinstance(given, NodeType):
        return Named(given, owner_of(given) or app)
    if isinstance(given, str):
        return _of_name(given, app, where)
    model = _model_of(given, app)
    if callable(given) and model is None:
        return _of_function(given, app, where)
    return Named(None, app, (_not_a_type(given, model, where),))


def _of_name(name: str, app: DataFlow | None, where: Where) -> Named:
    if app is not None:
        node = app.node_types.get(name)
        return Named(node, app, () if node is not None else (_unknown(name, [app], where),))
    apps = find_apps_with(name)
    if not apps:
        return Named(None, None, (_unknown(name, live_instances(), where),))
    node = apps[0].node_types[name]
    if _is_everywhere(node, [one.node_types[name] for one in apps]):
        return Named(node, None)
    return Named(node, apps[0], () if len(apps) == 1 else (_ambiguous(name, apps, where),))


def _is_everywhere(node: NodeType, others: Sequence[NodeType]) -> bool:
    """Whether these are one node that instances have anyway, and not functions that happen to share a name."""
    shared = all(one is node for one in others) and len(others) > 1
    return shared or (node.model is None and all(one.kind == node.kind != "function" for one in others))


def _of_function(function: object, app: DataFlow | None, where: Where) -> Named:
    try:
        return Named(function_node_type(function), app)  # type: ignore[arg-type]  # it is callable
    except DataFlowError as error:
        at = attrs.evolve(where, path=())
        return Named(None, app, tuple(attrs.evolve(one, where=at) for one in error.problems))


def _model_of(given: object, app: DataFlow | None) -> str | None:
    """The name of the model whose class this is."""
    apps = live_instances() if app is None else [app]
    return next((model.name for one in apps for model in one.models.values() if model.cls is given), None)


def _not_a_type(given: object, model: str | None, where: Where) -> Problem:
    what = f"the model class '{model}'" if model else repr(given)
    example = f"{model}CreateNode" if model else "UserCreateNode"
    return Problem(
        code="DF-W101",
        message=f"{what} is not a node type",
        where=where,
        context={"given": given},
        cause="a node type is given by its name, as a Python function, or as a NodeType",
        solutions=(Solution("name one of the nodes:", f'workflow.add_node("{example}", "{where.node_id}", {{...}})'),),
    )


def _unknown(name: str, apps: Sequence[DataFlow], where: Where) -> Problem:
    known = list(dict.fromkeys(node for app in apps for node in app.node_types))
    near = _near(name, known)
    return Problem(
        code="DF-W101",
        message=f"unknown node type '{name}'" + (f"; did you mean '{near}'?" if near else ""),
        where=attrs.evolve(where, path=(0,)),
        context={"given": name, "known": _listed(known) or "none: no instance of DataFlow exists"},
        cause="a node type exists when its model has been registered",
        solutions=tuple(_ways_out(name, near, apps, where)),
        fix=Fix("unsafe", edits=(Edit((0,), "replace", f'"{near}"'),), instead=_call(near, where)) if near else None,
    )


def _ways_out(name: str, near: str | None, apps: Sequence[DataFlow], where: Where) -> Iterable[Solution]:
    if near:
        yield Solution(f"use '{near}':", _call(near, where))
    elif apps:
        yield Solution("see those that there are:", "db.nodes")
    if not apps:
        yield Solution("make an instance and register the model first:", "db = DataFlow()")
        return
    model = _MODEL_NODE.fullmatch(name)
    models = {one for app in apps for one in app.models}
    if model and model[1] not in models:
        yield Solution(
            f"register the model first (registered: {', '.join(models) or 'none'}):",
            f"@db.model\nclass {model[1]}: ...",
        )
    elsewhere = [app for app in find_apps_with(name) if app not in apps]
    if elsewhere:
        yield Solution("another instance has it; to use both in one workflow:", "WorkflowBuilder()")


def _call(name: str, where: Where) -> str:
    return f'workflow.add_node("{name}", "{where.node_id}", ...)'


def _near(name: str, known: Sequence[str]) -> str | None:
    """The closest name; the same words in another order are closest of all."""
    words = sorted(one.lower() for one in _WORDS.findall(name))
    same = [
        one
        for one in known
        if sorted(word.lower() for word in _WORDS.findall(one)) in (words, sorted([*words, "node"]))
    ]
    return next(iter([*same, *closest(name, known)]), None)


def _listed(names: Sequence[str], most: int = 24) -> str:
    rest = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _ambiguous(name: str, apps: Sequence[DataFlow], where: Where) -> Problem:
    return Problem(
        code="DF-W111",
        message=f"{len(apps)} instances have a node type '{name}'",
        where=where,
        context={"instances": "; ".join(map(repr, apps))},
        cause="WorkflowBuilder() finds a node through the instance that registered it, and here there are several",
        solutions=(
            Solution("say which instance is meant:", "workflow = db.workflow()"),
            Solution("or:", "workflow = WorkflowBuilder(db)"),
        ),
    )
