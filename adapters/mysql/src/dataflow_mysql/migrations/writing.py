"""The words of DDL for the objects of a snapshot: the server's own text of each, put where it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.migrations import Column, Constraint, Defined, Index, ObjectRef, SchemaObject, SchemaSnapshot, Table
from dataflow_mysql.dialect import quoted
from dataflow_mysql.literals import text
from dataflow_mysql.migrations.create_text import bare, column_text, table_text, tokens

#: what is in a column's comment for as long as its old values are not back in it
RESTORING = "dataflow is restoring the values"
_NAME = re.compile(r"`(?:[^`]|``)*`")
#: before the words that a definer stands in front of
_DEFINED = re.compile(r"(CREATE\s+(?:OR\s+REPLACE\s+)?(?:ALGORITHM\s*=\s*\w+\s+)?)", re.IGNORECASE)


def column_definition(column: Column, default_collation: str) -> str:
    """What follows a column's name, in a table of which new columns have a collation by themselves."""
    definition = column.definition
    parsed = column_text(f"{quoted(column.ref.name)} {definition}")
    if column.generated is not None and parsed.generated != column.generated:
        # it has the new name of a column in it
        definition = definition.replace(f"({parsed.generated})", f"({column.generated})", 1)
    if column.collation and not parsed.names_collation and column.collation != default_collation:
        definition = f"{parsed.type} COLLATE {column.collation}{definition[len(parsed.type) :]}"
    return definition


def restored_definition(column: Column, default_collation: str) -> str:
    """The same with a mark: a column that has it is there, but not as it was."""
    # a row whose value was null gets no other
    definition = (
        defaulting_definition(column, default_collation, "NULL")
        if column.nullable
        else column_definition(column, default_collation)
    )
    parsed = column_text(f"{quoted(column.ref.name)} {definition}")
    return definition.replace(f" COMMENT {parsed.comment_text}", "", 1) + f" COMMENT {text(RESTORING)}"


def defaulting_definition(column: Column, default_collation: str, default: str) -> str:
    """The same with another default."""
    definition = column_definition(column, default_collation)
    parsed = column_text(f"{quoted(column.ref.name)} {definition}")
    if parsed.default is not None:
        definition = definition.replace(f" DEFAULT {parsed.default}", "", 1)
    return f"{parsed.head} DEFAULT {default}{definition[len(parsed.head) :]}"


def constraint_definition(constraint: Constraint) -> str:
    """A constraint as CREATE TABLE and ADD write it."""
    if constraint.type == "primary":
        return constraint.definition
    return f"CONSTRAINT {quoted(constraint.ref.name)} {constraint.definition}"


def index_definition(index: Index) -> str:
    """An index as CREATE TABLE and ADD write it, under the name that it has now."""
    return _NAME.sub(lambda _: quoted(index.ref.name), index.definition, count=1)


def table_definition(table: Table, schema: SchemaSnapshot, left_out: Iterable[ObjectRef] = ()) -> str:
    """CREATE TABLE of a table with its parts, without some foreign keys."""
    shown = table_text(table.definition)
    parts = [one for one in schema.parts_of(table.ref) if one.ref not in set(left_out)]
    collation = table.options.get("collation", "")
    lines = [f"{quoted(one.ref.name)} {column_definition(one, collation)}" for one in schema.columns_of(table.ref)]
    lines += [constraint_definition(one) for one in parts if isinstance(one, Constraint) and one.type == "primary"]
    lines += [index_definition(one) for one in parts if isinstance(one, Index)]
    lines += [constraint_definition(one) for one in parts if isinstance(one, Constraint) and one.type != "primary"]
    body = ",\n  ".join([*lines, *shown.further])
    return f"CREATE TABLE {quoted(table.ref.name)} (\n  {body}\n) {shown.tail()}"


def defined_definition(one: Defined) -> list[str]:
    """A view, trigger, routine, event or sequence as it is made, under the settings that it keeps, and by whom it was."""
    if not one.definition:
        raise cannot_be_made(one.ref, "the server does not show its definition to this user")
    definition = one.definition
    if one.options.get("definer"):
        user, _, host = one.options["definer"].rpartition("@")
        definition = _DEFINED.sub(
            lambda found: f"{found[1]}DEFINER={quoted(user)}@{quoted(host)} ", definition, count=1
        )
    names = {"sql_mode": "sql_mode", "collation": "collation_connection", "time_zone": "time_zone"}
    kept = {name: one.options[option] for option, name in names.items() if option in one.options}
    if not kept:
        return [definition]
    saved = ", ".join(f"@dataflow_{name} = @@SESSION.{name}" for name in kept)
    changed = ", ".join(f"SESSION {name} = {text(value)}" for name, value in kept.items())
    back = ", ".join(f"SESSION {name} = @dataflow_{name}" for name in kept)
    return [f"SET {saved}; SET {changed}", definition, f"SET {back}"]


def drop(ref: ObjectRef) -> str:
    """DROP of something that is no part of a table; of a trigger too."""
    word = ref.signature if ref.kind == "routine" else ref.kind
    return f"DROP {word.upper()} {quoted(ref.name)}"


def part_definition(one: SchemaObject) -> str:
    """What stands behind ADD."""
    if isinstance(one, Index):
        return index_definition(one)
    assert isinstance(one, Constraint)
    return constraint_definition(one)


def drop_clause(one: SchemaObject, is_mariadb: bool = True) -> str:
    """What ALTER TABLE takes away an index or constraint by; the servers have words of their own for checks alone."""
    if isinstance(one, Index):
        return f"DROP INDEX {quoted(one.ref.name)}"
    assert isinstance(one, Constraint)
    if one.type == "primary":
        return "DROP PRIMARY KEY"
    if one.type == "foreign":
        return f"DROP FOREIGN KEY {quoted(one.ref.name)}"
    return f"DROP {'CONSTRAINT' if is_mariadb else 'CHECK'} {quoted(one.ref.name)}"


def renamed(sql: str, names: Mapping[str, str]) -> str:
    """A text with other names in quotes, which is how the server writes them."""
    return "".join(
        quoted(names[bare(part.text)]) if part.kind == "name" and bare(part.text) in names else part.text
        for part in tokens(sql)
    )


def cannot_be_made(ref: ObjectRef, why: str) -> Exception:
    return error_of(
        Problem(
            code="DF-G112",
            message=f"'{ref}' cannot be made anew: {why}",
            where=Where(operation="migrate"),
            context={"object": str(ref), "kind": ref.kind},
            cause="a plan has every statement that it needs, and what undoes it; here there is none",
            solutions=(
                Solution("change it by a statement of your own, in a migration file:", "dataflow migrate plan --write"),
                Solution("or leave it as it is: what no model has is never touched"),
            ),
        )
    )


def alter(table: ObjectRef, *clauses: str) -> str:
    """Changes of one table that are made together, or not at all."""
    return f"ALTER TABLE {quoted(table.name)} {', '.join(clauses)}"
