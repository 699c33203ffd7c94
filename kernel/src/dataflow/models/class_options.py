"""``__dataflow__`` and ``__indexes__`` of a class."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dataflow.diagnostics import Fix, closest, name_of, text_of
from dataflow.models.builtin_fields import added_fields
from dataflow.models.findings import Findings, listed
from dataflow.models.model import Field, Index, ModelOptions

#: what each option takes; those of a table are not inherited
TYPES: Mapping[str, type] = {
    "table": str,
    "timestamps": bool,
    "soft_delete": bool,
    "versioned": bool,
    "description": str,
    "renamed_from": str,
}
#: options that plugins provide, and for what
OF_PLUGINS: Mapping[str, str] = {"tenant": "tenancy", "audit": "an audit trail", "cache": "caching"}
#: where other libraries have their options, and where these are here
FOREIGN: Mapping[str, str] = {
    "__tablename__": '__dataflow__ = {{"table": "{table}"}}',
    "__table_args__": '__indexes__ = [Index("a", "b", unique=True)]',
    "Meta": '__dataflow__ = {{"table": "{table}"}}',
}
OWN_ONLY = ("table", "description", "renamed_from")


def options_of(cls: type, findings: Findings) -> ModelOptions:
    """The options of a class over those of its bases; ``table`` and ``description`` are the class's own."""
    values: dict[str, Any] = {}
    for name in FOREIGN:
        if name in cls.__dict__:
            _foreign(name, cls.__dict__[name], findings)
    for owner in reversed(cls.__mro__):
        given = owner.__dict__.get("__dataflow__", {})
        if not isinstance(given, Mapping):
            _not_a_dict(given, findings)
            continue
        for name, value in given.items():
            if owner is cls or name not in OWN_ONLY:
                _take(values, name, value, findings)
    return ModelOptions(**values)


#: what stands elsewhere in a class, by the name that it has in other libraries
_INSTEAD = {
    "indexes": ("indexes stand beside it:", '__indexes__ = [Index("name", unique=True)]'),
    "primary_key": ("the key is the field named 'id'", ""),
    "unique": ("it belongs to the field:", "email: str = field(unique=True)"),
}


def _foreign(name: str, given: object, findings: Findings) -> None:
    """What other libraries read, and here would be lost silently."""
    tables = (given, getattr(given, "table", None), getattr(given, "db_table", None), getattr(given, "tablename", None))
    table = next((one for one in tables if isinstance(one, str)), "...")
    code = FOREIGN[name].format(table=table)
    findings.add(
        "DF-M114",
        f"'{name}' of {findings.model} is an option of another library",
        "an option that nobody reads would be lost silently",
        (f"remove '{name}', and write:", code),
        line=findings.source.line_of(name),
        context={"option": name, "known": listed([*TYPES])},
    )


def _not_a_dict(given: object, findings: Findings) -> None:
    findings.add(
        "DF-M114",
        f"'__dataflow__' of {findings.model} is a {type(given).__name__}, not a dict",
        "options are given by name",
        ("write it as:", '__dataflow__ = {"table": "users"}'),
        line=findings.source.line_of("__dataflow__"),
    )


def _take(values: dict[str, Any], name: object, value: object, findings: Findings) -> None:
    line = findings.source.line_of("__dataflow__")
    wanted = TYPES.get(str(name))
    if name in OF_PLUGINS:
        findings.add(
            "DF-M114",
            f"option '{name}' in '__dataflow__' of {findings.model} needs a plugin that is not loaded",
            f"a plugin for {OF_PLUGINS[str(name)]} would provide it; without one the option would do nothing",
            (f"leave '{name}' out until such a plugin is loaded", ""),
            line=line,
            context={"option": name, "given": value},
        )
    elif wanted is None:
        near = closest(str(name), TYPES)
        findings.add(
            "DF-M114",
            f"unknown option '{name}' in '__dataflow__' of {findings.model}"
            + (f"; did you mean '{near[0]}'?" if near else ""),
            "an option that nobody reads would be lost silently",
            ("write it as:", f'__dataflow__ = {{"{near[0]}": {value!r}}}')
            if near
            else _INSTEAD.get(str(name), ("remove it", "")),
            line=line,
            context={"option": name, "known": listed([*TYPES])},
            fix=Fix("unsafe", f'__dataflow__ = {{"{near[0]}": {value!r}}}') if near else None,
        )
    elif not isinstance(value, wanted) or (name == "table" and not str(value).strip()):
        example = '"users"' if name == "table" else '"..."' if wanted is str else "True"
        findings.add(
            "DF-M114",
            f"option '{name}' in '__dataflow__' of {findings.model} takes a {wanted.__name__}, not {value!r}",
            "options are not guessed",
            ("write it as:", f'__dataflow__ = {{"{name}": {example}}}'),
            line=line,
            context={"option": name, "expected": wanted.__name__, "given": value},
            fix=Fix("placeholder", f'__dataflow__ = {{"{name}": {example}}}'),
        )
    else:
        values[str(name)] = value


