"""Plans and diagnoses: how a query finds its rows, and how far the tables are from their models; neither changes anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, Index, field
from dataflow.checkups import Diagnosis, diagnose
from dataflow.inspection.plans import Explanation
from dataflow_testkit.compliance.suite import Compliance, Open, refused, undone


class PlanRow:
    __indexes__ = [Index("age")]  # noqa: RUF012  # as users write it

    id: int
    name: str
    age: int = 0
    password: str = ""


class OldRow:
    __dataflow__ = {"table": "drifting_rows"}  # noqa: RUF012  # as users write it

    id: int
    name: str = ""


def codes(diagnosis: Diagnosis) -> set[str]:
    return {finding.code for finding in diagnosis.findings if finding.code}


class TestDiagnoses(Compliance):
    models: ClassVar[Sequence[type]] = [PlanRow, OldRow]

    async def test_a_filter_without_an_index_is_pointed_out_with_the_index_that_helps(self, db: DataFlow) -> None:
        found = await db.explain(PlanRow, {"name": "x"}, count=False)
        assert [step.table for step in found.scans] == ["plan_rows"]
        assert found.verdict == "reads every row of plan_rows"
        assert found.advice == ('__indexes__ = [Index("name")]  # of PlanRow',)
        assert any(line.startswith("  ! ") for line in found.lines())

    @pytest.mark.parametrize("given", [{"age": 3}, {"id": 3}, {"age": {"$gte": 3}, "name": "x"}])
    async def test_a_filter_that_an_index_serves_is_not(self, db: DataFlow, given: dict[str, Any]) -> None:
        await db.PlanRow.bulk_create([{"name": str(one), "age": one} for one in range(500)])
        found = await db.explain("PlanRowCountNode", {"filter": given})
        assert (found.scans, found.advice) == ((), ())

    async def test_a_list_without_a_condition_reads_everything_as_it_was_asked(self, db: DataFlow) -> None:
        assert (await db.explain("PlanRow")).scans == ()

    @pytest.mark.parametrize(
        ("query", "given"),
        [
            ("PlanRowUpdateNode", {"filter": {"name": "x"}, "data": {"age": 1}}),
            ("PlanRowDeleteNode", {"filter": {"name": "x"}}),
            ("PlanRowBulkDeleteNode", {"filter": {"name": "x"}}),
        ],
    )
    async def test_a_write_is_explained_and_not_done(self, db: DataFlow, query: str, given: dict[str, Any]) -> None:
        await db.PlanRow.create(name="x", age=7)
        found = await db.explain(query, given)
        assert [step.table for step in found.scans] == ["plan_rows"]
        assert [record["age"] for record in (await db.PlanRow.list())["records"]] == [7]

    async def test_a_statement_of_the_users_own_is_explained(self, db: DataFlow) -> None:
        found = await db.explain("SELECT * FROM plan_rows WHERE name = :name", {"name": "x"})
        assert [one.statement for one in found.statements] == ["SELECT * FROM plan_rows WHERE name = :name"]
        assert len(found.scans) == 1

    @pytest.mark.parametrize("start", ["ANALYZE ", "EXPLAIN ANALYZE ", "SELECT 1; "])
    async def test_no_statement_runs_by_being_explained(self, db: DataFlow, start: str) -> None:
        await db.PlanRow.create(name="x")
        await refused(db.explain(f"{start}DELETE FROM plan_rows"), "DF-A120")
        assert await db.PlanRow.count() == 1

    async def test_an_explanation_joins_the_transaction_around_it(self, db: DataFlow) -> None:
        async with undone(db):
            await db.PlanRow.create(name="x")
            assert isinstance(await db.explain(PlanRow, {"name": "x"}), Explanation)
            assert await db.PlanRow.count() == 1
        assert await db.PlanRow.count() == 0

    async def test_no_secret_stands_in_a_plan(self, db: DataFlow) -> None:
        found = await db.explain(PlanRow, {"password": "hunter2-hunter2"})
        own = await db.explain("SELECT * FROM plan_rows WHERE name = :password", {"password": "hunter2-hunter2"})
        assert "hunter2" not in f"{found}{own}{found.to_dict()}{own.to_dict()}{found!r}{own!r}"

    async def test_an_insert_has_no_plan(self, db: DataFlow) -> None:
        await refused(db.explain("PlanRowCreateNode", {"name": "x"}), "DF-X113")

    async def test_a_sound_database_passes(self, db: DataFlow) -> None:
        await db.PlanRow.count()
        await db.OldRow.count()
        found = await diagnose(db)
        assert found.status == "PASS", str(found)
        assert {"environment", "plugins", "configuration", "database", "server", "schema"} <= set(found.areas())
        assert json.loads(json.dumps(found.to_dict()))["status"] == "PASS"

    async def test_a_table_that_is_not_there_yet_is_no_drift(self, open: Open) -> None:
        class NeverMade:
            id: int

        assert (await diagnose(open(NeverMade))).status == "PASS"
        strict = await diagnose(open(NeverMade, existing_schema_mode=True, auto_migrate=False))
        assert (strict.status, codes(strict)) == ("FAIL", {"DF-S101"})

    async def test_a_table_that_has_drifted_is_told(self, db: DataFlow, open: Open) -> None:
        await db.OldRow.count()

        class NewRow:
            __dataflow__ = {"table": "drifting_rows"}  # noqa: RUF012  # as users write it
            __indexes__ = [Index("name")]  # noqa: RUF012  # as users write it

            id: int
            name: str = ""
            email: str = field(default="", unique=True)

        found = await diagnose(open(NewRow))
        assert (found.status, codes(found)) == ("FAIL", {"DF-S102", "DF-S103"})
        assert "email: the table has no such column" in str(found)
        assert "CREATE INDEX ix_drifting_rows_name ON drifting_rows (name)" in str(found)

    async def test_an_index_of_another_name_does_the_same_work(self, db: DataFlow, open: Open) -> None:
        await db.PlanRow.count()

        class OtherRow:
            __dataflow__ = {"table": "plan_rows"}  # noqa: RUF012  # as users write it
            __indexes__ = [Index("age", name="of_another_name")]  # noqa: RUF012  # as users write it

            id: int
            name: str
            age: int = 0
            password: str = ""

        assert codes(await diagnose(open(OtherRow))) == set()
