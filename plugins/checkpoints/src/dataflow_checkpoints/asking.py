"""Checks made one by one, each with its verdict; one that cannot be asked has none, and says why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

import attrs

from dataflow.adapters import StatementFailed, driver_error
from dataflow.diagnostics import DataFlowError, error_of
from dataflow_checkpoints.check import Check, CheckResult, Stage, Surroundings, Verdict, failed
from dataflow_checkpoints.problems import wrong_check


@attrs.frozen(eq=False)
class Asking:
    """The checks of one moment of a migration."""

    about: Surroundings

    async def all_of(self, checks: Iterable[Check], stage: Stage) -> tuple[CheckResult, ...]:
        """The results of every check of a stage; all are made, whatever one of them finds."""
        return tuple([await self._one(check) for check in checks if check.stage == stage])

    async def _one(self, check: Check) -> CheckResult:
        began = time.perf_counter()
        error = None
        try:
            verdict = await self._verdict(check)
        except DataFlowError as raised:
            verdict, error = failed(raised.problems[0].message), raised
        return CheckResult(
            revision=self.about.plan.revision,
            code=check.code,
            stage=check.stage,
            severity=check.severity,
            status=verdict.status,
            message=verdict.message,
            measured=verdict.measured,
            took_s=time.perf_counter() - began,
            error=error,
        )

    async def _verdict(self, check: Check) -> Verdict:
        """:raises MigrationError: DF-G303 for a check that cannot be asked, or does not answer in time."""
        limit = self.about.limits.check_timeout_s
        try:
            async with asyncio.timeout(limit) as deadline:
                return await check.ask(self.about)
        except StatementFailed as error:
            raise error_of(wrong_check(check.code, str(driver_error(error)))) from error.error
        except DataFlowError:
            raise
        except Exception as error:
            # one that has a deadline of its own raises the same
            has_passed = isinstance(error, TimeoutError) and deadline.expired()
            why = f"it did not answer within {limit:g} s" if has_passed else f"it raised {_words(error)}"
            raise error_of(wrong_check(check.code, why)) from error


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def raise_for_unasked(results: Sequence[CheckResult]) -> None:
    """Raise why a check could not be made, once what the others found is kept.

    :raises MigrationError: DF-G303, and whatever else a check raised itself.
    """
    for one in results:
        if one.error is not None:
            raise one.error
