"""Records to rows and back, by functions written for one model: a loop per field costs twice as much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dataflow.diagnostics import DataFlowError, Problem, Where, error_of
from dataflow.models.model import Model
from dataflow.values.answer import Answer
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
    encoder: Callable[[Mapping[str, Any]], tuple[Any, ...]] = _function(
        ["def made(r):", f" return ({', '.join(parts)},)"], encoders
    )
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
    # filled in place: a dict that is made first and copied takes a fifth more
    lines = [
        f"  r[{name!r}] = c{index}"
        if decoders[f"d{index}"] is None
        else f"  r[{name!r}] = None if c{index} is None else d{index}(c{index})"
        for index, name in enumerate(names)
    ]
    cells = ", ".join(f"c{index}" for index in range(len(names) + extra))
    decode_cells = dict(zip(names, decoders.values(), strict=True))
    head = ["def made(rows):", " records = []", f" for {cells}, in rows:", "  r = Answer()"]
    source = [*head, *lines, "  records.append(r)", " return records"]
    decoder: Callable[[Iterable[Row]], list[Record]] = _function(source, {**decoders, "Answer": Answer})

    def decode(rows: Iterable[Row]) -> list[Record]:
        try:
            return decoder(rows)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise _unreadable(model, decode_cells, rows) from error

    return decode


def _unreadable(model: Model, decoders: Mapping[str, Any], rows: Iterable[Row]) -> DataFlowError:
    """The problem of a value that somebody else has stored; the value itself is not shown."""
    name = next((name for row in rows for name in _unreadable_names(decoders, row)), None)
    column = "a column" if name is None else f"column '{name}'"
    expected = "" if name is None else f"; the field is {model.fields[name].type}"
    return error_of(
        Problem(
            code="DF-A105",
            message=f"{column} of table '{model.table}' holds a value that {model.name} has no form for{expected}",
            where=Where(model=model.name, operation="read", field=name),
            context={"table": model.table},
            cause="something else than this model has written it",
        )
    )


def _unreadable_names(decoders: Mapping[str, Any], row: Row) -> Iterator[str]:
    for (name, decode), cell in zip(decoders.items(), row, strict=False):
        try:
            if decode is not None and cell is not None:
                decode(cell)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            yield name


def _function(lines: Sequence[str], known: Mapping[str, Any]) -> Any:
    scope = dict(known)
    # the source holds names of fields, quoted by repr, and numbers; nothing of it comes from a caller's values
    exec("\n".join(lines), scope)  # noqa: S102
    return scope["made"]
