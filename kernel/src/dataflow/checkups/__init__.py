"""What is looked at to tell how an instance is: its environment, plugins, options, database and tables."""

from dataflow.checkups.diagnosing import diagnose
from dataflow.inspection.checkups import Area, Checkup, Diagnosis, Finding, Status, fails, passes, warns

__all__ = ["Area", "Checkup", "Diagnosis", "Finding", "Status", "diagnose", "fails", "passes", "warns"]
