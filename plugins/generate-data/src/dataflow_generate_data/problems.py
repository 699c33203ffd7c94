"""What the generator refuses, each with its code and cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, closest, error_of, text_of
from dataflow.models.model import Field, Model
from dataflow.values.faults import ValueFault
from dataflow_generate_data.domains import Exhausted

OPERATION = "generate"


def unknown_model(name: str, known: Iterable[str]) -> Problem:
    names = list(known)
    near = closest(name, names)[:1]
    ways = [Solution(f"did you mean '{one}'?", f'generate(db, {{"{one}": 100}})') for one in near]
    return Problem(
        code="GEN-101",
        message=f"there is no model '{name}' to make records of" + (f"; did you mean '{near[0]}'?" if near else ""),
        where=Where(operation=OPERATION),
        context={"given": name, "models": ", ".join(names) or "none"},
        cause="records are made of models that the instance has registered",
        solutions=(*ways, Solution("register it before:", f"@db.model\nclass {name}: ...")),
    )


def wrong_argument(what: str, given: object, expected: str, example: str) -> Problem:
    return Problem(
        code="GEN-102",
        message=f"wrong {what}: expected {expected}, not {text_of(given)}",
        where=Where(operation=OPERATION),
        context={"given": given},
        cause="what is made follows from the numbers of records, a seed, and how they should be",
        solutions=(Solution("write it as:", example),),
    )


def too_many(model: Model, fields: Sequence[str], wanted: int, there: int, why: str = "") -> Problem:
    """:param there: how many records the fields' values are enough for."""
    named = " and ".join(f"'{one}'" for one in fields)
    unique = "is unique" if len(fields) == 1 else "are unique together"
    return Problem(
        code="GEN-103",
        message=f"{wanted} records of {model.name} cannot be made: {named} {unique} and there are {there} values",
        where=Where(model=model.name, field=fields[0], operation=OPERATION),
        context={"records": wanted, "values": there} | ({"because": why} if why else {}),
        cause="a unique field has another value in every record, those included that are in the table already",
        solutions=(
            Solution("make fewer:", f'generate(db, {{"{model.name}": {there}}})'),
            Solution(
                "or let the field have more values: wider bounds, a longer text, more choices, more records referred to"
            ),
        ),
    )


def no_value(model: Model, field: Field, fault: Exception) -> DataFlowError:
    if isinstance(fault, ValueFault):
        why = f"what is made for it is refused: expected {fault.expected}"
    elif isinstance(fault, Exhausted):
        why = "nothing was found that keeps all of its bounds"
    else:
        why = str(fault)
    shown = {
        name: value
        for name in ("pattern", "min_length", "max_length", "ge", "le")
        if (value := getattr(field.bounds, name)) is not None
    }
    return error_of(
        Problem(
            code="GEN-104",
            message=f"no value can be made for '{model.name}.{field.name}'",
            where=Where(model=model.name, field=field.name, operation=OPERATION),
            context={"type": field.spelling, **shown},
            cause=why,
            solutions=(
                Solution(
                    "say what it should have:",
                    f'generate(db, {{"{model.name}": 100}}, values={{"{model.name}.{field.name}": ["..."]}})',
                ),
            ),
        )
    )


def nothing_to_refer_to(model: Model, field: Field, count: int) -> Problem:
    assert field.reference is not None
    target = field.reference.model
    return Problem(
        code="GEN-105",
        message=f"'{model.name}.{field.name}' refers to records of {target}, and there are none",
        where=Where(model=model.name, field=field.name, operation=OPERATION),
        context={"references": str(field.reference), "records": count},
        cause="the field may not be None, so that each record refers to one",
        solutions=(
            Solution(
                "make those too:",
                f'generate(db, {{"{target}": {max(1, count // 5)}, "{model.name}": {count}}})',
            ),
        ),
    )


def circle(models: Sequence[str], fields: Sequence[str]) -> Problem:
    return Problem(
        code="GEN-106",
        message=f"{' and '.join(models)} refer to each other, and none of them can be the first",
        where=Where(operation=OPERATION),
        context={"references": ", ".join(fields)},
        cause="a reference that may not be None needs its record before its own is stored",
        solutions=(
            Solution("let one of them be None:", f'{fields[0].split(".")[-1]}: ... | None = field(references="...")'),
        ),
    )


def not_permitted(profile: str, url: str) -> Problem:
    return Problem(
        code="GEN-107",
        message=f"test data is not written under the profile '{profile}' without permission",
        where=Where(operation=OPERATION),
        context={"profile": profile, "database": url},
        cause="the profile is one for real data, among which made up records are hard to find again",
        solutions=(
            Solution("use a database for development:", 'DataFlow.development("postgresql://...")'),
            Solution("or permit it:", "generate(db, {...}, permit=True)    # dataflow generate-data ... --yes"),
        ),
    )


def taken(model: Model, field: Field, found: object) -> Problem:
    return Problem(
        code="GEN-108",
        message=f"values that '{model.name}.{field.name}' should get are in the table already, such as {text_of(found)}",
        where=Where(model=model.name, field=field.name, operation=OPERATION),
        context={"field": field.name} if field.is_secret else {"field": field.name, "found": found},
        cause="a key follows from the seed and from the number of records that were there; one of those was made alike, or was deleted",
        solutions=(Solution("take another seed:", "generate(db, {...}, seed=8)"),),
    )


def unknown_field(name: str, models: Mapping[str, Any]) -> Problem:
    known = [f"{model}.{field}" for model, one in models.items() for field in one.fields]
    near = closest(name, known)[:1]
    ways = [Solution(f"did you mean '{one}'?", f'values={{"{one}": ["..."]}}') for one in near]
    return Problem(
        code="GEN-102",
        message=f"'values' names '{name}', which is no field that gets a value here",
        where=Where(operation=OPERATION),
        context={"given": name},
        cause="values are given for 'Model.field', of models whose records are made; keys, references and managed fields have their own",
        solutions=(*ways, Solution("write it as:", 'values={"User.country": ["DE", "FR"]}')),
    )
