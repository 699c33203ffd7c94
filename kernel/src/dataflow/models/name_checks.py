"""Names that some database would refuse or cut off: those of the table and of its columns."""

from __future__ import annotations

from dataflow.diagnostics import Fix, text_of
from dataflow.models.findings import Findings
from dataflow.models.model import Model
from dataflow.models.naming import MAX_NAME, POSTGRES_COLUMNS, is_kept_by_sqlite, name_fault

_CAUSE = "a model is fit for every database, so its names are such that all of them take"


def check_names(model: Model, findings: Findings) -> None:
    """Find what is wrong with the name of the table and those of the columns."""
    fault = table_fault(model.table)
    if fault is not None:
        findings.add(
            "DF-M121",
            f"the table of {model.name} cannot be named {text_of(model.table)}: {fault}",
            _CAUSE,
            ("give it another name:", '__dataflow__ = {"table": "' + shorter(model.table) + '"}'),
            line=findings.source.line_of("__dataflow__"),
            context={"table": text_of(model.table)},
            fix=Fix("unsafe", '__dataflow__ = {"table": "' + shorter(model.table) + '"}'),
        )
    if not model.name.isidentifier():
        findings.add(
            "DF-M121",
            f"the model cannot be named {text_of(model.name)}: it is no name of Python's",
            "programs and workflows write the names of models and fields as they write other names",
            ("give the class another name", ""),
            context={"name": text_of(model.name)},
        )
    for field in model.fields.values():
        fault = name_fault(field.name) or (None if field.name.isidentifier() else "it is no name of Python's")
        if field.name in POSTGRES_COLUMNS:
            findings.add(
                "DF-M121",
                f"the column of field '{field.name}' of {model.name} cannot be named so: "
                "every table of PostgreSQL has one of that name",
                _CAUSE,
                ("give it another name:", f"row_{field.name}: {field.spelling}"),
                field=field.name,
            )
        if fault is not None:
            findings.add(
                "DF-M121",
                f"the column of field '{field.name}' of {model.name} cannot be named so: {fault}",
                _CAUSE,
                ("give it a shorter name:", f"{shorter(field.name)}: {field.spelling}"),
                field=field.name,
            )


def table_fault(name: str) -> str | None:
    """Why some database would not take the name of a table or an index."""
    return name_fault(name) or ("SQLite keeps names that begin with 'sqlite_'" if is_kept_by_sqlite(name) else None)


def shorter(name: str) -> str:
    """A name that every database takes, close to one that some do not."""
    clean = "".join(one for one in name if one.isascii() and one.isprintable()).strip()
    clean = clean[len("sqlite_") :] if is_kept_by_sqlite(clean) else clean
    return clean[: MAX_NAME // 2].rstrip("_ ") or "records"
