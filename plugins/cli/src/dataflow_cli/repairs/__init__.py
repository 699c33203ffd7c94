"""Fixes written into a file: only what they name is touched, everything else stays as it is written, byte by byte."""

from __future__ import annotations

from dataflow_cli.repairs.repair import Repair, is_fixable, repaired
from dataflow_cli.repairs.rounds import Checked, checked
from dataflow_cli.repairs.writing import replace_file

__all__ = ["Checked", "Repair", "checked", "is_fixable", "repaired", "replace_file"]
