"""The browser that pages are looked at with."""

from __future__ import annotations

import os
import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str:
    """Where chromium, or what is built from it, is installed; ``DATAFLOW_TEST_CHROMIUM`` names another one.

    :raises FileNotFoundError: when it is not.
    """
    names = [given] if (given := os.environ.get("DATAFLOW_TEST_CHROMIUM")) else list(_NAMES)
    found = next((path for path in map(shutil.which, names) if path is not None), None)
    if found is None:
        raise FileNotFoundError(f"none of {', '.join(names)} is installed")
    return found
