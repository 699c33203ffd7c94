"""Before anything is changed: a failed one costs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.migrations import Column, Constraint, Index, MigrationStep, ObjectRef, SchemaSnapshot
from dataflow_checkpoints.check import Check, Surroundings, Verdict, failed, passed, skipped
from dataflow_checkpoints.checks.backups import backup_is_young
from dataflow_checkpoints.checks.dependents import note_broken
from dataflow_checkpoints.checks.room import room_for_rewrites
from dataflow_checkpoints.privileges import lacking
from dataflow_checkpoints.servers import is_mysql, lag_s, long_transactions, schema_changes, why_no_lag
from dataflow_checkpoints.violations import beyond, duplicates, nulls, orphans, refused


async def same_schema(about: Surroundings) -> Verdict:
    if not about.plan.from_fingerprint or about.plan.reverts:
        return skipped("the plan says nothing of the schema before it")
    if about.run is not None and about.run.notes.get("resumed"):
        return skipped("the revision was begun before, and some of its steps are done")
    there = await about.dialect.snapshot(about.session)
    found = there.outline(about.plan.tables, about.plan.managed_before)
    measured = {"planned": about.plan.from_fingerprint, "found": found}
    if about.plan.begins_at(there):
        return passed(**measured)
    return failed("the schema is not the one that the plan was made for", **measured)


async def nobody_in_the_way(about: Surroundings) -> Verdict:
    changing = await schema_changes(about.session)
    if changing:
        return failed(f"others change the schema now: {'; '.join(changing)}", statements=changing)
    limit = about.limits.long_transaction_s
    if limit is None:
        return skipped("no limit is set")
    found = await long_transactions(about.session, limit)
    if found is None:
        return skipped("SQLite has no list of transactions; the write lock is waited for")
    if not found:
        return passed()
    return failed(
        f"{len(found)} transactions of others are open for more than {limit:g} s: {'; '.join(found)}",
        transactions=found,
    )


async def replicas_follow(about: Surroundings) -> Verdict:
    limit = about.limits.max_lag_s
    if limit is None:
        return skipped("no limit is set")
    lag = await lag_s(about.session)
    if lag is None:
        return skipped(await why_no_lag(about.session))
    return (
        passed(lag_s=lag)
        if lag <= limit
        else failed(f"a replica is {lag:.1f} s behind; {limit:g} s are allowed", lag_s=lag)
    )


async def data_allows_it(about: Surroundings) -> Verdict:
    """What a new constraint or index wants of rows that are there."""
    schema = await about.dialect.snapshot(about.session)
    found = [text for step in about.plan.steps for text in await _violations(step, schema, about, about.plan.steps)]
    return failed("; ".join(found), violations=found) if found else passed()


async def _violations(
    step: MigrationStep, schema: SchemaSnapshot, about: Surroundings, steps: Sequence[MigrationStep]
) -> list[str]:
    one, owner = step.after, step.target.owner
    if owner is None or owner not in schema.objects or any(other.kind == "rename" for other in steps):
        # the planner asked with the old names; here only the new ones are known
        return []
    ask = about.session, about.dialect, schema
    if isinstance(one, Index) and one.unique:
        return await duplicates(*ask, owner, one.keys, one.where)
    if isinstance(one, Constraint) and one.type == "unique":
        return await duplicates(*ask, owner, one.columns)
    if isinstance(one, Constraint) and one.type == "foreign":
        return await orphans(*ask, owner, one)
    if isinstance(one, Constraint) and one.type == "check":
        return await refused(*ask, owner, one)
    if isinstance(one, Column) and isinstance(step.before, Column):
        lacking = [] if one.nullable or step.inverse else await nulls(*ask, owner, one)
        # what a person has let go is kept aside first
        is_let_go = any(other.kind == "keep" and other.target == one.ref for other in steps)
        return lacking if is_let_go else lacking + await beyond(*ask, owner, step.before, one)
    return []


async def may_change_it(about: Surroundings) -> Verdict:
    """Whether this user may do it, as far as the server says so beforehand."""
    session = about.session
    if session.dialect == "postgresql":
        created = {step.target for step in about.plan.steps if step.kind == "create" and step.target.kind == "table"}
        targets = {step.target.owner or step.target for step in about.plan.steps} - created
        tables = {one.name for one in targets if one.kind == "table"}
        ((creates,),) = await session.rows("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        rows = await session.rows(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
            " AND NOT pg_has_role(c.relowner, 'USAGE')"
        )
        foreign = sorted({str(name) for (name,) in rows} & tables)
        if creates and not foreign:
            return passed()
        return failed(
            "this user may not create in the schema"
            if not creates
            else f"tables of another owner: {', '.join(foreign)}"
        )
    if is_mysql(session):
        lacks = await lacking(session, about.plan.steps)
        return failed(f"this user lacks {', '.join(lacks)}") if lacks else passed()
    ((read_only,),) = await session.rows("SELECT query_only FROM pragma_query_only")
    return failed("the database is opened for reading only") if read_only else passed()


async def lock_is_held(about: Surroundings) -> Verdict:
    token = None if about.run is None else about.run.token
    if token is None:
        return skipped("the lock is the database's own; the plugin 'locks' has one that can be asked")
    rows = await about.session.rows("SELECT 1 FROM dataflow_migration_lock WHERE token = ?", token)
    return passed(token=token) if rows else failed("another process has taken the lock", token=token)


async def note_rows(about: Surroundings) -> Verdict:
    """How many rows there are, and what they hold, for the comparison afterwards."""
    from dataflow_checkpoints.contents import Contents

    before = await about.dialect.snapshot(about.session)
    going = {step.target.name for step in about.plan.steps if step.target.kind == "table" and step.after is None}
    there = [ref.name for ref in before.objects if ref.kind == "table" and ref.name in about.plan.tables]
    touched = {step.target.name for step in about.plan.steps if step.target.kind == "column"}
    contents = Contents(about.session, about.dialect, before, about.limits.checksum_rows, frozenset(touched))
    kept = [name for name in there if name not in going]
    about.notes["columns"] = {ref: one for ref, one in before.objects.items() if ref.kind == "column"}
    about.notes["contents"] = {name: await contents.of(ObjectRef("table", name)) for name in kept}
    await note_broken(about)
    return passed(tables=len(kept))


BEFORE = (
    Check("VC101", "pre", "the schema is the one that the plan was made for", same_schema),
    Check(
        "VC102",
        "pre",
        "no transaction of others is open for long, and none of them changes the schema",
        nobody_in_the_way,
        "warning",
    ),
    Check("VC103", "pre", "there is room for tables that are made anew", room_for_rewrites),
    Check("VC104", "pre", "the last backup is young enough", backup_is_young),
    Check("VC105", "pre", "replicas follow", replicas_follow),
    Check("VC106", "pre", "the rows that are there allow it", data_allows_it),
    Check("VC107", "pre", "this user may do it", may_change_it),
    Check("VC108", "pre", "the lock is held", lock_is_held),
    Check("VC109", "pre", "what the tables hold is known, for the comparison afterwards", note_rows),
)
