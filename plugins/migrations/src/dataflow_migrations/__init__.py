"""Migrations of DataFlow: the pipeline from models to an applied plan, its history, and the engine that compares schemas."""

from dataflow_migrations.plugin import MigrationsPlugin

__all__ = ["MigrationsPlugin"]
