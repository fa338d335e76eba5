"""CHATHISTORY: stored messages for clients that ask for them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import Clock

from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits, Rate
from classchat.texts import stamp
from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer

CAPABILITIES = ("batch", "server-time", "message-tags", "draft/chathistory", "standard-replies")
START = 1_795_600_800_000
FAIL = ":classchat.server FAIL CHATHISTORY"


class Archive:
    """A server on which Alice has said 1, 2, 3 … in the room x; at the given milliseconds after the start."""

    def __init__(self, *times: int, capabilities: tuple[str, ...] = CAPABILITIES, **others: Any) -> None:
        self.now = START
        self.server = IRCServer(journal=self._journal, **others)
        self.alice, self.bob = self.server.irc("Alice", "Bob", capabilities=capabilities)
        self.alice.sends("JOIN #x")
        self.server.settles()
        for number, time in enumerate(times, 1):
            self.says(number, time)
        self.server.forgets()

    def _journal(self, clock: Clock) -> MemoryJournal:
        journal = MemoryJournal(clock, lambda: stamp(self.now))
        journal.epoch = "E"  # known when tests are collected
        return journal

    def says(self, text: object, time: int, target: str = "#x") -> None:
        """Send a message of Alice at a given time."""
        self.now = START + time
        self.alice.sends(f"PRIVMSG {target} :{text}")
        self.server.settles()

    def asks(self, line: str, caller: IRCCaller | None = None) -> list[str]:
        """Return the texts that a client is shown: by default Alice."""
        return [each.rsplit(" :", 1)[1] for each in self.lines(line, caller)[1:-1]]

    def lines(self, line: str, caller: IRCCaller | None = None) -> list[str]:
        """Return all lines that a client is told."""
        caller = caller or self.alice
        caller.forgets()
        caller.sends(f"CHATHISTORY {line}")
        self.server.settles()
        return caller.lines()

    def msgid(self, number: int) -> str:
        """Return the id of a message of the room."""
        return f"{self.server.network.ids.of_room('x')}{number}"


def at(time: int) -> str:
    """Return a selector by time."""
    return f"timestamp={stamp(START + time)}"


TEN = Archive(*range(10, 110, 10))


@each_case(
    ("line", "texts"),
    [
        ("LATEST #x * 3", "8 9 10"),
        ("latest #X * 100", "1 2 3 4 5 6 7 8 9 10"),
        (f"LATEST #x msgid={TEN.msgid(8)} 100", "9 10"),
        (f"LATEST #x msgid={TEN.msgid(5)} 2", "9 10"),
        (f"LATEST #x {at(80)} 100", "9 10"),
        (f"LATEST #x {at(81)} 100", "9 10"),
        (f"LATEST #x {at(100)} 100", ""),
        (f"BEFORE #x msgid={TEN.msgid(7)} 2", "5 6"),
        (f"BEFORE #x msgid={TEN.msgid(3)} 100", "1 2"),
        (f"BEFORE #x msgid={TEN.msgid(1)} 100", ""),
        (f"BEFORE #x msgid={TEN.msgid(99)} 1", "10"),
        (f"BEFORE #x {at(70)} 2", "5 6"),
        (f"BEFORE #x {at(71)} 2", "6 7"),
        (f"BEFORE #x {at(0)} 2", ""),
        ("BEFORE #x timestamp=1969-12-31T23:59:59Z 2", ""),
        ("BEFORE #x timestamp=9999-12-31T23:59:59.999Z 1", "10"),
        (f"AFTER #x msgid={TEN.msgid(4)} 3", "5 6 7"),
        (f"AFTER #x msgid={TEN.msgid(10)} 3", ""),
        (f"AFTER #x {at(40)} 3", "5 6 7"),
        (f"AFTER #x {at(39)} 3", "4 5 6"),
        ("AFTER #x timestamp=0001-01-01T00:00:00Z 2", "1 2"),
        (f"AROUND #x msgid={TEN.msgid(7)} 1", "7"),
        (f"AROUND #x msgid={TEN.msgid(7)} 3", "6 7 8"),
        (f"AROUND #x msgid={TEN.msgid(1)} 5", "1 2 3"),
        (f"AROUND #x {at(70)} 3", "6 7 8"),
        (f"AROUND #x {at(1000)} 3", "9 10"),
        (f"BETWEEN #x msgid={TEN.msgid(1)} msgid={TEN.msgid(5)} 10", "2 3 4"),
        (f"BETWEEN #x msgid={TEN.msgid(5)} msgid={TEN.msgid(1)} 10", "2 3 4"),
        (f"BETWEEN #x msgid={TEN.msgid(1)} msgid={TEN.msgid(9)} 3", "2 3 4"),
        (f"BETWEEN #x msgid={TEN.msgid(9)} msgid={TEN.msgid(1)} 3", "6 7 8"),
        (f"BETWEEN #x {at(10)} {at(50)} 10", "2 3 4"),
        (f"BETWEEN #x {at(90)} {at(10)} 3", "6 7 8"),
        (f"BETWEEN #x {at(10)} msgid={TEN.msgid(3)} 10", "2"),
        (f"BETWEEN #x {at(50)} {at(50)} 10", ""),
        (f"BETWEEN #x msgid={TEN.msgid(5)} msgid={TEN.msgid(6)} 10", ""),
    ],
)
def test_what_is_asked_for(line: str, texts: str) -> None:
    """The messages before, after, around and between what the selectors name, as many as were asked for."""
    assert texts.split() == TEN.asks(line)


def test_the_batch() -> None:
    """The messages are a batch, with the target as it was asked for, and all their tags."""
    prefix = TEN.server.network.ids.of_room("x")
    message = f"@batch=h%s;time={stamp(START + 100)};msgid={prefix}10 :Alice!~user@Alice PRIVMSG #x :10"
    found = TEN.lines("LATEST #X * 1")
    reference = found[-1].split(" -h")[1]

    assert [
        f":classchat.server BATCH +h{reference} chathistory #X",
        message % reference,
        f":classchat.server BATCH -h{reference}",
    ] == found


def test_without_batches() -> None:
    """A client without batches reads plain lines."""
    archive = Archive(10, 20, capabilities=("server-time",))

    assert [f"@time={stamp(START + 20)} :Alice!~user@Alice PRIVMSG #x :2"] == archive.lines("LATEST #x * 1")


def test_its_label() -> None:
    """The batch has the label of the request."""
    archive = Archive(10, capabilities=(*CAPABILITIES, "labeled-response"))
    archive.alice.sends("@label=7 CHATHISTORY LATEST #x * 1")
    archive.server.settles()

    assert [True, False, False] == ["label=7" in line for line in archive.alice.lines()]


@each_case(
    ("line", "error"),
    [
        ("", "INVALID_PARAMS *"),
        ("FIRST #x * 1", "INVALID_PARAMS FIRST"),
        ("LATEST", "INVALID_PARAMS LATEST"),
        ("LATEST #x *", "INVALID_PARAMS LATEST"),
        ("LATEST #x * 1 2", "INVALID_PARAMS LATEST"),
        ("LATEST #x * 0", "INVALID_PARAMS LATEST"),
        ("LATEST #x * -1", "INVALID_PARAMS LATEST"),
        ("LATEST #x * ²", "INVALID_PARAMS LATEST"),
        ("BEFORE #x timestamp=yesterday 1", "INVALID_PARAMS BEFORE"),
        ("BEFORE #x timestamp=2026-02-30T00:00:00.000Z 1", "INVALID_PARAMS BEFORE"),
        ("BEFORE #x timestamp=2026-02-28T00:00:00.000+01:00 1", "INVALID_PARAMS BEFORE"),
        ("BEFORE #x * 1", "INVALID_MSGREFTYPE BEFORE #x"),
        ("AROUND #x seq=3 1", "INVALID_MSGREFTYPE AROUND #x"),
        ("BEFORE #x msgid=x 1", "MESSAGE_ERROR BEFORE #x"),
        (f"BETWEEN #x msgid={TEN.msgid(1)} 1", "INVALID_PARAMS BETWEEN"),
        ("LATEST #nowhere * 1", "INVALID_TARGET LATEST #nowhere"),
        ("LATEST &x * 1", "INVALID_TARGET LATEST &x"),
        ("LATEST Nobody * 1", "INVALID_TARGET LATEST Nobody"),
    ],
)
def test_what_can_not_be_asked_for(line: str, error: str) -> None:
    """A wrong request is answered with the error that the specification gives to it."""
    (found,) = TEN.lines(line)

    assert found.startswith(f"{FAIL} {error} :")


def test_a_huge_limit() -> None:
    """A limit may be larger than any: then the page is as large as it can be."""
    assert 10 == len(TEN.asks(f"LATEST #x * {'9' * 400}"))


def test_a_limit_with_zeros() -> None:
    """Zeros before a number mean nothing."""
    assert ["9", "10"] == TEN.asks(f"LATEST #x * {'0' * 20}2")


def test_a_room_of_others() -> None:
    """The history of a room is for its members."""
    (found,) = TEN.lines("LATEST #x * 1", TEN.bob)

    assert found.startswith(f"{FAIL} INVALID_TARGET LATEST #x :")


def test_the_id_of_another_room() -> None:
    """An id names a message of its own conversation only."""
    archive = Archive(10)
    archive.alice.sends("JOIN #y")
    archive.server.settles()
    (found,) = archive.lines(f"BEFORE #y msgid={archive.msgid(1)} 1")

    assert found.startswith(f"{FAIL} MESSAGE_ERROR BEFORE #y :")


# Private conversations.


def test_a_private_conversation() -> None:
    """Both users read it, in any spelling of the other's name, with the ids that it had when it was told."""
    archive = Archive()
    archive.says("Hi", 10, "Bob")
    (told,) = archive.bob.lines()
    msgid = told.split("msgid=")[1].split(" ")[0]
    archive.says("there", 20, "Bob")

    assert ["Hi", "there"] == archive.asks("LATEST Bob * 10")
    assert ["Hi", "there"] == archive.asks("LATEST ALICE * 10", archive.bob)
    assert ["there"] == archive.asks(f"AFTER Alice msgid={msgid} 10", archive.bob)


