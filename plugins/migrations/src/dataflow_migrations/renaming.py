"""A schema in which some tables and columns have their new names already, as the server will have it after the renames."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import attrs

from dataflow.migrations import Column, Constraint, Index, ObjectRef, SchemaObject, SchemaSnapshot, Table
from dataflow.migrations.objects import name_of_nameless

_QUOTES = ('"', "`")
#: texts, which have no names in them, names in quotes, and words
_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^\W\d][\w$]*""")


@attrs.frozen
class Renames:
    """New names by old ones: tables by name, columns by table (its new name) and name.

    ``spelled`` has new names as they stand in texts without quotes of their own: a word of SQL in quotes.
    """

    tables: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]
    spelled: Mapping[str, str] = attrs.field(factory=dict)
    #: whether the server decides alone what is in quotes: PostgreSQL
    is_requoted: bool = False

    def of(self, snapshot: SchemaSnapshot, followed: Iterable[SchemaObject] = ()) -> SchemaSnapshot:
        """The schema with these names in every place where the server follows.

        :param followed: what the server itself says of some of them.
        """
        renamed = [self._renamed(one) for one in snapshot.objects.values()]
        objects = {one.ref: one for one in renamed}
        objects |= {one.ref: one for one in followed if one.ref in objects}
        dependencies = tuple(
            attrs.evolve(one, dependent=self.ref(one.dependent), referenced=self.ref(one.referenced))
            for one in snapshot.dependencies
        )
        return attrs.evolve(snapshot, objects=objects.values(), dependencies=dependencies)

    def _table(self, name: str) -> str:
        return self.tables.get(name, name)

    def ref(self, ref: ObjectRef) -> ObjectRef:
        if ref.kind == "table":
            return attrs.evolve(ref, name=self._table(ref.name))
        table = self._table(ref.table)
        if ref.kind == "column":
            return attrs.evolve(ref, table=table, name=self.columns.get((table, ref.name), ref.name))
        return attrs.evolve(ref, table=table)

    def _key(self, key: str, table: str) -> str:
        """A key of an index: a column by its bare name, with what follows it, or an expression."""
        name, space, further = key.partition(" ")
        return self.columns[table, name] + space + further if (table, name) in self.columns else self._text(key, table)

    def _renamed(self, one: SchemaObject) -> SchemaObject:
        ref = self.ref(one.ref)
        if isinstance(one, Table):
            return attrs.evolve(one, ref=ref)
        if isinstance(one, Column):
            return attrs.evolve(one, ref=ref, generated=one.generated and self._text(one.generated, ref.table))
        if isinstance(one, Constraint):
            return self._constraint(one, ref)
        if isinstance(one, Index):
            return attrs.evolve(
                one,
                ref=ref,
                keys=tuple(self._key(key, ref.table) for key in one.keys),
                where=self._text(one.where, ref.table),
                definition=self._text(one.definition, ref.table),
            )
        return attrs.evolve(one, ref=ref, definition=self._text(one.definition, ref.table))

    def _constraint(self, one: Constraint, ref: ObjectRef) -> Constraint:
        target = one.referred_table and self.ref(one.referred_table)
        there = "" if target is None else target.name
        columns = tuple(self.columns.get((ref.table, name), name) for name in one.columns)
        expression = self._text(one.expression, ref.table)
        made_up = name_of_nameless(one.type, one.columns, one.expression)
        if not one.named and one.ref.name.rstrip("_") == made_up.rstrip("_"):
            further = one.ref.name[len(made_up) :]
            ref = attrs.evolve(ref, name=name_of_nameless(one.type, columns, expression) + further)
        return attrs.evolve(
            one,
            ref=ref,
            columns=columns,
            expression=expression,
            referred_table=target,
            referred_columns=tuple(self.columns.get((there, name), name) for name in one.referred_columns),
            definition=self._text(self._text(one.definition, there), ref.table),
        )

    def _text(self, text: str, table: str) -> str:
        """An expression with the new names in the place of the old ones: whole words, and never a part of a text in it."""
        names = {old: new for (owner, old), new in self.columns.items() if owner == table} | dict(self.tables)
        if not names or not text:
            return text

        def renamed(found: re.Match[str]) -> str:
            one = found[0]
            mark = one[0] if one[0] in _QUOTES else ""
            old = one[1:-1].replace(mark * 2, mark) if mark else one
            new = names.get(old)
            if new is None:
                return one
            if mark and not self.is_requoted:
                return f"{mark}{new.replace(mark, mark * 2)}{mark}"
            return self.spelled.get(new, new)

        return _WORD.sub(renamed, text)
