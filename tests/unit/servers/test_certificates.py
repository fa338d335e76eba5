"""The server's certificate: what is made, what is read, and what can't be used."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier
from twisted.logger import LogLevel, capturedLogs

from classchat.servers.certificates import CertificateError, Given, Kept, Passing, make_pem


def key_pem(key: Any, password: bytes | None = None) -> bytes:
    """Return a private key as PEM."""
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def certificate_pem(key: Any, *names: x509.GeneralName, issuer: str = "chat.example.org") -> bytes:
    """Return a certificate that a key signs itself, perhaps for the names of hosts."""
    name, other = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in ("chat.example.org", issuer)
    )
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(other).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Write a file."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_what_is_made() -> None:
    """The key is one of P-256, the certificate is signed by it, good for servers, and does not expire."""
    pem = make_pem()
    key = serialization.load_pem_private_key(pem, None)
    certificate = x509.load_pem_x509_certificate(pem)
    certificate.verify_directly_issued_by(certificate)

    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert ("secp256r1", key.public_key()) == (key.curve.name, certificate.public_key())
    assert 9999 == certificate.not_valid_after_utc.year


def test_what_is_made_is_made_once() -> None:
    """A certificate that is not kept stays the same while the server runs, and is another one later."""
    passing = Passing()

    assert passing.load() is passing.load()
    assert passing.load().fingerprint != Passing().load().fingerprint


def test_kept(tmp_path: Path) -> None:
    """A certificate is made once, in a file that no other user may read, and stays the same."""
    path = tmp_path / "classchat.sqlite-tls.pem"
    made, again = Kept(path).load(), Kept(path).load()
    fingerprint = x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256()).hex()

    assert [f"sha256:{fingerprint}"] * 2 == [made.fingerprint, again.fingerprint]
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("umask", [0, 0o277, 0o777])
def test_a_key_is_private(tmp_path: Path, umask: int) -> None:
    """A certificate that is made can be read by its owner and no other user, whatever the umask is."""
    path, before = tmp_path / "c.pem", os.umask(umask)
    try:
        Kept(path).load()
    finally:
        os.umask(before)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_key_that_others_could_read(tmp_path: Path) -> None:
    """A kept key that others could read is made private, and the operator is told."""
    path = tmp_path / "c.pem"
    with capturedLogs() as logged:
        Kept(path).load()
        path.chmod(0o640)
        Kept(path).load()
        Kept(path).load()

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [(LogLevel.warn, path)] == [(event["log_level"], event["path"]) for event in logged]


def test_an_operators_key_that_others_may_read(tmp_path: Path) -> None:
    """An operator's key stays as it is, and the operator is told which users may read it."""
    path = tmp_path / "c.pem"
    path.write_bytes(make_pem())
    path.chmod(0o644)
    with capturedLogs() as logged:
        Given(path).load()

    assert 0o644 == stat.S_IMODE(path.stat().st_mode)
    assert [f"The private key '{path}' can be read by other users: chmod 600 '{path}'"] == [
        event["doubt"] for event in logged
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_users_key(tmp_path: Path) -> None:
    """A kept key of another user is refused; an operator's key of another user is warned about."""
    path = tmp_path / "c.pem"
    Kept(path).load()
    os.chown(path, 65534, -1)
    with pytest.raises(CertificateError) as caught:
        Kept(path).load()
    with capturedLogs() as logged:
        Given(path).load()

    assert (
        f"The private key in '{path}' belongs to another user, who can read it: remove it, "
        "or take another file for the journal."
    ) == str(caught.value)
    assert [f"The private key '{path}' belongs to another user (nobody), and that user can read it"] == [
        event["doubt"] for event in logged
    ]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A pipe or directory in place of a kept certificate is refused, and not waited for."""
    path = tmp_path / "c.pem"
    make(path)
    with pytest.raises(CertificateError) as caught:
        Kept(path).load()

    assert f"The certificate '{path}' can't be read: it is not a file." == str(caught.value)


def test_a_kept_certificate_that_is_gone(tmp_path: Path) -> None:
    """A deleted certificate is not replaced while the server runs: clients would refuse a new one."""
    path = tmp_path / "c.pem"
    Kept(path).load()
    path.unlink()
    with pytest.raises(CertificateError) as caught:
        Kept(path).load_again()

    assert f"The certificate '{path}' can't be read: No such file or directory." == str(caught.value)
    assert not path.exists()


def test_the_key_is_private_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is private from the moment when it exists, whatever the umask is."""
    modes = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: modes.append(stat.S_IMODE(os.fstat(fd).st_mode)) or fsync(fd))
    before = os.umask(0)
    try:
        Kept(tmp_path / "c.pem").load()
    finally:
        os.umask(before)

    assert [0o600] == modes


def test_another_process_was_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If two processes make a certificate at once, both use the same one."""
    path = tmp_path / "c.pem"
    first = Kept(path).load()
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: self != path and exists(self))
    second = Kept(path).load()

    assert first.fingerprint == second.fingerprint
    assert [path] == [*tmp_path.iterdir()]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is also made where the file system has no links."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "c.pem"
    made = Kept(path).load()

    assert (made.fingerprint, [path]) == (Kept(path).load().fingerprint, [*tmp_path.iterdir()])


def test_what_a_killed_server_left(tmp_path: Path) -> None:
    """A file that a killed server left does no harm."""
    beside = tmp_path / f"c.pem.{os.getpid()}.new"
    beside.write_text("half")
    Kept(tmp_path / "c.pem").load()

    assert not beside.exists()


def test_no_place_to_keep_it(tmp_path: Path) -> None:
    """If the file can't be written, the sentence says why."""
    path = tmp_path / "nowhere" / "c.pem"
    with pytest.raises(CertificateError) as caught:
        Kept(path).load()

    assert f"The certificate '{path}' can't be made: No such file or directory." == str(caught.value)


