"""What stands against having a database in models, or all of it, as problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.diagnostics.closest import closest
from dataflow.migrations import SchemaSnapshot

if TYPE_CHECKING:
    from dataflow_migrations.reflecting.models import LeftOut

_WHERE = Where(operation="generate")
#: an error is read; the module names everything
_MOST = 20


def without_model(tables: Sequence[LeftOut]) -> Problem:
    number = f"{tables[0].what} has" if len(tables) == 1 else f"{len(tables)} tables have"
    return Problem(
        code="DF-G117",
        message=f"{number} no model",
        where=_WHERE,
        context=_named(tables),
        cause="a model's key is one column 'id' of type int, str or UUID, and each column that must have a value is a field",
        solutions=(
            Solution("leave these tables to SQL of your own; no plan touches what has no model"),
            Solution("or give such a table a column that models can have as their key:", "ALTER TABLE ... RENAME COLUMN ... TO id"),
        ),
    )  # fmt: skip


def without_table(name: str, schema: SchemaSnapshot) -> Problem:
    there = [one.ref.name for one in schema.of_kind("table")]
    near = closest(name, there)
    return Problem(
        code="DF-G117",
        message=f"the database has no table '{name}'",
        where=_WHERE,
        context={"tables": ", ".join(there[:_MOST]) or "none"},
        cause="a model is read from a table of the schema that unqualified names mean",
        solutions=(
            Solution(f"name one that is there: '{near[0]}'" if near else "name one that is there"),
            Solution("or look at another database, or as another user"),
        ),
    )


def unsaid(things: Sequence[LeftOut]) -> Problem:
    number = "1 thing is" if len(things) == 1 else f"{len(things)} things are"
    return Problem(
        code="DF-G118",
        message=f"{number} kept by the database and not said by the models",
        where=_WHERE,
        context=_named(things),
        cause="models say columns, keys, indexes of columns and references; the rest of a schema is the database's own",
        solutions=(
            Solution("let the database keep them: no plan touches them, and the module names each"),
            Solution("where the schema is to be made elsewhere, make them there by SQL of your own"),
        ),
    )


def _named(things: Sequence[LeftOut]) -> Mapping[str, str]:
    found = {one.what: one.why for one in things[:_MOST]}
    return {**found, "and": f"{len(things) - _MOST} more"} if len(things) > _MOST else found
