"""The checks that there are, by stage."""

from dataflow_checkpoints.check import Check
from dataflow_checkpoints.checks.after import AFTER
from dataflow_checkpoints.checks.before import BEFORE
from dataflow_checkpoints.checks.deployed import DEPLOYED
from dataflow_checkpoints.checks.during import DURING

CHECKS: tuple[Check, ...] = (*BEFORE, *DURING, *AFTER, *DEPLOYED)

__all__ = ["CHECKS"]