@pytest.mark.parametrize("together", [True, False])
def test_given(file: Callable[[str, bytes], Path], together: bool) -> None:
    """An operator's certificate may be one file or two, and its issuers' certificates may follow."""
    other = ec.generate_private_key(ec.SECP384R1())
    chain = certificate_pem(KEY) + certificate_pem(other)
    if together:
        source = Given(file("all.pem", chain + key_pem(KEY)))
    else:
        source = Given(file("c.pem", chain), file("k.pem", key_pem(KEY)))
    fingerprint = x509.load_pem_x509_certificate(chain).fingerprint(hashes.SHA256()).hex()

    assert f"sha256:{fingerprint}" == source.load().fingerprint


def test_a_key_in_the_old_form(file: Callable[[str, bytes], Path]) -> None:
    """A key in OpenSSL's traditional form is accepted, too."""
    old = KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )

    assert Given(file("c.pem", certificate_pem(KEY)), file("k.pem", old)).load()


WEAK = rsa.generate_private_key(65_537, 1024)  # noqa: S505  it has to be refused

BAD = {
    "no certificate": (b"Dear diary", key_pem(KEY), "There is no certificate in '{c}': give a PEM file."),
    "damaged certificate": (
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        key_pem(KEY),
        "There is no certificate in '{c}': give a PEM file.",
    ),
    "no key": (
        certificate_pem(KEY),
        b"",
        "There is no private key in '{k}': name its PEM file with --key.",
    ),
    "damaged key": (
        certificate_pem(KEY),
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "The private key in '{k}' can't be read: it is damaged.",
    ),
    "key with a password": (
        certificate_pem(KEY),
        key_pem(KEY, b"secret"),
        "The private key in '{k}' has a password: store it without.",
    ),
    "key of another one": (
        certificate_pem(KEY),
        key_pem(ec.generate_private_key(ec.SECP256R1())),
        "The private key in '{k}' is not the certificate's in '{c}'.",
    ),
    "weak key": (
        certificate_pem(WEAK),
        key_pem(WEAK),
        "The certificate in '{c}' can't be used: ee key too small.",
    ),
}


@pytest.mark.parametrize(("certificate", "key", "sentence"), BAD.values(), ids=BAD)
def test_what_can_not_be_used(
    file: Callable[[str, bytes], Path], certificate: bytes, key: bytes, sentence: str
) -> None:
    """A sentence says what is wrong, and names the file."""
    c, k = file("c.pem", certificate), file("k.pem", key)
    with pytest.raises(CertificateError) as caught:
        Given(c, k).load()

    assert sentence.format(c=c, k=k) == str(caught.value)


def test_files_that_are_not_there(file: Callable[[str, bytes], Path], tmp_path: Path) -> None:
    """A sentence says which of the two files can't be read, and why."""
    nowhere = tmp_path / "nowhere"
    for source, what in (
        (Given(nowhere), "certificate"),
        (Given(file("c.pem", certificate_pem(KEY)), nowhere), "private key"),
    ):
        with pytest.raises(CertificateError) as caught:
            source.load()

        assert f"The {what} '{nowhere}' can't be read: No such file or directory." == str(caught.value)


def test_the_hosts_of_a_certificate(file: Callable[[str, bytes], Path]) -> None:
    """A certificate has the names of its hosts, in lower case: no addresses, and not what it is called."""
    address = x509.IPAddress(ip_address("192.0.2.1"))
    pem = certificate_pem(KEY, x509.DNSName("Chat.example.org"), x509.DNSName("*.example.net"), address)
    certificate = Given(file("both.pem", key_pem(KEY) + pem)).load()
    plain = Given(file("plain.pem", key_pem(KEY) + certificate_pem(KEY))).load()

    assert {"chat.example.org", "*.example.net"} == certificate.names
    assert frozenset() == plain.names


def test_who_has_signed_a_certificate(file: Callable[[str, bytes], Path]) -> None:
    """A certificate is vouched for if another name than its own has issued it; ours is not."""
    issued = certificate_pem(KEY, issuer="An Authority")
    given = [Given(file("c.pem", key_pem(KEY) + pem)).load() for pem in (issued, certificate_pem(KEY))]

    assert [True, False, False] == [each.vouched_for for each in (*given, Passing().load())]


def test_hosts_of_a_certificate_that_can_not_be_read(file: Callable[[str, bytes], Path]) -> None:
    """A certificate with names that are no list is used, and has none."""
    broken = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.17"), b"\x04\x00")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat.example.org")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, now, now + timedelta(days=1))
    pem = builder.add_extension(broken, critical=False).sign(KEY, hashes.SHA256())
    path = file("broken.pem", key_pem(KEY) + pem.public_bytes(serialization.Encoding.PEM))

    assert frozenset() == Given(path).load().names
