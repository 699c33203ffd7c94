"""Tables, views and their columns, out of the catalogue's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataflow.migrations import Column, Defined, ObjectRef, Table
from dataflow_postgres.migrations.access import access
from dataflow_postgres.migrations.definition_text import normal
from dataflow_postgres.migrations.names import dotted, quoted
from dataflow_postgres.migrations.sequences import counter_text

if TYPE_CHECKING:
    from dataflow_postgres.migrations.reading import Catalogue, Row

_IDENTITIES = {"a": "always", "d": "by default"}
_STORAGES = {"p": "plain", "e": "external", "x": "extended", "m": "main"}
_COMPRESSIONS = {"p": "pglz", "l": "lz4"}
_REPLICATED = {"f": "full", "n": "nothing"}


def options(**given: str | None) -> dict[str, str]:
    """Those that are not as usual."""
    return {name.removesuffix("_"): value for name, value in given.items() if value}


def add_relations(found: Catalogue, rows: Sequence[Row], columns: Sequence[Row], schema: str) -> None:
    rights: dict[int, list[tuple[str, list[str]]]] = defaultdict(list)
    comments: dict[int, dict[str, str]] = defaultdict(dict)
    defaults: dict[int, list[str]] = defaultdict(list)
    for column in columns:
        if column[17] is not None:
            rights[column[0]].append((column[2], column[17]))
        if column[16] is not None:
            comments[column[0]][column[2]] = column[16]
        if column[5] is not None:
            defaults[column[0]].append(f"{quoted(column[2])} SET DEFAULT {column[5]}")
    for row in rows:
        oid, namespace, name, kind = row[:4]
        place = "" if namespace == schema else namespace
        if kind in ("v", "m"):
            _add_view(found, row, place, rights[oid], comments[oid], defaults[oid])
        elif kind == "f":
            found.add("pg_class", oid, Defined(ref=ObjectRef("foreign_table", name, schema=place), definition=""))
        else:
            _add_table(found, row, place, rights[oid])
        found.refs["pg_type", row[20]] = found.relation(oid)


def _add_table(found: Catalogue, row: Row, place: str, rights: list[tuple[str, list[str]]]) -> None:
    (oid, _, name, _, persistence, given, toast, method, row_security, forced, replicated, replica_index, key, is_partition,
     bound, parents, tablespace, is_typed, comment, _, _, owner, is_own, acl) = row  # fmt: skip
    named = dotted(name, place)
    secured = ("forced" if forced else "enabled") if row_security else "forced, not enabled" if forced else ""
    found.add(
        "pg_class",
        oid,
        Table(
            ref=ObjectRef("table", name, schema=place),
            options=options(
                persistence="unlogged" if persistence == "u" else "",
                with_=settings(given, toast),
                using=method if method not in (None, "heap") else "",
                row_security=secured,
                replica_identity=replica_index if replicated == "i" else _REPLICATED.get(replicated, ""),
                partition_by=key,
                partition_of=parents[0] if is_partition else "",
                bound=bound,
                inherits="" if is_partition else ", ".join(parents),
                tablespace=tablespace,
                of_type="yes" if is_typed else "",
            ),
            comment=comment or "",
            access=access("TABLE", named, owner, is_own, acl, rights),
        ),
    )


def settings(*given: Sequence[str] | None) -> str:
    return ", ".join(sorted(one for some in given for one in some or ())) if any(given) else ""


def _add_view(
    found: Catalogue,
    row: Row,
    place: str,
    rights: list[tuple[str, list[str]]],
    comments: dict[str, str],
    defaults: list[str],
) -> None:
    oid, name, kind, given, method, tablespace = row[0], row[2], row[3], row[5], row[7], row[16]
    comment, query, owner, is_own, acl = row[18], row[19], *row[21:24]
    named = dotted(name, place)
    word = "VIEW" if kind == "v" else "MATERIALIZED VIEW"
    extra = {f"comment of {column}": text for column, text in comments.items()}
    found.add(
        "pg_class",
        oid,
        Defined(
            ref=ObjectRef("view" if kind == "v" else "materialized_view", name, schema=place),
            definition=normal(query.strip().removesuffix(";")),
            options=options(
                with_=settings(given),
                using=method if method not in (None, "heap") else "",
                tablespace=tablespace,
                defaults="; ".join(defaults),
            )
            | extra,
            comment=comment or "",
            access=access(word, named, owner, is_own, acl, rights),
        ),
    )


def add_columns(found: Catalogue, rows: Sequence[Row], sequences: Sequence[Row]) -> None:
    counters = {(row[11], row[12]): row for row in sequences if row[10] == "i"}
    for row in rows:
        owner = found.relation(row[0])
        ref = ObjectRef("column", row[2], owner.name, owner.schema)
        # a view's columns are no objects of their own
        found.names[row[0], row[1]] = row[2]
        found.columns[row[0], row[1]] = ref if owner.kind == "table" else owner
        if row[6] is not None:
            found.refs["pg_attrdef", row[6]] = found.columns[row[0], row[1]]
        counter = counters.get((row[0], row[1]))
        if counter is not None:
            found.refs["pg_class", counter[0]] = ref
        if owner.kind == "table":
            found.objects.append(_column(ref, row, counter))


def _column(ref: ObjectRef, row: Row, counter: Row | None) -> Column:
    (_, position, _, kind, not_null, expression, _, identity, generated, collation, storage, compression, target, given,
     is_local, inherited, comment, _, required) = row  # fmt: skip
    required_name, required_how = required or ("", "")
    return Column(
        ref=ref,
        type=kind,
        nullable=not not_null,
        default=None if generated else expression,
        generated=expression if generated else None,
        identity=_IDENTITIES.get(identity, ""),
        collation=collation or "",
        options=options(
            storage=_STORAGES.get(storage or ""),
            compression=_COMPRESSIONS.get(compression),
            statistics="" if target < 0 else str(target),
            with_=settings(given),
            inherited="" if is_local and not inherited else "and own" if is_local else "yes",
            counter="" if counter is None else counter_text(*counter[3:10]),
            virtual="yes" if generated == "v" else "",
            not_null=required_how,
        ),
        comment=comment or "",
        position=position,
        # a counter of a name that the server would not make up
        definition="" if counter is None or counter[1] == made_up_name(ref, "seq") else quoted(counter[1]),
        not_null_name="" if required_name == made_up_name(ref, "not_null") else required_name,
    )


def made_up_name(ref: ObjectRef, word: str) -> str:
    """What the server calls something of a column, cut to 63 bytes: the longer of the two names first."""
    table, column = ref.table.encode(), ref.name.encode()
    while len(table) + len(column) + len(f"__{word}") > 63:
        if len(table) > len(column):
            table = table[:-1]
        else:
            column = column[:-1]
    return f"{table.decode(errors='ignore')}_{column.decode(errors='ignore')}_{word}"
