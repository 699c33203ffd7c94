"""Foreign keys name models that may be registered later; before they are used, all must be there and fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dataflow.diagnostics import CallSite, Fix, Problem, Solution, Where, closest
from dataflow.models.model import Field, Model


def reference_problems(model: Model, known: Mapping[str, Model]) -> Iterator[Problem]:
    """A problem for each reference of a model whose target is missing, of another type, or not unique."""
    for field in model.references:
        assert field.reference is not None
        target = known.get(field.reference.model)
        aim = None if target is None else target.fields.get(field.reference.field)
        if aim is None:
            yield _missing(model, field, known, target)
        elif aim.type != field.type:
            yield _other_type(model, field, aim)
        elif not (aim.is_key or aim.unique):
            yield _not_unique(model, field, aim)


def _where(model: Model, field: Field) -> Where:
    call = CallSite(model.defined_at.file, field.line or model.defined_at.line)
    return Where(model=model.name, field=field.name, call=call)


def _missing(model: Model, field: Field, models: Mapping[str, Model], target: Model | None) -> Problem:
    known = [*models] if target is None else [*target.fields]
    assert field.reference is not None
    given = field.reference.model if target is None else field.reference.field
    near = closest(given, known)
    better = (
        ""
        if not near
        else f"{near[0]}.{_aim(models[near[0]], field)}"
        if target is None
        else f"{target.name}.{near[0]}"
    )
    what = (
        f"model '{given}', which is not registered"
        if target is None
        else f"field '{given}', which '{target.name}' does not have"
    )
    fallback = "User.id" if target is None else f"{target.name}.id"
    code = f'{field.name}: {field.spelling} = field(references="{better or fallback}")'
    return Problem(
        code="DF-M112",
        message=f"'{model.name}.{field.name}' references {what}" + (f"; did you mean '{better}'?" if better else ""),
        where=_where(model, field),
        context={"references": str(field.reference), "registered" if target is None else "fields": ", ".join(known)},
        cause="a reference may be written before its target is registered, but the target must exist when a workflow is built",
        solutions=(Solution("name a registered one:", code),),
        fix=Fix("unsafe", code) if better else None,
    )


def _aim(target: Model, field: Field) -> str:
    assert field.reference is not None
    return field.reference.field if field.reference.field in target.fields else "id"


def _other_type(model: Model, field: Field, aim: Field) -> Problem:
    spelled = f"{aim.type} | None" if field.nullable else str(aim.type)
    return Problem(
        code="DF-M117",
        message=f"'{model.name}.{field.name}' is of type '{field.type}' and references '{field.reference}', which is of type '{aim.type}'",
        where=_where(model, field),
        context={"field": field.name, "references": str(field.reference), "expected": str(aim.type)},
        cause="a foreign key holds the value that it refers to",
        solutions=(
            Solution(
                "give it the type of its target:", f'{field.name}: {spelled} = field(references="{field.reference}")'
            ),
        ),
    )


def _not_unique(model: Model, field: Field, aim: Field) -> Problem:
    assert field.reference is not None
    return Problem(
        code="DF-M117",
        message=f"'{model.name}.{field.name}' references '{field.reference}', which is not unique",
        where=_where(model, field),
        context={"field": field.name, "references": str(field.reference)},
        cause="a foreign key refers to one record: to its key, or to a field with 'unique=True'",
        solutions=(
            Solution("refer to the key:", f'{field.name}: ... = field(references="{field.reference.model}.id")'),
            Solution(f"or make '{field.reference}' unique:", f"{aim.name}: {aim.spelling} = field(unique=True)"),
        ),
    )
