"""What spans say, in the stable names of OpenTelemetry's conventions for databases; what has no name there begins with ``dataflow.``.

The convention: https://opentelemetry.io/docs/specs/semconv/db/database-spans/. Its package of constants is not needed for
a dozen names that cannot change.
"""

from __future__ import annotations

from collections.abc import Mapping

from dataflow.config.database_url import DatabaseUrl
from dataflow.diagnostics import DataFlowError
from dataflow.diagnostics.own_codes import title_of
from dataflow.runtimes.events import Event

Attributes = dict[str, str | int]

#: the scheme of a URL -> the convention's name of the database
_SYSTEMS: Mapping[str, str] = {"postgres": "postgresql"}
#: a port is only told where it is another
_PORTS: Mapping[str, int] = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
_SAVEPOINTS: Mapping[str, str] = {
    "begin": "SAVEPOINT",
    "commit": "RELEASE SAVEPOINT",
    "rollback": "ROLLBACK TO SAVEPOINT",
}


def database_attributes(url: DatabaseUrl) -> Attributes:
    """Where every statement of an instance goes; no name of a user and no password."""
    system = _SYSTEMS.get(url.scheme, url.scheme)
    namespace = url.database or (str(url.path) if url.path is not None else "")
    port = url.port if url.port != _PORTS.get(system) else None
    found = {"db.system.name": system, "db.namespace": namespace, "server.address": url.host, "server.port": port}
    return {name: value for name, value in found.items() if value}


def ids_of(event: Event) -> Attributes:
    """Run, node, call and transaction, so that spans and debug lines can be found by each other."""
    found = {
        "dataflow.run.id": event.run_id,
        "dataflow.node.id": event.node_id,
        "dataflow.node.type": event.node_type,
        "dataflow.call.id": event.call_id,
        "dataflow.transaction.id": event.transaction_id,
        "dataflow.model": event.model,
        "dataflow.workflow.name": event.details.get("workflow"),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def statement_attributes(event: Event) -> Attributes:
    """The statement and what it is done to. Its text holds places for values, never values."""
    text = " ".join(str(event.details["statement"]).split())
    found: Attributes = {"db.query.text": text, "db.operation.name": operation_of(text)}
    if "table" in event.details:
        found["db.collection.name"] = str(event.details["table"])
    # a batch of one is none
    if event.details.get("rows", 0) > 1:
        found["db.operation.batch.size"] = int(event.details["rows"])
    return {name: value for name, value in found.items() if value}


def scope_attributes(event: Event) -> Attributes:
    """What begins or ends a transaction, or a savepoint in one."""
    savepoint = "savepoint" in event.details
    return {"db.operation.name": _SAVEPOINTS[event.name] if savepoint else event.name.upper()}


def operation_of(text: str) -> str:
    """The word that a statement begins with; nothing where it is not certain to be one."""
    word = text.partition(" ")[0].upper()
    return word if word.isalpha() and word.isascii() and word != "WITH" else ""


def error_type_of(error: object) -> str:
    """The code, or the class of what is no error of the framework: a cancellation."""
    return error.code if isinstance(error, DataFlowError) else type(error).__name__


def description_of(error: object) -> str:
    """What the code means. The message may name the values of a record, and spans leave the house."""
    code = error_type_of(error)
    return f"{code}: {title_of(code)}" if isinstance(error, DataFlowError) else code
