"""Records to rows and back, by functions written for one model: a loop per field costs twice as much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dataflow.models.model import Model
from dataflow.values.columns import Same
from dataflow_sql.dialect import SQLDialect

Row = Sequence[Any]
Record = dict[str, Any]


def record_encoder(
    model: Model, names: Sequence[str], dialect: SQLDialect
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """A function from a record to the values of some of its columns."""
    encoders: dict[str, Any] = {}
    parts = []
    for index, name in enumerate(names):
        field = model.fields[name]
        encode = encoders[f"e{index}"] = dialect.codec(field.type).encode
        encoded = f"r[{name!r}]" if encode is None else f"e{index}(r[{name!r}])"
        may_be_none = encode is not None and (field.nullable or field.generated)
        parts.append(f"(None if r[{name!r}] is None else {encoded})" if may_be_none else encoded)
    encoder: Callable[[Mapping[str, Any]], tuple[Any, ...]] = _made(f"lambda r: ({', '.join(parts)},)", encoders)
    return encoder


def column_encoders(model: Model, names: Sequence[str], dialect: SQLDialect) -> tuple[Callable[[Any], Any] | None, ...]:
    """Per column what encodes a value, or None."""
    return tuple(dialect.codec(model.fields[name].type).encode for name in names)


def encoded_column(encode: Callable[[Any], Any] | None, values: Sequence[Any]) -> Sequence[Any]:
    """A whole column as the driver takes it."""
    if encode is None:
        return values
    if isinstance(values, Same):
        return Same(None if values.value is None else encode(values.value), values.size)
    return [None if value is None else encode(value) for value in values]


def rows_decoder(
    model: Model, names: Sequence[str], dialect: SQLDialect, extra: bool = False
) -> Callable[[Iterable[Row]], list[Record]]:
    """A function from rows, with these columns in this order, to records; ``extra``: and one more."""
    decoders = {f"d{index}": dialect.codec(model.fields[name].type).decode for index, name in enumerate(names)}
    parts = [
        f"{name!r}: c{index}"
        if decoders[f"d{index}"] is None
        else f"{name!r}: None if c{index} is None else d{index}(c{index})"
        for index, name in enumerate(names)
    ]
    cells = ", ".join(f"c{index}" for index in range(len(names) + extra))
    source = f"lambda rows: [{{{', '.join(parts)}}} for {cells}, in rows]"
    decoder: Callable[[Iterable[Sequence[Any]]], list[dict[str, Any]]] = _made(source, decoders)
    return decoder


def _made(source: str, known: Mapping[str, Any]) -> Any:
    # the source holds names of fields, quoted by repr, and numbers; nothing of it comes from a caller's values
    return eval(source, dict(known))  # noqa: S307
