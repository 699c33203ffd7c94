"""PostgreSQL for DataFlow, by asyncpg."""

from dataflow_postgres.plugin import PostgresPlugin

__all__ = ["PostgresPlugin"]
