"""What migrations are made of: the vocabulary that adapters, engines and applications share. Nothing here touches a database."""

from dataflow.migrations.changes import Change, Conversion, Followed, Hindrance, Intents, KeptValue, KeyCopy, name_now
from dataflow.migrations.engine import LEAST_WAIT_S, AcceptingEngine, Fence, Guard, MigrationEngine, MigrationRun, Phase
from dataflow.migrations.objects import (
    Column,
    Constraint,
    Defined,
    Dependency,
    Index,
    Kind,
    ObjectRef,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow.migrations.plan import Finding, MigrationPlan, MigrationStep, PlanPhase, Probe
from dataflow.migrations.seam import MigratableAdapter, SchemaDialect, Session

__all__ = [
    "LEAST_WAIT_S",
    "AcceptingEngine",
    "Change",
    "Column",
    "Constraint",
    "Conversion",
    "Defined",
    "Dependency",
    "Fence",
    "Finding",
    "Followed",
    "Guard",
    "Hindrance",
    "Index",
    "Intents",
    "KeptValue",
    "KeyCopy",
    "Kind",
    "MigratableAdapter",
    "MigrationEngine",
    "MigrationPlan",
    "MigrationRun",
    "MigrationStep",
    "ObjectRef",
    "Phase",
    "PlanPhase",
    "Probe",
    "SchemaDialect",
    "SchemaObject",
    "SchemaSnapshot",
    "Session",
    "Table",
    "name_now",
]
