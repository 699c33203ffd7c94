"""The interpreter, the system's limits, and the distributions of the framework."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Iterator
from typing import TYPE_CHECKING

import importlib_metadata

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.inspection.checkups import Checkup, Finding, passes, warns
from dataflow.plugins.discovery import canonical

if TYPE_CHECKING:
    from dataflow.app import DataFlow

#: what a process needs besides its connections: standard streams, an event loop, logs, the application's own files
OTHER_FILES = 64
_PREFIX = "dataflow-"


def environment_checkup(app: DataFlow) -> Checkup:
    async def examine() -> Iterator[Finding]:
        return _found(app)

    return Checkup("environment", examine)


def _found(app: DataFlow) -> Iterator[Finding]:
    system = f"{platform.system()} {platform.machine()}"
    yield passes(f"Python {platform.python_version()} ({platform.python_implementation()}) on {system}")
    yield from _open_files(app)
    versions = _distributions()
    yield passes("DataFlow " + ", ".join(f"{name.removeprefix(_PREFIX)} {one}" for name, one in versions.items()))
    if len(set(versions.values())) > 1:
        yield warns(_mixed(versions))


def _open_files(app: DataFlow) -> Iterator[Finding]:
    config = app.config
    needed = config.pool_size + config.pool_max_overflow + OTHER_FILES
    limit = _open_files_limit()
    if limit is None:
        yield passes("the system sets no limit to open files")
    elif limit < needed:
        yield warns(_few_files(limit, needed))
    else:
        yield passes(f"{limit} open files allowed, of which the pool may need {needed - OTHER_FILES}")


def _open_files_limit() -> int | None:
    """The soft limit of this process; None where the system has none, or no such limits at all."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        return None
    limit: int = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _distributions() -> dict[str, str]:
    found = {
        canonical(one.metadata["Name"] or ""): one.version
        for one in importlib_metadata.distributions()
        if canonical(one.name or "").startswith(_PREFIX) and one.read_text("entry_points.txt") is not None
    }
    kernel = importlib_metadata.version("dataflow-kernel")
    return dict(sorted({"dataflow-kernel": kernel, **found}.items()))


def _few_files(limit: int, needed: int) -> Problem:
    return Problem(
        code="DF-X112",
        message=f"the process may open {limit} files, and may need {needed}",
        where=Where(operation="diagnose"),
        context={"open files": limit, "needed": needed},
        cause="each connection of the pool is an open file, and so is everything else that a process reads from",
        solutions=(
            Solution("raise the limit where the process is started:", f"ulimit -n {max(4096, needed)}"),
            Solution("or keep fewer connections:", "DataFlow(pool_size=..., pool_max_overflow=...)"),
        ),
    )


def _mixed(versions: dict[str, str]) -> Problem:
    kernel = versions["dataflow-kernel"]
    others = {name: one for name, one in versions.items() if one != kernel}
    return Problem(
        code="DF-P106",
        message=f"distributions of several versions: {', '.join(f'{name} {one}' for name, one in others.items())}",
        where=Where(operation="diagnose"),
        context=versions,
        cause="all distributions of the framework are released together, and only tried together",
        solutions=(Solution("install them anew:", "pip install " + " ".join(f"{name}=={kernel}" for name in others)),),
    )
