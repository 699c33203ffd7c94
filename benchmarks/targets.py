"""How long DataFlow may take, as a share of the plain driver's time, and why where it takes longer."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.places import Database

CREATE, READ, UPDATE, LIST, TOTAL = "create", "read", "update", "list", "total"
BULK, BULK_10, RETURNING, BULK_UPDATE, BULK_UPSERT = "bulk", "bulk-10k", "returning", "bulk-update", "bulk-upsert"
TASKS = "tasks"

TARGETS: Mapping[Database, Mapping[str, float]] = {
    "sqlite": {CREATE: 0.65, READ: 0.45, UPDATE: 0.60, LIST: 0.90, TASKS: 0.40, BULK: 1.2},
    "postgres": {
        CREATE: 0.65,
        READ: 0.60,
        UPDATE: 0.65,
        LIST: 0.90,
        TASKS: 0.75,
        BULK_10: 1.15,
        BULK: 1.15,
        RETURNING: 1.6,
        BULK_UPDATE: 0.95,
        BULK_UPSERT: 0.90,
    },
    "mysql": {
        CREATE: 1.0,
        READ: 1.05,
        UPDATE: 1.0,
        LIST: 1.0,
        TASKS: 0.9,
        BULK_10: 0.7,
        BULK: 0.7,
        BULK_UPDATE: 0.85,
        BULK_UPSERT: 0.9,
    },
}
#: the cause of a target that is not met
CAUSES: Mapping[Database, Mapping[str, str]] = {
    "sqlite": {},
    "postgres": {},
    "mysql": {},
}
#: microseconds a node of a run costs above its operation
NODE_US = {"chain of 10": 10.0, "fan-out 10x10": 12.0}
#: one node as a workflow, as a share of the direct call
ONE_NODE = 1.15
IMPORT_MS = 150.0
#: the first create on an empty SQLite file
FIRST_USE_MS = 50.0
#: from the start of the process to the first row on SQLite, as a share of a SQLAlchemy Core program's
FIRST_ROW = 1.1
