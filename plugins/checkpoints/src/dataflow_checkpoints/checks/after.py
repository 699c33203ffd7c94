"""After the last step: a failed one has the migration undone."""

from __future__ import annotations

from dataflow.migrations import Constraint, Index, ObjectRef
from dataflow_checkpoints.check import Check, Surroundings, Verdict, failed, passed, skipped
from dataflow_checkpoints.checks.dependents import dependents_answer
from dataflow_checkpoints.contents import Content, Contents
from dataflow_checkpoints.violations import orphans


async def as_planned(about: Surroundings) -> Verdict:
    if not about.plan.to_fingerprint:
        return skipped("no plan says what the schema should be")
    there = await about.dialect.snapshot(about.session)
    found = there.outline(about.plan.tables, about.plan.managed)
    measured = {"planned": about.plan.to_fingerprint, "found": found}
    return passed(**measured) if about.plan.ends_at(there) else failed("the schema is not as planned", **measured)


async def all_valid(about: Surroundings) -> Verdict:
    schema = (await about.dialect.snapshot(about.session)).tables(about.plan.tables)
    wrong = [
        str(one.ref)
        for one in schema.objects.values()
        if (isinstance(one, Index) and not one.valid)
        or (isinstance(one, Constraint) and not (one.validated and one.enforced))
    ]
    return failed(f"not valid: {', '.join(wrong)}", objects=wrong) if wrong else passed()


async def rows_are_there(about: Surroundings) -> Verdict:
    before: dict[str, Content] | None = about.notes.get("contents")
    if before is None:
        return skipped("nobody counted them before")
    after = await _contents(about, before)
    lost = [
        f"table '{name}' had {before[name].rows} rows and has {content.rows}"
        for name, content in after.items()
        if content.rows != before[name].rows
    ]
    return failed("; ".join(lost)) if lost else passed(tables=len(after))


async def nothing_else_changed(about: Surroundings) -> Verdict:
    before: dict[str, Content] | None = about.notes.get("contents")
    if before is None or not about.limits.checksum_rows:
        return skipped("nobody read them before")
    after = await _contents(about, before)
    # what is declared otherwise, as by the rebuild of a table, may hold other values
    schema = (await about.dialect.snapshot(about.session)).objects
    declared = {ref for ref, one in about.notes["columns"].items() if schema.get(ref) != one}
    changed = [
        f"{name}.{column}"
        for name, content in after.items()
        for column, digest in content.digests.items()
        if before[name].digests.get(column, digest) != digest and ObjectRef("column", column, name) not in declared
    ]
    return (
        failed(f"values changed that no step is about: {', '.join(changed)}", columns=changed) if changed else passed()
    )


async def _contents(about: Surroundings, before: dict[str, Content]) -> dict[str, Content]:
    """What the tables hold now that were there before; the renamed ones are others."""
    schema = await about.dialect.snapshot(about.session)
    touched = frozenset(step.target.name for step in about.plan.steps if step.target.kind == "column")
    contents = Contents(about.session, about.dialect, schema, about.limits.checksum_rows, touched)
    there = [name for name in before if ObjectRef("table", name) in schema.objects]
    return {name: await contents.of(ObjectRef("table", name)) for name in there}


async def references_hold(about: Surroundings) -> Verdict:
    schema = await about.dialect.snapshot(about.session)
    found: list[str] = []
    for one in schema.tables(about.plan.tables).objects.values():
        if isinstance(one, Constraint) and one.type == "foreign" and one.ref.owner is not None:
            found += await orphans(about.session, about.dialect, schema, one.ref.owner, one)
    return failed("; ".join(found), orphans=found) if found else passed()


_SEQUENCES = """
SELECT c.relname, a.attname, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL
"""


async def sequences_are_ahead(about: Surroundings) -> Verdict:
    if about.session.dialect != "postgresql":
        return skipped("only PostgreSQL counts ids apart from its rows")
    behind = []
    for table, column, sequence in await about.session.rows(_SEQUENCES):
        if table not in about.plan.tables:
            continue
        name, own = about.dialect.quoted(str(column)), about.dialect.quoted(str(table))
        ((last, called, most),) = await about.session.rows(
            f"SELECT s.last_value, s.is_called, coalesce((SELECT max({name}) FROM {own}), 0) FROM {sequence} s"
        )
        if most > last or (most == last and not called):
            behind.append(f"{sequence} is at {last}, and {table}.{column} goes to {most}")
    return failed("; ".join(behind), sequences=behind) if behind else passed()


async def statistics_are_there(about: Surroundings) -> Verdict:
    if about.session.dialect != "postgresql":
        return skipped("only PostgreSQL plans by statistics that a rewrite empties")
    rows = await about.session.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND reltuples < 0"
    )
    without = sorted({str(name) for (name,) in rows} & set(about.plan.tables))
    return failed(f"ANALYZE was not run on: {', '.join(without)}", tables=without) if without else passed()


async def steps_are_done(about: Surroundings) -> Verdict:
    """By the journal, in which a step is done once what it promises was found."""
    if not about.plan.revision:
        return skipped("no revision is being applied")
    rows = await about.session.rows(
        "SELECT step_no, state FROM dataflow_migration_step WHERE revision = ? ORDER BY step_no", about.plan.revision
    )
    left = [f"step {number} is {state}" for number, state in rows if state != "applied"]
    return failed("; ".join(left)) if left else passed(steps=len(rows))


AFTER = (
    Check("VC201", "post", "each step has done what it promises", steps_are_done),
    Check("VC301", "post", "the schema is as planned", as_planned),
    Check("VC302", "post", "every constraint is validated and every index valid", all_valid),
    Check("VC303", "post", "no row is lost", rows_are_there),
    Check("VC304", "post", "no value changed that no step is about", nothing_else_changed),
    Check("VC305", "post", "every reference has its target", references_hold),
    Check("VC306", "post", "every view answers, and functions name what is there", dependents_answer),
    Check("VC307", "post", "sequences are ahead of the ids that are given", sequences_are_ahead),
    Check("VC308", "post", "statistics are there", statistics_are_there, "warning"),
)
