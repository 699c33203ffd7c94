"""Typical changes of models that were read from a database, and rows for their tables."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs

from dataflow import DataFlow
from dataflow_migrations.reflecting.models import FieldSource, ModelSource, Reflection
from dataflow_migrations.reflecting.source import source
from dataflow_migrations.reflecting.types import PythonType

ADDED, RENAMED = "df_note", "df_named"
_ROWS = 2


def added(found: Reflection, url: str) -> str:
    """The module with a field more and an index more in every model."""
    return source(attrs.evolve(found, models=[_added(one) for one in found.models]), url)


def _added(model: ModelSource) -> ModelSource:
    fields = {**model.fields, ADDED: FieldSource(ADDED, PythonType("str", "str", 20), nullable=True)}
    field = next((one for one in model.fields.values() if _can_be_indexed(one, model)), None)
    if field is not None:
        fields[field.name] = attrs.evolve(field, index=True)
    return attrs.evolve(model, fields=fields)


def _can_be_indexed(field: FieldSource, model: ModelSource) -> bool:
    is_short = field.type.kind == "int" or (field.type.max_length or 1000) < 200
    is_free = not (field.index or field.unique or field.references or field.name == "id")
    return is_short and is_free and all(columns != (field.name,) for columns, _ in model.indexes)


def renamed(found: Reflection, url: str, but: Collection[str] = ()) -> str:
    """The module with another name of one field in every model, but those of some tables."""
    aims = {field.references for one in found.models for field in one.fields.values()}
    old: dict[str, str] = {}
    models = []
    for one in found.models:
        names = [name for name in one.fields if name != "id" and f"{one.name}.{name}" not in aims]
        if not names or one.table in but:
            models.append(one)
            continue
        old[one.name] = names[0]
        models.append(_renamed(one, names[0]))
    return _told(source(attrs.evolve(found, models=models), url), old)


def _renamed(model: ModelSource, old: str) -> ModelSource:
    fields = {}
    for name, field in model.fields.items():
        new = RENAMED if name == old else name
        fields[new] = attrs.evolve(field, name=new)
    indexes = [(tuple(RENAMED if one == old else one for one in columns), unique) for columns, unique in model.indexes]
    return attrs.evolve(model, fields=fields, indexes=indexes)


def _told(text: str, old: Mapping[str, str]) -> str:
    """The module in which every renamed field says what it was."""
    parts = re.split(r"(?m)^(?=class )", text)
    for place, part in enumerate(parts[1:], 1):
        name = part[len("class ") :].partition(":")[0]
        if name in old:
            parts[place] = re.sub(rf"(?m)^    {RENAMED}: .*$", lambda found: _said(found[0], old[name]), part)  # noqa: B023  # called at once
    return (
        "".join(parts)
        .replace("import DataFlow\n", "import DataFlow, field\n")
        .replace("Index\n\n", "Index, field\n\n", 1)
    )


def _said(line: str, old: str) -> str:
    start, _, given = line.partition(" = ")
    options = {"": "", "None": ", default=None"}.get(given, f", {given.removeprefix('field(')[:-1]}")
    return f'{start} = field(renamed_from="{old}"{options})'


async def filled(db: DataFlow, models: Sequence[ModelSource]) -> int:
    """Rows in the tables of models, as far as their databases take them; gives how many."""
    made: dict[str, list[Any]] = {}
    for model in models:
        for number in range(_ROWS):
            values = _row(model, number, made)
            if values is None:
                break
            try:
                row = await getattr(db, model.name).create(**values)
            except Exception:  # checks and triggers of the database may want what no model says
                break
            made.setdefault(model.name, []).append(row["id"])
    return sum(map(len, made.values()))


def _row(model: ModelSource, number: int, made: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, field in model.fields.items():
        if name == "id" and field.type.kind == "int":
            continue
        target, _, aim = field.references.partition(".")
        if not target:
            found[name] = _VALUES[field.type.kind](field, number)
        elif aim == "id" and len(made.get(target, ())) > number:
            found[name] = made[target][number]
        elif not field.nullable:
            return None
    return found


def _text(field: FieldSource, number: int) -> str:
    choices = re.findall(r'"((?:[^"\\]|\\.)*)"', field.type.spelling)
    return choices[number % len(choices)] if choices else f"{chr(97 + number)}'\"é"[: field.type.max_length or 9]


_VALUES: Mapping[str, Callable[[FieldSource, int], Any]] = {
    "str": _text,
    "int": lambda _, number: number + 1,
    "float": lambda _, number: number + 0.5,
    "bool": lambda _, number: number == 1,
    "bytes": lambda _, number: bytes([number, 255]),
    "Decimal": lambda _, number: Decimal(number),
    "UUID": lambda _, number: UUID(int=number + 1),
    "dict": lambda _, number: {"n": number},
    "dt.datetime": lambda _, number: dt.datetime(2020, 1, number + 1, tzinfo=dt.UTC),
    "dt.date": lambda _, number: dt.date(2020, 1, number + 1),
    "dt.time": lambda _, number: dt.time(number + 1),
    "dt.timedelta": lambda _, number: dt.timedelta(number + 1),
}
