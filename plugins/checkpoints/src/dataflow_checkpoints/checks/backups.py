"""Whether there is a way back that no inverse is: how old the last backup is."""

from __future__ import annotations

import inspect
from datetime import datetime

from dataflow.diagnostics import error_of
from dataflow.migrations import Session
from dataflow_checkpoints.check import Surroundings, Verdict, failed, passed, skipped
from dataflow_checkpoints.problems import wrong_check

_ARCHIVED = """
SELECT current_setting('archive_mode'), extract(epoch FROM clock_timestamp() - last_archived_time)::float8,
  coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
FROM pg_stat_archiver
"""
_ASK = "tell it by the option 'last_backup', a query for its Unix time, or by a function: checkpoints.last_backup"


async def backup_is_young(about: Surroundings) -> Verdict:
    """By the function or query of who makes the backups, else by the archiver; else it cannot be known, which is no pass."""
    limit = about.limits.max_backup_age_s
    if limit is None:
        return skipped("no age is set: the option 'max_backup_age_s'")
    if about.asked_backup is not None:
        moment = about.asked_backup()
        moment = await moment if inspect.isawaitable(moment) else moment
        if moment is None:
            return failed("the function that was asked knows of no backup")
        # whatever a function gives, of which the types say otherwise
        given: object = moment
        if not isinstance(given, datetime) or given.tzinfo is None:
            raise error_of(wrong_check("VC104", f"'last_backup' gives {given!r}, and not a moment with its zone"))
        return _by_age(await _age(about.session, given.timestamp()), limit)
    if about.limits.last_backup:
        age = await _told_age(about.session, about.limits.last_backup)
        return failed("the query 'last_backup' finds no backup") if age is None else _by_age(age, limit)
    if about.session.dialect == "postgresql":
        return await _archived(about.session, limit)
    return skipped(f"cannot be known: this database does not know of its backups; {_ASK}")


async def _told_age(session: Session, query: str) -> float | None:
    rows = await session.rows(query)
    if not rows or rows[0][0] is None:
        return None
    return await _age(session, float(rows[0][0]))


async def _age(session: Session, moment: float) -> float:
    """By the database's clock."""
    ((now,),) = await session.rows(f"SELECT {session.now}")
    return float(now) - moment


async def _archived(session: Session, limit: float) -> Verdict:
    ((mode, age, is_failing),) = await session.rows(_ARCHIVED)
    if mode == "off":
        return skipped(f"cannot be known: the server archives nothing (archive_mode); {_ASK}")
    if is_failing:
        return failed("the archiver failed at its last attempt: see pg_stat_archiver")
    return failed("the archiver has archived nothing yet") if age is None else _by_age(float(age), limit)


def _by_age(age: float, limit: float) -> Verdict:
    if age <= limit:
        return passed(age_s=age)
    return failed(f"the last backup is {age:.0f} s old; {limit:g} s are allowed", age_s=age)
