"""Own events: clients with a personal codec read what they did in their own way, in the room's order."""

from __future__ import annotations

import pytest

from classchat.core.delivery import Delivery
from classchat.core.departures import Departure
from classchat.core.events import Event
from classchat.core.manners import Manner, Uttered
from classchat.core.model import Room, User
from classchat.errors import NotSaved
from classchat.messages import Ban, Group, Kick, Say, SetTopic
from classchat.wire.json_codec import JSON
from tests.unit.core.helpers import owner
from tests.unit.core.personal import Words, phone, reads, signs_in
from tests.unit.helpers import House, RecordingPeer, group, person, private


@pytest.fixture
def house() -> House:
    """Return a house with nobody in it."""
    return House()


def test_own_messages_stand_in_their_places(house: House) -> None:
    """Each member reads one order, and only the client that spoke reads a message as its own."""
    words = Words()
    (alice, bob), (json,) = signs_in(house, words, "Alice", "Bob"), house.signs_in("Json")
    house.room("R", alice, bob, json)
    alice.says("R", "1")
    bob.says("R", "2")
    json.says("R", "3")
    alice.says("R", "4")
    house.turn()

    assert ["own Alice>R: 1", "Bob>R: 2", "Json>R: 3", "own Alice>R: 4"] == reads(alice)
    assert ["Alice>R: 1", "own Bob>R: 2", "Json>R: 3", "Alice>R: 4"] == reads(bob)
    assert ["1", "2", "3", "4"] == json.hears_texts("group")


def test_own_messages_without_a_manner(house: House) -> None:
    """A client may read these as others do, or not at all, and each with a manner as its own."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("R", alice, bob)
    alice.peer.echoes, bob.peer.echoes = True, False
    for client in (alice, bob, bob, alice, bob):
        client.says("R", "Hi")
        client.send(Uttered(Say(receiver="R", text="x"), Manner(label="7")))
    bob.leaves("R")
    house.turn()
    alices, bobs = ["Alice>R: Hi", "own Alice>R: x 7"], ["Bob>R: Hi", "Bob>R: x"]

    assert [*alices, *bobs * 2, *alices, *bobs, "MemberLeft R Bob"] == reads(alice)
    theirs, own = ["Alice>R: Hi", "Alice>R: x"], ["own Bob>R: x 7"]
    assert [*theirs, *own * 2, *theirs, *own, "RoomLeft Bob R", "own MemberLeft R Bob"] == reads(bob)


def test_what_an_own_message_without_a_name_is_refused_with(house: House) -> None:
    """A client that has no name for its message is told which room it was for; all others as before."""
    (alice, bob), (json,) = signs_in(house, Words(), "Alice", "Bob"), house.signs_in("Json")
    house.room("R", alice, bob, json)
    alice.peer.echoes = False
    for client in (alice, bob, json):
        client.says("R", "lost")
    alice.send(Uttered(Say(receiver="R", text="lost"), Manner(label="7")))
    house.journal.fail(NotSaved())

    named = [[line.endswith("not_saved R") for line in reads(client)] for client in (alice, bob)]
    assert [[True, False], [False]] == named
    assert [None] == [error.room for error in json.hears("error")]


def test_a_room_where_all_speak_is_encoded_once(house: House) -> None:
    """A batch in which 100 members speak costs 200 encodings, not 10 000."""
    words = Words()
    members = signs_in(house, words, *[f"u{number}" for number in range(100)])
    house.room("R", *members)
    words.encoded = 0
    for member in members:
        member.says("R", "Hello")
    house.turn()

    assert 200 == words.encoded
    for number, member in enumerate(members):
        lines = reads(member)
        assert (100, f"own u{number}>R: Hello") == (len(lines), lines[number])
        assert 1 == sum(line.startswith("own") for line in lines)


def test_a_client_that_enters_reads_its_own_join_first(house: House) -> None:
    """The mark of the join comes before the own event, which comes before what the room is told later."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("R", alice)
    alice.says("R", "before")
    bob.joins("R")
    bob.says("R", "mine")
    alice.says("R", "after")
    house.turn()

    mine = ["own MemberJoined R Bob", "own Bob>R: mine", "Alice>R: after"]
    assert ["RoomJoined Bob R", *mine] == reads(bob)
    assert ["own Alice>R: before", "MemberJoined R Bob", "Bob>R: mine", "own Alice>R: after"] == reads(alice)


