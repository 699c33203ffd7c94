"""A revision undone: a plan like any other, of its inverses in reverse, which is journaled too."""

from __future__ import annotations

import attrs

from dataflow.diagnostics import error_of
from dataflow.migrations import Column, MigrationPlan, MigrationRun, MigrationStep, Probe, SchemaObject, Table
from dataflow.migrations.history import Revision
from dataflow.migrations.presence import has_table
from dataflow.migrations.wording import rows_of
from dataflow_migrations.applying import Application
from dataflow_migrations.history import PREFIX, History
from dataflow_migrations.keeping import kept_columns, kept_tables, let_go_of
from dataflow_migrations.probing import Probing
from dataflow_migrations.problems import no_such_revision, not_undone

#: how the revision is called that undoes another
REVERT = "revert_"
#: states of revisions that the database is at or behind; one that was only stamped has nothing to undo
HELD = ("applied", "running", "stamped")


async def reverting(history: History, *, nothing_left: bool, to: str | None) -> MigrationPlan | None:
    """The plan that undoes the latest revision; None when ``to`` is the latest, or none is left and that is no mistake.

    :raises MigrationError: DF-G110 when there is nothing to undo, or the history has no ``to``: what is misspelt would undo everything.
    """
    there = [one for one in await history.revisions() if one.state in HELD and not one.revision.startswith(REVERT)]
    names = [one.revision for one in there]
    if to is not None and to not in names:
        raise error_of(no_such_revision(to, names))
    after = there if to is None else there[names.index(to) + 1 :]
    held = [one for one in after if one.state != "stamped"]
    if not held:
        if nothing_left:
            return None
        raise error_of(not_undone("", ()))
    return inverse(await history.plan(held[-1].revision), held[-1])


async def taking_back(run: MigrationRun, history: History) -> MigrationPlan | None:
    """The plan that undoes what was begun and not ended; an undoing that was cut short goes on itself.

    None where nothing was cut short, or it has to be finished first, for one of its steps may be half done.

    :raises MigrationError: DF-G110.
    """
    unfinished = await history.unfinished()
    if unfinished is None:
        return None
    plan = await history.plan(unfinished.revision)
    if plan.reverts:
        return plan
    if not await Application(run, history).settled(plan, unfinished.steps):
        return None
    settled = next(one for one in await history.revisions() if one.revision == unfinished.revision)
    back = await without_gone(inverse(plan, settled), run)
    await check_revertible(back, run, history)
    return await with_rows_kept(back, run)


def inverse(plan: MigrationPlan, revision: Revision) -> MigrationPlan:
    """What undoes the steps of a plan that are done."""
    done = {one.step_no for one in revision.steps if one.state == "applied"}
    steps = [step for number, step in enumerate(plan.steps, 1) if number in done]
    return attrs.evolve(
        plan,
        revision=f"{REVERT}{plan.revision}"[:150],
        parent=plan.revision,
        reverts=plan.revision,
        steps=tuple(inverse_step(step) for step in reversed(steps)),
        managed=plan.managed_before,
        managed_before=plan.managed,
        # what others have since put on or taken away is theirs
        others=(),
        others_before=plan.others,
        from_fingerprint=plan.to_fingerprint,
        to_fingerprint=plan.from_fingerprint,
        findings=(),
    )


def inverse_step(step: MigrationStep) -> MigrationStep:
    return MigrationStep(
        kind="restore" if step.kind in ("drop", "keep") else step.kind,
        target=step.target,
        sql=step.inverse,
        phase=step.phase,
        transactional=step.inverse_transactional or step.transactional,
        # what is undone can be done again
        reversible="yes",
        inverse=step.sql,
        preconditions=step.inverse_preconditions,
        before=step.after,
        after=step.before,
        postconditions=_undone(step),
        note=f"undo: {step.note}" if step.note else "undo",
    )


def _undone(step: MigrationStep) -> tuple[Probe, ...]:
    """What holds once a step is undone, as far as the catalogue can tell."""
    if step.kind == "keep":
        # where a transaction holds it all, it is done or not begun
        return (let_go_of(step),) if step.transactional == "no" else ()
    if step.kind in ("create", "sql") and step.before is None:
        return (Probe("absent", step.target),) if step.after is not None else ()
    if step.before is not None and step.kind != "rebuild":
        return (Probe("is", step.before.ref, step.before),)
    absent = [probe for probe in step.postconditions if probe.holds == "absent"]
    came = [probe for probe in step.preconditions if probe.holds == "absent"]
    return (*(Probe("exists", probe.ref) for probe in absent), *came)


