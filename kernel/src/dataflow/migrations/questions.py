"""What is asked of rows before something is demanded of them, as statements. Names are quoted as the database knows them now."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.migrations.objects import ObjectRef, SchemaSnapshot
from dataflow.migrations.seam import SchemaDialect

#: types of PostgreSQL whose values are compared with each other's
_COMPARED = (
    ("text", "character varying", "character"),
    ("bigint", "integer", "smallint", "numeric", "real", "double precision"),
)


def repeating(table: str, columns: Sequence[str], where: str = "") -> str:
    """How many values of some columns are there more than once, and in how many rows; rows without a value repeat none."""
    return f"SELECT count(*), coalesce(sum(n), 0) FROM ({_grouped(table, columns, where, 'count(*) AS n')}) AS repeated"  # noqa: S608  # of quoted names


def repeated(table: str, columns: Sequence[str], where: str = "") -> str:
    """Which values are there more than once, and how often each."""
    return _grouped(table, columns, where, f"{', '.join(columns)}, count(*)")


def _grouped(table: str, columns: Sequence[str], where: str, shown: str) -> str:
    present = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    condition = f"{present} AND ({where})" if where else present
    return f"SELECT {shown} FROM {table} WHERE {condition} GROUP BY {', '.join(columns)} HAVING count(*) > 1"  # noqa: S608  # of quoted names


def orphaned(table: str, columns: Sequence[str], target: str, keys: Sequence[str], *, as_texts: bool = False) -> str:
    """How many rows refer to none.

    :param as_texts: compare what values look like, as between types that have no comparison; see ``is_comparable``.
    """
    return _without_target(table, columns, target, keys, "count(*)", as_texts)


def orphans(table: str, columns: Sequence[str], target: str, keys: Sequence[str], *, as_texts: bool = False) -> str:
    """Which values refer to none: the target may have rows without a key, of which NOT IN would say that it has every one.

    :param as_texts: as of ``orphaned``.
    """
    return _without_target(table, columns, target, keys, ", ".join(f"child.{name}" for name in columns), as_texts)


def _without_target(
    table: str, columns: Sequence[str], target: str, keys: Sequence[str], shown: str, as_texts: bool
) -> str:
    compared = "CAST({} AS text)" if as_texts else "{}"
    same = " AND ".join(
        f"{compared.format(f'parent.{aim}')} = {compared.format(f'child.{own}')}"
        for aim, own in zip(keys, columns, strict=True)
    )
    present = " AND ".join(f"child.{name} IS NOT NULL" for name in columns)
    return (
        f"SELECT {shown} FROM {table} AS child"  # noqa: S608  # of quoted names
        f" WHERE {present} AND NOT EXISTS (SELECT 1 FROM {target} AS parent WHERE {same})"
    )


def is_comparable(
    schema: SchemaSnapshot, table: ObjectRef, columns: Sequence[str], target: ObjectRef, keys: Sequence[str]
) -> bool:
    """Whether ``=`` takes the columns as they are now, of which one may only become what the other is.

    PostgreSQL compares texts with texts and numbers with numbers; the others convert by themselves.
    """
    if schema.dialect != "postgresql":
        return True
    own, other = ({one.ref.name: one.type for one in schema.columns_of(ref)} for ref in (table, target))
    return all(_kind(own.get(name, "")) == _kind(other.get(aim, "")) for name, aim in zip(columns, keys, strict=True))


def _kind(name: str) -> str:
    plain = name.partition("(")[0]
    return next((kind for kind in _COMPARED if plain in kind), (plain,))[0]


def plain_columns(
    schema: SchemaSnapshot, table: ObjectRef, keys: Sequence[str], dialect: SchemaDialect
) -> tuple[str, ...]:
    """The columns that an index or constraint is of, by their names; none when one is missing, or is an expression."""
    names = {dialect.quoted(one.ref.name): one.ref.name for one in schema.columns_of(table)}
    found = tuple(names.get(key, key) for key in keys)
    return found if set(found) <= set(names.values()) else ()
