"""The codes of this plugin; each has a page in ``pages``."""

from __future__ import annotations

from collections.abc import Mapping

from dataflow.diagnostics import Entry, ErrorCodes

_TITLES: Mapping[str, str] = {
    "GEN-101": "test data for an unknown model",
    "GEN-102": "wrong argument of the generator",
    "GEN-103": "more records than a unique field has values",
    "GEN-104": "field that no value can be made for",
    "GEN-105": "reference to records that are not there",
    "GEN-106": "references that need each other",
    "GEN-107": "test data for real data's profile",
    "GEN-108": "keys that are taken",
}
CODES = ErrorCodes(
    "GEN", {code: Entry(title, "Test data") for code, title in _TITLES.items()}, "dataflow_generate_data/pages"
)
