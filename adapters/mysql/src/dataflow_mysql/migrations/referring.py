"""The steps of foreign keys, which go before everything that they rely on changes, and come after it."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow.migrations import Constraint, MigrationStep
from dataflow_mysql.migrations.keys import ForeignKeys
from dataflow_mysql.migrations.stepping import is_absent, is_as, step
from dataflow_mysql.migrations.writing import alter, constraint_definition, drop_clause


@attrs.frozen
class Referring:
    """``keys`` knows which go, come, and stand aside."""

    keys: ForeignKeys

    def going(self) -> Iterator[MigrationStep]:
        replaced = {old.ref for old, _ in self.keys.renamed()}
        yield from map(self.drop, (one for one in self.keys.going() if one.ref not in replaced))
        yield from map(self.drop, self.keys.aside())

    def coming(self) -> Iterator[MigrationStep]:
        renamed = self.keys.renamed()
        yield from (self._replace(old, new) for old, new in renamed)
        replacing = {new.ref for _, new in renamed}
        yield from map(self.add, (one for one in self.keys.coming() if one.ref not in replacing))
        yield from map(self.add, self.keys.aside_again())

    def drop(self, one: Constraint) -> MigrationStep:
        assert one.ref.owner is not None
        return step(
            kind="drop",
            target=one.ref,
            sql=alter(one.ref.owner, drop_clause(one)),
            inverse=self._added(one),
            before=one,
            holds=[is_absent(one)],
        )

    def add(self, one: Constraint) -> MigrationStep:
        assert one.ref.owner is not None
        return step(
            kind="create",
            target=one.ref,
            sql=self._added(one),
            inverse=alter(one.ref.owner, drop_clause(one)),
            after=one,
            holds=[is_as(one)],
        )

    def _replace(self, old: Constraint, new: Constraint) -> MigrationStep:
        """One that becomes another of another name: in one statement, so that rows are never without it."""
        return step(
            kind="alter",
            target=new.ref,
            sql=self._added(new, drop_clause(old)),
            inverse=self._added(old, drop_clause(new)),
            before=old,
            after=new,
            holds=[is_as(new), is_absent(old)],
        )

    def _added(self, one: Constraint, *clauses: str) -> str:
        assert one.ref.owner is not None
        return alter(one.ref.owner, *clauses, *self.keys.unnamed_indexes(one), f"ADD {constraint_definition(one)}")
