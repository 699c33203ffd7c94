"""What is tried on one schema of a Debian package; everything that comes out otherwise is a mistake, told as text."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
from tests.schemas import debian_changes as changes
from tests.schemas.databases import Place, dump, load
from tests.schemas.debian_packages import Script
from tests.schemas.facts import Fact, facts_of, unnamed
from tests.schemas.real import applied, imported, planned
from tests.schemas.recreating import recreate, snapshot

from dataflow import DataFlow
from dataflow.migrations import Constraint, Defined, MigrationPlan, SchemaSnapshot
from dataflow_migrations.reflecting import reflect
from dataflow_migrations.reflecting.models import Reflection

_OWN = "dataflow_"


@attrs.define(eq=False, slots=False)
class Trial:
    """One schema in a database of its own; ``with_ids`` renames its keys of one column to ``id`` first, as DF-G117 advises."""

    script: Script
    place: Place
    cache: Path
    directory: Path
    with_ids: bool
    mistakes: list[str] = attrs.field(factory=list)
    figures: dict[str, int] = attrs.field(factory=dict)

    @cached_property
    def url(self) -> str:
        url = self.place.emptied("here")
        load(self.script.kind, url, self.script.text(self.cache))
        if self.with_ids:
            asyncio.run(_with_ids(url))
        return url

    @cached_property
    def schema(self) -> SchemaSnapshot:
        return asyncio.run(snapshot(self.url))

    @cached_property
    def found(self) -> Reflection:
        return asyncio.run(reflect(self.url))

    @property
    def tables(self) -> set[str]:
        return {one.table for one in self.found.models}

    def run(self) -> None:
        steps: Mapping[str, Callable[[], None]] = {
            "anew": self.made_anew,
            "models": self.has_models,
            "plan": self.wants_nothing,
            "elsewhere": self.made_elsewhere,
            "keys": self.has_keys,
            "added": self.is_added_and_undone,
            "renamed": self.is_renamed_and_undone,
        }
        with self._of_itself("load"):
            self.figures["tables"] = len(self.schema.of_kind("table"))
            self.figures["objects"] = len(self.schema.objects)
            for name, step in steps.items():
                with self._of_itself(name):
                    if name in ("anew", "models") or self.found.models:
                        step()
        for name in ("here", "elsewhere", "restored"):
            self.place.drop(self.place.url(name))

    @contextmanager
    def _of_itself(self, name: str) -> Iterator[None]:
        self.at = name
        try:
            yield
        except Exception as error:  # it is what is looked for
            (self.directory / "traceback.txt").write_text(traceback.format_exc(), encoding="utf-8")
            self._mistake(f"{type(error).__name__}: {' '.join(str(error).split())}")

    def _mistake(self, text: str) -> None:
        self.mistakes.append(f"{self.at}: {text}")

    def _compare(self, here: frozenset[Fact], there: frozenset[Fact], what: str = "") -> None:
        for title, facts in (("lost", here - there), ("more", there - here)):
            self.mistakes += [f"{self.at}{what}: {title} {one}" for one in sorted(facts)]

    def made_anew(self) -> None:
        url = self.place.emptied("elsewhere")
        # an operator cannot be made by a plan, which says so with DF-G112
        wanted = self.schema.only(lambda ref: ref.kind != "operator")
        made = asyncio.run(recreate(wanted, url))
        for ref, one in {**made.objects, **wanted.objects}.items():
            if made.objects.get(ref) != wanted.objects.get(ref):
                self._mistake(f"{ref}: {one} and {made.objects.get(ref)}")
        # some conditions are spelt anew as they are read
        restored = self.place.emptied("restored")
        load(self.script.kind, restored, dump(self.script.kind, self.url))
        there = frozenset(one for one in facts_of(self.script.kind, restored) if " OPERATOR " not in one.text[:20])
        self._compare(there, facts_of(self.script.kind, url))

    def has_models(self) -> None:
        self.figures["models"] = len(self.found.models)
        named = {one.what for one in self.found.left_out if one.code == "DF-G117"}
        for ref in self.schema.objects:
            if ref.kind == "table" and ref.name not in self.tables and str(ref) not in named:
                self._mistake(f"{ref} has no model and is not named")
        self._module(self.found.source)

    def _module(self, text: str) -> DataFlow:
        file = self.directory / "models.py"
        file.write_text(
            text.replace('plugins=["migrations"]', 'plugins=["migrations", "foreign-keys"]'), encoding="utf-8"
        )
        return imported(file)

    def wants_nothing(self) -> None:
        for _ in range(2):
            # taken over the first time
            for one in planned(self._module(self.found.source)):
                self._mistake(one)

    def made_elsewhere(self) -> None:
        url = self.place.emptied("elsewhere")
        applied(self._module(self.found.source.replace(self.url, url)))
        named = {one.what for one in (*self.found.left_out, *self.found.otherwise)}
        here, there = facts_of(self.script.kind, self.url), facts_of(self.script.kind, url)
        for one in unnamed(here, there, self.tables, named):
            self._mistake(f"unnamed {one}")

    def has_keys(self) -> None:
        async def read() -> None:
            async with self._module(self.found.source) as db:
                self.figures["rows"] = await changes.filled(db, self.found.models)
                keys = (await db.migrations.foreign_keys.graph()).keys
                await db.migrations.foreign_keys.order()
                diagnosis = await db.migrations.foreign_keys.check()
                self.figures["findings"] = len(diagnosis.findings)
                self.figures["keys"] = len(keys)
                wanted = [
                    one for one in self.schema.objects.values() if isinstance(one, Constraint) and one.type == "foreign"
                ]
                if len(keys) != len(wanted):
                    self._mistake(f"{len(keys)} keys of {len(wanted)}")

        asyncio.run(read())

    def is_added_and_undone(self) -> None:
        self._changed(changes.added(self.found, self.url))

    def is_renamed_and_undone(self) -> None:
        self._changed(changes.renamed(self.found, self.url))

    def _changed(self, text: str) -> None:
        before, rows = facts_of(self.script.kind, self.url), asyncio.run(_rows(self.url, self.schema))
        if not self._done(text):
            return
        during = facts_of(self.script.kind, self.url)
        left = {_known_by(one) for one in during}
        lost = sorted(one for one in before if one.table not in self.tables and _known_by(one) not in left)
        self.mistakes += [f"{self.at}: lost of others {one}" for one in lost]
        asyncio.run(_undone(imported(self.directory / "models.py")))
        after = facts_of(self.script.kind, self.url)
        self._compare(_not_own(before), _not_own(after), " and undone")
        again = asyncio.run(_rows(self.url, self.schema))
        for table, there in rows.items():
            if there != again[table]:
                self._mistake(f"rows of {table}: {there[:3]} and {again[table][:3]}")

    def _done(self, text: str) -> bool:
        """Whether the change was one that the plan allows."""

        async def apply() -> MigrationPlan:
            async with self._module(text) as db:
                plan = await db.migrations.plan()
                if not plan.stops:
                    await db.migrations.apply()
                return plan

        plan = asyncio.run(apply())
        self.figures[f"{self.at} steps"] = len(plan.steps)
        for one in plan.stops:
            self._mistake(f"stop {one.code}: {one.message} ({one.cause})")
        return bool(plan.steps) and not plan.stops


def _known_by(fact: Fact) -> tuple[str, ...]:
    """What of a fact stays when columns that it names have other names."""
    return (fact.kind, fact.table, fact.name or fact.text.partition("(")[0].partition("\n")[0])


def _not_own(facts: frozenset[Fact]) -> frozenset[Fact]:
    """Without the tables of the history, and what is kept aside."""
    return frozenset(one for one in facts if not one.table.startswith(_OWN) and _OWN not in one.text)


async def _undone(db: DataFlow) -> None:
    async with db:
        await db.migrations.rollback()


async def _with_ids(url: str) -> None:
    schema = await snapshot(url)
    is_mysql = schema.dialect in ("mysql", "mariadb")
    quote = "`" if is_mysql else '"'
    # there what names a column by its old name is broken
    texts = " ".join(one.definition for one in schema.objects.values() if isinstance(one, Defined) and is_mysql)
    async with DataFlow(url) as db, db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        for one in schema.objects.values():
            if not isinstance(one, Constraint) or one.type != "primary" or len(one.columns) != 1:
                continue
            table = next(ref for ref in schema.objects if ref.kind == "table" and ref.name == one.ref.table)
            if table.name in texts:
                continue
            if "id" not in [column.ref.name.lower() for column in schema.columns_of(table)]:
                quoted = [f"{quote}{name}{quote}" for name in (table.name, *one.columns)]
                await _try(session, f"ALTER TABLE {quoted[0]} RENAME COLUMN {quoted[1]} TO id")


async def _try(session: Any, statement: str) -> None:
    """What a view or a trigger names stays as it is where the server does not rename it there too."""
    with suppress(Exception):
        await session.run(statement)


async def _rows(url: str, schema: SchemaSnapshot) -> dict[str, list[str]]:
    quote = "`" if schema.dialect in ("mysql", "mariadb") else '"'
    found = {}
    async with DataFlow(url) as db, db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        for one in schema.of_kind("table"):
            names = ", ".join(f"{quote}{column.ref.name}{quote}" for column in schema.columns_of(one.ref))
            if names:
                found[one.ref.name] = sorted(
                    map(repr, await session.rows(f"SELECT {names} FROM {quote}{one.ref.name}{quote}"))
                )
    return found
