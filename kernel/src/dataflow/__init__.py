"""DataFlow: models, nodes, workflows and the hooks that plugins implement.

``DataFlow`` is one database with its models, ``WorkflowBuilder`` wires their nodes, ``LocalRuntime`` and
``AsyncLocalRuntime`` run what was built. Everything here is public; other modules are for plugins.
"""

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
