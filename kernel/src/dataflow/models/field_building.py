"""From a declared name to a Field: its type, its options, its default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from dataflow.diagnostics import Fix, closest
from dataflow.models.annotations import (
    ModelAnnotation,
    Names,
    Resolved,
    UnresolvedAnnotation,
    UnsupportedType,
    own_annotations,
    resolve,
    spelling,
)
from dataflow.models.collecting import Declared
from dataflow.models.defaults import checked_default
from dataflow.models.field_options import check_options, checked_bounds, reference_of, with_migration_options
from dataflow.models.findings import Findings
from dataflow.models.model import MISSING, RESERVED_FIELDS, Field
from dataflow.models.specifier import FieldSpecifier
from dataflow.models.types import FieldType


def build_field(one: Declared, names: Names, findings: Findings) -> Field | None:
    """The field, or None when nothing can be said about its type; whatever is wrong is in the findings."""
    if one.name in RESERVED_FIELDS:
        _reserved(one, findings)
    try:
        resolved = resolve(one.annotation, names)
    except UnresolvedAnnotation as fault:
        _unresolved(one, fault, findings)
        return None
    except UnsupportedType as fault:
        _unsupported(one, fault, findings)
        return None
    except ModelAnnotation as fault:
        _model(one, fault, findings)
        return None
    return _with_options(one, resolved.type, _specifier(one, resolved, findings), findings)


def _with_options(one: Declared, type: FieldType, given: FieldSpecifier, findings: Findings) -> Field:
    field = Field(
        name=one.name,
        type=type if type.kind == "any" else attrs.evolve(type, nullable=False),
        nullable=type.nullable,
        unique=given.unique is True,
        index=given.index is True,
        description=str(given.description),
        generated=_is_generated(one, type.kind, given),
        line=findings.source.line_of(one.name),
    )
    check_options(field, given, findings)
    field = attrs.evolve(
        field, bounds=checked_bounds(field, given, findings), reference=reference_of(field, given, findings)
    )
    return with_migration_options(checked_default(field, given, findings), given, findings)


def _is_generated(one: Declared, kind: str, given: FieldSpecifier) -> bool:
    has_default = given.default is not MISSING or given.default_factory is not None
    # a key that refers to another model's record takes that record's
    return one.name == "id" and kind == "int" and not has_default and given.references is None


def _specifier(one: Declared, resolved: Resolved, findings: Findings) -> FieldSpecifier:
    """What is said of a field, in ``Annotated`` and behind ``=`` together."""
    inner = resolved.specifier
    if isinstance(one.value, FieldSpecifier):
        if inner is not None:
            findings.add(
                "DF-M117",
                f"field '{one.name}' of {findings.model} has two 'field(...)'",
                "one stands in 'Annotated' and one behind '=', and nothing says which holds",
                ("keep one of them:", f"{one.name}: {resolved.type} = field(...)"),
                field=one.name,
            )
        return one.value
    if one.value is MISSING:
        return inner or FieldSpecifier()
    return attrs.evolve(inner or FieldSpecifier(), default=one.value)


def _reserved(one: Declared, findings: Findings) -> None:
    findings.add(
        "DF-M106",
        f"field name '{one.name}' of {findings.model} is reserved",
        f"nodes have a parameter or an output '{one.name}', which a field of that name would hide",
        ("give it another name:", f"{_prefixed(findings.model, one.name)}: {spelling(one.annotation)}"),
        field=one.name,
        context={"reserved": ", ".join(sorted(RESERVED_FIELDS))},
        fix=Fix("unsafe", f"{_prefixed(findings.model, one.name)}: {spelling(one.annotation)}"),
    )


def _prefixed(model: str, name: str) -> str:
    return f"{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', model).lower()}_{name}"


def _unresolved(one: Declared, fault: UnresolvedAnnotation, findings: Findings) -> None:
    many = fault.text.startswith("list[")
    looks_like_model = fault.name is not None and fault.name[:1].isupper()
    solutions = (
        [(f"import or define '{fault.name}' before the class is registered, not only for type checkers", "")]
        if fault.name
        else []
    )
    if looks_like_model:
        key = "field in the other model" if many else "key of the other model"
        solutions.append(
            (
                f"if '{fault.name}' is a model, name it as text and hold the {key}:",
                _foreign_key(one, str(fault.name), "str", many, findings.model),
            )
        )
    near = closest(fault.name or "", PLAIN) if fault.name and not looks_like_model else []
    better = spelling(one.annotation).replace(str(fault.name), near[0]) if near else ""
    if better:
        solutions.insert(0, (f"did you mean '{near[0]}'?", f"{one.name}: {better}"))
    elif fault.name is not None and fault.name in IMPORTS:
        solutions.insert(0, ("import it:", f"from {IMPORTS[fault.name]} import {fault.name}"))
    findings.add(
        "DF-M104",
        f"annotation '{spelling(one.annotation)}' of field '{one.name}' of {findings.model} cannot be resolved: {fault.reason}",
        "annotations are evaluated when the class is registered, with the names of its module and of the function around it",
        *(solutions or [("write a type that columns have:", f"{one.name}: str")]),
        field=one.name,
        context={"annotation": spelling(one.annotation)},
        fix=Fix("unsafe", f"{one.name}: {better}") if better else None,
    )


#: types of fields that need no import, and where the others come from
PLAIN = ("str", "int", "float", "bool", "bytes", "dict", "list")
IMPORTS: Mapping[str, str] = {
    **dict.fromkeys(("date", "datetime", "time", "timedelta"), "datetime"),
    **dict.fromkeys(("Any", "Annotated", "Literal", "Optional", "TypedDict"), "typing"),
    "Decimal": "decimal",
    "UUID": "uuid",
    "Enum": "enum",
}


def _unsupported(one: Declared, fault: UnsupportedType, findings: Findings) -> None:
    shown = spelling(fault.given)
    instead = fault.instead or "dict"
    ways = [("use instead:", f"{one.name}: {instead}")]
    if isinstance(fault.given, type) and not fault.instead:
        ways.append(
            (f"or make '{shown}' an attrs class, which is stored as JSON:", f"@attrs.frozen\nclass {shown}:\n    ...")
        )
    findings.add(
        "DF-M105",
        f"field '{one.name}' of {findings.model} has a type that no column can hold: '{shown}'",
        fault.why,
        *ways,
        field=one.name,
        context={
            "annotation": spelling(one.annotation),
            "supported": "str, int, float, bool, Decimal, datetime, date, time, timedelta, UUID, bytes, dict, list, "
            "list[T], dict[str, T], Enum, Literal, T | None, attrs class, dataclass, TypedDict, Any",
        },
        fix=Fix("unsafe", f"{one.name}: {instead}"),
    )


def _model(one: Declared, fault: ModelAnnotation, findings: Findings) -> None:
    target = fault.cls.__name__
    code = _foreign_key(one, target, _key_type(fault.cls), fault.many, findings.model)
    where = f"in {target}, instead of here:" if fault.many else "as a foreign key:"
    findings.add(
        "DF-M111",
        f"field '{one.name}' of {findings.model} is annotated with the model '{target}'",
        "a record holds the key of another record, not the record; related records are read by a connection or a filter",
        (f"write it {where}", code),
        field=one.name,
        context={"annotation": spelling(one.annotation), "model": target},
        fix=Fix("unsafe", code) if not fault.many else None,
    )


def _foreign_key(one: Declared, target: str, key_type: str, many: bool, model: str) -> str:
    if many:
        return f'{_prefixed(model, "id")}: str = field(references="{model}.id")'
    optional = " | None" if "None" in spelling(one.annotation) or "Optional" in spelling(one.annotation) else ""
    name = one.name if one.name.endswith("_id") else f"{one.name}_id"
    return f'{name}: {key_type}{optional} = field(references="{target}.id")'


def _key_type(cls: type) -> str:
    annotations: Mapping[str, Any] = own_annotations(cls)
    return spelling(annotations.get("id", str))