def test_users_who_have_written_nothing() -> None:
    """A user without a conversation has an empty history."""
    assert [] == TEN.asks("LATEST Bob * 10")
    assert 2 == len(TEN.lines("LATEST Bob * 10"))


# Targets.


def test_targets() -> None:
    """The rooms and private conversations in which something was said between two times, in their order."""
    archive = Archive(10, 20)
    archive.says("Hi", 30, "Bob")
    archive.alice.sends("JOIN #y")
    archive.server.settles()
    archive.says("Hi", 40, "#y")
    x, bob, y = (
        f"CHATHISTORY TARGETS {target} {stamp(START + time)}"
        for target, time in (("#x", 20), ("Bob", 30), ("#y", 40))
    )

    def targets(line: str) -> list[str]:
        first, *found, last = archive.lines(f"TARGETS {line}")
        assert ("draft/chathistory-targets", True) == (first.split(" ")[-1], " BATCH -" in last)
        return [each.split(" :classchat.server ")[1] for each in found]

    assert [x, bob, y] == targets(f"{at(0)} {at(50)} 10")
    assert [y, bob, x] == targets(f"{at(50)} {at(0)} 10")
    assert [x] == targets(f"{at(0)} {at(50)} 1")
    assert [bob] == targets(f"{at(20)} {at(40)} 10")
    assert [] == targets(f"{at(50)} {at(60)} 10")


