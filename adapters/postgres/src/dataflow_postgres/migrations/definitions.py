"""What a definition says all of, out of the catalogue's rows: types, routines, sequences, triggers, rules, policies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataflow.migrations import Defined, ObjectRef
from dataflow.migrations.objects import Kind
from dataflow_postgres.migrations.access import access
from dataflow_postgres.migrations.definition_text import normal
from dataflow_postgres.migrations.names import dotted, owner_of, quoted, text
from dataflow_postgres.migrations.relations import options
from dataflow_postgres.migrations.sequences import counter_text

if TYPE_CHECKING:
    from dataflow_postgres.migrations.reading import Catalogue, Row

_ENABLED = {"D": "disable", "R": "enable replica", "A": "enable always"}
_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}
_ROUTINES = {"f": "FUNCTION", "p": "PROCEDURE", "w": "FUNCTION", "a": "AGGREGATE"}


def add_sequences(found: Catalogue, rows: Sequence[Row]) -> None:
    for oid, name, persistence, kind, *counter, owned, table, place, comment, owner, is_own, acl in rows:
        if owned == "i":
            # of an identity column
            continue
        column = None if table is None else found.columns.get((table, place))
        counted = counter_text(kind, *counter)
        found.add(
            "pg_class",
            oid,
            Defined(
                ref=ObjectRef("sequence", name),
                definition=f"AS {kind}" + (f" {counted}" if counted else ""),
                options=options(
                    owned_by="" if column is None else f"{owner_of(column)}.{quoted(column.name)}",
                    persistence="unlogged" if persistence == "u" else "",
                ),
                comment=comment or "",
                access=access("SEQUENCE", quoted(name), owner, is_own, acl),
            ),
        )


def _part(kind: Kind, name: str, owner: ObjectRef) -> ObjectRef:
    return ObjectRef(kind, name, owner.name, owner.schema)


def add_triggers(found: Catalogue, rows: Sequence[Row]) -> None:
    for oid, table, name, definition, enabled, comment in rows:
        found.add(
            "pg_trigger",
            oid,
            Defined(
                ref=_part("trigger", name, found.relation(table)),
                definition=normal(definition),
                options=options(enabled=_ENABLED.get(enabled)),
                comment=comment or "",
            ),
        )


def add_rules(found: Catalogue, rows: Sequence[Row]) -> None:
    for oid, table, name, definition, enabled, comment in rows:
        if definition is None:
            # what makes a view one
            found.refs["pg_rewrite", oid] = found.relation(table)
            continue
        found.add(
            "pg_rewrite",
            oid,
            Defined(
                ref=_part("rule", name, found.relation(table)),
                definition=normal(definition.strip().removesuffix(";")),
                options=options(enabled=_ENABLED.get(enabled)),
                comment=comment or "",
            ),
        )


def add_policies(found: Catalogue, rows: Sequence[Row]) -> None:
    for oid, table, name, permissive, command, roles, using, check, comment in rows:
        owner = found.relation(table)
        parts = [
            f"CREATE POLICY {quoted(name)} ON {dotted(owner.name, owner.schema)}",
            "" if permissive else "AS RESTRICTIVE",
            f"FOR {_COMMANDS[command]}",
            f"TO {', '.join(roles)}",
            f"USING ({using})" if using else "",
            f"WITH CHECK ({check})" if check else "",
        ]
        found.add(
            "pg_policy",
            oid,
            Defined(
                ref=_part("policy", name, owner),
                definition=normal(" ".join(part for part in parts if part)),
                comment=comment or "",
            ),
        )


def add_statistics(found: Catalogue, rows: Sequence[Row]) -> None:
    for oid, name, table, definition, qualified, bare, target, comment in rows:
        found.add(
            "pg_statistic_ext",
            oid,
            Defined(
                ref=_part("statistics", name, found.relation(table)),
                definition=definition.replace(qualified, bare, 1),
                options=options(target="" if target < 0 else str(target)),
                comment=comment or "",
            ),
        )


def add_types(found: Catalogue, rows: Sequence[Row]) -> None:
    for (oid, name, kind, array, labels, attributes, ranged, of, collation, default, not_null, checks, conditions,
         comment, owner, is_own, acl, relation) in rows:  # fmt: skip
        own = quoted(name)
        known: dict[str, str] = {}
        if kind == "e":
            known = {"labels": json.dumps(labels)}
            definition = f"CREATE TYPE {own} AS ENUM ({', '.join(map(text, labels))})"
        elif kind == "c":
            definition = f"CREATE TYPE {own} AS ({', '.join(attributes)})"
        elif kind == "r":
            definition = f"CREATE TYPE {own} AS RANGE ({ranged})"
        elif kind == "d":
            constraints = {check: normal(condition) for check, condition in zip(checks, conditions, strict=True)}
            known = options(
                default=default,
                not_null="yes" if not_null else "",
                constraints=json.dumps(constraints) if checks else "",
            )
            collated = f" COLLATE {collation}" if collation else ""
            definition = f"CREATE DOMAIN {own} AS {of}{collated}"
        else:
            definition = ""
        word: Kind = "domain" if kind == "d" else "type"
        found.add(
            "pg_type",
            oid,
            Defined(
                ref=ObjectRef(word, name),
                definition=definition,
                options=known,
                comment=comment or "",
                access=access(word.upper(), own, owner, is_own, acl),
            ),
        )
        found.refs["pg_type", array] = found.refs["pg_type", oid]
        if relation:
            found.refs["pg_class", relation] = found.refs["pg_type", oid]


def add_routines(found: Catalogue, rows: Sequence[Row]) -> None:
    for (oid, name, kind, arguments, definition, returned, aggregate, qualified, bare, comment, owner, is_own,
         acl) in rows:  # fmt: skip
        word = _ROUTINES[kind]
        if kind == "a":
            definition = f"CREATE AGGREGATE {bare}({arguments}) ({aggregate})" if aggregate else ""
        else:
            definition = definition.replace(qualified, bare, 1).rstrip()
        found.add(
            "pg_proc",
            oid,
            Defined(
                ref=ObjectRef("routine", name, signature=f"({arguments})"),
                definition=definition,
                options=options(word=word.lower(), returns=returned),
                comment=comment or "",
                access=access(word, f"{quoted(name)}({arguments})", owner, is_own, acl),
            ),
        )


def add_extensions(found: Catalogue, rows: Sequence[Row]) -> None:
    for oid, name, place, version in rows:
        where = f" WITH SCHEMA {quoted(place)}" if place else ""
        one = Defined(
            ref=ObjectRef("extension", name),
            definition=f"CREATE EXTENSION {quoted(name)}{where}",
            options={"version": version},
        )
        found.add("pg_extension", oid, one)


def add_others(found: Catalogue, rows: Sequence[Row]) -> None:
    for catalogue, oid, kind, name in rows:
        if (catalogue, oid) not in found.members:
            found.add(catalogue, oid, Defined(ref=ObjectRef(kind, name), definition=""))
