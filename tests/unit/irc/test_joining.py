"""JOIN, PART and NAMES."""

from __future__ import annotations

import pytest

from classchat.irc import member_lists
from classchat.limits import Limits
from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.servers.helpers import Caller


@pytest.fixture
def server() -> IRCServer:
    """Return a server with Alice, who moderates #x, and Bob; Jon speaks JSON."""
    server = IRCServer()
    alice, _ = server.irc("Alice", "Bob")
    server.signs_in("Jon")
    alice.sends("JOIN #x")
    server.settles()
    server.forgets()
    return server


def says(server: IRCServer, who: Caller, *lines: str) -> None:
    """Send lines and settle; all clients have forgotten what they read before."""
    server.forgets()
    who.sends(*lines)
    server.settles()


def test_a_room_is_joined(server: IRCServer, alice: IRCCaller, bob: IRCCaller) -> None:
    """The client sees its JOIN in the room's spelling and the members; the others see the JOIN."""
    says(server, bob, "JOIN #X")

    assert [
        ":Bob!~user@Bob JOIN #x",
        ":classchat.server 353 Bob = #x :@Alice Bob",
        ":classchat.server 366 Bob #x :End of /NAMES list",
    ] == bob.lines()
    assert [":Bob!~user@Bob JOIN #x"] == alice.lines()


def test_the_topic_is_shown(server: IRCServer, alice: IRCCaller, bob: IRCCaller) -> None:
    """A room with a topic shows it before the members."""
    says(server, alice, "TOPIC #x :Exam on Monday")
    says(server, bob, "JOIN #x")

    assert [
        ":classchat.server 332 Bob #x :Exam on Monday",
        ":classchat.server 333 Bob #x Alice 0",
    ] == bob.lines()[1:3]


def test_a_room_is_created(server: IRCServer, bob: IRCCaller) -> None:
    """A room that does not exist is created, and its creator moderates it."""
    says(server, bob, "JOIN #new")

    assert [
        ":Bob!~user@Bob JOIN #new",
        ":classchat.server 353 Bob = #new @Bob",
        ":classchat.server 366 Bob #new :End of /NAMES list",
    ] == bob.lines()


def test_lists_and_keys(server: IRCServer, bob: IRCCaller) -> None:
    """Channels of a list are joined one after the other, each once; keys are ignored."""
    says(server, bob, "JOIN #x,#new,,#X,#new key,other")

    assert [":Bob!~user@Bob JOIN #x", ":Bob!~user@Bob JOIN #new"] == bob.lines("JOIN")


def test_a_member_hears_nothing(server: IRCServer, alice: IRCCaller) -> None:
    """Joining a room twice is silent."""
    says(server, alice, "JOIN #x")

    assert [] == alice.lines()


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("&x", "No such channel"),
        ("##x", "No such channel"),
        ("#a+b", "No such channel"),
        ("#", "No such channel"),
        ("x", "No such channel"),
        ("#server", None),
        ("#" + "a" * 65, None),
        ("#\u0445", None),  # a Cyrillic letter that looks like the x of the room that exists
    ],
)
def test_impossible_names(server: IRCServer, bob: IRCCaller, channel: str, text: str | None) -> None:
    """A channel that can't exist here is answered 403, with the channel as it was written."""
    says(server, bob, f"JOIN {channel}")
    (line,) = bob.lines()

    assert line.startswith(f":classchat.server 403 Bob {channel} :")
    assert text is None or line.endswith(f" :{text}")


def test_too_many_rooms() -> None:
    """The room that is one too many is answered 405."""
    server = IRCServer(Limits(rooms_of_user=2).without_guard())
    (bob,) = server.irc("Bob")
    bob.sends("JOIN #a,#b,#c")
    server.settles()

    assert [":classchat.server 405 Bob #c :Too many rooms joined: the limit is 2."] == bob.lines("405")


def test_a_banned_user(server: IRCServer, alice: IRCCaller, bob: IRCCaller) -> None:
    """A banned user is answered 474."""
    says(server, alice, "MODE #x +b Bob")
    says(server, bob, "JOIN #x")

    assert [":classchat.server 474 Bob #x :You are banned from room 'x'"] == bob.lines()