def test_all_clients_of_a_user_join_and_leave(house: House) -> None:
    """A join, a creation and a departure are own events of all the user's personal clients."""
    words = Words()
    laptop = owner(house, "Alice")
    one, two = phone(house, "Alice", words), phone(house, "Alice", words)
    laptop.forgets()
    one.creates("R")
    house.turn()
    assert ["RoomCreated Alice R", "own MemberJoined R Alice True"] == reads(one)
    assert ["own MemberJoined R Alice True"] == reads(two)
    assert ["Alice has joined the chat room"] == laptop.hears_texts()
    laptop.forgets()

    laptop.leaves("R")
    house.turn()
    assert ["own MemberLeft R Alice"] == reads(one) == reads(two)
    assert ["You have left 'R'"] == laptop.hears_texts()

    laptop.joins("R")
    house.turn()
    assert ["own MemberJoined R Alice True"] == reads(one) == reads(two)
    laptop.forgets()

    one.leaves("R")
    house.turn()
    assert ["RoomLeft Alice R", "own MemberLeft R Alice"] == reads(one)
    assert ["own MemberLeft R Alice"] == reads(two)
    assert ["Alice has left the chat room"] == laptop.hears_texts()


def test_a_client_that_leaves_keeps_its_own_events(house: House) -> None:
    """A client that speaks and leaves in one batch reads its own words as such, then its departure."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("R", alice, bob)
    bob.says("R", "1")
    alice.says("R", "2")
    bob.leaves("R")
    alice.says("R", "3")
    bob.joins("R")
    bob.says("R", "4")
    house.turn()

    left = ["own Bob>R: 1", "Alice>R: 2", "RoomLeft Bob R", "own MemberLeft R Bob"]
    assert [*left, "RoomJoined Bob R", "own MemberJoined R Bob", "own Bob>R: 4"] == reads(bob)
    assert "MemberLeft R Bob" in reads(alice)


def test_a_departure_that_an_order_has_overtaken_is_no_event(house: House) -> None:
    """A user who was kicked before the departure is committed does not leave again."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("R", alice, bob)
    bob.leaves("R")
    alice.send(Kick(receiver="R", user="Bob"))
    house.settles()

    assert ["own MemberLeft R Bob"] == [line for line in reads(bob) if "MemberLeft" in line]


def test_orders_are_own_events_of_the_client_that_asked(house: House) -> None:
    """The moderator's client reads the mark, then the event as its own; an outsider only the mark."""
    words = Words()
    alice, bob, admin = signs_in(house, words, "Alice", "Bob", "Admin")
    house.room("R", alice, bob)
    house.claims(admin, operator=True)
    alice.send(SetTopic(receiver="R", text="Exam"))
    house.settles()
    assert ["own TopicChanged R Alice Exam"] == [line for line in reads(alice) if "OrderDone" not in line]
    assert ["TopicChanged R Alice Exam"] == reads(bob)

    admin.send(SetTopic(receiver="R", text="Lunch"))
    house.settles()
    assert ["TopicChanged R Admin Lunch"] == reads(alice) == reads(bob)
    (mark,) = reads(admin)
    assert mark.startswith("OrderDone Admin")


