"""Where a server answers, and the best link to it."""

from __future__ import annotations

import pytest

from classchat.links import FOR_GUESTS, WARNS
from classchat.probing import Answering, Certain, Misnamed, Stranger, Unreachable, Unusable
from classchat.reachable import Reachable, reach
from tests.tables import each_case

OWN = Certain("sha256:ab", (), False)
"""A certificate that the server made itself."""

SCHOOLS = Certain("sha256:cd", ("chat.school.example",), True)
"""A certificate that browsers accept."""

LAN = "192.168.1.20"
BOTH = ("http", "https")


@each_case(
    ("host", "pages", "certificate", "link", "note"),
    [
        (LAN, BOTH, OWN, f"http://{LAN}:5555/", FOR_GUESTS),
        (
            LAN,
            ("http",),
            None,
            f"http://{LAN}:5555/",
            FOR_GUESTS,
        ),
        (
            LAN,
            ("https",),
            OWN,
            f"https://{LAN}:5555/",
            WARNS,
        ),
        ("chat.school.example", BOTH, SCHOOLS, "https://chat.school.example:5555/", None),
        ("127.0.0.1", BOTH, OWN, "http://127.0.0.1:5555/", None),
        (LAN, (), OWN, None, None),
    ],
)
def test_the_link(
    host: str, pages: tuple[str, ...], certificate: Certain | None, link: str | None, note: str | None
) -> None:
    """The link opens without a warning if there is such a link, and the note says what it is not good for."""
    each = Reachable(host, 5555, Answering(pages, certificate))

    assert (link, note) == (each.link, each.note)


@each_case(
    ("host", "certificate", "line"),
    [
        (LAN, OWN, f"classchat NAME@{LAN}:5555#sha256:ab"),
        ("2001:db8::1", OWN, "classchat NAME@[2001:db8::1]:5555#sha256:ab"),
        (LAN, None, f"classchat --no-tls NAME@{LAN}:5555"),
        ("127.0.0.1", None, "classchat NAME@127.0.0.1:5555"),
    ],
)
def test_the_line_for_terminals(host: str, certificate: Certain | None, line: str) -> None:
    """The line has the fingerprint; without TLS it says so, for the client would insist on TLS elsewhere."""
    assert line == Reachable(host, 5555, Answering((), certificate)).terminal


class Network:
    """Servers at some hosts; nobody answers at the others."""

    def __init__(self, **servers: Answering | Unusable) -> None:
        self._servers = {host.replace("_", "."): server for host, server in servers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Answering:
        """Answer as the host does."""
        self.asked.append(f"{host}:{port}")
        match self._servers.get(host, Unreachable("Connection refused")):
            case Unusable() as problem:
                raise problem
            case Answering() as found:
                return found


def test_the_addresses_that_answer() -> None:
    """All of this machine's addresses that answer are taken, in their order."""
    network = Network(a=Answering(BOTH, OWN), b=Unreachable("no answer"), c=Answering(BOTH, OWN))

    assert ["a", "c"] == [each.host for each in reach(None, 5555, ["a", "b", "c"], network)]
    assert ["a:5555", "b:5555", "c:5555"] == network.asked


def test_a_server_for_this_machine_only() -> None:
    """If none of the addresses for others answers, those for this machine are tried."""
    network = Network(**{"127_0_0_1": Answering(BOTH, OWN)})

    assert ["127.0.0.1"] == [each.host for each in reach(None, 7, ["a"], network)]
    assert ["a:7", "127.0.0.1:7", "::1:7"] == network.asked


def test_a_host_that_was_given() -> None:
    """Nothing but the host is tried that was given."""
    network = Network(a=Answering(BOTH, SCHOOLS), b=Answering(BOTH, OWN))

    assert ["b"] == [each.host for each in reach("b", 5555, ["a"], network)]
    assert ["b:5555"] == network.asked


def test_a_name_in_the_certificate() -> None:
    """A name in the certificate comes first if browsers accept the certificate under this name."""
    unnamed = Certain("sha256:cd", ("chat.school.example", "old.school.example"), False)
    network = Network(
        a=Answering(BOTH, unnamed),
        chat_school_example=Answering(BOTH, SCHOOLS),
        old_school_example=Answering(BOTH, unnamed),
    )

    assert ["chat.school.example", "a"] == [each.host for each in reach(None, 5555, ["a"], network)]


def test_a_certificate_with_many_names() -> None:
    """Only three names of a certificate are tried: nobody may answer there for some seconds."""
    network = Network(a=Answering(BOTH, Certain("sha256:cd", tuple("bcdefgh"), False)))
    reach(None, 5555, ["a"], network)

    assert ["a:5555", "b:5555", "c:5555", "d:5555"] == network.asked


@each_case(
    ("host", "server", "sentence"),
    [
        (
            None,
            Unreachable("Connection refused"),
            "classchat: No server answers at port 5555 of this machine (Connection refused): start one with"
            " classchat serve 0.0.0.0, or give --host and --port.",
        ),
        (
            "a",
            Unreachable("there is no such host"),
            "classchat: No server answers at a:5555 (there is no such host): start one with classchat serve"
            " 0.0.0.0, or give --host and --port.",
        ),
        (
            "a",
            Misnamed(),
            "classchat: The server at a:5555 does not answer under this name: start it with --web-name a.",
        ),
        (
            None,
            Stranger(),
            "classchat: Another program answers at port 5555 of this machine, not ClassChat: give the"
            " --port of the server, or the --url of a proxy in front of it.",
        ),
    ],
)
def test_no_server(host: str | None, server: Unusable, sentence: str) -> None:
    """If there is nothing to hand out, a sentence says why, and what to do."""
    with pytest.raises(SystemExit) as caught:
        reach(host, 5555, ["a"], Network(a=server))

    assert sentence == str(caught.value)
