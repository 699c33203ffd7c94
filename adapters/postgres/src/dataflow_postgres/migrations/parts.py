"""Constraints and indexes as statements."""

from __future__ import annotations

import attrs

from dataflow.migrations import Constraint, Index, ObjectRef
from dataflow_postgres.migrations.names import comment_on, dotted, listed, owner_of, quoted, with_settings


def constraint_text(constraint: Constraint) -> str:
    """A constraint as CREATE TABLE and ADD write it."""
    return f"CONSTRAINT {quoted(constraint.ref.name)} {_condition(constraint)}"


def _condition(constraint: Constraint) -> str:
    options = constraint.options
    if constraint.type not in ("primary", "unique") or not {"with", "tablespace"} & set(options):
        return constraint.definition
    # the server leaves out how the index is kept
    parts = [
        "PRIMARY KEY" if constraint.type == "primary" else "UNIQUE",
        "NULLS NOT DISTINCT" if "nulls_not_distinct" in options else "",
        f"({listed(constraint.columns)})",
        f"INCLUDE ({options['include']})" if "include" in options else "",
        f"WITH ({with_settings(options['with'])})" if "with" in options else "",
        f"USING INDEX TABLESPACE {quoted(options['tablespace'])}" if "tablespace" in options else "",
        "DEFERRABLE" if constraint.deferrable else "",
        "INITIALLY DEFERRED" if constraint.initially_deferred else "",
    ]
    return " ".join(part for part in parts if part)


def constraint_added(constraint: Constraint) -> list[str]:
    table = owner_of(constraint.ref)
    return [f"ALTER TABLE {table} ADD {constraint_text(constraint)}", *constraint_extras(constraint)]


def constraint_extras(constraint: Constraint) -> list[str]:
    """What CREATE TABLE cannot say of a constraint."""
    found = [_cluster(constraint.ref)] if "clustered" in constraint.options else []
    return found + ([_commented(constraint)] if constraint.comment else [])


def _commented(constraint: Constraint) -> str:
    return comment_on(f"CONSTRAINT {quoted(constraint.ref.name)} ON {owner_of(constraint.ref)}", constraint.comment)


def constraint_dropped(constraint: Constraint) -> list[str]:
    return [f"ALTER TABLE {owner_of(constraint.ref)} DROP CONSTRAINT {quoted(constraint.ref.name)}"]


def constraint_altered(before: Constraint, after: Constraint) -> list[str] | None:
    """What makes one constraint the other where it stands, or None where nothing does."""
    table, name = owner_of(after.ref), quoted(after.ref.name)
    same = attrs.evolve(
        before, validated=after.validated, comment=after.comment, options=_but_clustered(before, after),
        deferrable=after.deferrable if after.type == "foreign" else before.deferrable,
        initially_deferred=after.initially_deferred if after.type == "foreign" else before.initially_deferred,
    )  # fmt: skip
    if same != after or (before.validated and not after.validated):
        return None
    found = []
    if (before.deferrable, before.initially_deferred) != (after.deferrable, after.initially_deferred):
        when = "INITIALLY DEFERRED" if after.initially_deferred else "INITIALLY IMMEDIATE"
        found.append(
            f"ALTER TABLE {table} ALTER CONSTRAINT {name} "
            + (f"DEFERRABLE {when}" if after.deferrable else "NOT DEFERRABLE")
        )
    if after.validated and not before.validated:
        found.append(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    found += _clustered(before, after)
    return found + ([_commented(after)] if before.comment != after.comment else [])


def _but_clustered(before: Constraint | Index, after: Constraint | Index) -> dict[str, str]:
    """The options of the first, with those of the second that no statement about it alone changes."""
    beside = ("clustered", "inherited", "attached_to")
    options = {name: value for name, value in before.options.items() if name not in beside}
    return options | {name: value for name, value in after.options.items() if name in beside}


def _clustered(before: Constraint | Index, after: Constraint | Index) -> list[str]:
    if before.options.get("clustered") == after.options.get("clustered"):
        return []
    return [
        _cluster(after.ref)
        if "clustered" in after.options
        else f"ALTER TABLE {owner_of(after.ref)} SET WITHOUT CLUSTER"
    ]


def _cluster(ref: ObjectRef) -> str:
    return f"ALTER TABLE {owner_of(ref)} CLUSTER ON {quoted(ref.name)}"


def index_name(ref: ObjectRef) -> str:
    return dotted(ref.name, ref.schema)


def index_created(index: Index) -> list[str]:
    found = [index.definition]
    if "clustered" in index.options:
        found.append(_cluster(index.ref))
    return found + ([comment_on(f"INDEX {index_name(index.ref)}", index.comment)] if index.comment else [])


def index_dropped(index: Index) -> list[str]:
    return [f"DROP INDEX {index_name(index.ref)}"]


def index_altered(before: Index, after: Index) -> list[str] | None:
    """What makes one index the other where it stands, or None where nothing does."""
    kept = _but_clustered(before, after)
    kept.pop("with", None)
    if "with" in after.options:
        kept["with"] = after.options["with"]
    if attrs.evolve(before, comment=after.comment, options=kept) != after:
        return None
    name, found = index_name(after.ref), []
    if before.options.get("with") != after.options.get("with"):
        gone = [one.partition("=")[0] for one in before.options.get("with", "").split(", ") if one]
        if gone:
            found.append(f"ALTER INDEX {name} RESET ({', '.join(gone)})")
        if "with" in after.options:
            found.append(f"ALTER INDEX {name} SET ({with_settings(after.options['with'])})")
    found += _clustered(before, after)
    return found + ([comment_on(f"INDEX {name}", after.comment)] if before.comment != after.comment else [])
