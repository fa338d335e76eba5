"""Endpoints: with TLS, or without."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, UNIXClientEndpoint
from twisted.internet.testing import MemoryReactorClock

from classchat.client.link import endpoints
from classchat.client.link.endpoints import described, endpoint_to
from classchat.client.link.secure import SecureEndpoint
from classchat.client.link.several import HostEndpoint
from tests.tables import each_case

FINGERPRINT = f"sha256:{'ab' * 32}"


@pytest.fixture(autouse=True)
def known_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep known servers in a directory of the test's own."""
    path = tmp_path / "known_hosts"
    monkeypatch.setattr(endpoints, "known_hosts_file", lambda: path)
    return path


@each_case(
    ("host", "tls", "fingerprint", "secure"),
    [
        ("127.0.0.1", None, None, False),
        ("localhost", None, None, False),
        ("::1", None, None, False),
        ("127.0.0.1", True, None, True),
        ("127.0.0.1", None, FINGERPRINT, True),
        ("192.168.1.1", None, None, True),
        ("chat.example.org", None, None, True),
        ("chat.example.org", True, FINGERPRINT, True),
        ("chat.example.org", False, None, False),
    ],
)
def test_who_is_encrypted_to(host: str, tls: bool | None, fingerprint: str | None, secure: bool) -> None:
    """Connections to other machines are encrypted, unless the user chooses otherwise."""
    endpoint = endpoint_to(MemoryReactorClock(), host, 5555, tls, fingerprint, print)

    assert (SecureEndpoint if secure else HostEndpoint) is type(endpoint)


@pytest.mark.parametrize("host", ["fe80::1%eth0", "fe80::1%1", "FE80::1%lo"])
def test_an_address_with_a_zone(host: str) -> None:
    """The interface of a link-local address is kept."""
    endpoint = endpoint_to(MemoryReactorClock(), host, 5555, False, None, print)

    assert TCP6ClientEndpoint is type(endpoint)
    assert (host, 5555) == (endpoint._host, endpoint._port)


def test_a_fingerprint_without_tls() -> None:
    """A fingerprint without TLS is refused."""
    with pytest.raises(ValueError, match="A fingerprint needs TLS"):
        endpoint_to(MemoryReactorClock(), "h", 5555, False, FINGERPRINT, print)


@each_case(
    ("address", "tls", "kind"),
    [
        ("chat.example.org", None, SecureEndpoint),
        (f"127.0.0.1:5555#{FINGERPRINT}", None, SecureEndpoint),
        ("[::1]:5555", None, HostEndpoint),
        ("127.0.0.1", None, HostEndpoint),
        ("127.0.0.1:5555", True, SecureEndpoint),
        ("chat.example.org", False, HostEndpoint),
        ("tcp:chat.example.org:5555", None, TCP4ClientEndpoint),
        ("unix:/run/classchat.sock", None, UNIXClientEndpoint),
    ],
)
def test_descriptions(address: str, tls: bool | None, kind: type) -> None:
    """An address as users type it gets TLS like the terminal; a Twisted description is used as it is."""
    assert kind is type(described(MemoryReactorClock(), address, tls, print))


def test_no_description() -> None:
    """Anything else is refused in a sentence."""
    with pytest.raises(ValueError, match="'http' is not a port"):
        described(MemoryReactorClock(), "chat.example.org:http", None, print)


def test_where_servers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known servers are saved where the system keeps the data of programs."""
    monkeypatch.undo()
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")

    assert endpoints.known_hosts_file().parts[-2:] == ("classchat", "known_hosts")
