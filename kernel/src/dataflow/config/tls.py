"""How a connection to a server is encrypted, in libpq's terms."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

TLSMode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]


@attrs.frozen(kw_only=True)
class TLS:
    """The option ``ssl``. Only the ``verify-`` modes keep somebody in between from reading along."""

    mode: TLSMode = attrs.field(
        default="prefer",
        metadata={
            "description": "disable never encrypts; prefer does where the server can; require insists; verify-ca checks who "
            "signed the server's certificate; verify-full also that it is for this host."
        },
    )
    ca: Path | None = attrs.field(
        default=None,
        metadata={"description": "Certificates that may have signed the server's; the system's when not given."},
    )
    cert: Path | None = attrs.field(default=None, metadata={"description": "The client's own certificate."})
    key: Path | None = attrs.field(default=None, metadata={"description": "The key of the client's certificate."})
