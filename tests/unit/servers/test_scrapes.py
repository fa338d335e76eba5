"""Who may read the server's numbers."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from classchat.servers.metrics import Metrics, MissingPrometheus
from classchat.servers.proxies import UNIX, Proxies
from classchat.servers.scrapes import Scrapes, read_token
from classchat.servers.site import HTTPAnswer, HTTPRequest
from tests.tables import each_case

HERE = IPv4Address("TCP", "127.0.0.1", 40_000)
ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 40_000)
PROXY = IPv4Address("TCP", "10.0.0.1", 40_000)
TOKEN = "0123456789abcdef"  # noqa: S105


class FixedMetrics(Metrics):
    """Numbers that never change; None stands for a server without prometheus-client."""

    def __init__(self, text: bytes | None) -> None:
        self._text = text

    def written(self, accepted: str) -> tuple[bytes, str]:
        """Return the numbers, and what was accepted."""
        if self._text is None:
            raise MissingPrometheus
        return self._text, accepted or "text/plain"


def ask(
    peer: IAddress = HERE,
    *,
    token: str | None = None,
    proxies: Proxies | None = None,
    encrypted: bool = False,
    numbers: bytes | None = b"1",
    **headers: str,
) -> HTTPAnswer:
    """Return what is answered to a request with these headers, named `x_real_ip` and the like."""
    sent = {name.replace("_", "-"): [value] for name, value in headers.items()}
    request = HTTPRequest("GET", "/metrics", "", {"host": ["localhost"], **sent}, peer, encrypted)
    scrapes = Scrapes(FixedMetrics(numbers), None if token is None else token.encode())
    return scrapes.answer(request, (proxies or Proxies()).visitor(request))


def test_this_machine_reads_the_numbers() -> None:
    """Programs on this machine get the numbers without a token, in the format that they accept."""
    answer = ask(accept="application/openmetrics-text")

    assert (200, b"1") == (answer.status, answer.body)
    assert [("Content-Type", "application/openmetrics-text")] == [*answer.headers]


def test_a_local_socket_is_this_machine() -> None:
    """A program at the server's Unix socket is on this machine."""
    assert 200 == ask(UNIXAddress("/run/classchat.sock")).status


def test_others_do_not() -> None:
    """Without a token on the server nobody else gets them, whatever they send; the answer says what to do."""
    answer, guess = ask(ELSEWHERE), ask(ELSEWHERE, authorization=f"Bearer {TOKEN}")

    assert (403, 403) == (answer.status, guess.status)
    assert b"--metrics-token" in answer.body


@each_case(
    "name",
    [
        "x_forwarded_for",
        "x_forwarded_host",
        "x_forwarded_proto",
        "x_real_ip",
        "x_client_ip",
        "cf_connecting_ip",
        "true_client_ip",
        "x_envoy_external_address",
        "forwarded",
        "via",
    ],
)
def test_a_proxy_that_is_not_named_is_not_this_machine(name: str) -> None:
    """What a proxy on this machine forwards comes from anywhere, if the server does not trust the proxy."""
    assert 403 == ask(**{name: "127.0.0.1"}).status


def test_a_proxy_that_adds_nothing() -> None:
    """What nginx forwards without settings has no header of its own, but asks to close the connection."""
    assert 403 == ask(connection="close").status
    assert 200 == ask(connection="keep-alive").status


def test_behind_a_named_proxy_the_client_counts() -> None:
    """A trusted proxy's word decides: its clients are elsewhere, unless they are on the server's machine."""
    trusted = Proxies([ip_network("127.0.0.1")])

    assert 403 == ask(proxies=trusted, x_forwarded_for="192.0.2.7").status
    assert 403 == ask(proxies=trusted, x_forwarded_for="127.0.0.1, 192.0.2.7").status
    assert 403 == ask(UNIXAddress("s"), proxies=Proxies([UNIX]), x_forwarded_for="192.0.2.7").status
    assert 200 == ask(UNIXAddress("s"), proxies=Proxies([UNIX]), x_forwarded_for="127.0.0.1").status
    assert 200 == ask(proxies=trusted).status


def test_a_client_on_the_machine_of_another_proxy_is_elsewhere() -> None:
    """The loopback address that a proxy on another machine reports is not this machine's."""
    trusted = Proxies([ip_network("10.0.0.1")])

    assert 403 == ask(PROXY, proxies=trusted, x_forwarded_for="127.0.0.1").status


def test_the_token_opens_them_over_tls() -> None:
    """With the token a program elsewhere gets the numbers, in any spelling of the scheme."""
    for scheme in ("Bearer", "bearer"):
        answer = ask(ELSEWHERE, token=TOKEN, encrypted=True, authorization=f"{scheme} {TOKEN}")

        assert 200 == answer.status


def test_the_token_is_not_taken_where_others_can_read_it() -> None:
    """Over plain text from another machine the right token is refused, so that nobody sets it up so."""
    assert 403 == ask(ELSEWHERE, token=TOKEN, authorization=f"Bearer {TOKEN}").status


@each_case("authorization", ["Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer \xe9"])
def test_a_wrong_token_opens_nothing(authorization: str) -> None:
    """A wrong token is refused with 401, even from this machine: its program is set up wrongly."""
    for peer in (HERE, ELSEWHERE):
        answer = ask(peer, token=TOKEN, encrypted=True, authorization=authorization)

        assert (401, ("WWW-Authenticate", "Bearer")) == (answer.status, answer.headers[-1])


def test_without_any_token_the_answer_asks_for_one() -> None:
    """Where the server has a token, a program elsewhere that sends none is asked for it."""
    assert 401 == ask(ELSEWHERE, token=TOKEN, encrypted=True).status
    assert 401 == ask(ELSEWHERE, token=TOKEN, encrypted=True, authorization=f"Basic {TOKEN}").status


def test_without_prometheus_client_the_answer_says_what_to_install() -> None:
    """Where the library is missing, who may read the numbers learns how to get them; others do not."""
    missing = ask(numbers=None)

    assert (501, 403) == (missing.status, ask(ELSEWHERE, numbers=None).status)
    assert b"pip install prometheus-client" in missing.body


# The file of the token.


@pytest.mark.parametrize("text", [TOKEN, f"{TOKEN}\n", f" {TOKEN}\r\n\n"])
def test_a_token_is_the_only_line_of_its_file(text: str, tmp_path: Path) -> None:
    """White space around the token does not belong to it."""
    path = tmp_path / "token"
    path.write_text(text, newline="")

    assert TOKEN.encode() == read_token(path)


@pytest.mark.parametrize("data", [b"", b"short", b"two lines of\n0123456789abcdef", b"\xff" * 20, b"x" * 513])
def test_what_is_no_token(data: bytes, tmp_path: Path) -> None:
    """A file without a usable token is refused with a sentence that names it."""
    path = tmp_path / "token"
    path.write_bytes(data)

    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_token(path)


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that can't be read is refused with the reason."""
    with pytest.raises(ValueError, match="No such file"):
        read_token(tmp_path / "token")