@each_case(
    ("line", "error"),
    [
        (f"TARGETS {at(0)} {at(50)}", "INVALID_PARAMS TARGETS"),
        (f"TARGETS {at(0)} {at(50)} x", "INVALID_PARAMS TARGETS"),
        (f"TARGETS {at(0)} timestamp=x 1", "INVALID_PARAMS TARGETS"),
        (f"TARGETS * {at(50)} 1", "INVALID_MSGREFTYPE TARGETS *"),
    ],
)
def test_what_is_no_request_for_targets(line: str, error: str) -> None:
    """A wrong request is answered with an error."""
    (found,) = TEN.lines(line)

    assert found.startswith(f"{FAIL} {error} :")


# Milliseconds.


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 4))
def test_paging_by_time(steps: list[int], limit: int) -> None:
    """A client that pages by the times of messages sees all of them, forwards and backwards."""
    times = [sum(steps[: place + 1]) for place in range(len(steps))]
    archive = Archive(*times)
    forwards: list[str] = []
    selector = at(-1)
    while page := archive.asks(f"AFTER #x {selector} {limit}"):
        forwards += page
        selector = at(times[int(page[-1]) - 1])
    backwards: list[str] = []
    selector = "*"
    command = "LATEST"
    while page := archive.asks(f"{command} #x {selector} {limit}"):
        backwards = page + backwards
        command, selector = "BEFORE", at(times[int(page[0]) - 1])

    everything = [str(number) for number in range(1, len(times) + 1)]
    assert (everything, everything) == (forwards, backwards)


