"""The option ``ssl`` as Python's own description of an encrypted connection."""

from __future__ import annotations

import ssl

from dataflow.config.tls import TLS


def ssl_context(tls: TLS) -> ssl.SSLContext:
    """What a connection that is encrypted has to prove; for ``disable`` and ``prefer`` nothing."""
    if tls.mode.startswith("verify"):
        context = ssl.create_default_context(cafile=tls.ca)
        context.check_hostname = tls.mode == "verify-full"
    else:
        # without the system's certificates, which take longer to read than a connection to open
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert is not None:
        context.load_cert_chain(tls.cert, tls.key)
    return context
