"""What nobody may do unattended: changes that lose data, or that the data there does not allow, with how many rows and what decides it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence

import attrs

from dataflow.diagnostics import Problem, Solution, Where, closest
from dataflow.migrations import (
    Change,
    Column,
    Constraint,
    Defined,
    Index,
    Intents,
    MigrationRun,
    ObjectRef,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow.migrations.wording import rows_of
from dataflow.models.model import Model
from dataflow_migrations.holding import refused
from dataflow_migrations.referring import left_behind
from dataflow_migrations.target import is_on

#: what a person may accept; of all else the step would fail, on MySQL with those before it done
DECIDED = frozenset({"DF-G201", "DF-G202", "DF-G203", "DF-G208", "DF-G209"})


@attrs.frozen
class Stops:
    """The questions that changes raise, asked of the data. ``actual`` has the names that the database knows now."""

    run: MigrationRun
    before: SchemaSnapshot
    after: SchemaSnapshot
    changes: Sequence[Change]
    intents: Intents
    actual: SchemaSnapshot

    async def found(self) -> tuple[Problem, ...]:
        """A problem for each change that wants a decision which was not made."""
        problems = [problem for change in self.changes async for problem in self._of(change)]
        return tuple(one for one in problems if one.code not in self.run.accepted or one.code not in DECIDED)

    async def _of(self, change: Change) -> AsyncIterator[Problem]:
        before, after = change.before, change.after
        if isinstance(before, Column):
            async for problem in self._of_others(before, after):
                yield problem
        is_accepted = self._is_accepted(change)
        if after is None:
            if is_accepted:
                return
            if isinstance(before, Table):
                yield await self._dropped_table(before)
            elif isinstance(before, Column) and not self._is_awaited(before):
                yield await self._dropped_column(before)
        elif not change.is_rename:
            async for problem in self._of_coming(before, after):
                # that values may change is a decision; that the rows which are there refuse a step is not
                if not (is_accepted and problem.code in DECIDED):
                    yield problem

    async def _of_others(self, before: Column, after: SchemaObject | None) -> AsyncIterator[Problem]:
        """What stands in the way and is not the models' own: to accept the change does not move it."""
        if after is None:
            for one in self._of_others_on(before):
                yield self._in_the_way(one, before)
            for one in self._views_of(before):
                if str(one.ref) not in self.run.accepted:
                    yield self._in_view(one, before)
        elif isinstance(after, Column) and before.type != after.type:
            for constraint in left_behind(before, self.before, self.after, self.run.dialect):
                yield await self._left_behind(constraint, before, after)

    def _is_accepted(self, change: Change) -> bool:
        return any(one is not None and str(one.ref) in self.run.accepted for one in (change.before, change.after))

    async def _of_coming(self, before: SchemaObject | None, after: SchemaObject) -> AsyncIterator[Problem]:
        if isinstance(after, Index | Constraint):
            problem = await refused(self, after)
            if problem is not None:
                yield problem
        elif isinstance(after, Column) and isinstance(before, Column):
            async for problem in self._altered(before, after):
                yield problem
        elif isinstance(after, Column):
            former = self._former_name_of_none(after)
            if former:
                yield self._misspelt(after, former)
            # of what looks renamed, the one problem is whether it is
            elif not self._looks_renamed(after) and await self._rows_lack(after):
                yield await self._required(after)

    async def count(self, table: ObjectRef, condition: str = "", source: str = "") -> int:
        """How many rows of a table meet a condition; 0 where the table is only coming."""
        if table not in self.before.objects:
            return 0
        where = f" WHERE {condition}" if condition else ""
        ((number,),) = await self.run.session.rows(f"SELECT count(*) FROM {source or self.name_of(table)}{where}")
        return int(number)

    def name_of(self, table: ObjectRef) -> str:
        """The name that the database knows now."""
        old = self.intents.renames.get(table, table)
        return self.run.dialect.quoted(old.name)

    def column_of(self, column: ObjectRef) -> str:
        return self.run.dialect.quoted(self.intents.renames.get(column, column).name)

    def _model(self, table: str) -> Model | None:
        return next((model for model in self.run.models if model.table == table), None)

    def problem(
        self, code: str, message: str, one: SchemaObject, rows: int | None, cause: str, *ways: Solution
    ) -> Problem:
        table = one.ref.table or one.ref.name
        model = self._model(table)
        return Problem(
            code=code,
            message=message,
            where=Where(
                operation="migrate",
                model=None if model is None else model.name,
                field=one.ref.name if one.ref.kind == "column" else None,
                call=None if model is None else model.defined_at.site(one.ref.name),
            ),
            context={"object": str(one.ref)} | ({} if rows is None else {"rows": rows}),
            cause=cause,
            solutions=ways,
        )

    async def _dropped_table(self, table: Table) -> Problem:
        rows = await self.count(table.ref)
        return self.problem(
            "DF-G208",
            f"{table.ref} would be dropped with its {rows_of(rows)}",
            table,
            rows,
            "a dropped table is gone for everybody who uses it",
            Solution("let it go, keeping its rows aside until 'contract':", f'await db.migrations.plan(drop_tables=["{table.ref.name}"], accept=["{table.ref}"])'),
        )  # fmt: skip

    async def _dropped_column(self, column: Column) -> Problem:
        assert column.ref.owner is not None
        rows = await self.count(column.ref.owner, f"{self.column_of(column.ref)} IS NOT NULL")
        alike = self._coming_like(column)
        accept = accepting("let it go, keeping its values aside until 'contract'", column)
        if alike is not None:
            return self.problem(
                "DF-G203",
                f"{column.ref} would be dropped and '{alike.ref.name}' added; is it renamed?",
                column,
                rows,
                "a column that goes and one of its type that comes look like one with another name; dropped and added, its values would be lost",
                Solution(
                    "say that it is the same:", f'{alike.ref.name}: ... = field(renamed_from="{column.ref.name}")'
                ),
                accepting("or that it is not, keeping its values aside until 'contract'", column),
            )
        return self.problem(
            "DF-G201",
            f"{column.ref} would be dropped; {rows_of(rows, 'have')} a value in it",
            column,
            rows,
            "the model has no such field any more, and what is dropped is lost",
            Solution("keep the field while anything uses it"),
            accept,
        )

    def _former_name_of_none(self, column: Column) -> str:
        """The former name of a column that comes, when no column has it: it is misspelt, or was another one's."""
        assert column.ref.owner is not None
        model = self._model(column.ref.table)
        if model is None or column.ref.owner not in self.before.objects:
            return ""
        return model.fields[column.ref.name].renamed_from

    def _is_awaited(self, column: Column) -> bool:
        """Whether a column that goes is most likely the one whose name is misspelt: that is the one problem."""
        return any(self._former_name_of_none(one) for one in self._all_coming_like(column))

    def _misspelt(self, column: Column, former: str) -> Problem:
        assert column.ref.owner is not None
        going = [
            one.before.ref.name
            for one in self.changes
            if one.after is None and isinstance(one.before, Column) and one.before.ref.table == column.ref.table
        ]
        columns = [one.ref.name for one in self.before.columns_of(column.ref.owner)]
        near = closest(former, going, 1) or going[:1]
        same = (Solution("it is this one:", f'{column.ref.name}: ... = field(renamed_from="{name}")') for name in near)
        return self.problem(
            "DF-G210",
            f"{column.ref} is renamed from '{former}', and table '{column.ref.table}' has no such column",
            column,
            None,
            f"its columns are: {', '.join(columns)}",
            *same,
            Solution("or it is a new one:", f"{column.ref.name}: ..., without renamed_from"),
        )  # fmt: skip

    def _of_others_on(self, column: Column) -> list[SchemaObject]:
        """What no plan has made and stays, although a column that it is of goes."""
        assert column.ref.owner is not None
        return [one for one in self.after.parts_of(column.ref.owner) if is_on(one, column.ref)]

    def _views_of(self, column: Column) -> Iterator[SchemaObject]:
        """The views that a column cannot go from under: PostgreSQL knows them, of others their texts name it."""
        is_known = self.before.dialect == "postgresql"
        aims = {column.ref} if is_known else {column.ref.owner}
        dependent = {one.dependent for one in self.before.dependencies if one.referenced in aims}
        named = re.compile(rf"(?<![\w$]){re.escape(column.ref.name)}(?![\w$])")
        for one in self.before.objects.values():
            is_view = isinstance(one, Defined) and one.ref.kind in ("view", "materialized_view")
            if is_view and one.ref in dependent and (is_known or named.search(one.definition)):
                yield one

    def _in_view(self, one: SchemaObject, column: Column) -> Problem:
        return self.problem(
            "DF-G201",
            f"{one.ref}, which no migration has made, names {column.ref}, which would be dropped",
            column,
            None,
            "a view that names what is no more cannot be read, and on PostgreSQL it keeps the column",
            Solution("change the view first, or drop it, and plan again"),
            *()
            if self.before.dialect == "postgresql"
            else (accepting("or let it go where the view names a column of another table so", column, one),),
            Solution("or keep the field"),
        )

    def _in_the_way(self, one: SchemaObject, column: Column) -> Problem:
        return self.problem(
            "DF-G201",
            f"{one.ref}, which no migration has made, is on {column.ref}, which would be dropped",
            one,
            None,
            "what others have made is kept, and cannot be without the column",
            accepting("let it go with the column", column, one),
            Solution("or keep the field"),
        )

    async def _left_behind(self, one: Constraint, before: Column, after: Column) -> Problem:
        assert one.ref.owner is not None
        rows = await self.count(one.ref.owner)
        table, quoted = one.ref.table, self.run.dialect.quoted
        return self.problem(
            "DF-G211",
            f"{after.ref} would become {after.type}, and {one.ref}, of {rows_of(rows)}, refers to it as {before.type}",
            after,
            rows,
            "a foreign key and what it refers to are of one type, and no model changes the other side",
            Solution(f"register the model of the table '{table}' too: both sides then change together"),
            Solution("or let the reference go first, by a statement of your own:", f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(one.ref.name)}"),
            Solution("or keep the type"),
        )  # fmt: skip

    def _looks_renamed(self, column: Column) -> bool:
        gone = [one.before for one in self.changes if one.after is None and isinstance(one.before, Column)]
        undecided = [one for one in gone if str(one.ref) not in self.run.accepted and not self._is_awaited(one)]
        return any(self._coming_like(one) == column for one in undecided)

    def _coming_like(self, column: Column) -> Column | None:
        return next(self._all_coming_like(column), None)

    def _all_coming_like(self, column: Column) -> Iterator[Column]:
        coming = [one.after for one in self.changes if one.before is None and isinstance(one.after, Column)]
        alike = (one for one in coming if one.ref.table == column.ref.table and one.type == column.type)
        # of a new field whose value for old records is declared, the values are not the old column's
        return (one for one in alike if one.ref not in self.intents.backfills)

    async def _rows_lack(self, column: Column) -> bool:
        has_value = (
            column.default is not None
            or column.generated is not None
            or column.identity
            or column.ref in self.intents.backfills
        )
        if column.nullable or has_value:
            return False
        assert column.ref.owner is not None
        return await self.count(column.ref.owner) > 0

    async def _required(self, column: Column) -> Problem:
        assert column.ref.owner is not None
        rows = await self.count(column.ref.owner)
        return self.problem(
            "DF-G204",
            f"{column.ref} is required, and {rows_of(rows, 'have')} no value for it",
            column,
            rows,
            "a column that may not be null needs a value in every row",
            Solution("give the rows that are there a value:", f"{column.ref.name}: ... = field(backfill=...)"),
            Solution("or let the database give it to rows that others add, too:", f"{column.ref.name}: ... = field(server_default=...)"),
            Solution("or let it be absent:", f"{column.ref.name}: ... | None = None"),
        )  # fmt: skip

    async def _altered(self, before: Column, after: Column) -> AsyncIterator[Problem]:
        table, name = after.ref.owner, self.column_of(after.ref)
        assert table is not None
        if before.type != after.type:
            rows = await self.count(table, f"{name} IS NOT NULL")
            converted = await self._other_type(before, after, rows) if rows else None
            if converted is not None:
                yield converted
        if before.nullable and not after.nullable and after.ref not in self.intents.backfills:
            rows = await self.count(table, f"{name} IS NULL")
            if rows:
                yield self.problem(
                    "DF-G205",
                    f"{after.ref} may not be null any more, and is in {rows_of(rows)}",
                    after,
                    rows,
                    "the field has lost its '| None', or was made required",
                    Solution("give these rows a value:", f"{after.ref.name}: ... = field(backfill=...)"),
                    Solution("or let it be absent as before:", f"{after.ref.name}: ... | None = None"),
                )

    async def _other_type(self, before: Column, after: Column, rows: int) -> Problem | None:
        assert after.ref.owner is not None
        name = self.column_of(after.ref)
        found = self.run.dialect.conversion(before.type, after.type, name)
        lost = 0
        if found is not None and found.loses:
            lost = await self.count(after.ref.owner, f"{name} IS NOT NULL AND ({found.loses})")
        if found is not None and found.is_alike and not lost:
            return None
        accept = accepting("convert, keeping the old values aside until 'contract'", after)
        other = Solution("or add a field of another name, and move the values over in your own time")
        if lost:
            return self.problem(
                "DF-G209",
                f"{after.ref} would become {after.type}, and {rows_of(lost, 'have', str(rows))} a value that is none",
                after,
                lost,
                f"a conversion from {before.type} would change or refuse these values",
                Solution("correct these rows first"),
                accept,
                other,
            )
        return self.problem(
            "DF-G202",
            f"{after.ref} would become {after.type} from {before.type}, in {rows_of(rows)}",
            after,
            rows,
            "a conversion may lose what the new type cannot hold, and code that is still deployed reads the old one",
            accept,
            other,
        )


def accepting(text: str, *objects: SchemaObject) -> Solution:
    """How a person says that something may go: in code, and on the command line."""
    names = [str(one.ref) for one in objects]
    options = " ".join(f"--accept '{name}'" for name in names)
    named = ", ".join(f'"{name}"' for name in names)
    return Solution(
        f"{text}; with 'dataflow migrate apply' it is {options}:", f"await db.migrations.apply(accept=[{named}])"
    )
