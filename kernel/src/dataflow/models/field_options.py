"""The options of ``field(...)`` against the type they stand beside."""

from __future__ import annotations

import re

import attrs

from dataflow.diagnostics import Fix, closest
from dataflow.models.findings import Findings
from dataflow.models.model import MISSING, Bounds, Field, OnDelete, Reference
from dataflow.models.specifier import FieldSpecifier
from dataflow.values.checks import compile_check
from dataflow.values.coercion import coerce
from dataflow.values.faults import ValueFault

SIZED = ("str", "bytes")
COMPARED = ("int", "float", "decimal", "datetime", "date", "time", "timedelta")
ON_DELETE: tuple[OnDelete, ...] = ("cascade", "restrict", "set_null")
_TARGET = re.compile(r"[^\W\d]\w*\.[^\W\d]\w*")


def check_options(field: Field, given: FieldSpecifier, findings: Findings) -> None:
    """Names, flags, encryption, generation and indexes."""
    for name in given.unknown:
        _unknown(field, name, findings)
    for name in ("unique", "index", "encrypted", "description", "renamed_from"):
        value, kind = getattr(given, name), str if name in ("description", "renamed_from") else bool
        if not isinstance(value, kind):
            why = f"'{name}' is a {kind.__name__}"
            refuse(
                findings,
                field,
                f"'{name}={value!r}'",
                why,
                ("write it as:", f'{name}="..."' if kind is str else f"{name}=True"),
            )
    if given.encrypted:
        refuse(
            findings, field, "'encrypted=True': no loaded plugin encrypts",
            "without a plugin that provides encryption the value would be stored as it is",
            ("leave it out until a plugin provides it:", f"{field.name}: {field.spelling}"),
        )  # fmt: skip
    if given.generated and not (field.is_key and field.type.kind == "int"):
        refuse(
            findings, field, "'generated()': only a key 'id: int' is made by the database",
            "other values come from the create or from a default",
            ("let Python make it:", f"{field.name}: {field.spelling} = field(default_factory=...)"),
        )  # fmt: skip
    if (given.unique or given.index) and field.type.is_json:
        name = "unique" if given.unique else "index"
        refuse(
            findings, field, f"'{name}=True' on a value that is stored as JSON",
            "databases do not agree on how JSON documents compare",
            ("leave it out:", f"{field.name}: {field.spelling}"),
        )  # fmt: skip


#: what other libraries call options, or say by an option where here the annotation says it
_OPTIONS = tuple(one.name for one in attrs.fields(FieldSpecifier) if one.name not in ("generated", "unknown"))
_ELSEWHERE = {
    "nullable": "{name}: {type} | None = None",
    "null": "{name}: {type} | None = None",
    "primary_key": "id: {type}",
    "pk": "id: {type}",
    "max_digits": "{name}: Decimal",
    "foreign_key": '{name}: {type} = field(references="Model.id")',
    "verbose_name": '{name}: {type} = field(description="...")',
}


def _unknown(field: Field, name: str, findings: Findings) -> None:
    written = findings.source.value_text(field.name)
    near = closest(name, _OPTIONS)
    if name in _ELSEWHERE:
        text = "here it is written as:"
        code = _ELSEWHERE[name].format(name=field.name, type=attrs.evolve(field.type, nullable=False))
    elif near and written:
        text, code = (
            f"did you mean '{near[0]}'?",
            f"{field.name}: {field.spelling} = {written.replace(name, near[0], 1)}",
        )
    else:
        text, code = f"leave it out; there are: {', '.join(_OPTIONS)}", ""
    refuse(
        findings, field, f"'{name}': no option has that name", "an option that nobody reads would be lost silently",
        (text, code), fix=Fix("unsafe", code) if code else None,
    )  # fmt: skip


def checked_bounds(field: Field, given: FieldSpecifier, findings: Findings) -> Bounds:
    """The limits of a field, those left out that its type cannot have."""
    bounds = Bounds(
        max_length=_length(field, "max_length", given.max_length, findings),
        min_length=_length(field, "min_length", given.min_length, findings),
        ge=_limit(field, "ge", given.ge, findings),
        le=_limit(field, "le", given.le, findings),
        pattern=_pattern(field, given.pattern, findings),
    )
    _check_order(field, bounds, findings)
    return bounds


def _length(field: Field, name: str, length: object, findings: Findings) -> int | None:
    if length is None:
        return None
    if field.type.kind not in SIZED:
        instead = {"min_length": "ge", "max_length": "le"}[name] if field.type.kind in COMPARED else ""
        solution = (
            ("bound the value itself:", f"{instead}=...")
            if instead
            else ("leave it out:", f"{field.name}: {field.spelling}")
        )
        refuse(
            findings,
            field,
            f"'{name}' on type '{field.type}'",
            "only str and bytes have a length that columns bound",
            solution,
        )
        return None
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        refuse(findings, field, f"'{name}={length!r}'", "a length is an int from 0", ("give a number:", f"{name}=100"))
        return None
    return length


