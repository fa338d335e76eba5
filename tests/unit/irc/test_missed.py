"""What a client is shown of the time before it came."""

from __future__ import annotations

import pytest
from twisted.internet.testing import Clock

from classchat.irc import missed
from classchat.irc.network import Network
from classchat.journal import memory_log
from classchat.journal.memory import MemoryJournal
from classchat.texts import stamp
from tests.unit.irc.helpers import RIGHT, STARTED, IRCCaller, IRCServer, command_of

TIMES = ("batch", "server-time")


def joining(*capabilities: str, network: Network | None = None, mode: str = "") -> list[str]:
    """Return what a client reads that joins the room x, in which Alice has said 1 to 30."""
    server = IRCServer(network=network)
    (alice,) = server.irc("Alice")
    alice.sends("JOIN #x", *[f"PRIVMSG #x :{number}" for number in range(1, 31)])
    server.settles()
    (bob,) = server.irc("Bob", capabilities=capabilities)
    if mode:
        bob.sends(f"MODE Bob {mode}")
        bob.forgets()
    bob.sends("JOIN #x")
    server.settles()
    return bob.lines()


def shown(lines: list[str]) -> list[str]:
    """Return the texts of messages."""
    return [line.rsplit(" :", 1)[1] for line in lines if " PRIVMSG " in line]


def test_the_last_lines_of_a_room() -> None:
    """A client that joins a room reads the last lines, behind the names, as a batch."""
    lines = joining(*TIMES)
    commands = [line.split(" ")[1 if line.startswith(":") else 2] for line in lines]

    assert [str(number) for number in range(11, 31)] == shown(lines)
    assert ["JOIN", "353", "366", "BATCH"] == [each for each in commands if each not in ("332", "333")][:4]
    assert ":classchat.server BATCH +h1 chathistory #x" in lines
    assert ":classchat.server BATCH -h1" == lines[-1]


def test_as_many_as_the_operator_says() -> None:
    """The operator says how many lines, or none."""
    assert ["29", "30"] == shown(joining(*TIMES, network=Network(STARTED, replay=2)))
    assert [] == shown(joining(*TIMES, network=Network(STARTED, replay=0)))


def test_without_batches() -> None:
    """A client without batches reads plain lines with their times."""
    lines = joining("server-time")

    assert 20 == len(shown(lines))
    assert not any("BATCH" in line for line in lines)


def test_who_is_shown_nothing() -> None:
    """Nothing is shown without times, to a client that asks itself, and to a bot."""
    assert [] == shown(joining())
    assert [] == shown(joining(*TIMES, "draft/chathistory"))
    assert [] == shown(joining(*TIMES, mode="+B"))


def test_an_empty_room() -> None:
    """A room in which nothing was said has no batch."""
    server = IRCServer()
    (alice,) = server.irc("Alice", capabilities=TIMES)
    alice.sends("JOIN #x")
    server.settles()

    assert "BATCH" not in alice.numerics()


def dated(clock: Clock) -> MemoryJournal:
    """Return a journal whose times are those of the clock, which stands at the start."""
    clock.advance(STARTED)
    return MemoryJournal(clock, lambda: stamp(int(clock.seconds() * 1000)))


class Return:
    """A server on which Alice, who has an account, comes back to the room x after some messages there."""

    def __init__(self) -> None:
        self.server = IRCServer(journal=dated)
        self.first = self.server.is_called()
        self.first.sends({"status": "claim", "sender": "Alice", "text": RIGHT})
        self.server.settles()
        self.first.sends({"status": "create", "receiver": "x"})
        self.server.settles()
        (self.bob,) = self.server.irc("Bob")
        self.bob.sends("JOIN #x")
        self.says("before")

    def says(self, *texts: str, target: str = "#x") -> None:
        """Send a message of Bob, a second after what was before."""
        for text in texts:
            self.server.clock.advance(1)
            self.bob.sends(f"PRIVMSG {target} :{text}")
            self.server.settles()

    def leaves(self) -> None:
        """Disconnect Alice for a long time."""
        self.server.clock.advance(1)
        self.first.drops()
        self.server.clock.advance(60)
        self.server.settles()

    def is_silent(self, until: str) -> IRCCaller:
        """Return Alice's client, which sends nothing more until it is told `until`.

        It was told "0" before it was last heard, and "1" and "Hi" after that.
        """
        alice = self.comes_back(*TIMES)
        self.says("0")
        alice.sends("PING still")
        self.says("1")
        self.says("Hi", target="Alice")
        while until not in alice.numerics():
            self.server.clock.advance(10)
            self.bob.sends("PING here")
            self.server.settles()
        return alice

    def comes_back(self, *capabilities: str) -> IRCCaller:
        """Return Alice's new client."""
        alice = self.server.is_called_by_irc()
        alice.sends(
            f"CAP REQ :{' '.join(capabilities)}", f"PASS :{RIGHT}", "NICK Alice", "USER a 0 * :A", "CAP END"
        )
        self.server.settles()
        assert "001" in alice.numerics()
        return alice


