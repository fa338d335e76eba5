"""REDACT: messages that are deleted, as clients with and without `draft/message-redaction` are told of it."""

from __future__ import annotations

import pytest

from tests.unit.irc.helpers import IRCCaller, IRCServer

CAPABILITIES = ("message-tags", "echo-message", "batch", "draft/chathistory", "draft/message-redaction")


class Place(IRCServer):
    """A server where Alice moderates #x; Bob and Carol are in it, and Carol's client knows no REDACT."""

    def __init__(self) -> None:
        super().__init__()
        self.alice, self.bob = self.irc("Alice", "Bob", capabilities=CAPABILITIES)
        (self.carol,) = self.irc("Carol", capabilities=CAPABILITIES[:-1])
        for one in (self.alice, self.bob, self.carol):
            one.sends("JOIN #x")
            self.settles()
        self.forgets()

    def does(self, who: IRCCaller, *lines: str) -> list[str]:
        """Send lines and settle; return what the client reads."""
        self.forgets()
        who.sends(*lines)
        self.settles()
        return [line.removeprefix(":classchat.server ") for line in who.lines()]

    def said(self, who: IRCCaller, target: str = "#x") -> str:
        """Say something, and return the id of the message."""
        (line,) = self.does(who, f"PRIVMSG {target} :oops")
        return line.partition("msgid=")[2].partition(" ")[0].partition(";")[0]


@pytest.fixture
def here() -> Place:
    """Return the server."""
    return Place()


@pytest.mark.parametrize("by", ["Bob", "Alice"])
def test_a_message_to_a_channel(here: Place, by: str) -> None:
    """Its author and moderators redact it, these for a reason; other clients are told nothing."""
    msgid = here.said(here.bob)
    who = here.bob if by == "Bob" else here.alice
    expected = [f":{by}!~user@{by} REDACT #x {msgid}{' :by mistake' if by == 'Alice' else ''}"]

    assert expected == here.does(who, f"REDACT #x {msgid} :by mistake")
    assert expected == (here.alice if by == "Bob" else here.bob).lines()
    assert [] == here.carol.lines()


def test_a_private_message(here: Place) -> None:
    """Both users are told, each with the other one as the target or the source, without a reason."""
    msgid = here.said(here.bob, "Alice")
    expected = [f":Bob!~user@Bob REDACT Alice {msgid}"]

    assert expected == here.does(here.bob, f"REDACT Alice {msgid} :by mistake")
    assert expected == here.alice.lines()


def test_the_history(here: Place) -> None:
    """Clients with the capability read the REDACT in its place, and others nothing."""
    msgid = here.said(here.bob)
    here.does(here.bob, f"REDACT #x {msgid}")

    assert [f"@batch=h1 :Bob!~user@Bob REDACT #x {msgid}"] == here.does(
        here.alice, "CHATHISTORY LATEST #x * 10"
    )[1:-1]
    assert [] == here.does(here.carol, "CHATHISTORY LATEST #x * 10")[1:-1]


def test_a_label_is_answered_by_the_redaction(here: Place) -> None:
    """The line that comes back has the label."""
    msgid = here.said(here.bob)
    here.does(here.bob, "CAP REQ labeled-response")
    label = here.does(here.bob, f"@label=7 REDACT #x {msgid}")
    again = here.does(here.bob, f"@label=8 REDACT #x {msgid}")

    assert [
        "@label=7 :classchat.server BATCH +1 labeled-response",
        f"@batch=1 :Bob!~user@Bob REDACT #x {msgid}",
        "BATCH -1",
    ] == label
    assert ["@label=8 :classchat.server ACK"] == again


def test_what_is_refused(here: Place) -> None:
    """Others' messages, ids of another conversation, and what there is not: each with its standard reply."""
    of_alice, of_bob, private = here.said(here.alice), here.said(here.bob), here.said(here.bob, "Alice")
    here.does(here.bob, "NICK Robert")  # a former name is part of the id
    why = "You may not do that: only moderators of room 'x' can delete messages of others."

    assert [f"FAIL REDACT REDACT_FORBIDDEN #x {of_alice} :{why}"] == here.does(
        here.bob, f"REDACT #x {of_alice}"
    )
    for target, msgid in (
        ("#x", private),
        ("Carol", private),
        ("Alice", of_bob),
        ("#x", "?"),
    ):
        assert [f"FAIL REDACT UNKNOWN_MSGID {target} {msgid} :There is no message with this id"] == here.does(
            here.bob, f"REDACT {target} {msgid}"
        )
    assert ["FAIL REDACT INVALID_TARGET #y :No such channel"] == here.does(here.bob, f"REDACT #y {of_bob}")
    assert [f":Robert!~user@Robert REDACT Alice {private}"] == here.does(here.bob, f"REDACT Alice {private}")
