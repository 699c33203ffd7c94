"""A table made anew under another name, filled, and put in the place of the old one: what ALTER TABLE cannot do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from dataflow.migrations import Column, Constraint, Defined, Index, MigrationStep, ObjectRef, SchemaSnapshot, Table
from dataflow_sqlite.migrations.catalogue import quoted
from dataflow_sqlite.migrations.definition_text import bare, mentions, tokens

#: of a table that is being filled; what a crash leaves is undone with its transaction
TEMPORARY = "dataflow_tmp_"


def column_text(column: Column, key: str = "") -> str:
    """A column as CREATE TABLE and ADD COLUMN write it, without its constraints; ``key`` is one that must stand in it."""
    parts = [quoted(column.ref.name), column.type, key]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if not column.nullable:
        parts.append(column.options.get("not_null", "NOT NULL"))
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if column.generated is not None:
        parts.append(
            f"GENERATED ALWAYS AS ({column.generated}) {'STORED' if column.options.get('stored') else 'VIRTUAL'}"
        )
    return " ".join(part for part in parts if part)


def constraint_text(constraint: Constraint) -> str:
    """A constraint with its name, where it was given one."""
    if not constraint.named:
        return constraint.definition
    return f"CONSTRAINT {quoted(constraint.ref.name)} {constraint.definition}"


def table_definition(table: Table, schema: SchemaSnapshot, name: str) -> str:
    """CREATE TABLE of a table under some name; a virtual one keeps its own."""
    if "virtual" in table.options:
        return table.definition
    columns = schema.columns_of(table.ref)
    constraints = [one for one in schema.parts_of(table.ref) if isinstance(one, Constraint)]
    keys = {one.columns[0]: one for one in constraints if one.type == "primary" and _is_inside(one, columns)}
    lines = [column_text(one, _inside(one, keys.get(one.ref.name))) for one in columns]
    lines += [constraint_text(one) for one in constraints if one not in keys.values()]
    options = ", ".join(option.upper() for option in table.options)
    body = ", ".join(lines)
    return f"CREATE TABLE {quoted(name)} ({body})" + (f" {options}" if options else "")


def _is_inside(key: Constraint, columns: Sequence[Column]) -> bool:
    """Whether a key means something else behind the columns: there it neither counts up nor is DESC alone."""
    counts = any(one.identity == "autoincrement" for one in columns)
    return counts or (len(key.columns) == 1 and key.options.get("keys", "").endswith("in its column"))


def _inside(column: Column, key: Constraint | None) -> str:
    if key is None:
        return ""
    counts = column.identity == "autoincrement"
    parts = [
        f"CONSTRAINT {quoted(key.ref.name)}" if key.named else "",
        "PRIMARY KEY",
        "DESC" if "keys" in key.options and not counts else "",
        f"ON CONFLICT {key.options['on_conflict'].upper()}" if "on_conflict" in key.options else "",
        "AUTOINCREMENT" if counts else "",
    ]
    return " ".join(part for part in parts if part)


@attrs.frozen
class Rebuild:
    """One table from one form to another. ``before`` and ``after`` are whole schemas.

    ``sources`` are the expressions that give the columns of the new table, of the old one's columns.
    """

    old: Table
    new: Table
    before: SchemaSnapshot
    after: SchemaSnapshot
    sources: Mapping[str, str]

    def statements(self) -> list[str]:
        """In one transaction, with foreign keys off."""
        old, new = self.old.ref.name, self.new.ref.name
        temporary = TEMPORARY + new
        filled = [name for name in self._written if name in self.sources]
        away, back = self._dependents()
        counted = any(one.identity == "autoincrement" for one in self.after.columns_of(self.new.ref))
        was_counted = any(one.identity == "autoincrement" for one in self.before.columns_of(self.old.ref))
        statements = [
            *map(_drop, reversed(away)),
            table_definition(self.new, self.after, temporary),
            f"INSERT INTO {quoted(temporary)} ({', '.join(map(quoted, filled))})"
            f" SELECT {', '.join(self.sources[name] for name in filled)} FROM {quoted(old)}",
        ]
        if counted and was_counted:
            # ids that are gone are not given again
            statements += [
                f"DELETE FROM sqlite_sequence WHERE name = '{_text(temporary)}'",
                f"INSERT INTO sqlite_sequence (name, seq) SELECT '{_text(temporary)}', seq FROM sqlite_sequence WHERE name = '{_text(old)}'",
            ]
        indexes = [one for one in self.after.parts_of(self.new.ref) if isinstance(one, Index)]
        kept = {one.ref for one in indexes}
        gone = [one for one in self.before.parts_of(self.old.ref) if isinstance(one, Index) and one.ref not in kept]
        return [
            # said although they go with the table: what is not named here is made again
            *(f"DROP INDEX IF EXISTS {quoted(one.ref.name)}" for one in gone),
            *statements,
            f"DROP TABLE {quoted(old)}",
            f"ALTER TABLE {quoted(temporary)} RENAME TO {quoted(new)}",
            *(one.definition for one in indexes),
            *(one.definition for one in back),
        ]

    @property
    def _written(self) -> list[str]:
        return [one.ref.name for one in self.after.columns_of(self.new.ref) if one.generated is None]

    def _dependents(self) -> tuple[list[Defined], list[Defined]]:
        """Views and triggers that the old table's going would break, and what of them comes back, each in an order that works."""
        away = depending(self.before, self.old.ref)
        return away, depending(self.after, self.new.ref)


