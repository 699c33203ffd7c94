"""Values as SQL literals that take the type of the column they are for."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataflow_postgres.migrations.names import text


def literal(value: Any) -> str:
    """:param value: as the driver is given it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        # a number would be read as numeric, and NaN not at all
        return text(str(value))
    if isinstance(value, bytes):
        return text(f"\\x{value.hex()}")
    if isinstance(value, datetime | date | time):
        return text(value.isoformat())
    if isinstance(value, timedelta):
        return text(f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds")
    if isinstance(value, UUID):
        return text(str(value))
    return text(value) if isinstance(value, str) else text(json.dumps(value))
