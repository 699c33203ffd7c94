"""From a plain annotated class to a Model, with everything that is wrong with the class said at once."""

from __future__ import annotations

import abc
import sys
from collections.abc import Mapping
from types import FrameType

import attrs

from dataflow.diagnostics import Fix, error_of
from dataflow.models.annotations import Names, is_builtin, own_annotations, spelling
from dataflow.models.builtin_fields import added_fields, taken
from dataflow.models.class_options import indexes_of, options_of
from dataflow.models.class_source import ClassSource, definition_of, source_of
from dataflow.models.collecting import Declared, declared_fields, unannotated
from dataflow.models.field_building import build_field
from dataflow.models.findings import Findings
from dataflow.models.former_names import check_former_names
from dataflow.models.index_checks import check_indexes
from dataflow.models.key import check_key
from dataflow.models.model import MISSING, Field, Model, ModelOptions
from dataflow.models.name_checks import check_names
from dataflow.models.naming import table_name


def build_model(cls: type, frame: FrameType) -> Model:
    """The model of a class, without the fields that options and plugins add.

    :param frame: the call that registers it; names of its annotations are looked up there too.
    :raises ModelError: all problems, each at the line of its field.
    """
    _check_class(cls, frame)
    source = source_of(cls, frame)
    findings = Findings(cls.__name__, source)
    declared = declared_fields(cls)
    fields = _fields(declared, cls, frame, findings)
    _check_unannotated(cls, declared, findings)
    check_key({one.name: _text(one, source) for one in declared}, fields, findings)
    options = options_of(cls, findings)
    _check_duplicates(declared, options, findings)
    indexes = indexes_of(cls, fields, options, findings)
    table = table_name(cls.__name__) if options.table is None else options.table
    model = Model(cls.__name__, table, fields, indexes, options, cls, definition_of(cls, source, frame))
    if not findings.problems:
        whole = attrs.evolve(model, fields=fields | {field.name: field for field in added_fields(options)})
        check_names(model, findings)
        check_indexes(whole, findings)
        check_former_names(model, findings)
    if findings.problems:
        raise error_of(findings.problems)
    return model


def _check_class(cls: object, frame: FrameType) -> None:
    """Refuse what is no plain class before anything is read from it."""
    if cls is MISSING:
        name, why = (
            "db.model()",
            "the decorator is written without brackets: options of a model stand in its '__dataflow__'",
        )
    elif not isinstance(cls, type):
        name = getattr(cls, "__name__", type(cls).__name__)
        why = f"a model is a class, and this is a {type(cls).__name__}"
    elif type(cls) not in (type, abc.ABCMeta):
        name, why = cls.__name__, f"its metaclass '{type(cls).__name__}' gives its annotations a meaning of its own"
    elif any(is_builtin(one) and one is not object for one in cls.__mro__):
        near = next(one for one in cls.__mro__ if is_builtin(one))
        name, why = cls.__name__, f"it is a kind of {near.__name__}; a model has no values of its own"
    else:
        return
    findings = Findings(name, ClassSource(frame.f_code.co_filename, frame.f_lineno, f"class {name}"))
    fields = (
        [f"    {one}: {spelling(kind)}" for one, kind in own_annotations(cls).items()] if isinstance(cls, type) else []
    )
    code = "\n".join([f"@db.model\nclass {name if name.isidentifier() else 'User'}:", *(fields or ["    id: str"])])
    way = ("write it as:", "@db.model") if cls is MISSING else ("register a plain annotated class:", code)
    findings.add("DF-M118", f"'{name}' cannot be a model", why, way)
    raise error_of(findings.problems)


def _fields(declared: list[Declared], cls: type, frame: FrameType, findings: Findings) -> dict[str, Field]:
    names = {owner: _names(owner, cls, frame) for owner in dict.fromkeys(one.owner for one in declared)}
    built = [build_field(one, names[one.owner], findings) for one in declared]
    return {field.name: field for field in built if field is not None}


def _names(owner: type, cls: type, frame: FrameType) -> Names:
    """The names that annotations of a class can mean: its nested classes, the function around it, its module."""
    module = sys.modules.get(owner.__module__)
    # code that is run without a module has no name, and its classes are then said to be Python's own
    own_module = owner.__module__ == frame.f_globals.get("__name__", "builtins")
    globalns = frame.f_globals if own_module or module is None else vars(module)
    # the class is not bound to its name before its decorators have run; values of fields are no types:
    # under 'date: date = ...' the class's own name would hide the type
    nested = {name: value for name, value in vars(owner).items() if isinstance(value, type)}
    locals_ = frame.f_locals if own_module and frame.f_locals is not frame.f_globals else {}
    return Names(globalns, {cls.__name__: cls, **locals_, **nested})


def _text(one: Declared, source: ClassSource) -> str:
    return next(
        (line.text for line in reversed(source.lines) if line.name == one.name),
        f"{one.name}: {spelling(one.annotation)}",
    )


def _check_unannotated(cls: type, declared: list[Declared], findings: Findings) -> None:
    for name, value in unannotated(cls, frozenset(one.name for one in declared)):
        kind = type(value).__name__ if type(value) in (str, int, float, bool, list, dict) else "str"
        shown = findings.source.value_text(name) or repr(value)
        findings.add(
            "DF-M103",
            f"field '{name}' of {findings.model} has no annotation",
            "the type of a column is its annotation; without one the value would not be stored",
            ("say its type:", f"{name}: {kind} = {shown}"),
            ("or, when it is no column:", f"{name}: ClassVar[{kind}] = {shown}"),
            field=name,
            context={"value": shown},
            fix=Fix("unsafe", f"{name}: {kind} = {shown}"),
        )


def _check_duplicates(declared: list[Declared], options: ModelOptions, findings: Findings) -> None:
    """Two annotations of one name, two names of one column, a name that an option adds."""
    seen: dict[str, str] = {}
    for name in (*_written_twice(findings.source), *(one.name for one in declared)):
        first = seen.setdefault(name.lower(), name)
        if first != name:
            _same_column(first, name, findings)
    for name, lines in _written_twice(findings.source).items():
        findings.add(
            "DF-M107",
            f"field '{name}' of {findings.model} is declared twice: in line {lines[0]} and in line {lines[1]}",
            "Python keeps only the last of them",
            (f"remove or rename one of them, in line {lines[0]} or {lines[1]}", ""),
            field=name,
        )
    names = {one.name for one in declared}
    findings.problems += [
        taken(findings.model, field, findings.site(field.name))
        for field in added_fields(options)
        if field.name in names
    ]


def _written_twice(source: ClassSource) -> Mapping[str, list[int]]:
    lines: dict[str, list[int]] = {}
    for one in source.lines:
        if one.annotated:
            lines.setdefault(one.name, []).append(one.line)
    return {name: found for name, found in lines.items() if len(found) > 1}


def _same_column(first: str, second: str, findings: Findings) -> None:
    findings.add(
        "DF-M107",
        f"fields '{first}' and '{second}' of {findings.model} differ only in case",
        "not every database tells such columns apart",
        (f"rename '{first}' or '{second}'", ""),
        field=second,
    )
