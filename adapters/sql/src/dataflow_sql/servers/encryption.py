"""The option ``ssl`` as Python's own description of an encrypted connection, and what is wrong with a certificate."""

from __future__ import annotations

import ssl

from dataflow.config.tls import TLS
from dataflow_sql.servers.troubles import Kind, Trouble

#: OpenSSL's numbers: another host's name or address, and a signature of somebody unknown
_OTHER_NAME, _UNKNOWN_AUTHORITY = frozenset((62, 64)), frozenset((18, 19, 20, 21))


def certificate_trouble(error: ssl.SSLCertVerificationError) -> Trouble:
    """What is wrong with a server's certificate."""
    kinds: dict[Kind, frozenset[int]] = {"tls_name": _OTHER_NAME, "tls_authority": _UNKNOWN_AUTHORITY}
    kind: Kind = next((kind for kind, numbers in kinds.items() if error.verify_code in numbers), "tls")
    text = f"the server's certificate does not hold: {error.verify_message.rstrip('.')}"
    return Trouble(kind=kind, code=type(error).__name__, text=text)


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
