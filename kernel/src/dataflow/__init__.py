"""DataFlow: models, nodes, workflows and the hooks that plugins implement.

``DataFlow`` is one database with its models, ``WorkflowBuilder`` wires their nodes, ``LocalRuntime`` and
``AsyncLocalRuntime`` run what was built. Everything here is public; other modules are for plugins.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dataflow.app import DataFlow
from dataflow.diagnostics import (
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
    MigrationError,
    ModelError,
    NodeError,
    NodeFailed,
    NotFoundError,
    OutcomeUnknown,
    PluginError,
    Problem,
    SchemaError,
    TransactionError,
    UniqueError,
    UnreachableError,
    WorkflowBuildError,
    WorkflowError,
)
from dataflow.expressions.query import Q
from dataflow.models.model import Index
from dataflow.models.specifier import field, generated, typed
from dataflow.nodes.utility.function import node
from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from dataflow.runtimes.async_local import AsyncLocalRuntime
    from dataflow.runtimes.local import LocalRuntime
    from dataflow.workflows.builder import WorkflowBuilder
    from dataflow.workflows.step import Retry
    from dataflow.workflows.workflow import Workflow

__version__ = "0.1.0"

__all__ = [
    "AdapterError",
    "AsyncLocalRuntime",
    "ConfigError",
    "ConflictError",
    "ConstraintError",
    "ContentionError",
    "DataFlow",
    "DataFlowError",
    "DataFlowWarning",
    "DeadlineExceeded",
    "ExecutionError",
    "ForeignKeyError",
    "Index",
    "LocalRuntime",
    "MigrationError",
    "ModelError",
    "NodeError",
    "NodeFailed",
    "NotFoundError",
    "OutcomeUnknown",
    "PluginError",
    "Problem",
    "Q",
    "Retry",
    "SchemaError",
    "TransactionError",
    "UniqueError",
    "UnreachableError",
    "Workflow",
    "WorkflowBuildError",
    "WorkflowBuilder",
    "WorkflowError",
    "field",
    "generated",
    "hookimpl",
    "node",
    "typed",
]

#: loaded when first asked for: a third of the kernel, which direct calls do without
_OF_WORKFLOWS = {
    "AsyncLocalRuntime": "dataflow.runtimes.async_local",
    "LocalRuntime": "dataflow.runtimes.local",
    "Retry": "dataflow.workflows.step",
    "Workflow": "dataflow.workflows.workflow",
    "WorkflowBuilder": "dataflow.workflows.builder",
}


def __getattr__(name: str) -> object:
    if name not in _OF_WORKFLOWS:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = globals()[name] = getattr(import_module(_OF_WORKFLOWS[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(globals().keys() | _OF_WORKFLOWS)
