"""The line of each event: its area, as ``[DataFlow:Area]`` names it, and its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized

from dataflow.config.database_url import masked
from dataflow.diagnostics import DataFlowError
from dataflow.runtimes.events import Event
from dataflow_trace.values import Shown

GAP = "   "
MAX_STATEMENT = 2_000
RUN_LENGTH = 4
# events of these areas are shown under another's name
_AREAS = {"sql": "SQL", "scope": "SQL", "skip": "Result", "progress": "Exec"}


def line_of(event: Event, shown: Shown) -> tuple[str, str]:
    """The area and the text."""
    text = _TEXTS.get(event.area, _other)(event, shown)
    return _AREAS.get(event.area, event.area.capitalize()), text


def _init(event: Event, shown: Shown) -> str:
    entries = {name: _listed(value, shown) for name, value in event.details.items()}
    if "database" in event.details:
        # whoever made the event has masked it; a password in a log cannot be taken back
        entries["database"] = masked(str(event.details["database"]))[1:-1]
    return GAP.join(f"{name} {text}" for name, text in entries.items()) or event.name


def _listed(value: object, shown: Shown) -> str:
    if isinstance(value, str):
        return shown.cut(value)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else shown(value)


def _model(event: Event, shown: Shown) -> str:
    fields = event.details.get("fields")
    listed = ", ".join(f"{name} {kind}" for name, kind in fields.items()) if isinstance(fields, Mapping) else ""
    return f"{event.name} {event.model}: {listed}".removesuffix(": ")


def _nodes(event: Event, shown: Shown) -> str:
    names = list(event.details.get("nodes", ()))
    return f"{event.name} {len(names)}: {', '.join(map(str, names))}"


def _cache(event: Event, shown: Shown) -> str:
    facts = ["table created" if event.details.get("created") else "miss", *_duration(event)]
    return f"schema cache: {event.details.get('table', event.model)} {event.name} ({', '.join(facts)})"


def _exec(event: Event, shown: Shown) -> str:
    return " ".join([*_run(event), event.node_type or "", shown(event.details.get("params", {}))])


def _sql(event: Event, shown: Shown) -> str:
    statement = " ".join(str(event.details.get("statement", event.name)).split())
    cut = Shown(limit=MAX_STATEMENT).cut(statement)
    return GAP.join([cut, *_parameters(event.details.get("params")), *_duration(event)])


def _parameters(given: object) -> list[str]:
    # their number alone: which of them belongs to a secret field the statement does not say
    count = given if isinstance(given, int) else len(given) if isinstance(given, Sized) else None
    return [] if count is None else [f"{count} param{'' if count == 1 else 's'}"]


def _result(event: Event, shown: Shown) -> str:
    if event.name != "error":
        return " ".join([*_run(event), "ok", *_duration(event), shown(event.details.get("result"))])
    return " ".join([*_run(event), "failed", *_duration(event), _error(event.details.get("error"), shown)])


def _error(error: object, shown: Shown) -> str:
    if isinstance(error, DataFlowError):
        return shown.cut(f"{error.code}: {error.message}")
    # the text of a driver's exception may carry values
    return type(error).__name__


def _skip(event: Event, shown: Shown) -> str:
    return " ".join([*_run(event), "skipped"])


def _progress(event: Event, shown: Shown) -> str:
    return " ".join([*_run(event), event.name, shown(event.details), *_duration(event)])


def _scope(event: Event, shown: Shown) -> str:
    details = [shown(event.details)] if event.details else []
    return GAP.join([" ".join([*_run(event), event.name]), *details, *_duration(event)])


def _other(event: Event, shown: Shown) -> str:
    return _progress(event, shown)


def _run(event: Event) -> list[str]:
    """Run and node, as far as the event has them: a direct call has neither."""
    run = [f"run {event.run_id[:RUN_LENGTH]}"] if event.run_id else []
    return [*run, f"node {event.node_id}"] if event.node_id else run


def _duration(event: Event) -> list[str]:
    if event.elapsed_ms is None:
        return []
    return [f"{event.elapsed_ms:.1f} ms" if event.elapsed_ms >= 10 else f"{event.elapsed_ms:.2f} ms"]


_TEXTS: dict[str, Callable[[Event, Shown], str]] = {
    "init": _init,
    "model": _model,
    "nodes": _nodes,
    "cache": _cache,
    "exec": _exec,
    "sql": _sql,
    "result": _result,
    "skip": _skip,
    "progress": _progress,
    "scope": _scope,
}
