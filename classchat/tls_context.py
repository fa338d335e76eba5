"""TLS settings that servers and clients share."""

from __future__ import annotations

from OpenSSL import SSL

_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption. TLS 1.3 has no other ciphers."""

_OPTIONS = SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION


def new_context(method: int, options: int = 0) -> SSL.Context:
    """Return a context for TLS 1.2 and newer, with these options in addition to the common ones."""
    context = SSL.Context(method)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(_OPTIONS | options)
    context.set_cipher_list(_CIPHERS)
    return context
