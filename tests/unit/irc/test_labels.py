"""Labelled responses: what a line leads to has its label, wherever and whenever it comes."""

from __future__ import annotations

import pytest
from twisted.internet.testing import Clock

from classchat.errors import NotSaved
from tests.unit.irc.helpers import FailingJournal, IRCCaller, IRCServer, command_of

CAPABILITIES = ("labeled-response", "batch", "echo-message", "message-tags")


@pytest.fixture
def server() -> IRCServer:
    """Return a server without limits."""
    return IRCServer()


@pytest.fixture
def alice(server: IRCServer) -> IRCCaller:
    """Return a client that has asked for labels and echoes."""
    (alice,) = server.irc("Alice", capabilities=CAPABILITIES)
    return alice


def labelled(line: str) -> str | None:
    """Return the label of a line, or None."""
    tags = line.split(" ")[0][1:].split(";") if line.startswith("@") else []
    return next((tag.partition("=")[2] for tag in tags if tag.startswith("label=")), None)


def in_batch(line: str) -> bool:
    """Return whether a line belongs to a batch."""
    return line.startswith("@") and any(tag.startswith("batch=") for tag in line.split(" ")[0][1:].split(";"))


def test_one_line(alice: IRCCaller) -> None:
    """A response of one line has the label itself."""
    alice.sends("@label=7 MODE Alice")

    assert ["@label=7 :classchat.server 221 Alice +"] == alice.lines()


def test_no_line(alice: IRCCaller) -> None:
    """What has no response is acknowledged."""
    alice.sends("@label=7 PONG x")

    assert ["@label=7 :classchat.server ACK"] == alice.lines()


def test_several_lines(alice: IRCCaller) -> None:
    """A response of several lines is a batch."""
    alice.sends("@label=7 LUSERS")
    first, *others, last = alice.lines()

    assert ("7", "BATCH", "BATCH", True) == (
        labelled(first),
        command_of(first),
        command_of(last),
        all(in_batch(line) and labelled(line) is None for line in others),
    )


def test_an_error(alice: IRCCaller) -> None:
    """A refusal has the label, whether it is the server's or the chat's."""
    alice.sends("@label=1 NONSENSE", "@label=2 PART #nowhere", "@label=3 KICK")

    assert [("1", "421"), ("2", "403"), ("3", "461")] == [
        (labelled(line), command_of(line)) for line in alice.lines()
    ]


def test_without_the_capability(server: IRCServer) -> None:
    """A client that has not asked for labels gets none."""
    (bob,) = server.irc("Bob")
    bob.sends("@label=7 MODE Bob")

    assert [":classchat.server 221 Bob +"] == bob.lines()


def test_joining(server: IRCServer, alice: IRCCaller) -> None:
    """The own JOIN and what follows are one batch."""
    alice.sends("@label=7 JOIN #CS350")
    server.settles()
    first, *others, last = alice.lines()

    assert ("7", ["JOIN", "353", "366"], "BATCH") == (
        labelled(first),
        [command_of(line) for line in others if in_batch(line)],
        command_of(last),
    )


def test_an_order(server: IRCServer, alice: IRCCaller) -> None:
    """An order comes back with the label among what happens in the room."""
    alice.sends("JOIN #CS350")
    server.settles()
    alice.forgets()
    alice.sends("@label=8 TOPIC #CS350 :Exam")
    server.settles()
    lines = alice.lines("TOPIC", "BATCH", "ACK")

    assert ("8", 1) == (labelled(lines[0]), sum(command_of(line) == "TOPIC" for line in lines))


@pytest.mark.parametrize("target", ["#CS350", "Bob"])
def test_an_own_message(server: IRCServer, alice: IRCCaller, target: str) -> None:
    """An own message comes back with its label, and without it to nobody else."""
    (bob,) = server.irc("Bob", capabilities=["message-tags"])
    for each in (alice, bob):
        each.sends("JOIN #CS350")
        server.settles()
    server.forgets()
    alice.sends(f"@label=9 PRIVMSG {target} :hello")
    server.settles()
    (echo,), (heard,) = alice.lines(), bob.lines()

    assert ("9", None) == (labelled(echo), labelled(heard))


