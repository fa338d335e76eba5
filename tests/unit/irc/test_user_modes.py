"""MODE of users, AWAY, ISON and USERHOST."""

from __future__ import annotations

import pytest

from tests.unit.irc.helpers import IRCCaller, IRCServer


@pytest.fixture
def server() -> IRCServer:
    """Return a server with Alice and Bob."""
    server = IRCServer()
    server.irc("Alice", "Bob")
    return server


@pytest.mark.parametrize(
    ("changes", "shown", "modes"),
    [
        ("+B", ["+B"], "+B"),
        ("+iBw-B", ["+iBw-B"], "+iw"),
        ("+i-i", ["+i-i"], "+"),
        ("+w-w", ["+w-w"], "+"),
        ("-w", [], "+"),
        ("-i", [], "+"),
        ("i", ["+i"], "+i"),
        ("", [], "+"),
    ],
)
def test_modes(server: IRCServer, alice: IRCCaller, changes: str, shown: list[str], modes: str) -> None:
    """What has changed is said, and nothing else; MODE alone shows what is set."""
    assert [
        *(f":Alice!~user@Alice MODE Alice {one}" for one in shown),
        f"221 Alice {modes}",
    ] == server.answers(alice, f"MODE alice :{changes}", "MODE Alice")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MODE Bob", "502 Alice :Can't change mode for other users"),
        ("MODE Bob +i", "502 Alice :Can't change mode for other users"),
        ("MODE nobody +i", "401 Alice nobody :No such nick/channel"),
        (f"MODE {'x' * 4000} +i", f"401 Alice {'x' * 160} :No such nick/channel"),
        ("MODE Alice +x", "501 Alice :Unknown MODE flag"),
        ("MODE Alice +xyz-q", "501 Alice :Unknown MODE flag"),
    ],
)
def test_what_is_refused(server: IRCServer, alice: IRCCaller, line: str, answer: str) -> None:
    """Other users' modes, absent users and unknown modes have their numerics."""
    assert [answer] == server.answers(alice, line)


def test_known_modes_beside_unknown_ones(server: IRCServer, alice: IRCCaller) -> None:
    """An unknown mode does not keep the others from being set."""
    assert [
        "501 Alice :Unknown MODE flag",
        ":Alice!~user@Alice MODE Alice +B",
    ] == server.answers(alice, "MODE Alice +xB")


# AWAY, ISON and USERHOST.


def test_away_and_back(server: IRCServer, alice: IRCCaller) -> None:
    """AWAY with a text and without one is answered, and others see it."""
    bob = server.callers[1]
    assert isinstance(bob, IRCCaller)
    away = server.answers(alice, "AWAY :\x02at\x02 lunch")
    seen = server.answers(bob, "WHOIS Alice", "USERHOST alice")
    back = server.answers(alice, "AWAY"), server.answers(alice, "AWAY :")

    assert ["306 Alice :You have been marked as being away"] == away
    assert ["305 Alice :You are no longer marked as being away"] == back[0] == back[1]
    assert ("301 Bob Alice :at lunch" in seen, "302 Bob Alice=-~alice@Alice") == (True, seen[-1])
    assert "302 Bob Alice=+~alice@Alice" in server.answers(bob, "USERHOST alice")


def test_a_long_away_message_is_cut(server: IRCServer, alice: IRCCaller) -> None:
    """What is longer than AWAYLEN is cut, as ISUPPORT says."""
    server.answers(alice, f"AWAY :{'é' * 300}")
    user = server.chat.users.find("Alice")
    assert user is not None

    assert "é" * 200 == user.away


@pytest.mark.parametrize(
    ("line", "here"),
    [("ISON bob nobody ALICE bob", ":Bob Alice"), ("ISON :alice bob", ":Alice Bob"), ("ISON x", ":")],
)
def test_ison(server: IRCServer, alice: IRCCaller, line: str, here: str) -> None:
    """ISON answers with those who are here, in one line, whether the names are one parameter or several."""
    assert [f"303 Alice {here}"] == server.answers(alice, line)


def test_ison_of_too_many(server: IRCServer, alice: IRCCaller) -> None:
    """Names that do not fit into one line are left out."""
    server.signs_in(*(f"user-with-a-long-name-{number}" for number in range(40)))
    (line,) = server.answers(alice, f"ISON {' '.join(f'user-with-a-long-name-{n}' for n in range(40))}")

    assert 400 < len(line) <= 510 - len(":classchat.server ")


def test_userhost_of_five(server: IRCServer, alice: IRCCaller) -> None:
    """USERHOST looks at five names, and leaves out those who are absent."""
    assert ["302 Alice :Bob=+~bob@Bob Alice=+~alice@Alice"] == server.answers(
        alice, "USERHOST bob a b c alice bob"
    )


@pytest.mark.parametrize("command", ["ISON", "USERHOST"])
def test_without_names(server: IRCServer, alice: IRCCaller, command: str) -> None:
    """Without names there is nothing to answer."""
    assert [f"461 Alice {command} :Not enough parameters"] == server.answers(alice, command)


# Coming away: draft/pre-away.


def test_a_client_comes_away() -> None:
    """A client that says so before it is registered is away from the beginning."""
    server = IRCServer()
    (bob,) = server.irc("Bob")
    alice = server.is_called_by_irc()
    alice.sends("CAP REQ :draft/pre-away", "AWAY :at lunch", "NICK Alice", "USER alice 0 * :Alice")
    before = alice.lines("306", "305")
    alice.sends("CAP END")
    server.settles()

    assert [":classchat.server 306 * :You have been marked as being away"] == before
    assert "301 Bob Alice :at lunch" in server.answers(bob, "WHOIS Alice")


def test_a_client_that_changes_its_mind() -> None:
    """A client that is back before it is registered is here."""
    server = IRCServer()
    alice = server.is_called_by_irc()
    alice.sends("CAP REQ :draft/pre-away", "AWAY :at lunch", "AWAY", "NICK Alice", "USER alice 0 * :Alice")
    alice.sends("CAP END")
    server.settles()

    assert "302 Alice Alice=+~alice@Alice" in server.answers(alice, "USERHOST Alice")


def test_a_name_that_is_taken_first() -> None:
    """A client whose first name is taken is still away under the second one."""
    server = IRCServer()
    server.irc("Alice")
    other = server.is_called_by_irc()
    other.sends("CAP REQ :draft/pre-away", "AWAY :at lunch", "NICK Alice", "USER a 0 * :A", "CAP END")
    server.settles()
    other.sends("NICK Other")
    server.settles()

    assert "302 Other Other=-~a@Other" in server.answers(other, "USERHOST Other")


def test_away_before_registration_without_the_capability() -> None:
    """Without the capability AWAY waits for registration, as all commands do."""
    server = IRCServer()
    alice = server.is_called_by_irc()
    alice.sends("NICK Alice", "AWAY :at lunch", "USER alice 0 * :Alice")
    server.settles()

    assert [":classchat.server 451 * :You have not registered"] == alice.lines("451", "306")
    assert "302 Alice Alice=+~alice@Alice" in server.answers(alice, "USERHOST Alice")