async def without_gone(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan without the steps that take away, or put back as it was, what somebody else has taken away already."""
    there = (await run.dialect.snapshot(run.session)).objects
    coming = {step.target for step in plan.steps if step.kind == "restore"}
    gone = {
        step.target
        for step in plan.steps
        if step.kind in ("create", "alter")
        and step.target.kind in ("table", "column", "index")
        # one that the step itself has taken away is gone rightly
        and step.before is not None
    } - {*there, *coming}
    steps = (step for step in plan.steps if step.kind not in ("create", "alter") or step.target not in gone)
    return attrs.evolve(plan, steps=tuple(steps))


async def check_revertible(plan: MigrationPlan, run: MigrationRun, history: History) -> None:
    """See that every step has an inverse, and what it needs: begun and stuck, it would keep every other migration out.

    :raises MigrationError: DF-G110.
    """
    kept = {name for name, _, _ in await history.kept()}
    stuck = [step for step in plan.steps if not step.sql]
    for step in plan.steps:
        copy = step.note.rpartition(" ")[2]
        if copy.startswith(PREFIX) and copy not in kept:
            stuck.append(attrs.evolve(step, note="its data were let go of by 'contract'"))
        elif copy.startswith(PREFIX) and not await has_table(run.session, copy):
            stuck.append(attrs.evolve(step, note=f"its data were in {copy}, which somebody has dropped"))
    stuck += await _without_table(plan, run)
    if stuck:
        raise error_of(not_undone(plan.reverts, stuck))
    await _check_rows(plan, Probing(run.session, run.dialect))


async def _without_table(plan: MigrationPlan, run: MigrationRun) -> list[MigrationStep]:
    """The steps whose table somebody has dropped, or renamed."""
    there = (await run.dialect.snapshot(run.session)).objects
    coming = {step.target for step in plan.steps if step.kind == "restore"}
    owners = {step.target.owner: step for step in reversed(plan.steps) if step.target.owner is not None}
    return [
        attrs.evolve(step, note=f"{owner} is not there any more")
        for owner, step in owners.items()
        if owner not in there and owner not in coming
    ]


async def with_rows_kept(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan that keeps aside what is in tables and columns that it drops, for nobody has said that it may go."""
    probes = [probe for step in plan.steps if step.kind != "rename" for probe in step.postconditions]
    going = {probe.ref for probe in probes if probe.holds == "absent" and probe.ref.kind in ("table", "column")}
    if not going:
        return plan
    there = await run.dialect.snapshot(run.session)
    found = [there.objects[ref] for ref in sorted(going) if ref in there.objects and ref.owner not in going]
    filled = [one for one in found if await _is_filled(one, run)]
    tables = kept_tables([one for one in filled if isinstance(one, Table)], there, run.dialect, plan.revision)
    columns = kept_columns([one for one in filled if isinstance(one, Column)], there, run.dialect, plan.revision)
    return attrs.evolve(plan, steps=(*tables, *columns, *plan.steps))


async def _is_filled(one: SchemaObject, run: MigrationRun) -> bool:
    """Whether a table has rows, or a column values that nothing else gives."""
    quoted = run.dialect.quoted
    if isinstance(one, Column):
        if one.generated is not None:
            return False
        rows = f"{quoted(one.ref.table)} WHERE {quoted(one.ref.name)} IS NOT NULL"
    else:
        rows = quoted(one.ref.name)
    return bool(await run.session.rows(f"SELECT 1 FROM {rows} LIMIT 1"))


async def _check_rows(plan: MigrationPlan, probing: Probing) -> None:
    stuck: list[MigrationStep] = []
    rows = 0
    changed = {one for step in plan.steps for one in (step.target, step.target.owner)}
    for step in plan.steps:
        # of a table that another step brings back to what it was, the step itself asks
        asked = [one for one in step.preconditions if one.holds == "none" and not (one.words and one.ref in changed)]
        for probe in await probing.failing(asked):
            number = await probing.in_the_way(probe)
            why = f"refer to what {probe.ref} has no more" if probe.words else f"of {probe.ref} have what came with it"
            stuck.append(attrs.evolve(step, note=f"{rows_of(number)} {why}"))
            rows += number
    if stuck:
        raise error_of(not_undone(plan.reverts, stuck, rows))
