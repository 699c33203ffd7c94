"""What databases behind a network share: connections and their pool, transactions, the eight plain operations."""

from dataflow_sql.servers.adapter import ServerAdapter
from dataflow_sql.servers.execution import Execution
from dataflow_sql.servers.link import Driver, Link, NoAnswer, NotDone
from dataflow_sql.servers.pool import PoolSettings
from dataflow_sql.servers.undoing import undo

__all__ = ["Driver", "Execution", "Link", "NoAnswer", "NotDone", "PoolSettings", "ServerAdapter", "undo"]
