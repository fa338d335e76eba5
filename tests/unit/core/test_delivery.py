"""Delivery: one write for each client and batch."""

from __future__ import annotations

import pytest

from classchat.core.delivery import Delivery
from classchat.core.events import Event
from classchat.core.model import Room, User
from classchat.core.ports import Codec
from classchat.wire.json_codec import JSON
from tests.unit.helpers import RecordingPeer, person, private, user


class _Joining(Codec):
    """A codec whose encoded events are the events' texts; counts the calls."""

    def __init__(self, mark: bytes = b"") -> None:
        self.mark = mark
        self.encoded = 0

    def encode(self, events: list[Event]) -> bytes:
        """Return the lines, each after this codec's mark."""
        self.encoded += 1
        return b"".join(self.mark + event for event in events)

    def cut(self, data: bytes) -> list[bytes]:
        """Cut after newlines."""
        return JSON.cut(data)


_PLAIN = _Joining()


def _user(name: str, codec: Codec = _PLAIN) -> tuple[User, RecordingPeer]:
    peer = RecordingPeer(codec)
    return User(name, person(name), [peer]), peer


def _room(*members: User) -> Room:
    return Room("CS350", "#CS350", set(members))


def test_a_batch_is_one_write_a_client() -> None:
    """Everything in a batch for one client, from all rooms and in private, is one write."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    one, other = _room(alice, bob), _room(alice)
    delivery = Delivery()
    for line in (b"1\n", b"2\n"):
        delivery.to_room(one, line)
        delivery.to_room(other, line)
    delivery.to_peer(a, b"3\n")
    delivery.send()

    assert (1, [b"1\n2\n"]) == (len(a.writes), b.writes)
    assert sorted([b"1", b"2", b"1", b"2", b"3"]) == sorted(a.lines)


def test_members_hear_the_same_bytes_in_the_same_order() -> None:
    """Every member of a room hears its lines in order."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice, bob)
    delivery = Delivery()
    for number in range(20):
        delivery.to_room(room, b"%d\n" % number)
    delivery.send()

    assert [b"%d" % number for number in range(20)] == a.lines == b.lines


def test_what_is_much_is_shared_as_well() -> None:
    """A room's lines after a stall are written in pieces, which all members share while they wait."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice, bob)
    lines = [b"%05d" % number + b"x" * 9_994 + b"\n" for number in range(20)]
    delivery = Delivery()
    delivery.to_peer(a, b"yours\n")
    for line in lines:
        delivery.to_room(room, line)
    delivery.send()

    assert (b"".join([b"yours\n", *lines]), b"".join(lines)) == (b"".join(a.writes), b"".join(b.writes))
    assert [40_000] * 5 == [len(piece) for piece in b.writes]
    assert all(mine is theirs for mine, theirs in zip(a.writes[1:], b.writes[1:], strict=True))


def test_the_members_of_one_room_share_one_buffer() -> None:
    """A room's lines are joined once for all members: this makes fan-out cheap."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice, bob)
    delivery = Delivery()
    delivery.to_room(room, b"1\n" * 100)
    delivery.to_room(room, b"2\n" * 100)
    delivery.send()

    assert b"1\n" * 100 + b"2\n" * 100 == a.writes[0] == b.writes[0]


def test_lines_to_one_client_keep_their_order() -> None:
    """Lines for a single client arrive in order."""
    _, peer = _user("Alice")
    delivery = Delivery()
    for line in (b"1\n", b"2\n", b"3\n"):
        delivery.to_peer(peer, line)
    delivery.send()

    assert [b"1\n2\n3\n"] == peer.writes


def test_who_enters_hears_what_comes_after() -> None:
    """A member who enters within a batch hears everything after that, and nothing before."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice)
    delivery = Delivery()
    delivery.to_room(room, b"before\n")
    delivery.enter(room, bob)
    delivery.to_room(room, b"after\n")
    delivery.send()

    assert ([b"before", b"after"], [b"after"]) == (a.lines, b.lines)
    assert {alice, bob} == room.members


def test_who_enters_last_hears_nothing() -> None:
    """A member who enters after the last line of a batch is not written to."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice)
    delivery = Delivery()
    delivery.to_room(room, b"before\n")
    delivery.enter(room, bob)
    delivery.send()

    assert ([b"before"], []) == (a.lines, b.lines)


