"""Views and functions of others, which a migration may break: they name tables and columns, and nobody asks them."""

from __future__ import annotations

from collections.abc import Mapping

from dataflow.adapters import StatementFailed
from dataflow_checkpoints.check import Surroundings, Verdict, failed, passed

#: plpgsql_check reads what PostgreSQL itself reads only when a function is called
_WRONG_FUNCTIONS = """
SELECT f.oid::regprocedure::text, m.message FROM (
  SELECT p.oid, coalesce(t.tgrelid, 0) AS relid FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_trigger t ON t.tgfoid = p.oid AND NOT t.tgisinternal
  WHERE l.lanname = 'plpgsql' AND p.pronamespace = current_schema()::regnamespace
    AND (t.oid IS NOT NULL OR p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype))
) f, LATERAL plpgsql_check_function_tb(f.oid, f.relid) m WHERE m.level = 'error' ORDER BY 1, 2
"""
_NOTE = "broken"


async def note_broken(about: Surroundings) -> None:
    """Keep what is broken already: no migration is to blame for it."""
    about.notes[_NOTE] = set(await _broken(about))


async def dependents_answer(about: Surroundings) -> Verdict:
    """Whether every view can be read, and no function names what is no more, but for what was so before."""
    before: set[str] = about.notes.get(_NOTE, set())
    found = {name: why for name, why in (await _broken(about)).items() if name not in before}
    lines = [f"{name}: {why}" for name, why in found.items()]
    return failed("; ".join(lines), broken=sorted(found)) if found else passed(broken_before=sorted(before))


async def _broken(about: Surroundings) -> Mapping[str, str]:
    schema = await about.dialect.snapshot(about.session)
    found: dict[str, str] = {}
    for view in (*schema.of_kind("view"), *schema.of_kind("materialized_view")):
        try:
            await about.session.rows(f"SELECT * FROM {about.dialect.quoted(view.ref.name)} LIMIT 0")
        except StatementFailed as error:
            found[str(view.ref)] = str(error.error)
    if about.session.dialect == "postgresql" and await _has_reader(about):
        for name, message in await about.session.rows(_WRONG_FUNCTIONS):
            found[f"function {name}"] = str(message)
    return found


async def _has_reader(about: Surroundings) -> bool:
    return bool(await about.session.rows("SELECT 1 FROM pg_extension WHERE extname = 'plpgsql_check'"))
