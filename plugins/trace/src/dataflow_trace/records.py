"""The JSON line of each event: the same content as the text, with full ids."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from typing import Any

from dataflow.config.database_url import masked
from dataflow.diagnostics import DataFlowError
from dataflow.runtimes.events import Event
from dataflow_trace.lines import area_of
from dataflow_trace.values import Shown


def record_of(event: Event, level: str, shown: Shown) -> tuple[str, str]:
    """The area and the line: one object, without what the event does not have."""
    ids = {
        "run": event.run_id,
        "node": event.node_id,
        "node_type": event.node_type,
        "call": event.call_id,
        "transaction": event.transaction_id,
        "model": event.model,
        "elapsed_ms": None if event.elapsed_ms is None else round(event.elapsed_ms, 3),
    }
    record = {
        "time": datetime.datetime.now(datetime.UTC).isoformat(),
        "process": os.getpid(),
        "level": level,
        "area": area_of(event).lower(),
        "event": event.name,
        **{name: value for name, value in ids.items() if value is not None},
        **{name: _detail(event, name, value, shown) for name, value in event.details.items()},
    }
    return area_of(event), json.dumps(record, ensure_ascii=False)


def _detail(event: Event, name: str, value: object, shown: Shown) -> Any:
    if name == "database":
        return masked(str(value))[1:-1]
    if name == "statement":
        return " ".join(str(value).split())
    if event.area == "model" and isinstance(value, Mapping):
        # a field's type, also where its values are secret
        return dict(value)
    if isinstance(value, DataFlowError):
        return {"code": value.code, "message": shown.cut(value.message)}
    if isinstance(value, BaseException):
        # the text of a driver's exception may carry values
        return {"code": type(value).__name__}
    if name == "params" and isinstance(value, Mapping):
        return shown.tree(shown.counted(event, value))
    if name == "result":
        is_run = event.node_type is None and isinstance(value, Mapping)
        return (
            {"nodes": list(value)} if is_run and isinstance(value, Mapping) else shown.tree(shown.counted(None, value))
        )
    return shown.tree(value)