def _limit(field: Field, name: str, limit: object, findings: Findings) -> object:
    if limit is None:
        return None
    if field.type.kind not in COMPARED:
        solutions = (
            (("bound the length:", f"{'min' if name == 'ge' else 'max'}_length=..."),)
            if field.type.kind in SIZED
            else ()
        )
        why = "only numbers, dates, times and durations are compared with a limit"
        refuse(
            findings,
            field,
            f"'{name}' on type '{field.type}'",
            why,
            *(solutions or (("leave it out:", f"{field.name}: {field.spelling}"),)),
        )
        return None
    try:
        limit = coerce(field.type, limit)
    except ValueFault as fault:
        why = "a limit is a value of the field's own type"
        refuse(
            findings,
            field,
            f"'{name}={limit!r}': expected {fault.expected}",
            why,
            ("write it as:", f"{name}={fault.hint or '...'}"),
        )
        return None
    return limit


def _pattern(field: Field, pattern: object, findings: Findings) -> str | None:
    if pattern is None:
        return None
    if field.type.kind != "str":
        refuse(
            findings,
            field,
            f"'pattern' on type '{field.type}'",
            "only text matches a pattern",
            ("leave it out:", f"{field.name}: {field.spelling}"),
        )
        return None
    try:
        return re.compile(pattern).pattern  # type: ignore[call-overload,no-any-return]  # TypeError for anything else
    except (re.error, TypeError) as error:
        refuse(
            findings,
            field,
            f"'pattern={pattern!r}'",
            f"it is no regular expression: {error}",
            ("give it as a raw string:", 'pattern=r"^[a-z]+$"'),
        )
        return None


def _check_order(field: Field, bounds: Bounds, findings: Findings) -> None:
    pairs = (("min_length", "max_length"), ("ge", "le"))
    for low, high in pairs:
        least, most = getattr(bounds, low), getattr(bounds, high)
        if least is not None and most is not None and least > most:
            why = "no value keeps both limits"
            refuse(
                findings,
                field,
                f"'{low}={least!r}' above '{high}={most!r}'",
                why,
                ("exchange them:", f"{low}={most!r}, {high}={least!r}"),
            )


def reference_of(field: Field, given: FieldSpecifier, findings: Findings) -> Reference | None:
    """The foreign key of a field."""
    _check_on_delete(field, given, findings)
    if given.references is None:
        return None
    target = given.references
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        name = target if isinstance(target, str) else getattr(target, "__name__", "User")
        refuse(
            findings, field, f"'references={name if isinstance(target, type) else repr(target)}'",
            "the target is named by text, 'Model.field', so that it may be registered later",
            ("write it as:", f'references="{name.partition(".")[0] or "User"}.id"'),
        )  # fmt: skip
        return None
    model, _, name = target.partition(".")
    chosen = [action for action in ON_DELETE if action == given.on_delete]
    return Reference(model, name, *chosen)


def _check_on_delete(field: Field, given: FieldSpecifier, findings: Findings) -> None:
    action = given.on_delete
    if action is None:
        return
    if action not in ON_DELETE:
        refuse(
            findings,
            field,
            f"'on_delete={action!r}'",
            "the choices are 'cascade', 'restrict' and 'set_null'",
            ("the default is:", 'on_delete="restrict"'),
        )
    elif given.references is None:
        refuse(
            findings,
            field,
            "'on_delete' without 'references'",
            "only a foreign key has a target that can be deleted",
            ("name the target:", 'references="User.id"'),
        )
    elif action == "set_null" and not field.nullable:
        why = "when the target is deleted the field becomes None, which its type does not allow"
        code = f'{field.name}: {field.type} | None = field(references="{given.references}", on_delete="set_null")'
        refuse(findings, field, "'on_delete=\"set_null\"' on a type without None", why, ("let it be None:", code))


def with_migration_options(field: Field, given: FieldSpecifier, findings: Findings) -> Field:
    """The field with what migrations are told of it."""
    former = given.renamed_from if isinstance(given.renamed_from, str) else ""
    if former and former == field.name:
        why = "a column keeps its name unless its former one is another"
        refuse(findings, field, f"'renamed_from={former!r}'", why, ("name the former one:", 'renamed_from="..."'))
    found = attrs.evolve(
        field,
        renamed_from=former,
        backfill=_migration_value(field, "backfill", given.backfill, findings),
        server_default=_migration_value(field, "server_default", given.server_default, findings),
    )
    if found.server_default is not MISSING and not found.has_default:
        # a record of which the database would choose a value has that value
        found = attrs.evolve(found, default=found.server_default)
    return found


def _migration_value(field: Field, name: str, value: object, findings: Findings) -> object:
    if value is MISSING:
        return MISSING
    if field.type.is_json or (name == "server_default" and field.is_key):
        what = "a value that is stored as JSON" if field.type.is_json else "the key"
        why = (
            "databases write such a value in a statement each in its own way"
            if field.type.is_json
            else "each record has its own"
        )
        refuse(findings, field, f"'{name}' on {what}", why, ("leave it out:", f"{field.name}: {field.spelling}"))
        return MISSING
    try:
        return compile_check(field)(value)
    except ValueFault as fault:
        why = "it is a value of the field's own type, for the records that are there"
        refuse(
            findings,
            field,
            f"'{name}={value!r}': expected {fault.expected}",
            why,
            ("write it as:", f"{name}={fault.hint or '...'}"),
        )
        return MISSING


def refuse(
    findings: Findings, field: Field, what: str, why: str, *solutions: tuple[str, str], fix: Fix | None = None
) -> None:
    """Report an option that a field cannot have."""
    message = f"field '{field.name}' of {findings.model} cannot have {what}"
    findings.add("DF-M117", message, why, *solutions, field=field.name, context={"type": field.spelling}, fix=fix)
