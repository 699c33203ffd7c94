"""Tables as statements."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.migrations import Column as ColumnObject
from dataflow.migrations import Constraint, Index, SchemaSnapshot, Table
from dataflow_postgres.migrations.columns import column_extras, column_text, own_of_inherited
from dataflow_postgres.migrations.names import comment_on, qualified, quoted, with_settings
from dataflow_postgres.migrations.parts import constraint_extras, constraint_text, index_created


def created(
    table: Table, schema: SchemaSnapshot, constraints: Sequence[Constraint], indexes: Sequence[Index]
) -> list[str]:
    """A table with its columns and those of its constraints and indexes that can be made with it."""
    columns = schema.columns_of(table.ref)
    name, options = qualified(table.ref), table.options
    is_partition = "partition_of" in options
    own = [one for one in columns if is_partition or one.options.get("inherited") != "yes"]
    # a partition is made by itself and then attached, so that its constraints and indexes have their own names
    inside = [one for one in constraints if _is_inside(one, is_partition)]
    lines = [*map(column_text, own), *map(constraint_text, inside)]
    found = [_create(table, name, ", ".join(lines))]
    for column in columns:
        found += column_extras(column) if column in own else own_of_inherited(_of_parent(column, table, schema), column)
    for constraint in inside:
        found += constraint_extras(constraint)
    for index in indexes:
        found += index_created(index)
    if is_partition:
        found.append(attach(table))
    found += _secured(table) + _replicated(table)
    if table.comment:
        found.append(comment_on(f"TABLE {name}", table.comment))
    return found + list(table.access)


def _is_inside(constraint: Constraint, is_partition: bool) -> bool:
    return constraint.type != "foreign" and (is_partition or "inherited" not in constraint.options)


def _of_parent(column: ColumnObject, table: Table, schema: SchemaSnapshot) -> ColumnObject | None:
    parents = [
        one.referenced for one in schema.dependencies if one.dependent == table.ref and one.referenced.kind == "table"
    ]
    for parent in parents:
        for one in schema.columns_of(parent):
            if one.ref.name == column.ref.name:
                return one
    return None


def _create(table: Table, name: str, body: str) -> str:
    options = table.options
    parts = [
        f"CREATE {'UNLOGGED ' if options.get('persistence') == 'unlogged' else ''}TABLE {name} ({body})",
        f"INHERITS ({options['inherits']})" if "inherits" in options else "",
        f"PARTITION BY {options['partition_by']}" if "partition_by" in options else "",
        f"USING {quoted(options['using'])}" if "using" in options else "",
        f"WITH ({with_settings(options['with'])})" if "with" in options else "",
        f"TABLESPACE {quoted(options['tablespace'])}" if "tablespace" in options else "",
    ]
    return " ".join(part for part in parts if part)


def attach(table: Table) -> str:
    return (
        f"ALTER TABLE {table.options['partition_of']} ATTACH PARTITION {qualified(table.ref)} {table.options['bound']}"
    )


def _detach(table: Table) -> str:
    return f"ALTER TABLE {table.options['partition_of']} DETACH PARTITION {qualified(table.ref)}"


_SECURED = {
    "": ("DISABLE", "NO FORCE"), "enabled": ("ENABLE", "NO FORCE"), "forced": ("ENABLE", "FORCE"),
    "forced, not enabled": ("DISABLE", "FORCE"),
}  # fmt: skip


def _secured(table: Table, before: str = "") -> list[str]:
    after = table.options.get("row_security", "")
    pairs = zip(_SECURED[before], _SECURED[after], strict=True)
    return [f"ALTER TABLE {qualified(table.ref)} {new} ROW LEVEL SECURITY" for old, new in pairs if old != new]


def _replicated(table: Table, before: str = "") -> list[str]:
    after = table.options.get("replica_identity", "")
    if after == before:
        return []
    words = {"": "DEFAULT", "full": "FULL", "nothing": "NOTHING"}.get(after, f"USING INDEX {quoted(after)}")
    return [f"ALTER TABLE {qualified(table.ref)} REPLICA IDENTITY {words}"]


def altered(before: Table, after: Table) -> list[str] | None:
    """What makes one table the other, beside its parts; None where nothing does."""
    old, new, name = before.options, after.options, qualified(after.ref)
    if any(old.get(key) != new.get(key) for key in ("partition_by", "of_type")):
        return None
    found: list[str] = []
    if (old.get("partition_of"), old.get("bound")) != (new.get("partition_of"), new.get("bound")):
        found += [_detach(before)] if "partition_of" in old else []
        found += [attach(after)] if "partition_of" in new else []
    if old.get("inherits") != new.get("inherits"):
        was, is_ = ([one for one in some.get("inherits", "").split(", ") if one] for some in (old, new))
        found += [f"ALTER TABLE {name} NO INHERIT {one}" for one in was if one not in is_]
        found += [f"ALTER TABLE {name} INHERIT {one}" for one in is_ if one not in was]
    if old.get("persistence") != new.get("persistence"):
        found.append(f"ALTER TABLE {name} SET {'UNLOGGED' if 'persistence' in new else 'LOGGED'}")
    if old.get("with") != new.get("with"):
        gone = [one.partition("=")[0] for one in old.get("with", "").split(", ") if one]
        found += [f"ALTER TABLE {name} RESET ({', '.join(gone)})"] if gone else []
        found += [f"ALTER TABLE {name} SET ({with_settings(new['with'])})"] if "with" in new else []
    if old.get("using") != new.get("using"):
        found.append(f"ALTER TABLE {name} SET ACCESS METHOD {quoted(new.get('using', 'heap'))}")
    if old.get("tablespace") != new.get("tablespace"):
        found.append(f"ALTER TABLE {name} SET TABLESPACE {quoted(new.get('tablespace', 'pg_default'))}")
    found += _secured(after, old.get("row_security", "")) + _replicated(after, old.get("replica_identity", ""))
    return found + ([comment_on(f"TABLE {name}", after.comment)] if before.comment != after.comment else [])
