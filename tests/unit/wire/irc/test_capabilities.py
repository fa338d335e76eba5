"""The capabilities of one client, and their negotiation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.wire.irc.capabilities import OFFERED, Capabilities
from tests.tables import each_case


def words(answers: list[tuple[str, ...]]) -> list[str]:
    """Return all capabilities of an answer of several lines."""
    return [word for answer in answers for word in answer[-1].split(" ")]


def test_a_list_without_a_version() -> None:
    """A client that names no version gets all names on one line, without values."""
    assert [("LS", " ".join(OFFERED))] == Capabilities().ls()


@pytest.mark.parametrize("version", ["302", "307", "99999999999999"])
def test_a_list_with_a_version(version: str) -> None:
    """A client of version 302 gets values, on several lines, and hears of changes from then on."""
    capabilities = Capabilities()
    answers = capabilities.ls(version)

    assert {"sasl=PLAIN", "echo-message"} <= set(words(answers))
    assert [True] * (len(answers) - 1) == [answer[1] == "*" for answer in answers[:-1]]
    assert (2, max(len(answer[-1]) for answer in answers) <= 460, True) == (
        len(answers[-1]),
        True,
        "cap-notify" in capabilities,
    )


@each_case("version", ["301", "x", "-302", "³02", ""])
def test_an_old_or_impossible_version(version: str) -> None:
    """Any other version is one without values."""
    capabilities = Capabilities()

    assert ([("LS", " ".join(OFFERED))], False) == (capabilities.ls(version), "cap-notify" in capabilities)


def test_a_version_is_never_lowered() -> None:
    """A client that has named version 302 keeps it."""
    capabilities = Capabilities()
    capabilities.ls("302")

    assert "sasl=PLAIN" in words(capabilities.ls())


def test_a_request() -> None:
    """A request is granted as it was written."""
    capabilities = Capabilities()

    assert ("ACK", "batch  server-time ") == capabilities.request("batch  server-time ")
    assert {"batch", "server-time"} == capabilities.enabled


@each_case("wanted", ["batch foo", "foo batch", "-foo batch", "BATCH", "sasl=PLAIN", "--batch", "-"])
def test_a_request_is_granted_as_a_whole(wanted: str) -> None:
    """One unknown capability, and nothing changes."""
    capabilities = Capabilities()
    capabilities.request("server-time")

    assert ("NAK", wanted) == capabilities.request(wanted)
    assert {"server-time"} == capabilities.enabled


def test_giving_back() -> None:
    """A client can give a capability back, also one that it does not have."""
    capabilities = Capabilities()
    capabilities.request("batch server-time")

    assert ("ACK", "-batch -echo-message") == capabilities.request("-batch -echo-message")
    assert {"server-time"} == capabilities.enabled


def test_cap_notify_stays() -> None:
    """A client of version 302 can't give up hearing of changes; an older client can."""
    capabilities = Capabilities()
    capabilities.request("cap-notify")
    before = capabilities.request("-cap-notify")
    capabilities.ls("302")

    assert ("ACK", "NAK") == (before[0], capabilities.request("-cap-notify")[0])
    assert "cap-notify" in capabilities


def test_an_empty_request() -> None:
    """A request for nothing is granted."""
    assert ("ACK", "") == Capabilities().request("")


def test_what_a_client_has() -> None:
    """CAP LIST tells what a client has; nothing is an empty parameter."""
    capabilities = Capabilities()
    before = capabilities.listed()
    capabilities.request("server-time batch")

    assert ([("LIST", "")], [("LIST", "batch server-time")]) == (before, capabilities.listed())


def test_all_that_a_client_may_have() -> None:
    """With all capabilities CAP LIST needs no more bytes a line than CAP LS does."""
    capabilities = Capabilities()
    capabilities.ls("302")
    capabilities.request(" ".join(OFFERED))

    assert sorted(OFFERED) == words(capabilities.listed())


@given(st.text())
def test_any_request(wanted: str) -> None:
    """Whatever is requested, the answer repeats it, and the client has only what is offered."""
    capabilities = Capabilities()

    assert wanted == capabilities.request(wanted)[1]
    assert capabilities.enabled <= OFFERED.keys()
