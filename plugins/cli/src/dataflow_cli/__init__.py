"""The `dataflow` command."""