def test_a_page_is_no_longer_than_it_has_to_be() -> None:
    """A page has as many messages as were asked for where no two are of one millisecond."""
    assert ["5", "6"] == TEN.asks(f"BEFORE #x {at(70)} 2")


def test_fractions_of_a_millisecond() -> None:
    """A time between two milliseconds is after all messages of the first one."""
    time = stamp(START + 50).removesuffix("Z")

    assert ["6"] == TEN.asks(f"AFTER #x timestamp={time}5Z 1")
    assert ["5"] == TEN.asks(f"BEFORE #x timestamp={time}5Z 1")
    assert ["4"] == TEN.asks(f"BEFORE #x timestamp={time}000000Z 1")


# What it costs.


def test_a_slow_reader() -> None:
    """A long history is written as fast as the client reads, and no faster."""
    archive = Archive()
    for number in range(40):
        archive.says("x" * 3_000 + str(number), number)
    archive.alice.stops_reading()
    archive.alice.sends("CHATHISTORY LATEST #x * 100")
    archive.server.settles()
    behind = len(archive.alice.wire._unsent)
    archive.alice.forgets()
    archive.alice.reads_on()
    archive.server.settles()

    assert behind < 100
    assert "39" in archive.alice.wire.value().decode()


def test_a_client_that_is_kicked_meanwhile() -> None:
    """A client that is removed from the room is shown no more of it; its batch ends."""
    archive = Archive()
    archive.bob.sends("JOIN #x")
    for number in range(100):
        archive.says("x" * 3_000 + f"<{number}>", number)
    archive.server.forgets()
    archive.bob.stops_reading()
    archive.bob.sends("CHATHISTORY LATEST #x * 100")
    archive.server.settles()
    archive.alice.sends("KICK #x Bob")
    archive.server.settles()
    archive.bob.reads_on()
    archive.server.settles()

    assert "<0>" in archive.bob.wire.value().decode()
    assert "<99>" not in archive.bob.wire.value().decode()
    assert ["BATCH", "FAIL"] == archive.bob.numerics()[-2:]


def test_a_client_that_disconnects() -> None:
    """A client that disconnects meanwhile costs nothing more."""
    archive = Archive()
    for number in range(40):
        archive.says("x" * 3_000 + str(number), number)
    archive.alice.stops_reading()
    archive.alice.sends("CHATHISTORY LATEST #x * 100")
    archive.alice.drops()
    archive.alice.reads_on()
    archive.server.settles()

    assert [] == [notice for notice in archive.server.notices if "failed" in str(notice)]


def test_the_rate_of_requests() -> None:
    """The first history of a joined room is free, others count as reading."""
    archive = Archive(10, limits=Limits(readings=Rate(1, 0.001)))
    found = [archive.lines("LATEST #x * 1") for _ in range(3)]

    assert [3, 3, 0] == [len(lines) for lines in found]


@given(
    st.lists(st.sampled_from(["#x", "*", "Bob", "msgid=x", at(50), "7", "-1", "LATEST", "BETWEEN", "AROUND"]))
)
def test_any_parameters(params: list[str]) -> None:
    """Any parameters are answered with messages or one error."""
    found = TEN.lines(" ".join(params))

    assert found[0].startswith(FAIL) if len(found) == 1 else " BATCH -" in found[-1]


def test_ids_of_another_guest_with_the_same_name() -> None:
    """Another guest who takes a name has other conversations, and no id of the former one's messages."""
    history = Archive()
    ids = []
    for time in (1, 2):
        (carol,) = history.server.irc("Carol")
        history.alice.forgets()
        history.now = START + time
        carol.sends("PRIVMSG Alice :Hello")
        history.server.settles()
        ids += [line.split("msgid=")[1].split()[0] for line in history.alice.lines("PRIVMSG")]
        carol.drops()
        history.server.settles()

    assert (2, 2) == (len(ids), len(set(ids)))
