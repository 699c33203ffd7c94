"""What adapters and plugins of DataFlow are tested with."""

from dataflow_testkit.databases import KINDS, Databases, Kind
from dataflow_testkit.proxy import Proxy
from dataflow_testkit.throwaway import MariaDBServer, PostgresServer, ThrowawayServer

__all__ = ["KINDS", "Databases", "Kind", "MariaDBServer", "PostgresServer", "Proxy", "ThrowawayServer"]