def private(server: IRCServer) -> Caller:
    """Make Jon's room #p private, which takes an account; return Jon."""
    jon = server.callers[2]
    jon.sends({"status": "claim", "text": "correct horse"})
    server.settles()
    jon.sends({"status": "create", "receiver": "p"})
    server.settles()
    jon.sends({"status": "room", "receiver": "p", "text": "private"})
    server.settles()
    return jon


def test_a_private_room(server: IRCServer, bob: IRCCaller) -> None:
    """A private room is answered 473; an invited user sees it with a `*`."""
    jon = private(server)
    says(server, bob, "JOIN #p")
    refused = bob.numerics()
    jon.sends({"status": "invite", "receiver": "p", "user": "Bob"})
    server.settles()
    says(server, bob, "JOIN #p", "MODE #p")

    assert ["473"] == refused
    assert [
        ":classchat.server 353 Bob * #p :Bob @Jon",
        ":classchat.server 324 Bob #p +int",
    ] == bob.lines("353", "324")


def test_a_closed_room(server: IRCServer, bob: IRCCaller) -> None:
    """A closed room is answered 403."""
    jon = private(server)
    jon.sends({"status": "close", "receiver": "p"})
    server.settles()
    says(server, bob, "JOIN #p")

    assert [":classchat.server 403 Bob #p :Chat room 'p' is closed"] == bob.lines()


def test_leaving_all(server: IRCServer, alice: IRCCaller) -> None:
    """`JOIN 0` leaves all rooms."""
    says(server, alice, "JOIN #y")
    says(server, alice, "JOIN 0")

    assert [":Alice!~user@Alice PART #x", ":Alice!~user@Alice PART #y"] == alice.lines()


def test_leaving(server: IRCServer, alice: IRCCaller, bob: IRCCaller) -> None:
    """All members see a PART with its reason, without formatting; the user is no member any longer."""
    says(server, bob, "JOIN #x")
    says(server, bob, "PART #x :\x02so\x02 long")
    seen = bob.lines(), alice.lines()
    says(server, bob, "NAMES #x")

    assert ([":Bob!~user@Bob PART #x :so long"],) * 2 == seen
    assert ["366"] == bob.numerics()


def test_leaving_what_one_is_not_in(server: IRCServer, bob: IRCCaller) -> None:
    """A room that one is not in is answered 442, one that does not exist 403."""
    says(server, bob, "PART #x,#nowhere,&x")

    assert ["442", "403", "403"] == bob.numerics()


@pytest.mark.parametrize("line", ["JOIN", "PART"])
def test_without_parameters(server: IRCServer, bob: IRCCaller, line: str) -> None:
    """A command without its parameter is answered 461."""
    says(server, bob, line)

    assert [f":classchat.server 461 Bob {line} :Not enough parameters"] == bob.lines()


def test_a_client_that_leaves_while_it_joins(server: IRCServer, alice: IRCCaller, bob: IRCCaller) -> None:
    """A connection that is lost in the middle of a list joins nothing more, and nothing fails."""
    server.forgets()
    bob.sends("JOIN #x,#y,#z")
    bob.drops()
    server.settles()

    assert (False, ["x"]) == (
        "Bob" in server.users(),
        [room.name for room in server.chat.rooms if room.members],
    )


# NAMES.


def test_names_of_a_room(server: IRCServer, alice: IRCCaller) -> None:
    """NAMES lists the members of a room that one is in, whatever client they have."""
    server.callers[2].sends({"status": "join", "receiver": "x"})
    server.settles()
    says(server, alice, "NAMES #X")

    assert [
        ":classchat.server 353 Alice = #x :@Alice Jon",
        ":classchat.server 366 Alice #X :End of /NAMES list",
    ] == alice.lines()


