"""PRIVMSG and NOTICE; what is said of tags is in test_client_tags.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import Clock

from classchat.errors import NotSaved
from classchat.limits import Limits, Rate
from tests.tables import each_case
from tests.unit.irc.helpers import FailingJournal, IRCCaller, IRCServer
from tests.unit.servers.helpers import Caller


def in_room(*nicks: str, capabilities: tuple[str, ...] = ()) -> tuple[IRCServer, list[IRCCaller]]:
    """Return a server, and clients with these nicknames who are in the room x."""
    server = IRCServer()
    callers = server.irc(*nicks, capabilities=capabilities)
    for caller in callers:
        caller.sends("JOIN #x")
        server.settles()
    server.forgets()
    return server, callers


def with_json(server: IRCServer, name: str) -> Caller:
    """Return a JSON client who is in the room x."""
    caller = server.is_called()
    caller.sends({"status": "register", "sender": name})
    server.settles()
    caller.sends({"status": "join", "receiver": "x"})
    server.settles()
    server.forgets()
    return caller


# To rooms.


def test_a_message_to_a_room() -> None:
    """All members read it, with IRC and without; the sender does not."""
    server, (alice, bob) = in_room("Alice", "Bob")
    carl = with_json(server, "Carl")
    alice.sends("PRIVMSG #X :Hello, all")
    server.settles()

    assert [":Alice!~user@Alice PRIVMSG #x :Hello, all"] == bob.lines()
    assert [] == alice.lines()
    assert ["Hello, all"] == carl.hears_texts("group")


def test_what_json_clients_say() -> None:
    """A text of several lines is as many messages."""
    server, (alice,) = in_room("Alice")
    carl = with_json(server, "Carl")
    carl.sends({"status": "group", "receiver": "x", "text": "a\n\nb"})
    server.settles()

    assert [":Carl!~user@Carl PRIVMSG #x :a", ":Carl!~user@Carl PRIVMSG #x :b"] == alice.lines()


def test_formatting_is_stripped() -> None:
    """What only IRC clients would understand is left out, and nothing hides anything."""
    server, (alice, bob) = in_room("Alice", "Bob")
    alice.sends("PRIVMSG #x :\x02bold\x0f \x0304,04red\x03 \x1b[2J")
    server.settles()

    assert [":Alice!~user@Alice PRIVMSG #x :bold red \ufffd[2J"] == bob.lines()


def test_an_action() -> None:
    """An ACTION is a text that `/me` says elsewhere, and an ACTION again for IRC clients."""
    server, (alice, bob) = in_room("Alice", "Bob")
    carl = with_json(server, "Carl")
    alice.sends("PRIVMSG #x :\x01ACTION waves\x01")
    carl.sends({"status": "group", "receiver": "x", "text": "* Carl waves back"})
    server.settles()

    assert ["* Alice waves", "* Carl waves back"] == carl.hears_texts("group")
    assert [
        ":Alice!~user@Alice PRIVMSG #x :\x01ACTION waves\x01",
        ":Carl!~user@Carl PRIVMSG #x :\x01ACTION waves back\x01",
    ] == bob.lines()


def test_a_notice() -> None:
    """A notice is a NOTICE to IRC clients, and a usual message to others."""
    server, (alice, bob) = in_room("Alice", "Bob")
    carl = with_json(server, "Carl")
    alice.sends("NOTICE #x :Beep", "PRIVMSG #x :Beep")
    server.settles()

    assert [":Alice!~user@Alice NOTICE #x :Beep", ":Alice!~user@Alice PRIVMSG #x :Beep"] == bob.lines()
    assert ["Beep", "Beep"] == carl.hears_texts("group")


@each_case(
    ("line", "expected"),
    [
        ("PRIVMSG", "411 Alice :No recipient given (PRIVMSG)"),
        ("PRIVMSG ,, :x", "411 Alice :No recipient given (PRIVMSG)"),
        ("PRIVMSG #x", "412 Alice :No text to send"),
        ("PRIVMSG #x :", "412 Alice :No text to send"),
        ("PRIVMSG #x :\x02 \x0f", "412 Alice :No text to send"),
        ("PRIVMSG #x :\x01ACTION\x01", "412 Alice :No text to send"),
        ("PRIVMSG a,b,c,d,e :x", "407 Alice e :Too many targets: at most 4"),
        ("PRIVMSG #nowhere :x", "403 Alice #nowhere :"),
        ("PRIVMSG &x :x", "403 Alice &x :"),
        ("PRIVMSG @#x :x", "403 Alice @#x :"),
        ("PRIVMSG Nobody :x", "401 Alice Nobody :"),
        ("PRIVMSG $$* :x", "401 Alice $$* :"),
        ("PRIVMSG #x :\x01VERSION\x01", "404 Alice #x :CTCP messages go to one user, not to a room"),
        ("PRIVMSG Nobody :\x01VERSION\x01", "401 Alice Nobody :"),
    ],
)
def test_what_can_not_be_said(line: str, expected: str) -> None:
    """A wrong line is answered with a numeric; a wrong notice with nothing."""
    server, (alice, bob) = in_room("Alice", "Bob")
    alice.sends(line)
    server.settles()
    found = alice.lines()
    alice.forgets()
    alice.sends(line.replace("PRIVMSG", "NOTICE"))
    server.settles()

    assert (1, True) == (len(found), found[0].startswith(f":classchat.server {expected}"))
    assert ([], []) == (alice.lines(), bob.lines())


def test_who_may_not_speak() -> None:
    """A user who is not in the room, or is muted there, is told that by 404."""
    server, (alice, bob) = in_room("Alice", "Bob")
    (carl,) = server.irc("Carl")
    carl.sends("PRIVMSG #x :Hi")
    alice.sends("MODE #x +q Bob")
    server.settles()
    server.forgets()
    bob.sends("PRIVMSG #x :Hi", "NOTICE #x :Hi")
    carl.sends("PRIVMSG #x :Hi")
    server.settles()

    assert (["404"], ["404"], []) == (bob.numerics(), carl.numerics(), alice.lines())


def test_several_targets() -> None:
    """A message goes to each of up to four targets once, and what is wrong with one stops no other."""
    server, (alice, bob) = in_room("Alice", "Bob")
    alice.sends("PRIVMSG #nowhere,Bob,#x,Bob,Nobody :Hi")
    server.settles()

    assert ["403", "401"] == alice.numerics()
    assert [":Alice!~user@Alice PRIVMSG Bob :Hi", ":Alice!~user@Alice PRIVMSG #x :Hi"] == bob.lines()


# The short way of usual messages.

SENTENCES = st.text(max_size=20) | st.text("aЖ* \x01\x02", max_size=400) | st.just("Hello")
TARGETS = st.sampled_from(["#x", "#X", "#y", "#nowhere", "#", "#x,#y", "#a:b", "Bob", "", "&x"])
SPOKEN = st.lists(st.tuples(st.booleans(), TARGETS, SENTENCES), max_size=8)


def read_of(
    spoken: list[tuple[bool, str, str]], tags: str, echo: bool, slow: bool, lost: bool
) -> list[tuple[int, str, list[str]]]:
    """Return what Alice and Bob read of each room and of all else while they speak, one after the other."""
    journals: list[FailingJournal] = []

    def made(clock: Clock) -> FailingJournal:
        journals.append(FailingJournal(clock))
        return journals[0]

    limits = Limits(messages=Rate(2, 3) if slow else None).without_guard()
    server = IRCServer(limits, journal=made)
    callers = server.irc("Alice", "Bob", capabilities=("echo-message",) * echo)
    for caller, rooms in zip(callers, ("#x,#y", "#x"), strict=True):
        caller.sends(f"JOIN {rooms}")
        server.settles()
    callers[0].sends("MODE #y +q Alice", "MODE #y -o Alice")
    server.settles()
    server.forgets()
    journals[0].reason = NotSaved() if lost else None
    for by_bob, target, text in spoken:
        callers[by_bob].sends(f"{tags}PRIVMSG {target} :{text}".encode(errors="replace"))
    for _ in range(10):
        server.settles()
        server.passes(1)
    read: dict[tuple[int, str], list[str]] = {}
    for number, caller in enumerate(callers):
        for line in caller.lines():
            target = next((word for word in line.lower().split(" ") if word.startswith("#")), "")
            read.setdefault((number, target), []).append(line.replace("#X", "#x"))
    return sorted((*where, lines) for where, lines in read.items())


@given(SPOKEN, st.booleans(), st.booleans(), st.booleans())
def test_the_short_way(spoken: list[tuple[bool, str, str]], echo: bool, slow: bool, lost: bool) -> None:
    """A message is read, echoed, delayed and refused alike, whether it goes the short way or the long one."""
    assert read_of(spoken, "@+x=y ", echo, slow, lost) == read_of(spoken, "", echo, slow, lost)


# Echoes and labels.


def test_an_echo() -> None:
    """A client with echo-message reads what it has said when it is stored, as all others do."""
    server, (alice, bob) = in_room(
        "Alice", "Bob", capabilities=("echo-message", "server-time", "message-tags")
    )
    alice.sends("PRIVMSG #x :Hi")
    before = alice.lines()
    server.settles()

    assert ([], bob.lines()) == (before, alice.lines())
    assert 1 == len(bob.lines())


def test_labels() -> None:
    """The echo has the label; a message that is refused is answered with it."""
    capabilities = ("echo-message", "labeled-response", "batch", "message-tags")
    server, (alice, _) = in_room("Alice", "Bob", capabilities=capabilities)
    alice.sends("@label=1 PRIVMSG #x :Hi", "@label=2 PRIVMSG Nobody :Hi", "@label=1 PRIVMSG #x :Hi")
    server.settles()

    assert ["2", "1", "1"] == [line.split("label=")[1].split(";")[0].split(" ")[0] for line in alice.lines()]
    assert ["401", "PRIVMSG", "PRIVMSG"] == alice.numerics()


def test_a_label_without_an_echo() -> None:
    """A client without echo-message learns that its message is stored."""
    server, (alice, _) = in_room("Alice", "Bob", capabilities=("labeled-response", "batch"))
    alice.sends("@label=1 PRIVMSG #x :Hi")
    server.settles()

    assert ["@label=1 :classchat.server ACK"] == alice.lines()


def test_a_message_to_oneself() -> None:
    """A message to oneself comes once, and once more as an echo."""
    server, (alice,) = in_room("Alice")
    (bob,) = server.irc("Bob", capabilities=("echo-message",))
    alice.sends("PRIVMSG Alice :Hi")
    bob.sends("PRIVMSG Bob :Hi")
    server.settles()

    assert [":Alice!~user@Alice PRIVMSG Alice :Hi"] == alice.lines()
    assert [":Bob!~user@Bob PRIVMSG Bob :Hi"] * 2 == bob.lines()


def test_whose_name_is_claimed() -> None:
    """A message has the account of its sender from the moment on at which the name is claimed."""
    server, (alice,) = in_room("Alice", capabilities=("account-tag",))
    carl = with_json(server, "Carl")
    carl.sends({"status": "group", "receiver": "x", "text": "1"})
    server.settles()
    before = alice.lines()
    server.claims(carl)
    carl.sends({"status": "group", "receiver": "x", "text": "2"})
    server.settles()

    assert [":Carl!~user@Carl PRIVMSG #x :1"] == before
    assert ["@account=Carl :Carl!~user@Carl PRIVMSG #x :2"] == alice.lines()


# To users.


def test_a_private_message() -> None:
    """A message to a user, by name or by whole source, is for that user alone."""
    server, (alice, bob, carl) = in_room("Alice", "Bob", "Carl")
    alice.sends("PRIVMSG bob :Hi", "PRIVMSG Bob!~user@Bob :there")
    server.settles()

    assert [":Alice!~user@Alice PRIVMSG Bob :Hi", ":Alice!~user@Alice PRIVMSG Bob :there"] == bob.lines()
    assert ([], []) == (alice.lines(), carl.lines())


def test_a_user_who_is_away() -> None:
    """The sender of a private message learns that its receiver is away; of a notice not."""
    server, (alice, bob) = in_room("Alice", "Bob")
    bob.sends("AWAY :at lunch")
    server.settles()
    server.forgets()
    alice.sends("PRIVMSG Bob :Hi", "NOTICE Bob :Hi")
    server.settles()

    assert [":classchat.server 301 Alice Bob :at lunch"] == alice.lines()
    assert 2 == len(bob.lines())


def test_a_user_who_is_offline() -> None:
    """A private message to an account whose owner is offline is kept, and the sender learns that."""
    server, (alice,) = in_room("Alice")
    bob = server.is_called()
    bob.sends({"status": "claim", "sender": "Bob", "text": "correct horse"})
    server.settles()
    bob.drops()
    server.settles()
    alice.sends("PRIVMSG Bob :Hi")
    server.settles()
    back = server.is_called()
    back.sends({"status": "register", "sender": "Bob", "text": "correct horse"})
    server.settles()

    assert [":classchat.server 301 Alice Bob :is offline, and gets messages on return"] == alice.lines()
    assert ["Hi"] == back.hears_texts("private")


def test_one_program_asks_another() -> None:
    """A CTCP message reaches one IRC client of the user, and no other client."""
    server, (alice, bob) = in_room("Alice", "Bob")
    carl = with_json(server, "Carl")
    alice.sends("PRIVMSG Bob :\x01VERSION\x01", "PRIVMSG Carl :\x01VERSION\x01")
    bob.sends("NOTICE Alice :\x01VERSION irssi\x01")
    server.settles()

    assert [":Alice!~user@Alice PRIVMSG Bob :\x01VERSION\x01"] == bob.lines()
    assert [":Bob!~user@Bob NOTICE Alice :\x01VERSION irssi\x01"] == alice.lines()
    assert [] == carl.hears()


def test_a_service() -> None:
    """What is written to a service is answered by it, and gets no further."""
    server, (alice, _) = in_room("Alice", "Bob", capabilities=("echo-message",))
    alice.sends("PRIVMSG NickServ :IDENTIFY secret", "NOTICE NickServ :x", "PRIVMSG NickServ :\x01PING 1\x01")
    server.settles()

    assert alice.lines()
    assert {"NickServ"} == {line[1:].split("!")[0] for line in alice.lines()}
    assert "secret" not in "".join(alice.lines())


def test_messages_of_another_device() -> None:
    """What a user says privately from one device, others show only where clients understand that."""
    server = IRCServer()
    claimer = server.is_called()
    claimer.sends({"status": "claim", "sender": "Alice", "text": "correct horse"})
    server.settles()
    (bob,) = server.irc("Bob")
    devices = []
    for capabilities in ("sasl", "sasl znc.in/self-message"):
        device = server.is_called_by_irc()
        device.sends(
            f"CAP REQ :{capabilities}", "PASS :correct horse", "NICK Alice", "USER a 0 * :A", "CAP END"
        )
        server.settles()
        devices.append(device)
    server.forgets()
    claimer.sends({"status": "private", "receiver": "Bob", "text": "Hi"})
    server.settles()

    assert [[], [":Alice!~user@Alice PRIVMSG Bob :Hi"]] == [device.lines() for device in devices]
    assert [":Alice!~user@Alice PRIVMSG Bob :Hi"] == bob.lines()
