"""What a database remembers of its migrations, as data."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

RevisionState = Literal["running", "applied", "failed", "reverted", "stamped"]
StepState = Literal["pending", "running", "applied", "failed", "reverted"]


@attrs.frozen(kw_only=True)
class StepRecord:
    """One step in the journal. ``lock_token`` is that of the holder who did it."""

    revision: str
    step_no: int
    statement_sha256: str
    state: StepState
    lock_token: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    sqlstate: str = ""
    message: str = ""


@attrs.frozen(kw_only=True)
class Revision:
    """One migration in the history, latest last; times by the database's clock, in UTC."""

    revision: str
    parent: str
    checksum: str
    state: RevisionState
    from_fingerprint: str
    to_fingerprint: str
    created_at: datetime
    applied_at: datetime | None = None
    applied_by: str = ""
    tool_version: str = ""
    steps: tuple[StepRecord, ...] = ()


@attrs.frozen(kw_only=True)
class LockState:
    """Who holds the migration lock. ``token`` counts up with each holder; ``last_step`` is what the journal has under way."""

    token: int
    holder: str
    host: str
    pid: int
    since: datetime
    expires_at: datetime
    #: by the database's clock
    is_expired: bool
    last_step: str = ""


@attrs.frozen(kw_only=True)
class MigrationStatus:
    """Where a database stands. ``pending`` are revisions of files that it has not, and what models want besides.

    ``capabilities`` says which engines are there: what one would do is left out where it is not.
    """

    head: str
    state: Literal["current", "pending", "unfinished", "ahead", "untracked"]
    pending: tuple[str, ...] = ()
    unfinished: Revision | None = None
    lock: LockState | None = None
    #: what was kept aside of lossy steps, until ``contract``
    kept_aside: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