def indexes_of(cls: type, fields: Mapping[str, Field], options: ModelOptions, findings: Findings) -> tuple[Index, ...]:
    """The indexes of a class after those of its bases."""
    known = dict(fields) | {field.name: field for field in added_fields(options)}
    found: list[Index] = []
    for owner in reversed(cls.__mro__):
        given = owner.__dict__.get("__indexes__", ())
        if isinstance(given, list | tuple):
            found += [index for one in given if (index := _index(one, known, findings)) is not None]
        else:
            _wrong(findings, f"'__indexes__' of {findings.model} is a {type(given).__name__}, not a list")
    return tuple(found)


def _index(given: object, known: Mapping[str, Field], findings: Findings) -> Index | None:
    index = _from_dict(given, findings) if isinstance(given, Mapping) else given
    if index is None:
        return None
    if not isinstance(index, Index):
        names = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
        known_names = ", ".join(f'"{one}"' for one in names if one in known)
        better = f"__indexes__ = [Index({known_names})]" if known_names else ""
        _wrong(findings, f"an index of {findings.model} is given as {given!r}", better=better)
        return None
    return index if _check(index, known, findings) else None


_KEYS: Collection[str] = ("fields", "unique", "where", "name")


def _from_dict(given: Mapping[Any, Any], findings: Findings) -> Index | None:
    unknown = [str(name) for name in given if name not in _KEYS]
    for name in unknown:
        near = closest(name, _KEYS)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        _wrong(findings, f"unknown key '{name}' in an index of {findings.model}{hint}")
    fields = given.get("fields")
    fields = (fields,) if isinstance(fields, str) else fields
    if not isinstance(fields, list | tuple):
        if not unknown:
            _wrong(findings, f"an index of {findings.model} names no fields: {dict(given)!r}")
        return None
    rest = {name: given[name] for name in ("unique", "where", "name") if name in given}
    return None if unknown else Index(*fields, **rest)


def _check(index: Index, known: Mapping[str, Field], findings: Findings) -> bool:
    before = len(findings.problems)
    # what Index was given, of whatever types
    unique: object = index.unique
    where: object = index.where
    name_given: object = index.name
    fields = tuple(map(name_of, index.fields))
    spelled = f"Index({', '.join(map(text_of, index.fields))})"
    if not index.fields:
        _wrong(findings, f"an index of {findings.model} names no fields")
    if len(set(fields)) != len(fields):
        _wrong(findings, f"{spelled} of {findings.model} names a field twice")
    for name in dict.fromkeys(fields):
        _check_field(name, spelled, known, findings)
    if not isinstance(unique, bool):
        _wrong(findings, f"'unique' of {spelled} of {findings.model} is {unique!r}, not a bool")
    if where is not None and not isinstance(where, Mapping):
        _wrong(
            findings,
            f"'where' of {spelled} of {findings.model} is {where!r}, not a filter such as {{\"active\": True}}",
        )
    if name_given is not None and not (isinstance(name_given, str) and name_given):
        _wrong(findings, f"'name' of {spelled} of {findings.model} is {name_given!r}, not a text")
    return len(findings.problems) == before


def _check_field(name: object, spelled: str, known: Mapping[str, Field], findings: Findings) -> None:
    field = known.get(str(name))
    if field is None or not isinstance(name, str):
        near = closest(str(name), known)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        written = findings.source.value_text("__indexes__")
        better = f"__indexes__ = {written}".replace(repr(name), f'"{near[0]}"', 1) if near and written else ""
        _wrong(findings, f"{spelled} names '{name}', which is no field of {findings.model}{hint}", known, better)
    elif field.type.is_json:
        _wrong(
            findings,
            f"{spelled} names '{name}' of {findings.model}, which is stored as JSON and cannot be indexed as a whole",
        )


_EXAMPLE = '__indexes__ = [Index("email", unique=True), Index("a", "b", where={"a": {"$gt": 0}})]'


def _wrong(findings: Findings, message: str, known: Mapping[str, Field] | None = None, better: str = "") -> None:
    findings.add(
        "DF-M115",
        message,
        "an index names fields of its model, in the order in which they are compared",
        ("write it as:", better or _EXAMPLE),
        line=findings.source.line_of("__indexes__"),
        context={"fields": listed([*known])} if known is not None else None,
        fix=Fix("unsafe", better) if better else None,
    )
