"""MONITOR: a client is told when users with certain names sign in, and when they are gone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classchat.irc.monitors import Monitors
from tests.tables import each_case
from tests.unit.helpers import user
from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.servers.helpers import Caller


@pytest.fixture
def server() -> IRCServer:
    """Return a server with Alice, who speaks IRC, and Bob, who speaks JSON."""
    server = IRCServer()
    server.irc("Alice")
    server.signs_in("Bob")
    return server


def test_who_is_here_and_who_is_not(server: IRCServer, alice: IRCCaller) -> None:
    """Adding names tells at once which of their users are here, whatever client they have."""
    assert ["730 Alice Bob!~user@Bob", "731 Alice carol,dave"] == server.answers(
        alice, "MONITOR + bob,carol,dave"
    )


def test_arrivals_and_departures(server: IRCServer, alice: IRCCaller) -> None:
    """A client is told of each user that it monitors, and of no other."""
    server.answers(alice, "MONITOR + carol")
    alice.forgets()
    carol, _ = server.signs_in("Carol", "Dave")
    carol.drops()
    other = server.is_called_by_irc()
    other.registers("CAROL")
    other.drops()

    assert [
        ":classchat.server 731 Alice Carol",
        ":classchat.server 730 Alice CAROL!~user@CAROL",
        ":classchat.server 731 Alice CAROL",
    ] == alice.lines()


def test_an_arrival_is_told_at_once(server: IRCServer, alice: IRCCaller) -> None:
    """A user who signs in is told with the name as it is shown."""
    server.answers(alice, "MONITOR + carol")
    alice.forgets()
    caller = server.is_called()
    caller.sends({"status": "register", "sender": "Carol"})

    assert [":classchat.server 730 Alice Carol!~user@Carol"] == alice.lines()


def test_an_owner_is_gone_when_the_rooms_are_told(server: IRCServer, alice: IRCCaller) -> None:
    """The owner of an account who is disconnected for a moment is not gone."""
    bob = server.callers[1]
    bob.sends({"status": "claim", "text": "correct horse"})
    server.settles()
    server.answers(alice, "MONITOR + bob")
    alice.forgets()
    bob.drops()
    server.settles()
    at_once = alice.lines()
    server.clock.advance(server.chat.limits.absence)

    assert ([], [":classchat.server 731 Alice Bob"]) == (at_once, alice.lines())


def test_the_list(server: IRCServer, alice: IRCCaller) -> None:
    """`L` lists the names, `-` removes some, `C` all; `S` says again who is here."""
    server.answers(alice, "MONITOR + bob,carol")

    assert [
        "732 Alice bob,carol",
        "733 Alice :End of MONITOR list",
        "730 Alice Bob!~user@Bob",
        "731 Alice carol",
    ] == server.answers(alice, "MONITOR L", "MONITOR S")
    assert ["732 Alice carol", "733 Alice :End of MONITOR list"] == server.answers(
        alice, "MONITOR - BOB", "MONITOR L"
    )
    assert ["733 Alice :End of MONITOR list"] == server.answers(alice, "MONITOR C", "MONITOR L")


def test_nothing_more_after_that(server: IRCServer, alice: IRCCaller) -> None:
    """A name that is no longer monitored is silent; so is one that is removed twice."""
    bob = server.callers[1]
    assert ["730 Alice Bob!~user@Bob"] == server.answers(
        alice, "MONITOR + bob", "MONITOR - bob", "MONITOR - bob"
    )
    alice.forgets()
    bob.drops()
    server.settles()

    assert [] == alice.lines()


def test_no_more_than_a_hundred_names(server: IRCServer, alice: IRCCaller) -> None:
    """The names for which there is no place are named; those that are monitored stay."""
    names = ",".join(f"n{number}" for number in range(102))
    answers = server.answers(alice, f"MONITOR + {names}", "MONITOR L")

    assert "734 Alice 100 n100,n101 :Monitor list is full." in answers
    assert 100 == sum(line.count("n") - 0 for line in answers if line.startswith("732"))


@pytest.mark.parametrize("name", ["*!*@*", "b*", "SERVER", "x" * 4000, "two;words"])
def test_what_is_no_name(server: IRCServer, alice: IRCCaller, name: str) -> None:
    """A mask or an impossible name is as good as absent for ever, and takes no place."""
    shown = [line.split(" ")[0] for line in server.answers(alice, f"MONITOR + {name}", "MONITOR L")]

    assert ["731", "733"] == shown


@pytest.mark.parametrize("line", ["MONITOR X", "MONITOR"])
def test_an_unknown_question(server: IRCServer, alice: IRCCaller, line: str) -> None:
    """Another letter, and none, is answered 461."""
    (answer,) = server.answers(alice, line)

    assert answer.startswith("461 Alice MONITOR :")


@pytest.mark.parametrize("line", ["MONITOR +", "MONITOR + ,,", "MONITOR - ", "MONITOR - nobody,x!y@z"])
def test_no_names(server: IRCServer, alice: IRCCaller, line: str) -> None:
    """Without names there is nothing to say."""
    assert [] == server.answers(alice, line)


def test_a_client_that_has_left_is_forgotten(server: IRCServer, alice: IRCCaller) -> None:
    """Nothing is kept for a client that is gone, and nobody writes to it."""
    server.answers(alice, "MONITOR + bob,carol")
    bob = server.callers[1]
    alice.drops()
    server.settles()
    bob.drops()
    monitors = server.network.monitors

    assert ({}, {}) == (monitors._lists, monitors._watchers)


def test_a_new_name(server: IRCServer, alice: IRCCaller) -> None:
    """Taking another name is leaving under the old one; a new case is nothing."""
    bob = server.callers[1]
    assert isinstance(bob, Caller)
    server.answers(alice, "MONITOR + bob,carol")
    alice.forgets()
    for name in ("BOB", "Carol", "Dave"):
        bob.sends({"status": "rename", "text": name})
        server.settles()

    assert [
        ":classchat.server 731 Alice BOB",
        ":classchat.server 730 Alice Carol!~user@Carol",
        ":classchat.server 731 Alice Carol",
    ] == alice.lines("730", "731")


# extended-monitor.


@each_case(
    ("capabilities", "lines"),
    [
        (
            ["extended-monitor", "away-notify", "account-notify"],
            [":Bob!~user@Bob AWAY :at lunch", ":Bob!~user@Bob AWAY", ":Bob!~user@Bob ACCOUNT Bob"],
        ),
        (["extended-monitor", "away-notify"], [":Bob!~user@Bob AWAY :at lunch", ":Bob!~user@Bob AWAY"]),
        (["extended-monitor"], []),
        (["away-notify", "account-notify"], []),
    ],
)
def test_what_else_happens_to_a_user(capabilities: list[str], lines: list[str]) -> None:
    """With extended-monitor a client is told of users in no room with it what else it asks for."""
    server = IRCServer()
    (alice,) = server.irc("Alice", capabilities=capabilities)
    (bob,) = server.irc("Bob")
    alice.sends("MONITOR + bob")
    server.forgets()
    bob.sends("AWAY :at lunch", "AWAY", "NS REGISTER correct-horse")
    server.settles()

    assert lines == alice.lines()


def test_what_happens_to_a_member_is_told_once() -> None:
    """A client that shares a room with a user whom it monitors is told once."""
    server = IRCServer()
    (alice,) = server.irc("Alice", capabilities=["extended-monitor", "away-notify"])
    (bob,) = server.irc("Bob")
    alice.sends("MONITOR + bob", "JOIN #x")
    server.settles()
    bob.sends("JOIN #x")
    server.settles()
    server.forgets()
    bob.sends("AWAY :at lunch")
    server.settles()

    assert [":Bob!~user@Bob AWAY :at lunch"] == alice.lines()


def test_a_user_is_not_told_of_themselves() -> None:
    """A user who monitors the own name hears nothing of what the own client has done."""
    server = IRCServer()
    (alice,) = server.irc("Alice", capabilities=["extended-monitor", "away-notify"])
    alice.sends("MONITOR + alice")
    server.forgets()
    alice.sends("AWAY :at lunch")
    server.settles()

    assert ["306"] == alice.numerics()


class Recorder:
    """A client that monitors names, and records what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def reply(self, *words: str) -> None:
        """Record a numeric."""
        self.told.append(words)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("+-C"), st.sampled_from(["a", "A", "b", "c*", ""])), max_size=30))
