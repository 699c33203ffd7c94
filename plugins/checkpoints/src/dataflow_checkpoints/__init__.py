"""Checks of DataFlow before, during and after a migration, whose results are records."""

from dataflow_checkpoints.plugin import CheckpointsPlugin

__all__ = ["CheckpointsPlugin"]