def test_private_messages_are_own_events(house: House) -> None:
    """The client that sent it reads its message as its own, and the user's other clients as sent."""
    words = Words()
    laptop, (bob,) = owner(house, "Alice"), signs_in(house, words, "Bob")
    one, two = phone(house, "Alice", words), phone(house, "Alice", words)
    laptop.forgets()
    one.tells("Bob", "Hi")
    house.turn()
    assert ["own Alice>Bob: Hi"] == reads(one)
    assert ["Alice>Bob: Hi"] == reads(two) == reads(bob)
    assert ["Hi"] == laptop.hears_texts()

    bob.tells("Bob", "note")
    house.turn()
    assert ["Bob>Bob: note", "own Bob>Bob: note"] == reads(bob)


def test_what_cannot_be_stored_is_nobodys_own(house: House) -> None:
    """A batch that is taken back leaves no own event behind, and each request is refused in order."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("R", alice)
    alice.says("R", "lost")
    bob.joins("R")
    house.journal.fail(NotSaved())
    assert [1, 1] == [len(reads(client)) for client in (alice, bob)]

    alice.says("R", "kept")
    house.turn()
    assert ["own Alice>R: kept"] == reads(alice)
    assert [] == reads(bob)


def test_a_client_lost_before_its_message_is_delivered(house: House) -> None:
    """A message outlives the connection of its client, and others read it as any other."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("R", alice, bob)
    bob.says("R", "bye")
    bob.vanishes()
    house.turn()

    assert "Bob>R: bye" in reads(alice)
    assert [] == reads(bob)


def test_a_ban_says_whether_the_user_was_a_member(house: House) -> None:
    """Members are told that a banned user was in the room, and nothing like it of one outside."""
    alice, bob, carol = signs_in(house, Words(), "Alice", "Bob", "Carol")
    house.room("R", alice, bob)
    for name in ("Bob", "Carol"):
        alice.send(Ban(receiver="R", user=name))
        house.settles()

    assert ["MemberBanned R Bob Alice True"] == [
        line for line in reads(bob) if line.startswith("MemberBanned")
    ]
    assert ["own MemberBanned R Carol Alice"] == [line for line in reads(alice) if "Banned R Carol" in line]
    assert [] == reads(carol)


# The delivery of one batch.


def member(name: str, peer: RecordingPeer) -> User:
    """Return a user with one client."""
    return User(name, person(name), [peer])


def adds(delivery: Delivery, room: Room, message: Group, *own: RecordingPeer) -> None:
    """Add a message, which is an own event of these clients."""
    delivery.to_room(room, message)
    delivery.was_own(room, message, own)


def test_much_in_pieces_with_own_events() -> None:
    """Own events stand in their places among 200 kB, and clients without own ones share the pieces."""
    words = Words()
    alice, bob, carol = (RecordingPeer(words) for _ in range(3))
    room = Room("R", "#R", {member("Alice", alice), member("Bob", bob), member("Carol", carol)})
    delivery = Delivery()
    for number in range(20):
        message = group("Dave", "R", f"{number:05}" + "x" * 10_000, number)
        adds(delivery, room, message, *[alice] * (number % 2))
    delivery.send()

    expected = [f"Dave>R: {number:05}".encode() + b"x" * 10_000 for number in range(20)]
    assert expected == bob.lines
    assert [b"own " * (number % 2) + line for number, line in enumerate(expected)] == alice.lines
    assert len(alice.writes) > 3
    assert all(mine is theirs for mine, theirs in zip(bob.writes, carol.writes, strict=True))


def test_own_events_with_several_rooms_and_codecs() -> None:
    """Own events of one room change nothing for other rooms, or for members with a shared codec.

    What a client reads of a room with own events comes last, in the same write.
    """
    words = Words()
    (alice, bob, json) = RecordingPeer(words), RecordingPeer(words), RecordingPeer(JSON)
    members = {member("Alice", alice), member("Bob", bob), member("Json", json)}
    one, other = Room("A", "#A", set(members)), Room("B", "#B", set(members))
    delivery = Delivery()
    adds(delivery, one, group("Alice", "A", "1", 1), alice)
    adds(delivery, other, group("Bob", "B", "2", 1), json)
    delivery.send()

    assert ([b"Bob>B: 2", b"own Alice>A: 1"], 1) == (alice.lines, len(alice.writes))
    assert [b"Alice>A: 1", b"Bob>B: 2"] == bob.lines
    assert JSON.encode([group("Alice", "A", "1", 1), group("Bob", "B", "2", 1)]) == b"".join(json.writes)


