"""How thoroughly the laws are tried: a little in the suite, for hours with ``make soak``."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "laws", max_examples=60, deadline=None, derandomize=False, print_blob=True, suppress_health_check=_SLOW
)
settings.register_profile("soak", settings.get_profile("laws"), max_examples=5_000)
settings.load_profile("soak" if os.environ.get("LAWS") == "soak" else "laws")
