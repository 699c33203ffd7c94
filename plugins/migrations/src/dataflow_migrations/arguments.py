"""What callers give to ``db.migrations``, looked at before anything is asked of the database."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import get_args

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.migrations import MigrationPlan
from dataflow.migrations.control import FileForm

#: as long as the history has it, with room for the name of its undoing
LONGEST_NAME = 140


def check_names(option: str, given: object) -> None:
    """See that names are several: of one text each letter would be a name.

    :raises MigrationError: DF-G120.
    """
    if isinstance(given, str):
        raise error_of(
            _wrong(
                option, "it is one text, of which each letter would be a name",
                "names are given as a list, also where there is one", Solution("as a list:", f"{option}=[{given!r}]"),
            )
        )  # fmt: skip
    if not isinstance(given, Collection) or not all(isinstance(one, str) for one in given):
        example = '["column users.age"]' if option == "accept" else '["users"]'
        raise error_of(
            _wrong(
                option, f"it is no list of names: {given!r}", "names are texts, as plans show them",
                Solution("as a list:", f"{option}={example}"),
            )
        )  # fmt: skip


def check_timeout(given: object) -> None:
    """See that a time to wait is one.

    :raises MigrationError: DF-G120.
    """
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if given is None or (is_number and not math.isnan(given) and given >= 0):  # type: ignore[operator,arg-type]  # a number
        return
    raise error_of(
        _wrong(
            "timeout_s", f"{given!r} is no time to wait", "it is a number of seconds from 0 on",
            Solution("do not wait:", "timeout_s=0"),
            Solution("or wait as long as the option 'migration_lock_timeout_s' says:", "timeout_s=None"),
        )
    )  # fmt: skip


def check_plan(given: object) -> None:
    """See that a plan is one.

    :raises MigrationError: DF-G120.
    """
    if not isinstance(given, MigrationPlan | None):
        raise error_of(
            _wrong(
                "plan", f"it is no plan, but of type '{type(given).__name__}'",
                "a plan is what 'plan' gives, or 'plan_of' makes of data",
                Solution("make one:", "plan = await db.migrations.plan()"),
            )
        )  # fmt: skip


def check_name(given: object) -> None:
    """See that a revision can be called so.

    :raises MigrationError: DF-G120.
    """
    if isinstance(given, str) and given.strip() and given.isprintable() and len(given) <= LONGEST_NAME:
        return
    shown = f"{given[:20]}..." if isinstance(given, str) and len(given) > LONGEST_NAME else given
    raise error_of(
        _wrong(
            "revision", f"{shown!r} is no name of a revision",
            f"it has 1 to {LONGEST_NAME} characters, all of which can be seen",
            Solution("name it after what the database stands at:", 'await db.migrations.stamp("0001_orders")'),
        )
    )  # fmt: skip


def check_form(given: object) -> None:
    """See that files have such a form.

    :raises MigrationError: DF-G120.
    """
    if given not in get_args(FileForm):
        raise error_of(
            _wrong(
                "form", f"{given!r} is no form of a migration file", f"the forms are: {', '.join(get_args(FileForm))}",
                Solution("a file as it is applied here:", 'form="toml"'),
            )
        )  # fmt: skip


def check_directory(given: Path) -> None:
    """See that migration files may be there, or come there.

    :raises MigrationError: DF-G120.
    """
    if given.exists() and not given.is_dir():
        raise error_of(
            _wrong(
                "directory", f"'{given}' is no directory", "migration files are in a directory of their own",
                Solution("name the directory:", f'DataFlow.with_migrations(url, migrations={{"directory": "{given.parent}"}})'),
            )
        )  # fmt: skip


def _wrong(option: str, why: str, cause: str, *solutions: Solution) -> Problem:
    return Problem(
        code="DF-G120",
        message=f"'{option}' cannot be used: {why}",
        where=Where(operation="migrate"),
        context={"option": option},
        cause=cause,
        solutions=solutions,
    )
