"""What is renamed where it stands: tables, columns, indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs

from dataflow.migrations import Change, Column, Constraint, MigrationStep, ObjectRef, Probe, SchemaSnapshot
from dataflow_mysql.dialect import quoted
from dataflow_mysql.migrations.catalogue import mentions
from dataflow_mysql.migrations.keys import ForeignKeys
from dataflow_mysql.migrations.stepping import step
from dataflow_mysql.migrations.writing import alter, column_definition, constraint_definition, drop_clause, renamed

#: in the place of a name that two tables exchange
_BETWEEN = "dataflow_tmp_renamed"


@attrs.frozen(slots=False)
class Renaming:
    """``before`` has the new names, as the catalogue will have them."""

    changes: Sequence[Change]
    before: SchemaSnapshot
    foreign: ForeignKeys

    @cached_property
    def handled(self) -> list[Change]:
        return [one for one in self.changes if one.is_rename and one.ref.kind in ("table", "column")] + self._indexes

    def steps(self) -> Iterator[MigrationStep]:
        tables = [one for one in self.handled if one.ref.kind == "table"]
        yield from self._tables(tables)
        yield from (step for one in tables for step in self._names_kept(one))
        columns = [one for one in self.handled if one.ref.kind == "column"]
        for table in dict.fromkeys(one.ref.owner for one in columns):
            if table is not None:
                yield self._columns(table, [one for one in columns if one.ref.owner == table])
        yield from map(_index, self._indexes)

    @property
    def _indexes(self) -> list[Change]:
        """Those whose new name is free; another index that has it now has to go first, and this one is made anew."""
        return [
            one
            for one in self.changes
            if one.is_rename and one.ref.kind == "index" and one.ref not in self.before.objects
        ]

    def _tables(self, changes: Sequence[Change]) -> Iterator[MigrationStep]:
        left = {_old(one): one.ref.name for one in changes}
        while left:
            free = next((old for old, new in left.items() if new not in left), None)
            if free is not None:
                yield _rename_tables({free: left.pop(free)})
                continue
            yield _rename_tables(left)
            return

    def _names_kept(self, change: Change) -> Iterator[MigrationStep]:
        """The server renames what it has named after the table; the schema that is planned for has it under its old name."""
        made_up = re.compile(rf"{re.escape(_old(change))}(_(?:ibfk|chk)_\d+)")
        for one in self.before.parts_of(change.ref):
            found = made_up.fullmatch(one.ref.name) if isinstance(one, Constraint) else None
            if found is None or not isinstance(one, Constraint) or (one.type == "check" and self._is_mariadb):
                continue
            now = attrs.evolve(one, ref=attrs.evolve(one.ref, name=change.ref.name + found[1]))
            index = self.foreign.unnamed_indexes(one) if one.type == "foreign" else []
            yield step(
                kind="rename",
                target=one.ref,
                sql=alter(change.ref, drop_clause(now, False), *index, f"ADD {constraint_definition(one)}"),
                inverse=alter(change.ref, drop_clause(one, False), *index, f"ADD {constraint_definition(now)}"),
                holds=[Probe("exists", one.ref), Probe("absent", now.ref)],
                note=f"the server had called it {now.ref.name}",
            )

    @property
    def _is_mariadb(self) -> bool:
        return self.before.dialect == "mariadb"

    def _columns(self, table: ObjectRef, changes: Sequence[Change]) -> MigrationStep:
        """All of a table at once, so that they may exchange their names; on MySQL with all that is computed from them."""
        names = {_old(one): one.ref.name for one in changes}
        back = {new: old for old, new in names.items()}
        forward = [f"RENAME COLUMN {quoted(old)} TO {quoted(new)}" for old, new in names.items()]
        backward = [f"RENAME COLUMN {quoted(new)} TO {quoted(old)}" for old, new in names.items()]
        if not self._is_mariadb:
            # MariaDB puts the new names into them by itself
            with_new = self._computed(table, list(back))
            forward += with_new
            backward += [renamed(one, back) for one in with_new]
        return step(
            kind="rename",
            target=changes[0].ref,
            sql=alter(table, *forward),
            inverse=alter(table, *backward),
            holds=[
                *(Probe("exists", one.ref) for one in changes),
                *(Probe("absent", attrs.evolve(one.ref, name=_old(one))) for one in changes if _old(one) not in back),
            ],
            note=", ".join(f"{new} from {old}" for old, new in names.items()),
        )

    def _computed(self, table: ObjectRef, names: Sequence[str]) -> list[str]:
        clauses: list[str] = []
        for one in self.before.parts_of(table):
            if (
                isinstance(one, Constraint)
                and one.type == "check"
                and any(mentions(one.expression, name) for name in names)
            ):
                clauses += [f"DROP CHECK {quoted(one.ref.name)}", f"ADD {constraint_definition(one)}"]
            if isinstance(one, Column) and any(mentions(one.generated or "", name) for name in names):
                clauses.append(f"MODIFY COLUMN {quoted(one.ref.name)} {column_definition(one, '')}")
        return clauses


def _old(change: Change) -> str:
    assert change.before is not None
    return change.before.ref.name


def _rename_tables(names: dict[str, str]) -> MigrationStep:
    """One table, or several that exchange their names: in one statement, which is done or not."""
    pairs = list(names.items())
    if len(pairs) > 1:
        # what gets the first one's name has to wait for it to be free
        (first, last), *rest = pairs
        pairs = [(first, _BETWEEN), *_chain(first, dict(rest)), (_BETWEEN, last)]
    new = next(iter(names.values()))
    return step(
        kind="rename",
        target=ObjectRef("table", new),
        sql="RENAME TABLE " + ", ".join(f"{quoted(a)} TO {quoted(b)}" for a, b in pairs),
        inverse="RENAME TABLE " + ", ".join(f"{quoted(b)} TO {quoted(a)}" for a, b in reversed(pairs)),
        holds=[
            *(Probe("exists", ObjectRef("table", name)) for name in names.values()),
            *(Probe("absent", ObjectRef("table", name)) for name in names if name not in names.values()),
        ],
        note=", ".join(f"{b} from {a}" for a, b in names.items()),
    )


def _chain(free: str, left: dict[str, str]) -> list[tuple[str, str]]:
    """The renames in an order in which each new name is free."""
    found: list[tuple[str, str]] = []
    while left:
        old = next(old for old, new in left.items() if new == free)
        found.append((old, left.pop(old)))
        free = old
    return found


def _index(change: Change) -> MigrationStep:
    table = change.ref.owner
    assert table is not None
    old, new = quoted(_old(change)), quoted(change.ref.name)
    return step(
        kind="rename",
        target=change.ref,
        sql=alter(table, f"RENAME INDEX {old} TO {new}"),
        inverse=alter(table, f"RENAME INDEX {new} TO {old}"),
        holds=[Probe("exists", change.ref), Probe("absent", attrs.evolve(change.ref, name=_old(change)))],
        note=f"from {_old(change)}",
    )
