"""The options of a table that become others: engine, character set, comment, partitions, and whatever else SHOW CREATE has."""

from __future__ import annotations

from dataflow.migrations import Table
from dataflow_mysql.literals import text
from dataflow_mysql.migrations.create_text import table_text
from dataflow_mysql.migrations.writing import cannot_be_made

#: what is told of a table in another way than by an option of its name
_OWN = ("engine", "collation", "row_format", "partitions", "further")


def changed_options(old: Table, new: Table) -> str:
    """What follows the table's name in ALTER TABLE."""
    changed = {name for name in {*old.options, *new.options} if old.options.get(name) != new.options.get(name)}
    if changed & {"further", "with system versioning", "system_versioning"}:
        raise cannot_be_made(new.ref, "the periods of a versioned table are not changed by a plan")
    words = []
    if "engine" in changed:
        words.append(f"ENGINE={new.options['engine']}")
    if "collation" in changed:
        collation = new.options["collation"]
        words.append(f"DEFAULT CHARACTER SET {collation.partition('_')[0]} COLLATE {collation}")
    if "row_format" in changed:
        words.append(f"ROW_FORMAT={table_text(new.definition).options.get('ROW_FORMAT', 'DEFAULT')}")
    if old.comment != new.comment:
        words.append(f"COMMENT={text(new.comment)}")
    shown = {name.strip("`").lower(): name for one in (old, new) for name in table_text(one.definition).options}
    for name in sorted(changed - set(_OWN)):
        # an option that is gone is as the server has it
        words.append(f"{shown.get(name, name)}={new.options.get(name, 'DEFAULT')}")
    if "partitions" in changed:
        words.append(new.options.get("partitions", "REMOVE PARTITIONING"))
    return " ".join(words) if "partitions" in changed else ", ".join(words)
