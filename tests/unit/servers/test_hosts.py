"""Hosts and origins: which names are the server's own, and which pages may use its WebSocket."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import ClassVar

import pytest

from classchat.servers import hosts as hosts_module
from classchat.servers.hosts import Authority, Hosts, is_same_origin, names_of_machine, read_authority
from tests.tables import each_case


@each_case(
    ("text", "host", "port"),
    [
        ("school.example", "school.example", None),
        ("School.Example.", "school.example", None),
        ("school.example:5555", "school.example", 5555),
        ("school.example.:", "school.example", None),
        ("192.0.2.1:80", "192.0.2.1", 80),
        ("[2001:DB8:0::1]", "2001:db8::1", None),
        ("[::1]:5555", "::1", 5555),
        ("xn--schle-lva.example", "xn--schle-lva.example", None),
        ("class_chat:5555", "class_chat", 5555),
        ("a" * 63, "a" * 63, None),
    ],
)
def test_a_host_that_can_be_read(text: str, host: str, port: int | None) -> None:
    """A name is read in lower case and without a dot at its end, an IPv6 address in its shortest form."""
    assert Authority(host, port) == read_authority(text)


@each_case(
    "text",
    [
        "",
        ".",
        ":80",
        "..",
        "a..b",
        "-a",
        "a-",
        "a" * 64,
        "a." * 127 + "a",
        "two words",
        "a,b",
        "user@host",
        "http://host",
        "host/path",
        "host\\path",
        "host?x",
        "host#x",
        "host%00",
        "host\0",
        "host\n",
        "hôte",
        "\u212aelvin",
        "host:http",
        "host:0",
        "host:65536",
        "host:123456",
        "host:80:80",
        "host:-1",
        "host:٣",
        "::1",
        "[::1",
        "[::1]x",
        "[::g]",
        "[127.0.0.1]",
        "[fe80::1%25eth0]",
        "[]",
        "<script>",
        "*.example",
    ],
)
def test_a_host_that_can_not_be_read(text: str) -> None:
    """Anything else is no host: no user, path, list, zone or other alphabet, and no port out of range."""
    assert read_authority(text) is None


@pytest.mark.parametrize("text", ["[2001:db8::1]:5555", "school.example:80", "192.0.2.1"])
def test_a_host_is_written_as_it_was(text: str) -> None:
    """A host that was read and is written into a URL is the same."""
    assert text == str(read_authority(text))


NAMES = {"school.example", "*.uni.example"}


@each_case(
    ("host", "known"),
    [
        ("127.0.0.1", True),
        ("203.0.113.9", True),
        ("::1", True),
        ("localhost", True),
        ("chat.example", True),
        ("school.example", True),
        ("physics.uni.example", True),
        ("evil.example", False),
        ("uni.example", False),
        ("a.physics.uni.example", False),
        ("school.example.evil.example", False),
        ("evil-school.example", False),
        ("127.1", False),
        ("2130706433", False),
        ("0x7f.0.0.1", False),
        ("127.000.000.001", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil", False),
        ("*", False),
        ("", False),
    ],
)
def test_the_names_of_a_server(host: str, known: bool) -> None:
    """IP addresses, localhost and the names of operator and certificate; no name that begins or ends so."""
    assert known is Hosts(["chat.example"], lambda: NAMES).has(host)


def test_another_certificate_has_other_names() -> None:
    """The names of a certificate that was read again count at once, and those of the old one do not."""
    names = {"old.example"}
    hosts = Hosts([], lambda: names)
    before = hosts.has("old.example"), hosts.has("new.example")
    names = {"new.example"}

    assert ((True, False), (False, True)) == (before, (hosts.has("old.example"), hosts.has("new.example")))


@each_case(
    ("name", "names"),
    [
        ("PC7", {"pc7", "pc7.local"}),
        ("pc7.lab.example.", {"pc7", "pc7.lab.example", "pc7.local"}),
        ("pc7.local", {"pc7", "pc7.local"}),
        ("localhost", {"localhost"}),
        ("localhost.localdomain", {"localhost.localdomain"}),
        ("192.0.2.1", {"192.0.2.1"}),
        ("Rechner von Zoë", set()),
        ("", set()),
    ],
)
def test_the_names_of_a_machine(name: str, names: set[str]) -> None:
    """A machine has its name, its short name, and the one that its own network knows (RFC 6762)."""
    assert names == names_of_machine(name)


class Later:
    """Takes the place of a thread, which runs when the test says so."""

    waiting: ClassVar[list[Callable[[], None]]] = []

    def __init__(self, target: Callable[[], None], daemon: bool) -> None:
        assert daemon  # else a lookup that takes long would keep the process from ending
        self.target = target

    def start(self) -> None:
        """Wait."""
        self.waiting.append(self.target)


def test_the_full_name_is_found_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own name counts at once; the full one, which the network may know, when it is there."""
    monkeypatch.setattr(hosts_module, "Thread", Later)
    monkeypatch.setattr(socket, "gethostname", lambda: "PC7")
    monkeypatch.setattr(socket, "getfqdn", lambda: "pc7.lab.example")
    hosts = Hosts([], list)
    hosts.add_names_of_machine()
    names = ("pc7", "pc7.local", "pc7.lab.example", "localhost")
    before = [hosts.has(name) for name in names]
    Later.waiting.pop()()

    assert ([True, True, False, True], [True] * 4) == (before, [hosts.has(name) for name in names])


