"""Trying an address; the answers of real servers are in tests/e2e/test_invite.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from classchat.probing import names_in


def _certificate(*names: str) -> bytes:
    """Return a certificate with names of hosts, in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    itself = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "not.a.name.of.the.host")])
    builder = (
        x509.CertificateBuilder(itself, itself, key.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("der", "names"),
    [
        (_certificate("chat.school.example", "*.school.example", "school.example"), 2),
        (_certificate(), 0),
        (b"no certificate", 0),
    ],
    ids=["with names", "without names", "not a certificate"],
)
def test_the_names_in_a_certificate(der: bytes, names: int) -> None:
    """Names of single hosts can be in a link; those with `*`, and the subject, can't."""
    assert ("chat.school.example", "school.example")[:names] == names_in(der)