class _BreaksAtOwn(Words):
    """A codec that fails at own events."""

    def encode(self, events: list[Event]) -> bytes:
        """Fail, if an event is an own one."""
        data = super().encode(events)
        if b"own " in data:
            raise ZeroDivisionError
        return data


def test_a_bug_at_own_events_costs_other_clients_nothing() -> None:
    """If a codec fails at a client's own event, all others read theirs."""
    breaks = _BreaksAtOwn()
    alice, bob = RecordingPeer(breaks), RecordingPeer(breaks)
    room = Room("R", "#R", {member("Alice", alice), member("Bob", bob)})
    delivery = Delivery()
    adds(delivery, room, group("Alice", "R", "1", 1), alice)
    with pytest.raises(ZeroDivisionError):
        delivery.send()

    assert ([], [b"Alice>R: 1"]) == (alice.lines, bob.lines)


def test_everything_for_a_client_with_own_events() -> None:
    """First comes what is for it alone, then other rooms, its own room, and who is gone: in one write."""
    words = Words()
    alice, bob = RecordingPeer(words), RecordingPeer(words)
    members = {member("Alice", alice), member("Bob", bob)}
    one, other = Room("A", "#A", set(members)), Room("B", "#B", set(members))
    delivery = Delivery()
    adds(delivery, one, group("Alice", "A", "1", 1), alice)
    delivery.to_room(other, group("Bob", "B", "2", 1))
    delivery.to_peer(alice, private("Bob", "Alice", "psst", 1))
    delivery.depart(Departure(member("Carol", alice), "Connection closed", quit=False), [alice, bob])
    delivery.send()

    gone = b"UserGone Carol Connection closed"
    assert [b"Bob>Alice: psst", b"Bob>B: 2", b"own Alice>A: 1", gone] == alice.lines
    assert [b"Alice>A: 1", b"Bob>B: 2", gone] == bob.lines
    assert (1, 1) == (len(alice.writes), len(bob.writes))


def test_much_of_several_rooms_with_own_events() -> None:
    """Large pieces of rooms with and without own events follow each other without a gap."""
    words = Words()
    alice = RecordingPeer(words)
    rooms = [Room(name, f"#{name}", {member("Alice", alice)}) for name in "ABC"]
    delivery = Delivery()
    for number in range(12):
        for room in rooms:
            own = [alice] * (room.name != "B" and number % 3 == 0)
            adds(delivery, room, group("Bob", room.name, f"{number:02}" + "x" * 9_000, number), *own)
    delivery.to_peer(alice, private("Bob", "Alice", "psst", 1))
    delivery.send()

    def lines(name: str) -> list[bytes]:
        own = [b"own " * (name != "B" and number % 3 == 0) for number in range(12)]
        return [own[number] + f"Bob>{name}: {number:02}".encode() + b"x" * 9_000 for number in range(12)]

    assert [b"Bob>Alice: psst", *lines("B"), *lines("A"), *lines("C")] == alice.lines
    assert max(map(len, alice.writes)) < 100_000


def test_a_bug_while_own_events_are_written() -> None:
    """If a write to a client with own events fails, the others are written to."""
    words = Words()
    alice, bob = RecordingPeer(words), RecordingPeer(words)

    def breaks() -> None:
        raise ZeroDivisionError

    alice.reacts = breaks
    room = Room("R", "#R", {member("Alice", alice), member("Bob", bob)})
    delivery = Delivery()
    adds(delivery, room, group("Alice", "R", "1", 1), alice, bob)
    with pytest.raises(ZeroDivisionError):
        delivery.send()

    assert [b"own Alice>R: 1"] == bob.lines
