"""The module of some models, as text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from dataflow_migrations.reflecting.constants import text_literal
from dataflow_migrations.reflecting.models import FieldSource, LeftOut, ModelSource, Reflection


def source(found: Reflection, url: str, *, secret: bool = True) -> str:
    """A module that makes an instance of ``url`` and registers the models.

    :param secret: whether a password is kept out of it.
    """
    is_secret = secret and urlsplit(url).password is not None
    return "\n".join(_lines(found, url, is_secret)) + "\n"


def _lines(found: Reflection, url: str, is_secret: bool) -> Iterator[str]:
    body = [line for model in found.models for line in ("", "", *_model(model))]
    text = "\n".join(body)
    yield f'"""Models of the tables of a {found.dialect} database, as they were found there."""'
    yield ""
    imports = ["import datetime as dt"] * ("dt." in text) + ["import os"] * is_secret
    imports += ["from decimal import Decimal"] * ("Decimal" in text) + ["from typing import Literal"] * (
        "Literal[" in text
    )
    imports += ["from uuid import UUID"] * ("UUID" in text)
    yield from imports
    if imports:
        yield ""
    names = ["DataFlow"] + ["Index"] * ("Index(" in text) + ["field"] * ("field(" in text)
    yield f"from dataflow import {', '.join(names)}"
    yield ""
    yield from _named("Not said by these models, and kept by the database:", found.left_out)
    yield from _named("Where these models make the tables anew, these are otherwise than here:", found.otherwise)
    place = 'os.environ["DATABASE_URL"]' if is_secret else text_literal(url)
    yield f'db = DataFlow({place}, plugins=["migrations"])'
    yield from body


def _named(title: str, things: Collection[LeftOut]) -> Iterator[str]:
    if things:
        yield f"# {title}"
        yield from (f"# - {' '.join(str(one).split())}" for one in things)
        yield ""


def _model(model: ModelSource) -> Iterator[str]:
    yield "@db.model"
    yield f"class {model.name}:"
    yield f'    __dataflow__ = {{"table": {text_literal(model.table)}, "timestamps": {model.timestamps}}}'
    if model.indexes:
        yield "    __indexes__ = ["
        for columns, unique in model.indexes:
            yield f"        Index({', '.join(map(text_literal, columns))}{', unique=True' if unique else ''}),"
        yield "    ]"
    yield ""
    yield from (_field(one) for one in model.fields.values())


def _field(field: FieldSource) -> str:
    given = [
        f"server_default={field.server_default}" if field.server_default is not None else "",
        "default=None" if field.nullable and field.server_default is None else "",
        f"max_length={field.type.max_length}" if field.type.max_length else "",
        "unique=True" if field.unique else "",
        "index=True" if field.index and not field.unique else "",
        f"references={text_literal(field.references)}" if field.references else "",
        f"on_delete={text_literal(field.on_delete)}" if field.references else "",
    ]
    options = [one for one in given if one]
    annotation = f"    {field.name}: {field.type.spelling}{' | None' if field.nullable else ''}"
    if not options:
        return annotation
    return f"{annotation} = None" if options == ["default=None"] else f"{annotation} = field({', '.join(options)})"