def made_anew(step: MigrationStep, there: SchemaSnapshot) -> list[str]:
    """The statements of a rebuild, and around them what has been put upon its table since it was planned.

    :raises ValueError: for a column that it would lose.
    """
    going = {probe.ref for probe in step.postconditions if probe.holds == "absent"}
    text = "".join(statement for statement in step.sql if statement.startswith(("CREATE TABLE", "INSERT")))
    there_now = [one.ref for one in there.columns_of(step.target)]
    lost = [ref for ref in there_now if ref not in going and quoted(ref.name) not in text]
    if lost:
        raise ValueError(f"{lost[0]} is there, which the step knows nothing of, and would be lost")

    # of what was known every statement says that it goes, or makes it again
    known = {_index_of(statement) for statement in step.sql}
    indexes = [one for one in there.parts_of(step.target) if isinstance(one, Index) and one.ref.name not in known]
    defined = [one for one in depending(there, step.target) if _drop(one) not in step.sql]
    return [
        *map(_drop, reversed(defined)),
        *step.sql,
        *(one.definition for one in indexes),
        *(one.definition for one in defined),
    ]


def _index_of(statement: str) -> str:
    """The index that a statement makes or drops; no name for any other statement."""
    words = tokens(statement)
    if "INDEX" not in [word.upper() for word in words[:3]]:
        return ""
    end = next((place for place, word in enumerate(words) if word.upper() == "ON"), len(words))
    return bare(words[end - 1])


def _drop(one: Defined) -> str:
    return f"DROP {one.ref.kind.upper()} {quoted(one.ref.name)}"


def depending(schema: SchemaSnapshot, table: ObjectRef) -> list[Defined]:
    """The views and triggers that name a table, or a view that does; what others need comes first."""
    defined = [
        one for one in schema.objects.values() if isinstance(one, Defined) and one.ref.kind in ("view", "trigger")
    ]
    names, found = [table.name], list[Defined]()
    while names:
        name = names.pop(0)
        for one in defined:
            if one not in found and (one.ref.table == name or mentions(one.definition, name)):
                found.append(one)
                if one.ref.kind == "view":
                    names.append(one.ref.name)
    return ordered(found)


def ordered(found: Sequence[Defined]) -> list[Defined]:
    """Views before those that name them, triggers last."""
    views = [one for one in found if one.ref.kind == "view"]
    placed: list[Defined] = []
    while views:
        free = [
            one
            for one in views
            if not any(other is not one and mentions(one.definition, other.ref.name) for other in views)
        ]
        # two views cannot need each other, but one may have the other's name for a column
        for one in free or views[:1]:
            placed.append(one)
            views.remove(one)
    return placed + [one for one in found if one.ref.kind == "trigger"]


def _text(value: str) -> str:
    return value.replace("'", "''")
