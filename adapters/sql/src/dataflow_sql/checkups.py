"""What diagnoses of all SQL databases have in common: the driver, the version, indexes, limits and durability in words."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence

from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Solution, Where
from dataflow.inspection.checkups import Finding, passes, warns
from dataflow.models.indexes import index_name, indexes_of
from dataflow.models.model import Index, Model

_WHERE = Where(operation="diagnose")
#: the columns of each index of a table by the index's name
Present = Mapping[str, Sequence[str]]


def driver_finding(name: str) -> Finding:
    """The driver and its version."""
    return passes(f"driver {name} {importlib.metadata.version(name)}")


def version_finding(product: str, version: tuple[int, ...], oldest: tuple[int, ...], more: str = "") -> Finding:
    """The server and its version; DF-A125 for one older than those that are tried."""
    shown, wanted = ".".join(map(str, version)), ".".join(map(str, oldest))
    if version >= oldest:
        return passes(f"{product} {shown}{more}")
    return warns(
        Problem(
            code="DF-A125",
            message=f"{product} {shown} is older than {wanted}",
            where=_WHERE,
            context={"version": shown, "oldest": wanted},
            cause="statements are written for what servers of that version and later ones understand",
            solutions=(Solution(f"upgrade the server to {product} {wanted} or later"),),
        )
    )


def index_findings(model: Model, present: Present) -> Iterator[Finding]:
    """DF-S103 for each index that a model declares and its table lacks; a unique one is the table's own difference."""
    for index in indexes_of(model):
        if not (index.unique and index.where is None) and not _is_there(index, model, present):
            yield warns(_missing_index(index, model))


def _is_there(index: Index, model: Model, present: Present) -> bool:
    if index_name(index, model) in present:
        return True
    return index.where is None and any(
        tuple(columns[: len(index.fields)]) == index.fields for columns in present.values()
    )


def _missing_index(index: Index, model: Model) -> Problem:
    name, columns = index_name(index, model), ", ".join(index.fields)
    make = f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {name} ON {model.table} ({columns})"
    return Problem(
        code="DF-S103",
        message=f"table '{model.table}' has no index on ({columns}), which {model.name} declares",
        where=Where(model=model.name, operation="diagnose"),
        context={"table": model.table, "index": name},
        cause="the table was made before the model had it, or by others; filters on it read every row",
        solutions=(Solution("make it:", make if index.where is None else f"{make} WHERE ...  -- {dict(index.where)}"),),
    )


def limit_finding(config: Config, processes: int, limit: int, used: int, what: str) -> Finding:
    """DF-A126 where all processes together may want more connections than there are.

    :param limit: how many the server gives to such a user; ``used`` by others at this moment.
    :param what: the name of the server's setting.
    """
    kept, most = processes * config.pool_size, processes * (config.pool_size + config.pool_max_overflow)
    of = f"{processes} process{'' if processes == 1 else 'es'} of {config.pool_size} + {config.pool_max_overflow}"
    if most <= limit:
        return passes(f"{of} connections may want {most} of the {limit} that {what} allows; {used} are open now")
    room = max(1, limit // processes)
    size = min(config.pool_size, room)
    problem = Problem(
        code="DF-A126",
        message=f"{of} connections may want {most}, and {what} allows {limit}",
        where=_WHERE,
        context={"processes": processes, "pool_size": config.pool_size, "pool_max_overflow": config.pool_max_overflow},
        cause="a server that has as many connections as it allows refuses the next one (DF-A124)",
        solutions=(
            Solution("keep fewer per process:", f"DataFlow(pool_size={size}, pool_max_overflow={room - size})"),
            Solution("or put a pooler in between, or have the server allow more"),
        ),
    )
    return Finding("FAIL" if kept > limit else "WARN", problem.message, problem)


def durability_finding(unsafe: Mapping[str, str], safe: str, cure: str) -> Finding:
    """DF-A127 for settings with which a commit is told before it is on the disk.

    :param unsafe: those settings with their values; none when all is well.
    """
    if not unsafe:
        return passes(safe)
    settings = ", ".join(f"{name} = {value}" for name, value in unsafe.items())
    return warns(
        Problem(
            code="DF-A127",
            message=f"a loss of power may take away commits, or the data: {settings}",
            where=_WHERE,
            context=dict(unsafe),
            cause="a commit is told before it is on the disk",
            solutions=(Solution("where the data matters:", cure),),
        )
    )


def read_only_finding(why: str) -> Finding:
    """DF-A111: reads work, writes do not."""
    return warns(
        Problem(
            code="DF-A111",
            message=f"the database takes no writes: {why}",
            where=_WHERE,
            cause="it is a replica, or was set to be read only",
            solutions=(Solution("connect to the primary server, if the application writes"),),
        )
    )
