"""The line of each event: its area, as ``[DataFlow:Area]`` names it, and its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized

from dataflow.config.database_url import masked
from dataflow.diagnostics import DataFlowError
from dataflow.runtimes.events import Event
from dataflow_trace.values import Shown

GAP = "   "
MAX_STATEMENT = 2_000
ID_LENGTH = 4
# events of these areas are shown under another's name
_AREAS = {"sql": "SQL", "scope": "SQL", "skip": "Result", "progress": "Exec"}
_SAVEPOINTS = {"begin": "SAVEPOINT", "commit": "RELEASE SAVEPOINT", "rollback": "ROLLBACK TO SAVEPOINT"}


def line_of(event: Event, shown: Shown) -> tuple[str, str]:
    """The area and the text."""
    text = _TEXTS.get(event.area, _progress)(event, shown)
    return area_of(event), text


def area_of(event: Event) -> str:
    """The word of the line's area."""
    return _AREAS.get(event.area, event.area.capitalize())


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
    found = "miss" if event.name == "ensured" else "hit"
    facts = [found, *(["table created"] if event.details.get("created") else []), *_duration(event)]
    what = f"schema cache: {event.details.get('table', event.model)} {event.name} ({', '.join(facts)})"
    return GAP.join([what, *_whose(event)])


def _migration(event: Event, shown: Shown) -> str:
    what = f"{event.name} table {event.details['table']}" if event.name == "created" else _progress(event, shown)
    return GAP.join([what, *_whose(event)]) if event.name == "created" else what


def _exec(event: Event, shown: Shown) -> str:
    if event.name == "retry":
        return " ".join([*_whose(event), *_retry(event, shown)])
    params = event.details.get("params", {})
    if event.node_type is None:
        named = ["workflow", str(event.details.get("workflow", "workflow"))]
        return " ".join([*_whose(event), *named, *([shown(params)] if params else [])])
    return " ".join([*_whose(event), event.node_type, shown.parameters(event, params)])


def _retry(event: Event, shown: Shown) -> list[str]:
    error = event.details.get("error")
    return [f"retry {event.details.get('attempt')}", *([] if error is None else ["after", _error(error, shown)])]


def _sql(event: Event, shown: Shown) -> str:
    statement = " ".join(str(event.details.get("statement", event.name)).split())
    cut = Shown(limit=MAX_STATEMENT).cut(statement)
    failed = [f"failed {_code(event.details.get('error'))}"] if event.name == "error" else []
    return GAP.join([cut, *_count(event), *_duration(event), *failed, *_whose(event), *_transaction(event)])


def _count(event: Event) -> list[str]:
    # their number alone: which of them belongs to a secret field the statement does not say
    if "rows" in event.details:
        return [_counted(int(event.details["rows"]), "row")]
    given = event.details.get("params")
    count = given if isinstance(given, int) else len(given) if isinstance(given, Sized) else None
    return [] if count is None else [_counted(count, "param")]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _result(event: Event, shown: Shown) -> str:
    if event.name == "error":
        return " ".join([*_whose(event), "failed", *_duration(event), _error(event.details.get("error"), shown)])
    result = event.details.get("result")
    is_run = event.node_type is None and isinstance(result, Mapping)
    text = _counted(len(result), "node") if is_run and isinstance(result, Mapping) else shown.result(result)
    return " ".join([*_whose(event), "ok", *_duration(event), text])


def _error(error: object, shown: Shown) -> str:
    if isinstance(error, DataFlowError):
        return shown.cut(f"{error.code}: {error.message}")
    # the text of a driver's exception may carry values
    return type(error).__name__


def _code(error: object) -> str:
    return error.code if isinstance(error, DataFlowError) else type(error).__name__


def _skip(event: Event, shown: Shown) -> str:
    return " ".join([*_whose(event), "skipped"])


def _progress(event: Event, shown: Shown) -> str:
    return " ".join([*_whose(event), event.name, shown(event.details), *_duration(event)])


def _scope(event: Event, shown: Shown) -> str:
    if event.name == "retry":
        return GAP.join([" ".join(_retry(event, shown)), *_whose(event)])
    savepoint = event.details.get("savepoint")
    what = f"{_SAVEPOINTS[event.name]} {savepoint}" if savepoint else event.name.upper()
    details = [shown(event.details)] if event.details and not savepoint else []
    return GAP.join([what, *details, *_duration(event), *_whose(event), *_transaction(event)])


def _whose(event: Event) -> list[str]:
    """Run, node and call, as far as the event has them."""
    ids = (("run", event.run_id and event.run_id[:ID_LENGTH]), ("node", event.node_id))
    found = [
        f"{name} {value}" for name, value in (*ids, ("call", event.call_id and event.call_id[:ID_LENGTH])) if value
    ]
    return [" ".join(found)] if found else []


def _transaction(event: Event) -> list[str]:
    return [] if event.transaction_id is None else [f"transaction {event.transaction_id}"]


def _duration(event: Event) -> list[str]:
    if event.elapsed_ms is None:
        return []
    return [f"{event.elapsed_ms:.1f} ms" if event.elapsed_ms >= 10 else f"{event.elapsed_ms:.2f} ms"]


_TEXTS: dict[str, Callable[[Event, Shown], str]] = {
    "init": _init,
    "model": _model,
    "nodes": _nodes,
    "cache": _cache,
    "migration": _migration,
    "exec": _exec,
    "sql": _sql,
    "result": _result,
    "skip": _skip,
    "scope": _scope,
}
