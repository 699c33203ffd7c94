"""The caps of filters and lists: what one call may ask of a database."""

from __future__ import annotations

from typing import Any

import attrs


def _cap(default: int, description: str) -> Any:
    return attrs.field(default=default, validator=attrs.validators.ge(1), metadata={"description": description})


@attrs.frozen(kw_only=True)
class Limits:
    """Caps that keep what comes from outside - a query string, a form - within reason."""

    max_filter_depth: int = _cap(32, "How deep '$and', '$or' and '$not' of a filter may stand in one another.")
    max_filter_nodes: int = _cap(1000, "The most conditions of one filter.")
    max_in: int = _cap(10_000, "The most values of one '$in' or '$nin'.")
    max_limit: int = _cap(10_000, "The most records of one page.")
    default_limit: int = _cap(100, "The records of a page whose 'limit' is not given.")
    max_regex: int = _cap(1000, "The most characters of a '$regex'.")
