"""From what ``to_dict`` wrote back to the calls of a builder; ``build`` checks them like any others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.model import MISSING
from dataflow.models.types import PYTHON_TYPES, FieldType
from dataflow.workflows.directory import live_instances
from dataflow.workflows.draft import ConnectionCall, Draft, InputCall, NodeCall
from dataflow.workflows.serial import FORMAT
from dataflow.workflows.step import Retry
from dataflow.workflows.tags import TagFault, enum_name, untagged

if TYPE_CHECKING:
    from dataflow.app import DataFlow

T = TypeVar("T")
_PYTHON: dict[str, type] = {**{kind: python for python, kind in PYTHON_TYPES.items()}, "mapping": dict, "any": object}


def read_workflow(data: Any, app: DataFlow | None) -> Draft:
    """The draft that the data describes.

    :raises WorkflowError: DF-W118, with the place that is not as ``to_dict`` writes it.
    """
    reader = _Reader(_classes(app))
    try:
        return reader.draft(data, app)
    except TagFault as fault:
        raise error_of(_unreadable(fault)) from fault
    except RecursionError as error:
        raise error_of(_unreadable(TagFault((), "nested too deep"))) from error


def read_json(text: Any) -> Any:
    """What the text holds.

    :raises WorkflowError: DF-W118 when it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise error_of(_no_json(text, error)) from error


def _classes(app: DataFlow | None) -> dict[str, type]:
    """The classes that fields of registered models have, by name."""
    apps = live_instances() if app is None else [app]
    fields = [field for one in apps for model in one.models.values() for field in model.fields.values()]
    return {enum_name(one.python): one.python for field in fields for one in _inner(field.type)}


def _inner(kind: FieldType) -> list[FieldType]:
    return [kind, *(_inner(kind.item) if kind.item is not None else [])]


class _Reader:
    """Reads with a path, so that a fault says where it is."""

    def __init__(self, classes: Mapping[str, type]) -> None:
        self._classes = classes
        self._enums = {name: cls for name, cls in classes.items() if issubclass(cls, Enum)}

    def draft(self, data: Any, app: DataFlow | None) -> Draft:
        if not isinstance(data, Mapping) or data.get("dataflow") != FORMAT:
            raise TagFault(("dataflow",), f"not format {FORMAT} of a workflow")
        draft = Draft(self._text(data, "name", ()), app)
        draft.inputs += self._each(data, "inputs", self._input)
        draft.nodes += self._each(data, "steps", self._step)
        draft.connections += self._each(data, "connections", self._connection)
        return draft

    def _each(
        self, data: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any], tuple[str | int, ...]], T]
    ) -> list[T]:
        items = data.get(name, [])
        if not isinstance(items, list):
            raise TagFault((name,), "not a list")
        for number, item in enumerate(items):
            if not isinstance(item, Mapping):
                raise TagFault((name, number), "not a dict")
        return [read(item, (name, number)) for number, item in enumerate(items)]

    def _text(self, data: Mapping[str, Any], name: str, path: tuple[str | int, ...]) -> str:
        text = data.get(name)
        if not isinstance(text, str):
            raise TagFault((*path, name), "not a text")
        return text

    def _step(self, data: Mapping[str, Any], path: tuple[str | int, ...]) -> NodeCall:
        params = untagged(data.get("params", {}), self._enums, (*path, "params"))
        return NodeCall(
            type=self._text(data, "type", path),
            id=self._text(data, "id", path),
            params=params,
            after=data.get("after", ()),
            retry=self._retry(data.get("retry"), (*path, "retry")),
            timeout_s=data.get("timeout_s"),
            map_over=data.get("map_over"),
            scope=data.get("scope"),
            was_built=True,
        )

    def _retry(self, data: Any, path: tuple[str | int, ...]) -> Any:
        if not isinstance(data, Mapping):
            return data
        try:
            return Retry(**data)
        except TypeError as error:
            raise TagFault(path, "not the settings of a retry") from error

    def _connection(self, data: Mapping[str, Any], path: tuple[str | int, ...]) -> ConnectionCall:
        source, output, target, input = (
            self._text(data, name, path) for name in ("source", "output", "target", "input")
        )
        return ConnectionCall(source=source, output=output, target=target, input=input)

    def _input(self, data: Mapping[str, Any], path: tuple[str | int, ...]) -> InputCall:
        default = untagged(data["default"], self._enums, (*path, "default")) if "default" in data else MISSING
        kind = self._type(data.get("type"), (*path, "type"))
        return InputCall(name=self._text(data, "name", path), type=kind, default=default)

    def _type(self, data: Any, path: tuple[str | int, ...]) -> FieldType:
        if not isinstance(data, Mapping):
            raise TagFault(path, "not a type")
        kind = data.get("kind")
        choices = tuple(untagged(data.get("choices", []), self._enums, (*path, "choices")))
        python = (
            self._classes.get(str(data["of"]))
            if "of" in data
            else type(choices[0])
            if choices
            else _PYTHON.get(str(kind))
        )
        if python is None:
            raise TagFault(path, f"a type that no field of a registered model has: {data.get('of', kind)!r}")
        item = self._type(data["item"], (*path, "item")) if "item" in data else None
        if kind == "enum":
            choices = tuple(python)  # type: ignore[arg-type]  # an Enum class iterates over its members
        return FieldType(kind, python, item, choices, data.get("nullable") is True)  # type: ignore[arg-type]  # a known kind


def _no_json(text: object, error: Exception) -> Problem:
    given = "JSON" if isinstance(text, str | bytes | bytearray) else f"a text, but a {type(text).__name__}"
    return Problem(
        code="DF-W118",
        message=f"this is not a written workflow: it is not {given}",
        where=Where(operation="from_json"),
        context={"why": str(error)},
        cause="from_json reads the text that to_json gives",
        solutions=(
            Solution("write it anew:", "text = workflow.to_json()"),
            Solution("or read data that is no text:", "Workflow.from_dict(data)"),
        ),
    )


def _unreadable(fault: TagFault) -> Problem:
    place = ".".join(map(str, fault.path)) or "workflow"
    return Problem(
        code="DF-W118",
        message=f"this is not a written workflow: '{place}' is {fault.what}",
        where=Where(operation="from_dict", path=fault.path),
        context={"place": place},
        cause="from_dict reads what to_dict gives",
        solutions=(Solution("write it anew:", "data = workflow.to_dict()"),),
    )
