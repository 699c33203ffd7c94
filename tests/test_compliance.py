"""The first-party adapters pass the suite that all adapters have to pass, on every database that is there."""

from dataflow_testkit.compliance import *  # noqa: F403  # pytest collects what is imported
