"""The problems of filters, worded once for the Mongo form, Q, lambdas and trees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Secret, Solution, Where, closest, is_secret_name, name_of, text_of
from dataflow.models.model import Field, Model
from dataflow.values.faults import ValueFault

Path = tuple[str | int, ...]
#: operators of Mongo that are not here, and what does the same
ABSENT: Mapping[str, tuple[str, str]] = {
    "$nor": ("none of them:", '"$not": {"$or": [...]}'),
    "$all": ("several elements:", '"$and": [{"tags": {"$contains": "a"}}, {"tags": {"$contains": "b"}}]'),
    "$options": ("flags stand in the pattern itself; without regard to case:", '"$regex": "(?i)..."'),
    "$size": ("lengths are not compared; of a text, by a pattern:", '"$regex": "^.{5}$"'),
    "$elemMatch": ("an element of a list:", '"$contains": ...'),
    "$text": ("a part of a text:", '"$contains": "..."'),
    "$search": ("a part of a text:", '"$contains": "..."'),
    "$icontains": ("without regard to case:", '"$ilike": "%...%"'),
    "$where": ("a function of a record:", "lambda record: record.age > 3"),
    "$type": ("whether there is a value:", '"$exists": True'),
}


def unknown_field(model: Model, name: object, where: Where | None = None, what: str = "filter") -> Problem:
    """The problem of a name that no field has; ``where.path`` leads to it."""
    text = name_of(name)
    first, dot, rest = text.partition(".")
    near = closest(first, model.fields)
    meant = f"{near[0]}{dot}{rest}" if near else ""
    where = Where(model=model.name) if where is None else where
    return Problem(
        code="DF-N103",
        message=f"unknown field '{first}' in the {what} of {model.name}",
        where=attrs.evolve(where, field=first),
        context={"field": first, "known": ", ".join(model.fields)},
        cause=f"{model.name} has no field of that name",
        solutions=(Solution(f"did you mean '{near[0]}'?", f'"{meant}"') if near else one_of(model.fields),),
        fix=Fix("unsafe", edits=(Edit(where.path, "rename", meant),)) if near and where.path else None,
    )


def one_of(names: Iterable[str]) -> Solution:
    """The way out where no name is close to the one given."""
    return Solution(f"use one of: {', '.join(names)}")


def kind_of(value: object) -> str:
    """The type of a value as a sentence says it: ``a list``, ``an int``."""
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"


@attrs.define(eq=False)
class FilterProblems:
    """Collects the problems of one filter; each ``path`` leads to its place inside the call."""

    model: Model
    where: Where
    found: list[Problem] = attrs.field(factory=list)

    def at(self, path: Path, field: str | None = None) -> Where:
        return attrs.evolve(self.where, path=path, field=field)

    def lookup(self, name: str, field: str, operator: str, value: object, path: Path) -> None:
        """A field and an operator in one name, as another library writes them."""
        secret = is_secret_name(name)
        operand = f"%{value}%" if name.endswith("icontains") else value
        better = "..." if secret else f'{{"{operator}": {text_of(operand)}}}'
        edits = (Edit(path, "remove"), Edit((*path[:-1], field), "add", better))
        self.found.append(
            Problem(
                code="DF-N103",
                message=f"unknown field '{name}' in the filter of {self.model.name}; did you mean '{operator}' of '{field}'?",
                where=self.at(path, name),
                context={"field": name, "known": ", ".join(self.model.fields)},
                cause="an operator stands inside of its field",
                solutions=(Solution("write it as:", f'"{field}": {better}'),),
                fix=None if secret else Fix("unsafe", edits=edits),
                introspection=_hidden(secret, value),
            )
        )

    def unknown_field(self, name: object, path: Path) -> None:
        self.found.append(unknown_field(self.model, name, self.at(path)))

    def unknown_operator(self, operator: object, known: Iterable[str], path: Path, name: str | None = None) -> None:
        known, operator = list(known), name_of(operator)
        near = [] if operator in ABSENT else closest(operator, known)
        place = "filter" if name is None else f"filter for '{name}'"
        meant = [Solution(f"did you mean '{near[0]}'?", f'"{near[0]}": ...')] if near else []
        if operator in ABSENT:
            meant = [Solution(*ABSENT[operator])]
        self.found.append(
            Problem(
                code="DF-N109",
                message=f"unknown operator '{operator}' in the {place} of {self.model.name}",
                where=self.at(path, name),
                context={"operator": operator, "known": ", ".join(known)},
                cause="an operator that is not known would be ignored in silence",
                solutions=tuple(meant),
                fix=Fix("unsafe", edits=(Edit(path, "rename", near[0]),)) if near else None,
            )
        )

    def wrong_value(self, field: Field, name: str, value: object, fault: ValueFault, path: Path) -> None:
        """A value that the field's type refuses."""
        secret = field.is_secret or is_secret_name(name)
        # a hint may be made of the value itself
        hint = "" if secret else fault.hint
        self.found.append(
            Problem(
                code=fault.code,
                message=f"wrong value in the filter for '{name}' of {self.model.name}: expected {fault.expected}",
                where=self.at(path, field.name),
                context={
                    "field": name,
                    "expected": fault.expected,
                    "given": Secret(value) if secret else value,
                    "given_type": type(value).__name__,
                },
                cause="values are converted only where nothing is lost or guessed",
                solutions=(Solution("give a value of its type:", hint),) if hint else (),
                fix=Fix("placeholder", edits=(Edit(path, "replace", hint),)) if hint else None,
                introspection=_hidden(secret, value),
            )
        )

    def wrong_operand(
        self,
        message: str,
        path: Path,
        *,
        name: str | None = None,
        cause: str = "",
        solutions: Mapping[str, str] | None = None,
        given: object = None,
        better: str = "",
    ) -> None:
        """A part of the filter whose form is wrong; ``message`` follows "the filter of Model" or "... for 'field' ...".

        :param better: what would do in its place, as Python text.
        """
        place = "filter" if name is None else f"filter for '{name}'"
        secret = name is not None and is_secret_name(name)
        shown = Secret(given) if secret else given
        self.found.append(
            Problem(
                code="DF-N110",
                message=f"the {place} of {self.model.name} {message}",
                where=self.at(path, None if name is None else name.partition(".")[0]),
                context={} if given is None else {"given": shown, "given_type": type(given).__name__},
                cause=cause,
                solutions=() if secret else tuple(Solution(text, code) for text, code in (solutions or {}).items()),
                fix=Fix("unsafe", edits=(Edit(path, "replace", better),)) if better and not secret else None,
                introspection=_hidden(secret, given),
            )
        )

    def beyond(self, limit: str, most: int, what: str, path: Path, name: str | None = None) -> None:
        """A part of the filter that is larger than a cap allows."""
        place = "filter" if name is None else f"filter for '{name}'"
        self.found.append(
            Problem(
                code="DF-N113",
                message=f"the {place} of {self.model.name} {what}: at most {most}",
                where=self.at(path, None if name is None else name.partition(".")[0]),
                context={"limit": limit, "most": most},
                cause="filters are bounded so that no caller can overload the database with one",
                solutions=(Solution("if it is meant, raise the cap:", f'DataFlow(limits={{"{limit}": ...}})'),),
            )
        )


def _hidden(secret: bool, value: object) -> dict[str, object]:
    """The texts of a secret value: the source that an error quotes may spell them out."""
    return {"secrets": tuple(map(Secret, _texts(value)))} if secret else {}


def _texts(value: object, depth: int = 3) -> list[object]:
    if depth and isinstance(value, Mapping | list | tuple | set | frozenset):
        items = value.values() if isinstance(value, Mapping) else value
        return [text for item in items for text in _texts(item, depth - 1)]
    return [value]