def test_what_was_missed() -> None:
    """What was said in the rooms of an account comes as a batch behind the JOIN; later messages come live."""
    alices = Return()
    alices.leaves()
    alices.says("1", "2")
    alice = alices.comes_back(*TIMES)
    alices.says("3")
    lines = alice.lines("JOIN", "366", "BATCH", "PRIVMSG")

    assert ["JOIN", "366", "BATCH", "PRIVMSG", "PRIVMSG", "BATCH", "PRIVMSG"] == [
        command_of(line) for line in lines
    ]
    assert ["1", "2", "3"] == shown(lines)


def test_what_was_said_to_a_dead_connection() -> None:
    """What a client was sent since it was last heard counts as missed: its network may have failed."""
    alices = Return()
    alices.leaves()
    alices.is_silent(until="ERROR")

    assert ["1", "Hi"] == shown(alices.comes_back(*TIMES).lines())


def test_a_connection_that_seems_to_live() -> None:
    """A client that returns while its old connection owes an answer is shown all since that was heard."""
    alices = Return()
    alices.leaves()
    alice = alices.is_silent(until="PING")
    alices.says("2")
    back = alices.comes_back(*TIMES)
    alice.sends("PONG still")
    other = alices.comes_back(*TIMES)

    assert (["1", "2", "Hi"], []) == (shown(back.lines()), shown(other.lines()))


def test_a_connection_that_breaks() -> None:
    """What was said since a client was last heard counts as missed if its connection was reset."""
    alices = Return()
    alices.leaves()
    alice = alices.comes_back(*TIMES)
    alice.sends("PING still")
    alices.says("1")
    alice.drops(broken=True)
    back = alices.comes_back(*TIMES)
    back.sends("PING still")
    alices.says("2")
    alices.server.clock.advance(1)
    back.drops()

    assert (["1"], []) == (shown(back.lines())[:1], shown(alices.comes_back(*TIMES).lines()))


def test_what_is_said_at_the_moment_of_coming_back() -> None:
    """A message that is stored together with the return is told once."""
    alices = Return()
    alices.leaves()
    alices.says("1")
    alice = alices.server.is_called_by_irc()
    alice.sends(f"CAP REQ :{' '.join(TIMES)}", f"PASS :{RIGHT}", "NICK Alice", "USER a 0 * :A", "CAP END")
    alices.bob.sends("PRIVMSG #x :2")
    alices.server.settles()

    assert ["1", "2"] == sorted(shown(alice.lines()))


def test_private_messages_that_were_missed() -> None:
    """Each private conversation is a batch of its own, named like the sender."""
    alices = Return()
    alices.leaves()
    alices.says("Hi", "Alice?", target="Alice")
    alice = alices.comes_back(*TIMES)

    assert [":classchat.server BATCH +h1 chathistory Bob"] == alice.lines("BATCH")[:1]
    assert ["Hi", "Alice?"] == shown(alice.lines())


@pytest.mark.parametrize(("capabilities", "instead"), [(TIMES, ":xxx"), (("batch",), "[deleted by Carol]")])
def test_a_private_message_that_is_deleted_meanwhile(capabilities: tuple[str, ...], instead: str) -> None:
    """A message that is deleted while a client slowly reads what it missed is not shown any more."""
    alices = Return()
    alices.leaves()
    carol = alices.server.is_called()
    carol.sends("Carol")
    for number, text in enumerate([*["x" * 5_000] * 300, "secret"]):
        carol.sends({"status": "private", "receiver": "Alice", "text": text, "id": str(number)})
        alices.server.clock.advance(1)
        alices.server.settles()
    told = carol.hears("success")[-1]
    alice = alices.server.is_called_by_irc()
    alice.sends(f"CAP REQ :{' '.join(capabilities)}", f"PASS :{RIGHT}", "NICK Alice", "USER a 0 * :A")
    alice.stops_reading()
    alice.sends("CAP END")
    alices.server.settles()
    carol.sends({"status": "delete", "receiver": "Alice", "private": True, "seq": told["seq"], "id": "d"})
    alices.server.settles()
    alice.reads_on()
    alices.server.settles()

    assert ("300", "d") == (told["id"], carol.hears("success")[-1]["id"])
    assert instead in alice.lines("PRIVMSG", "NOTICE")[-1]
    assert not any("secret" in line for line in alice.lines())