def test_who_exits_hears_what_came_before() -> None:
    """A member who leaves within a batch hears everything before that, and nothing after."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice, bob)
    delivery = Delivery()
    delivery.to_room(room, b"before\n")
    delivery.exit(room, bob)
    delivery.to_room(room, b"after\n")
    delivery.send()

    assert ([b"before", b"after"], [b"before"]) == (a.lines, b.lines)
    assert {alice} == room.members


def test_coming_and_going_within_one_batch() -> None:
    """A member who enters and leaves twice within a batch hears exactly the lines in between."""
    (alice, _), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice)
    delivery = Delivery()
    for step, line in ((delivery.enter, b"in 1\n"), (delivery.exit, b"out 1\n")) * 2:
        delivery.to_room(room, b"between\n")
        step(room, bob)
        delivery.to_room(room, line)
    delivery.send()

    assert [b"in 1", b"between", b"in 1", b"between"] == b.lines


def test_who_leaves_and_comes_back_misses_what_was_said_meanwhile() -> None:
    """A member who leaves and enters again within a batch hears everything except the lines in between."""
    (alice, _), (bob, b) = _user("Alice"), _user("Bob")
    room = _room(alice, bob)
    delivery = Delivery()
    delivery.to_room(room, b"1\n")
    delivery.exit(room, bob)
    delivery.to_room(room, b"2\n")
    delivery.enter(room, bob)
    delivery.to_room(room, b"3\n")
    delivery.send()

    assert [b"1", b"3"] == b.lines


def test_who_was_never_in_may_leave() -> None:
    """Leaving a room without being a member, or without lines, does nothing."""
    (alice, a) = _user("Alice")
    room = _room()
    delivery = Delivery()
    delivery.exit(room, alice)
    delivery.send()

    assert ([], set()) == (a.writes, room.members)


def test_a_user_without_a_client_is_skipped() -> None:
    """A member without connections is skipped, and the others hear everything."""
    (alice, a), gone = _user("Alice"), user("Gone")
    delivery = Delivery()
    delivery.to_room(_room(alice, gone), b"1\n")
    delivery.send()

    assert [b"1"] == a.lines


def test_who_hangs_up_while_being_written_to_disturbs_nobody() -> None:
    """If a peer leaves all rooms during a write, with others, no one else loses a line."""
    people = [_user(name) for name in "ABCDE"]
    room = _room(*[user for user, _ in people])

    def everybody_leaves() -> None:
        for member, _ in people:
            member.peers.clear()
            room.members.discard(member)

    for _, peer in people:
        peer.reacts = everybody_leaves
    delivery = Delivery()
    delivery.to_room(room, b"1\n")
    delivery.send()

    assert [[b"1"]] * 5 == [peer.lines for _, peer in people]


def test_what_a_room_is_told_is_encoded_once_for_each_codec() -> None:
    """Each member reads the bytes of its codec, and members with the same codec share them."""
    one, other = _Joining(b"1:"), _Joining(b"2:")
    people = [
        _user(name, codec) for name, codec in zip("ABCDEF", [one, other, one, one, other, other], strict=True)
    ]
    delivery = Delivery()
    room = _room(*[user for user, _ in people])
    delivery.to_room(room, b"x\n" * 50)
    delivery.to_room(room, b"y\n" * 50)
    delivery.send()

    assert (1, 1) == (one.encoded, other.encoded)
    for codec in (one, other):
        (first,), *rest = [peer.writes for _, peer in people if peer.codec is codec]
        assert codec.mark + b"x\n" * 50 + codec.mark + b"y\n" * 50 == first
        assert all(first is written for (written,) in rest)


def test_a_user_may_have_clients_with_different_codecs() -> None:
    """The clients of one user read the same events, each in the bytes of its own codec."""
    (alice, a) = _user("Alice", _Joining(b"1:"))
    second = RecordingPeer(_Joining(b"2:"))
    alice.peers.append(second)
    room = _room(alice)
    delivery = Delivery()
    for peer in alice.peers:
        delivery.to_peer(peer, b"yours\n")
    delivery.to_room(room, b"all\n")
    delivery.send()

    assert ([b"1:yours\n1:all\n"], [b"2:yours\n2:all\n"]) == (a.writes, second.writes)


def test_coming_and_going_with_different_codecs() -> None:
    """Members who enter and leave within a batch read the lines in between in their own codecs."""
    (alice, a), (bob, b), (carol, c) = (
        _user("Alice", _Joining(b"1:")),
        _user("Bob", _Joining(b"2:")),
        _user("Carol", _Joining(b"3:")),
    )
    room = _room(alice, carol)
    delivery = Delivery()
    delivery.to_room(room, b"both\n")
    delivery.enter(room, bob)
    delivery.to_room(room, b"all\n")
    delivery.exit(room, carol)
    delivery.to_room(room, b"two\n")
    delivery.exit(room, bob)
    delivery.enter(room, bob)
    delivery.to_room(room, b"again\n")
    delivery.send()

    assert [b"1:both", b"1:all", b"1:two", b"1:again"] == a.lines
    assert [b"2:all", b"2:two", b"2:again"] == b.lines
    assert [b"3:both", b"3:all"] == c.lines


def test_much_in_several_rooms_with_different_codecs() -> None:
    """Each codec has its own pieces, and those of a room are written in order without gaps."""
    one, other = _Joining(b"1:"), _Joining(b"2:")
    (alice, a), (bob, b) = _user("Alice", one), _user("Bob", other)
    (carol, c) = _user("Carol", one)
    rooms = [_room(alice, bob, carol), _room(alice, bob, carol), _room(alice, bob)]
    lines = [b"%05d" % number + b"x" * 9_994 + b"\n" for number in range(20)]
    delivery = Delivery()
    for room in rooms:
        for line in lines:
            delivery.to_room(room, line)
    delivery.to_room(rooms[2], b"last\n")
    delivery.send()

    def told(codec: _Joining, times: int, *last: bytes) -> bytes:
        return b"".join(codec.mark + line for line in [*lines * times, *last])

    assert told(one, 3, b"last\n") == b"".join(a.writes)
    assert told(other, 3, b"last\n") == b"".join(b.writes)
    assert told(one, 2) == b"".join(c.writes)
    assert (3, 3) == (one.encoded, other.encoded)
    assert all(mine is theirs for mine, theirs in zip(a.writes[:10], c.writes, strict=True))


def test_who_enters_hears_what_is_much_in_order() -> None:
    """A member who enters within a large batch gets its part after the bytes already written."""
    (alice, a), (bob, b) = _user("Alice"), _user("Bob")
    one, other = _room(alice, bob), _room(alice)
    lines = [b"%05d" % number + b"x" * 9_994 + b"\n" for number in range(20)]
    delivery = Delivery()
    for line in lines:
        delivery.to_room(one, line)
    delivery.to_room(other, b"before\n")
    delivery.enter(other, bob)
    delivery.to_room(other, b"after\n")
    delivery.send()

    assert b"".join([*lines, b"before\n", b"after\n"]) == b"".join(a.writes)
    assert b"".join([*lines, b"after\n"]) == b"".join(b.writes)


def test_a_bug_of_one_peer_costs_nobody_else_a_line() -> None:
    """If a write to one member fails, the others are still written to; the failure is raised later."""
    people = [_user(name) for name in "ABC"]

    def breaks() -> None:
        raise ZeroDivisionError

    people[0][1].reacts = people[1][1].reacts = breaks
    delivery = Delivery()
    delivery.to_room(_room(*[user for user, _ in people]), b"1\n")
    with pytest.raises(ZeroDivisionError):
        delivery.send()

    assert [[b"1"]] * 3 == [peer.lines for _, peer in people]


class _Broken(Codec):
    """A codec that fails."""

    def encode(self, events: list[Event]) -> bytes:
        """Fail."""
        raise ZeroDivisionError


@pytest.mark.parametrize("enters", [False, True])
def test_a_bug_of_one_codec_costs_other_clients_nothing(enters: bool) -> None:
    """Clients with other codecs are told everything, in rooms and in private, and the bug is raised."""
    broken = _Broken()
    (alice, a), (bob, b), (carol, c) = _user("Alice"), _user("Bob", broken), _user("Carol")
    dave, _ = _user("Dave", broken)
    room = _room(alice, bob, carol)
    delivery = Delivery()
    delivery.to_peer(b, b"0\n")
    delivery.to_peer(c, b"1\n")
    delivery.to_room(room, b"2\n")
    if enters:
        delivery.enter(room, dave)
    delivery.to_room(room, b"3\n")
    with pytest.raises(ZeroDivisionError):
        delivery.send()

    assert ([b"2\n3\n"], [b"1\n2\n3\n"], []) == (a.writes, c.writes, b.lines)


def test_who_spoke_hears_it_last() -> None:
    """All others are written to before the senders."""
    order: list[str] = []

    class Noting(RecordingPeer):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def write(self, lines: bytes) -> None:
            order.append(self.name)

    alice, bob, carol = Noting("alice"), Noting("bob"), Noting("carol")
    delivery = Delivery()
    for peer in (alice, bob, carol):
        delivery.to_peer(peer, private("Alice", "Bob", "Hello", 1))
    delivery.spoke(alice)
    delivery.spoke(RecordingPeer())
    delivery.send()

    assert ["bob", "carol", "alice"] == order


def test_a_client_is_not_written_to_when_its_codec_has_nothing_to_say() -> None:
    """A codec that leaves an event out causes no empty write; clients with other codecs are written to."""

    class Silent(_Joining):
        """A codec that has no words for any event."""

        def encode(self, events: list[Event]) -> bytes:
            """Return nothing."""
            return b""

    (alice, a), (bob, b) = _user("Alice"), _user("Bob", Silent())
    room = _room(alice, bob)
    delivery = Delivery()
    delivery.to_room(room, b"1\n")
    delivery.to_peer(b, b"2\n")
    delivery.to_each([b], b"3\n")
    delivery.send()

    assert ([b"1\n"], []) == (a.writes, b.writes)