def test_names_of_several_rooms(server: IRCServer, alice: IRCCaller) -> None:
    """Up to four rooms are listed one after the other, each once, with one line at the end."""
    says(server, alice, "JOIN #y")
    server.forgets()
    says(server, alice, "NAMES #x,#y,#x,#nowhere,&z,#x2")

    assert [
        ":classchat.server 353 Alice = #x @Alice",
        ":classchat.server 353 Alice = #y @Alice",
        ":classchat.server 366 Alice #x,#y,#nowhere,&z :End of /NAMES list",
    ] == [line.replace(" :@Alice", " @Alice") for line in alice.lines()]


@pytest.mark.parametrize("channel", ["#x", "#nowhere", "x", "&x", "#"])
def test_names_that_one_may_not_see(server: IRCServer, bob: IRCCaller, channel: str) -> None:
    """For rooms that the user may not see, and for impossible names, there is only 366."""
    says(server, bob, f"NAMES {channel}")

    assert [f":classchat.server 366 Bob {channel} :End of /NAMES list"] == bob.lines()


def test_names_of_all_rooms(server: IRCServer, alice: IRCCaller) -> None:
    """NAMES alone lists the rooms that one is in."""
    says(server, alice, "JOIN #a")
    says(server, alice, "NAMES")

    assert [
        ":classchat.server 353 Alice = #a @Alice",
        ":classchat.server 353 Alice = #x @Alice",
        ":classchat.server 366 Alice * :End of /NAMES list",
    ] == alice.lines()


def test_names_with_hosts(server: IRCServer) -> None:
    """With userhost-in-names each name has its username and host."""
    (dave,) = server.irc("Dave", capabilities=["userhost-in-names", "multi-prefix"])
    says(server, dave, "JOIN #x")

    assert [":classchat.server 353 Dave = #x :@Alice!~alice@Alice Dave!~dave@Dave"] == dave.lines("353")


def test_no_names_where_they_are_not_wanted(server: IRCServer) -> None:
    """With no-implicit-names a JOIN shows no members, and NAMES still does."""
    (dave,) = server.irc("Dave", capabilities=["no-implicit-names"])
    says(server, dave, "JOIN #x")
    joined = dave.numerics()
    says(server, dave, "NAMES #x")

    assert (["JOIN"], ["353", "366"]) == (joined, dave.numerics())


def test_many_members_take_several_lines() -> None:
    """The members of a large room fit into lines of 512 bytes, and all are there."""
    server = IRCServer()
    for number in range(60):
        (caller,) = server.signs_in(f"user-with-a-long-name-{number}")
        caller.sends({"status": "create" if not number else "join", "receiver": "x"})
        server.turn()
    (bob,) = server.irc("Bob")
    says(server, bob, "JOIN #x")
    lines = bob.lines("353")

    assert 61 == sum(len(line.split(" :", 1)[1].split(" ")) for line in lines)
    assert max(len(line.encode()) for line in lines) <= 510


@pytest.mark.parametrize("line", ["NAMES #x", "NAMES"])
def test_a_client_that_leaves_while_it_reads_names(
    monkeypatch: pytest.MonkeyPatch, server: IRCServer, alice: IRCCaller, line: str
) -> None:
    """A long list waits for its reader; one that leaves meanwhile gets nothing more, and nothing fails."""
    monkeypatch.setattr(member_lists, "_AT_ONCE", 1)
    server.callers[2].sends({"status": "join", "receiver": "x"})
    server.settles()
    server.forgets()
    alice.stops_reading()
    alice.sends(line)
    alice.drops()
    server.settles()

    assert "366" not in alice.numerics()


@pytest.mark.parametrize(
    "line", ["JOIN 0", "PART #x,#y,#z", "JOIN #a,#b,#c", "KICK #x bob,jon", "MODE #x +m-m"]
)
def test_a_client_that_leaves_in_the_middle(server: IRCServer, alice: IRCCaller, line: str) -> None:
    """A connection that is lost while a line with several requests is handled asks for nothing more."""
    says(server, alice, "JOIN #y,#z")
    alice.sends(line)
    alice.drops()
    server.settles()
    server.settles()

    assert "Alice" not in server.users()