@pytest.mark.parametrize("error", [OSError, UnicodeError])
def test_a_full_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """A machine whose full name can't be found has its own name."""

    def fail() -> str:
        raise error

    monkeypatch.setattr(hosts_module, "Thread", Later)
    monkeypatch.setattr(socket, "gethostname", lambda: "PC7")
    monkeypatch.setattr(socket, "getfqdn", fail)
    hosts = Hosts([], list)
    hosts.add_names_of_machine()
    Later.waiting.pop()()

    assert hosts.has("pc7")


@each_case(
    ("origin", "encrypted", "host"),
    [
        ("http://127.0.0.1:5555", False, "127.0.0.1:5555"),
        ("http://school.example", False, "school.example"),
        ("http://school.example", False, "school.example:80"),
        ("http://school.example:80", False, "school.example"),
        ("https://school.example", True, "school.example:443"),
        ("https://school.example:5555", True, "School.example.:5555"),
        ("HTTPS://SCHOOL.EXAMPLE", True, "school.example"),
        ("http://[::1]:5555", False, "[0:0::1]:5555"),
        ("https://school.example", False, "school.example"),
        ("https://school.example", False, "school.example:443"),
    ],
)
def test_the_page_of_the_same_origin(origin: str, encrypted: bool, host: str) -> None:
    """Scheme, host and port are the same; a proxy may have decrypted what came to the usual port."""
    authority = read_authority(host)
    assert authority is not None

    assert is_same_origin(origin, encrypted, authority)


@each_case(
    ("origin", "encrypted", "host"),
    [
        ("null", False, "127.0.0.1:5555"),
        ("", False, "127.0.0.1:5555"),
        ("http://127.0.0.1:5556", False, "127.0.0.1:5555"),
        ("http://127.0.0.1", False, "127.0.0.1:5555"),
        ("http://localhost:5555", False, "127.0.0.1:5555"),
        ("https://127.0.0.1:5555", False, "127.0.0.1:5555"),
        ("http://127.0.0.1:5555", True, "127.0.0.1:5555"),
        ("http://school.example", True, "school.example"),
        ("https://school.example:8443", False, "school.example:443"),
        ("https://school.example", False, "school.example:5555"),
        ("http://evil.example", False, "school.example"),
        ("http://school.example.evil.example", False, "school.example"),
        ("http://school.example@evil.example", False, "school.example"),
        ("http://evil.example#school.example", False, "school.example"),
        ("http://school.example/", False, "school.example"),
        ("http://school.example, http://school.example", False, "school.example"),
        ("http://school.example http://evil.example", False, "school.example"),
        ("chrome-extension://school.example", False, "school.example"),
        ("file://", False, "school.example"),
        ("ws://school.example", False, "school.example"),
        ("http:school.example", False, "school.example"),
        ("http://", False, "school.example"),
        ("http://\u212aelvin.example", False, "kelvin.example"),
    ],
)
def test_the_page_of_another_origin(origin: str, encrypted: bool, host: str) -> None:
    """Another scheme, host or port is another origin, and so is `null` and what is no origin at all."""
    authority = read_authority(host)
    assert authority is not None

    assert not is_same_origin(origin, encrypted, authority)