def test_the_two_registers_agree(steps: list[tuple[str, str]]) -> None:
    """After any steps of two clients, each name is watched by those who list it, and nothing else is kept."""
    server = IRCServer()
    server.irc("Alice")
    monitors: Monitors = server.network.monitors
    clients = Recorder(), Recorder()
    for number, (step, name) in enumerate(steps):
        client = clients[number % 2]
        match step:
            case "+":
                monitors.add(client, [name])
            case "-":
                monitors.remove(client, [name])
            case _:
                monitors.clear(client)

    listed = {(client, key) for client in clients for key in monitors.of(client)}
    assert listed == {(client, key) for key, some in monitors._watchers.items() for client in some}
    assert all(monitors._watchers.values())
    assert all(monitors._lists.values())
    assert {key for _, key in listed} <= {"a", "b"}
    assert bool(listed) == bool(monitors.watchers(user("a")) or monitors.watchers(user("b")))


def test_one_line_checks_only_so_many_names(server: IRCServer, alice: IRCCaller) -> None:
    """Names that no user can have take a line's places, too: whether a name is allowed takes long."""
    impossible = [f"x!{number}" for number in range(100)]
    server.answers(alice, f"MONITOR + {','.join(impossible)},Carol,Bob")
    full = alice.lines("734")

    assert [":classchat.server 734 Alice 100 Carol,Bob :Monitor list is full."] == full
    assert ["730 Alice Bob!~user@Bob"] == server.answers(alice, "MONITOR + Bob")