def test_private_messages_at_the_moment_of_coming_back() -> None:
    """A private message that comes live while older ones are shown is told once."""
    alices = Return()
    alices.leaves()
    alices.says("1", target="Alice")
    alice = alices.server.is_called_by_irc()
    alice.sends(f"CAP REQ :{' '.join(TIMES)}", f"PASS :{RIGHT}", "NICK Alice", "USER a 0 * :A", "CAP END")
    alices.server.clock.rightNow += 0.01
    alices.bob.sends("PRIVMSG Alice :2")
    alices.server.settles()

    assert ["1", "2"] == sorted(shown(alice.lines()))


def test_more_than_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out is counted, where it was said; where nothing is, nothing is said about it."""
    for module in (missed, memory_log):
        monkeypatch.setattr(module, "MOST_MISSED", 2)
    alices = Return()
    alices.leaves()
    alices.says("1", "2", "3", "4")
    alices.says("Hi", "Alice?", "Hello", target="Alice")
    alice = alices.comes_back(*TIMES)
    told = alice.lines("NOTICE")
    alices.server.clock.advance(1)
    alice.drops()
    alices.leaves()
    alices.says("5", "6")
    again = alices.comes_back(*TIMES)

    assert ["3", "4", "Alice?", "Hello"] == shown(alice.lines())
    assert [
        ":classchat.server NOTICE #x :The oldest 2 messages that you missed in #x can't be shown here:"
        " /msg SERVER search #x WORDS finds them",
        ":classchat.server NOTICE Alice :The oldest 1 message that you missed privately can't be shown here:"
        " /msg SERVER search WORDS finds them",
    ] == told
    assert (["5", "6"], []) == (shown(again.lines()), again.lines("NOTICE"))


def test_without_times() -> None:
    """A client without times is told by SERVER how many messages of a room, and which private ones."""
    alices = Return()
    alices.leaves()
    alices.says("1", "2")
    alices.says("Hi", target="Alice")
    alices.says("\x01ACTION waves\x01", target="Alice")
    alice = alices.comes_back("batch")

    assert [] == shown(alice.lines())
    assert [
        "You missed 2 messages in #x. To read: /msg SERVER history #x 2",
        "[2026-11-25 10:01] to Alice <Bob> Hi",
        "[2026-11-25 10:01] to Alice <Bob> * Bob waves",
    ] == [line.split(" NOTICE Alice :")[1] for line in alice.lines("NOTICE")]


def test_without_times_and_anything_missed() -> None:
    """A client without times is told nothing where nothing was missed."""
    alices = Return()
    alices.leaves()

    assert [] == alices.comes_back("batch").lines("NOTICE")


def test_who_is_told_nothing_of_it() -> None:
    """A client that asks itself is told nothing."""
    alices = Return()
    alices.leaves()
    alices.says("1")
    alices.says("Hi", target="Alice")

    assert [] == shown(alices.comes_back(*TIMES, "draft/chathistory").lines())


def test_a_bot_that_comes_back() -> None:
    """An account that was a bot when it was here last is shown nothing: it would answer that."""
    alices = Return()
    bot = alices.comes_back(*TIMES)
    bot.sends("MODE Alice +B")
    alices.server.settles()
    bot.drops()
    alices.leaves()
    alices.says("1")
    alices.says("Hi", target="Alice")

    assert [] == shown(alices.comes_back(*TIMES).lines())


def test_a_second_device() -> None:
    """Another client of an account that is here has missed nothing."""
    alices = Return()
    alices.says("1")

    assert [] == shown(alices.comes_back(*TIMES).lines())


def test_what_was_read_before_joining_again() -> None:
    """A client that joins again reads the last lines as they are then, each once."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob", capabilities=TIMES)
    alice.sends("JOIN #x", "PRIVMSG #x :1")
    bob.sends("JOIN #x")
    server.settles()
    bob.sends("PART #x")
    alice.sends("PRIVMSG #x :2")
    server.settles()
    server.forgets()
    bob.sends("JOIN #x")
    alice.sends("PRIVMSG #x :3")
    server.settles()

    assert ["1", "2", "3"] == sorted(shown(bob.lines()))
