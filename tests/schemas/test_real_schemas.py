"""Schemas of real applications: read, made anew, turned into models. What the databases say themselves decides.

A schema is what its application leaves there; the tests after the first add the tables of the history of migrations to it.
"""

from __future__ import annotations

import asyncio

from tests.schemas.facts import facts_of, unnamed
from tests.schemas.real import RealSchema, applied, imported, planned, printed
from tests.schemas.recreating import recreate, snapshot


def test_made_anew_by_steps_it_is_as_its_own_dump_makes_it(real: RealSchema, elsewhere: str, restored: str) -> None:
    wanted = asyncio.run(snapshot(real.url))
    made = asyncio.run(recreate(wanted, elsewhere))
    assert {ref: one for ref, one in made.objects.items() if wanted.objects.get(ref) != one} == {}
    assert made.fingerprint == wanted.fingerprint
    here, there = facts_of(real.kind, restored), facts_of(real.kind, elsewhere)
    assert sorted(here - there) == []
    assert sorted(there - here) == []
    assert len(wanted.of_kind("table")) > 0


def test_every_table_has_a_model_or_is_named(real: RealSchema) -> None:
    tables = {one.ref.name for one in asyncio.run(snapshot(real.url)).of_kind("table")}
    text = real.file.read_text(encoding="utf-8") if real.reflection else ""
    assert [name for name in sorted(tables - real.tables) if f"table {name}" not in real.named] == []
    assert [what for what in real.named if f" {what}: " not in text] == []
    codes = {one["what"].partition(" ")[0] == "table": one["code"] for one in real.reflection["left_out"]}
    assert codes.get(True, "DF-G117") == "DF-G117"


def test_models_made_elsewhere_lose_nothing_that_they_do_not_name(real: RealSchema, elsewhere: str) -> None:
    if real.tables:
        applied(real.models_at(elsewhere))
    here, there = facts_of(real.kind, real.url), facts_of(real.kind, elsewhere)
    assert unnamed(here, there, real.tables, real.named) == []


def test_its_models_want_nothing_else_and_nothing_has_drifted(real: RealSchema) -> None:
    assert real.reflection["ok"]
    assert planned(imported(real.file)) == ()
    assert printed("migrate", "drift", str(real.file))["drift"] == []
