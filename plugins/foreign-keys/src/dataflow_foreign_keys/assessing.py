"""What the foreign keys around a plan say of it: references left behind, parents that are locked, indexes that are missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs

from dataflow.diagnostics import Problem
from dataflow.migrations import (
    Constraint,
    Finding,
    MigrationPlan,
    MigrationRun,
    MigrationStep,
    ObjectRef,
    SchemaSnapshot,
)
from dataflow_foreign_keys.findings import dropped_parent, index_statement
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.keys import ForeignKey
from dataflow_foreign_keys.outlook import made_by, outlook


async def assessed(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan with findings, and with a stop for each table that would leave references behind."""
    snapshot = await run.dialect.snapshot(run.session)
    judgement = Judgement(plan, run, snapshot, outlook(snapshot, plan))
    stops = tuple(judgement.stops()) if "DF-G409" not in run.accepted else ()
    return attrs.evolve(
        plan, findings=(*plan.findings, *judgement.findings()), stops=(*plan.stops, *stops)
    )  # fmt: skip


@attrs.frozen(eq=False, slots=False)
class Judgement:
    """A plan between the schema before and the one after it."""

    plan: MigrationPlan
    run: MigrationRun
    before: SchemaSnapshot
    after: SchemaSnapshot

    @cached_property
    def _keys_before(self) -> Sequence[ForeignKey]:
        return ForeignKeyGraph.of(self.before).keys

    @cached_property
    def _keys_after(self) -> Sequence[ForeignKey]:
        return ForeignKeyGraph.of(self.after).keys

    def stops(self) -> Iterator[Problem]:
        yield from map(dropped_parent, self._left_behind())

    def findings(self) -> Iterator[Finding]:
        for key in self._left_behind():
            problem = dropped_parent(key)
            yield Finding(
                code=problem.code, target=key.referred, message=problem.message, severity=90, dimension="data_loss",
                blocks="writes",
            )  # fmt: skip
        for key in self._coming():
            if not key.supporting_index:
                yield self._without_index(key)
        if self.before.dialect == "postgresql":
            for step in self.plan.steps:
                yield from self._locked(step)

    def _left_behind(self) -> list[ForeignKey]:
        """The keys of tables that stay whose parents go."""
        dropped = {step.target for step in self.plan.steps if step.kind == "drop" and step.target.kind == "table"}
        return [one for one in self._keys_after if one.referred in dropped]

    def _coming(self) -> list[ForeignKey]:
        """The keys that are new, or lose the index that they had."""
        had = {(one.ref, bool(one.supporting_index)) for one in self._keys_before}
        return [one for one in self._keys_after if (one.ref, bool(one.supporting_index)) not in had]

    def _without_index(self, key: ForeignKey) -> Finding:
        return Finding(
            code="DF-G401",
            target=key.ref,
            message=f"no index finds the rows of '{key.constrained.dotted}' by ({', '.join(key.constrained_columns)}): "
            f"each delete in '{key.referred.dotted}' would read them all; {index_statement(key, self.run.dialect)}",
            severity=40,
            dimension="performance",
            scan=True,
        )

    def _locked(self, step: MigrationStep) -> Iterator[Finding]:
        """The parents that a step locks besides its own table, as PostgreSQL does for keys that come and go."""
        made = {one.ref: one for one in made_by(step) if isinstance(one, Constraint) and one.type == "foreign"}
        is_new = step.kind == "create" and step.target.kind == "table"
        for one in made.values():
            if one.referred_table is not None and one.ref not in self.before.objects:
                code = "PG127" if is_new else "PG122"
                yield self._lock(
                    step, one.referred_table, code, "SHARE ROW EXCLUSIVE", "writes", scan=one.validated and not is_new
                )
        gone = {probe.ref for probe in step.postconditions if probe.holds == "absent"}
        for key in self._keys_before:
            if key.ref in gone:
                yield self._lock(step, key.referred, "PG125", "ACCESS EXCLUSIVE", "reads")
            elif key.constrained in gone and key.referred not in gone:
                yield self._lock(step, key.referred, "PG126", "ACCESS EXCLUSIVE", "reads")

    def _lock(
        self, step: MigrationStep, parent: ObjectRef, code: str, mode: str, blocks: str, *, scan: bool = False
    ) -> Finding:
        return Finding(
            code=code,
            target=parent,
            message=f"{step} locks '{parent.dotted}' too, which its foreign key refers to: {mode}",
            severity=50 if blocks == "reads" else 30,
            lock_mode=mode,
            blocks=blocks,  # type: ignore[arg-type]  # the two words above
            scan=scan,
        )
