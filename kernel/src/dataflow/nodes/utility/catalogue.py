"""The utility nodes of one instance, given on the same hook that plugins use."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from dataflow.models.model import Model
from dataflow.nodes.node_type import NodeType
from dataflow.nodes.sagas import NodeSource, saga_node
from dataflow.nodes.utility.branching import MERGE_NODE, SWITCH_NODE
from dataflow.nodes.utility.function import FUNCTION_NODE
from dataflow.nodes.utility.python_code import code_node
from dataflow.nodes.utility.scope import Begin, scope_node
from dataflow.nodes.utility.sql import SQL_NODES
from dataflow.plugins.hookspecs import hookimpl


@attrs.define(eq=False)
class UtilityNodes:
    """The kernel's own plugin for nodes that belong to no model."""

    begin: Begin
    python_code: bool
    source: NodeSource

    @hookimpl
    def dataflow_nodes(self, model: Model | None) -> Iterable[NodeType]:
        if model is not None:
            return ()
        return (
            FUNCTION_NODE,
            code_node(self.python_code),
            *SQL_NODES,
            SWITCH_NODE,
            MERGE_NODE,
            scope_node(self.begin),
            saga_node(self.source),
        )
