"""What a model class answers to those who use it as an ORM's: the one thing that registration adds to a class.

A class that defines no ``__init__`` of its own gets one that raises DF-M119, and ``objects``, ``query``, ``save``,
``delete`` and every field without a default are attributes that raise it, each only where the class has nothing of
that name. The class stays the same object; one with a constructor of its own (attrs, dataclass) can be instantiated
as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import attrs

from dataflow.diagnostics import ModelError, Problem, Solution, Where, error_of
from dataflow.models.annotations import own_annotations

HINTS: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "objects": (
        "a model has no 'objects'",
        (
            ("to create a record:", "await db.{model}.create(...)"),
            ("to find records:", 'await db.{model}.list({{"active": True}})'),
            ("or in a workflow:", 'workflow.add_node("{model}CreateNode", "create", {{"data": {{...}}}})'),
        ),
    ),
    "query": (
        "a model has no 'query'",
        (
            ("to find records:", 'await db.{model}.list({{"active": True}})'),
            ("or in a workflow:", 'workflow.add_node("{model}ListNode", "list", {{"filter": {{...}}}})'),
        ),
    ),
    "save": (
        "a model has no 'save'",
        (
            ("to change a record:", 'await db.{model}.update(id, {{"name": ...}})'),
            ("to create one:", "await db.{model}.create(...)"),
            (
                "or in a workflow:",
                'workflow.add_node("{model}UpdateNode", "update", {{"filter": {{...}}, "data": {{...}}}})',
            ),
        ),
    ),
    "delete": (
        "a model has no 'delete'",
        (
            ("to delete a record:", "await db.{model}.delete(id)"),
            ("or in a workflow:", 'workflow.add_node("{model}DeleteNode", "delete", {{"id": ...}})'),
        ),
    ),
}
CAUSE = "a model describes a table and has no instances: records are dicts, and operations are awaited on 'db' or run as nodes"


class MissingOrmAttribute(ModelError, AttributeError):
    """The hint for a missing attribute; to ``hasattr`` and inspection tools it is one that is not there."""


@attrs.frozen
class OrmAttribute:
    """An attribute that answers with the hint, on the class and on instances."""

    model: str
    name: str

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        message, ways = HINTS[self.name]
        solutions = tuple(Solution(text, code.format(model=self.model)) for text, code in ways)
        raise MissingOrmAttribute.of(
            error_of(_problem(self.model, f"{message}: '{self.model}' is no object of an ORM", solutions)).problems
        )


@attrs.frozen
class FieldOfClass(OrmAttribute):
    """``User.name``, as other libraries write conditions: a field whose class has no value of its name."""

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        solutions = (
            Solution("in a condition:", f"Q.{self.name}"),
            Solution("or:", f"await db.{self.model}.list(lambda record: record.{self.name} == ...)"),
        )
        message = f"'{self.model}.{self.name}' is a field and has no value: it is an attribute of no class"
        raise MissingOrmAttribute.of(error_of(_problem(self.model, message, solutions)).problems)


def add_hints(cls: type, model_name: str) -> None:
    """Let a registered class answer with the hint where it would otherwise answer with an error that says nothing."""
    fields = {name for one in cls.__mro__ for name in own_annotations(one)}
    for name in HINTS:
        if name not in fields and not any(name in one.__dict__ for one in cls.__mro__):
            setattr(cls, name, OrmAttribute(model_name, name))
    for name in own_annotations(cls):
        if not name.startswith("_") and not any(name in one.__dict__ for one in cls.__mro__):
            setattr(cls, name, FieldOfClass(model_name, name))
    if not any("__init__" in one.__dict__ or "__new__" in one.__dict__ for one in cls.__mro__[:-1]):
        setattr(cls, "__init__", _no_instances(model_name))  # noqa: B010  # an assignment is what mypy refuses


def _no_instances(model: str) -> Any:
    def __init__(self: object, *args: object, **fields: object) -> None:  # noqa: N807  # it becomes the class's own
        given = ", ".join(f"{name}={value!r}" for name, value in fields.items()) or "..."
        data = ", ".join(f'"{name}": {value!r}' for name, value in fields.items()) or "..."
        solutions = (
            Solution("to create a record:", f"await db.{model}.create({given})"),
            Solution("or in a workflow:", f'workflow.add_node("{model}CreateNode", "create", {{"data": {{{data}}}}})'),
        )
        raise error_of(_problem(model, f"'{model}' is a model and has no instances", solutions))

    return __init__


def _problem(model: str, message: str, solutions: tuple[Solution, ...]) -> Problem:
    return Problem(code="DF-M119", message=message, where=Where(model=model), cause=CAUSE, solutions=solutions)
