"""The default of a field: one value that no record can change for the others, and that the field would take."""

from __future__ import annotations

import dataclasses
from collections.abc import MutableMapping, MutableSequence, MutableSet

import attrs

from dataflow.diagnostics import Fix, Secret
from dataflow.models.field_options import refuse
from dataflow.models.findings import Findings
from dataflow.models.model import MISSING, Field
from dataflow.models.specifier import FieldSpecifier
from dataflow.values.checks import compile_check
from dataflow.values.faults import ValueFault
from dataflow.values.problems import example_of, shown_value


def checked_default(field: Field, given: FieldSpecifier, findings: Findings) -> Field:
    """The field with its default in canonical form, or without one that cannot be used."""
    if given.default_factory is not None:
        return _with_factory(field, given, findings)
    if given.default is MISSING:
        return field
    if _is_mutable(field, given.default):
        _mutable(field, given.default, findings)
        return field
    if field.is_key and not given.generated:
        # of a key that may be None, the annotation is what is wrong, and told
        if given.default is not None:
            _constant_key(field, given.default, findings)
        return field
    try:
        return attrs.evolve(field, default=compile_check(field)(given.default))
    except ValueFault as fault:
        # the value of a field that is meant to be encrypted is shown nowhere
        _unfit(field, Secret(given.default) if given.encrypted or field.is_secret else given.default, fault, findings)
        return field


def _with_factory(field: Field, given: FieldSpecifier, findings: Findings) -> Field:
    if given.default is not MISSING:
        why = "a default is one value or the result of a call"
        refuse(
            findings,
            field,
            "both 'default' and 'default_factory'",
            why,
            ("keep one of them:", f"field(default={given.default!r})"),
        )
        return field
    if not callable(given.default_factory):
        why = "it is called for each record"
        refuse(
            findings,
            field,
            f"'default_factory={given.default_factory!r}'",
            why,
            ("give a function:", f"field(default_factory=lambda: {given.default_factory!r})"),
        )
        return field
    return attrs.evolve(field, default_factory=given.default_factory)


def _is_mutable(field: Field, default: object) -> bool:
    if isinstance(default, MutableSequence | MutableMapping | MutableSet):
        return True
    return field.type.kind == "object" and default is not None and not callable(default)


def _mutable(field: Field, default: object, findings: Findings) -> None:
    empty = not default and type(default) in (list, dict, set)
    kind = type(default).__name__
    code = f"{field.name}: {field.spelling} = field(default_factory={kind if empty else f'lambda: {default!r}'})"
    findings.add(
        "DF-M108",
        f"default of field '{field.name}' of {findings.model} is a {kind}, which all records would share",
        "a change of it in one record would change it in the others",
        ("let each record have its own:", code),
        field=field.name,
        context={"default": default},
        fix=Fix("safe", code),
    )


def _constant_key(field: Field, default: object, findings: Findings) -> None:
    made = {
        "int": "id: int",
        "uuid": "id: UUID = field(default_factory=uuid4)",
        "str": "id: str = field(default_factory=lambda: str(uuid4()))",
    }
    findings.add(
        "DF-M109",
        f"default of field 'id' of {findings.model} would give every record one key: {default!r}",
        "the key tells records apart",
        ("let each record have its own:", made.get(field.type.kind, "id: str")),
        field="id",
        context={"default": default},
        fix=Fix("unsafe", made.get(field.type.kind, "id: str")),
    )


def _of_dataclasses(field: Field, findings: Findings) -> None:
    findings.add(
        "DF-M109",
        f"default of field '{field.name}' of {findings.model} is the 'field' of dataclasses",
        "it means something to @dataclass alone",
        ("use the one of this framework:", "from dataflow import field"),
        field=field.name,
    )


def _unfit(field: Field, default: object, fault: ValueFault, findings: Findings) -> None:
    if isinstance(default, dataclasses.Field):
        _of_dataclasses(field, findings)
        return
    expected = fault.expected.removesuffix(", not None")
    shown = findings.source.value_text(field.name) if callable(default) else ""
    shown = shown or shown_value(default)
    if default is None:
        solutions = [("let it be None:", f"{field.name}: {field.type} | None = None")]
    elif callable(default):
        solutions = [
            ("have it called for each record:", f"{field.name}: {field.spelling} = field(default_factory={shown})")
        ]
    else:
        would_do = fault.hint or example_of(field)
        solutions = [("give a default that fits:", f"{field.name}: {field.spelling} = {would_do}")]
        if fault.code == "DF-N104" and not isinstance(default, Secret):
            solutions.append(("or change the type:", f"{field.name}: {type(default).__name__} = {shown}"))
    findings.add(
        "DF-M109",
        f"default of field '{field.name}' of {findings.model} does not fit: {shown} given, expected {expected}",
        "a default is checked as a given value would be",
        *solutions,
        field=field.name,
        context={"expected": expected, "default": shown},
        fix=Fix("unsafe", solutions[0][1]),
    )
