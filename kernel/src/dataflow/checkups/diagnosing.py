"""All checkups of an instance, run one after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import attrs

from dataflow.adapters import driver_error
from dataflow.checkups.configuration import configuration_checkup
from dataflow.checkups.database import database_checkup
from dataflow.checkups.environment import environment_checkup
from dataflow.checkups.plugins import plugins_checkup
from dataflow.checkups.schema import schema_checkup
from dataflow.diagnostics import DataFlowError, Problem, Where
from dataflow.inspection.checkups import Area, Checkup, Diagnosis, Finding, fails

if TYPE_CHECKING:
    from dataflow.app import DataFlow

ORDER: tuple[Area, ...] = (
    "environment", "plugins", "configuration", "database", "server", "pool", "schema", "application"
)  # fmt: skip


async def diagnose(app: DataFlow, *, processes: int = 1, areas: Collection[Area] = ORDER) -> Diagnosis:
    """Look at everything that kernel and plugins can tell of an instance; raises nothing for what it finds.

    Where the database cannot be reached, what needs it is left out.

    :param processes: how many processes the application runs as: each has connections of its own.
    """
    own = (environment_checkup, plugins_checkup, configuration_checkup, database_checkup, schema_checkup)
    given, problems = _given(app, processes)
    checkups = [*(make(app) for make in own), *given]
    findings = [attrs.evolve(fails(one), area="plugins") for one in problems if "plugins" in areas]
    reachable = True
    for one in sorted(checkups, key=lambda checkup: ORDER.index(checkup.area)):
        if one.area not in areas or (one.needs_database and not reachable):
            continue
        found = await _examined(app, one)
        reachable = reachable and not (one.area == "database" and any(each.status == "FAIL" for each in found))
        findings += found
    return Diagnosis(tuple(findings))


def _given(app: DataFlow, processes: int) -> tuple[list[Checkup], tuple[Problem, ...]]:
    """What plugins give; one that fails at that is a finding, and those of the others are lost with it."""
    try:
        return app.plugins.checkups(app, processes), ()
    except DataFlowError as error:
        return [], error.problems


async def _examined(app: DataFlow, checkup: Checkup) -> list[Finding]:
    try:
        found: Iterable[Finding] = await checkup.examine()
    except DataFlowError as error:
        found = map(fails, error.problems)
    except Exception as error:
        found = [fails(_explained(app, checkup, error))]
    return [attrs.evolve(one, area=checkup.area) for one in found]


def _explained(app: DataFlow, checkup: Checkup, error: Exception) -> Problem:
    where = Where(operation="diagnose")
    cause = driver_error(error)
    return app.plugins.explain(error, where) or Problem(
        code="DF-X101",
        message=f"the checkup of the {checkup.area} raised {type(cause).__name__}: {cause}",
        where=where,
        context={"exception": type(cause).__name__},
        cause="the exception came from the plugin that gave the checkup",
    )
