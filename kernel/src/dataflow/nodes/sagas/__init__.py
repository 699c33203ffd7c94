"""``TransactionManagerNode``: sagas, whose steps are undone one by one when a later one fails."""

from dataflow.nodes.sagas.node import saga_node
from dataflow.nodes.sagas.step import NodeSource

__all__ = ["NodeSource", "saga_node"]
