"""The numbers that checks compare with."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Limits:
    """None compares with nothing."""

    deadline_s: float | None = None
    check_timeout_s: float | None = 300.0
    long_transaction_s: float | None = 60.0
    max_lag_s: float | None = 30.0
    checksum_rows: int = 10_000
    max_backup_age_s: float | None = None
    max_lock_waits: int | None = None
    #: a query that answers the Unix time of the last backup
    last_backup: str = ""
