"""Errors as data: problems with code, place, cause and cure, the exceptions that carry them, their plain text."""

from dataflow.diagnostics.callsite import CallSite
from dataflow.diagnostics.catalogue import CATALOGUE, Entry
from dataflow.diagnostics.closest import closest
from dataflow.diagnostics.errors import (
    AdapterError,
    ConfigError,
    ConflictError,
    ConstraintError,
    ContentionError,
    DataFlowError,
    DataFlowWarning,
    DeadlineExceeded,
    ExecutionError,
    ForeignKeyError,
    ModelError,
    NodeError,
    NodeFailed,
    NotFoundError,
    OutcomeUnknown,
    PluginError,
    SchemaError,
    TransactionError,
    UniqueError,
    UnreachableError,
    WorkflowBuildError,
    WorkflowError,
    error_of,
)
from dataflow.diagnostics.pages import page_of
from dataflow.diagnostics.problem import Edit, Fix, Problem, Solution, Where
from dataflow.diagnostics.secret import Secret
from dataflow.diagnostics.wording import listed, name_of, text_of

__all__ = [
    "CATALOGUE",
    "AdapterError",
    "CallSite",
    "ConfigError",
    "ConflictError",
    "ConstraintError",
    "ContentionError",
    "DataFlowError",
    "DataFlowWarning",
    "DeadlineExceeded",
    "Edit",
    "Entry",
    "ExecutionError",
    "Fix",
    "ForeignKeyError",
    "ModelError",
    "NodeError",
    "NodeFailed",
    "NotFoundError",
    "OutcomeUnknown",
    "PluginError",
    "Problem",
    "SchemaError",
    "Secret",
    "Solution",
    "TransactionError",
    "UniqueError",
    "UnreachableError",
    "Where",
    "WorkflowBuildError",
    "WorkflowError",
    "closest",
    "error_of",
    "listed",
    "name_of",
    "page_of",
    "text_of",
]
