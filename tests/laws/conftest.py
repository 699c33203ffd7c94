"""How thoroughly the laws are tried: a little in the suite, for hours with ``make soak``; on every database that is there."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("laws", settings.get_profile("dataflow"), max_examples=30, suppress_health_check=_SLOW)
settings.register_profile("soak", settings.get_profile("laws"), max_examples=5_000)
settings.load_profile("soak" if os.environ.get("LAWS") == "soak" else "laws")


@pytest.fixture(scope="module")
def law_url(database_kind: str, compliance_url: str) -> str:
    """Give a database of this module's own; SQLite's is in memory, for a law is tried often."""
    return "sqlite:///:memory:" if database_kind == "sqlite" else compliance_url