def test_a_message_without_echo(server: IRCServer) -> None:
    """A client without echo-message is told that its message is done."""
    (carol,) = server.irc("Carol", capabilities=["labeled-response", "batch"])
    carol.sends("JOIN #CS350")
    server.settles()
    carol.forgets()
    carol.sends("@label=9 PRIVMSG #CS350 :hello", "@label=10 PRIVMSG #CS350 :again")
    server.settles()

    assert ["@label=9 :classchat.server ACK", "@label=10 :classchat.server ACK"] == carol.lines()


def test_several_targets(server: IRCServer, alice: IRCCaller) -> None:
    """The echoes of a message to several users are one batch, however the journal stores them."""
    server.irc("Bob", "Carol")
    alice.sends("@label=9 PRIVMSG Bob,Carol :hello")
    server.settles()
    first, *echoes, last = alice.lines()

    assert ("9", ["PRIVMSG", "PRIVMSG"], "BATCH") == (
        labelled(first),
        [command_of(line) for line in echoes if in_batch(line)],
        command_of(last),
    )


def test_nothing_is_left(server: IRCServer, alice: IRCCaller) -> None:
    """Requests that were answered are forgotten, refused ones as well."""
    alice.sends("JOIN #CS350")
    server.settles()
    alice.sends("@label=1 PRIVMSG #CS350 :x", "PRIVMSG Nobody :x", "KICK #CS350 Nobody", "TOPIC #CS350 :x")
    server.settles()
    conversation = alice.protocol._connection._talk

    assert 0 == len(conversation.client.asked)


def test_what_cannot_be_stored() -> None:
    """Messages that could not be stored are refused in their order, each with its label."""
    journals: list[FailingJournal] = []

    def made(clock: Clock) -> FailingJournal:
        journals.append(FailingJournal(clock))
        return journals[0]

    server = IRCServer(journal=made)
    (alice,) = server.irc("Alice", capabilities=CAPABILITIES)
    alice.sends("JOIN #CS350")
    server.settles()
    alice.forgets()
    journals[0].reason = NotSaved()
    alice.sends("@label=1 PRIVMSG #CS350 :one", "@label=2 PRIVMSG Nobody :x", "@label=3 PRIVMSG #CS350 :two")
    server.settles()

    assert [("2", "401"), ("1", "404"), ("3", "404")] == [
        (labelled(line), command_of(line)) for line in alice.lines()
    ]


def test_messages_of_one_turn(server: IRCServer, alice: IRCCaller) -> None:
    """Messages to a user and to a room, sent in one turn, each have their label."""
    server.irc("Bob")
    alice.sends("JOIN #CS350")
    server.settles()
    alice.forgets()
    alice.sends("@label=1 PRIVMSG #CS350 :one", "@label=2 PRIVMSG Bob :two", "@label=3 PRIVMSG #CS350 :three")
    server.settles()

    assert ["1", "2", "3"] == sorted(labelled(line) or "" for line in alice.lines())


def test_what_is_not_utf8(alice: IRCCaller) -> None:
    """A line that is not UTF-8 is refused with its command and its label."""
    alice.sends(b"@label=7 PRIVMSG #CS350 :\xaa")

    assert ["@label=7 :classchat.server FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8"] == [
        *alice.lines()
    ]


@pytest.mark.parametrize(
    ("label", "counts"), [("x" * 64, True), ("x" * 65, False), ("", False), ("a\\:b\\sc", True)]
)
def test_which_labels_count(alice: IRCCaller, label: str, counts: bool) -> None:
    """A label has 1 to 64 characters, and comes back as it was sent."""
    alice.sends(f"@label={label} MODE Alice")

    assert [label if counts else None] == [labelled(line) for line in alice.lines()]
