"""The right to read is checked at each read: a user who is kicked meanwhile reads nothing else."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from classchat.core.entries import Joined
from classchat.journal import memory_log
from classchat.messages import (
    Ban,
    Claim,
    Close,
    Command,
    History,
    Invite,
    Join,
    Kick,
    Leave,
    Register,
    Search,
    SetRoom,
    Since,
)
from tests.unit.helpers import EPOCH, Client, House

R = "secrets"
RIGHT = "correct horse"

PUT_OUT = [Kick(receiver=R, user="Bob"), Ban(receiver=R, user="Bob"), Close(receiver=R)]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a house where Alice moderates a private room that Bob is in; a page is one message."""
    monkeypatch.setattr(memory_log, "_PAGE", 1)
    house = House()
    alice, bob = house.signs_in("Alice", "Bob")
    for client in (alice, bob):
        client.send(Claim(text=RIGHT))
        house.turn()
    house.room(R, alice, bob)
    house.room("open", alice, bob)
    for number in range(1, 4):
        alice.says("open", f"open {number}")
        alice.says(R, f"secret {number}")
    house.settles()
    for client in (alice, bob):
        client.forgets()
    return house


@pytest.fixture
def alice(house: House) -> Client:
    """The moderator."""
    return house.clients[0]


@pytest.fixture
def bob(house: House) -> Client:
    """The member, who reads slowly."""
    return house.clients[1]


def stops_reading(client: Client) -> None:
    """Stop a client's reading until `reads_on`."""
    client.peer.reads = Deferred()


def reads_on(house: House, client: Client) -> None:
    """Read everything that is written to a client."""
    client.peer.reads.callback(None)
    house.settles()


def orders(house: House, moderator: Client, *commands: Command) -> None:
    """Send a moderator's command, and wait for its effect."""
    for command in commands:
        moderator.send(command)
        house.turn()


def returns(house: House, since: Since | None = None) -> Client:
    """Return a device of Bob that signs in, and reads one missed message."""
    client = house.connects()
    stops_reading(client)
    client.send(Register(sender="Bob", text=RIGHT, since=since))
    while not texts(client):
        house.turn()
    return client


def texts(client: Client) -> list[str]:
    """Return the texts of the messages that a client has heard."""
    return [event.text for event in client.hears("group", "private") if event.sender != "SERVER"]


@pytest.mark.parametrize("order", PUT_OUT)
def test_history_ends_where_the_right_to_read_ends(
    house: House, alice: Client, bob: Client, order: Command
) -> None:
    """History stops before the next page, and the answer says why."""
    stops_reading(bob)
    bob.send(History(receiver=R, id="1"))
    orders(house, alice, order)
    reads_on(house, bob)

    assert ["secret 1"] == texts(bob)
    assert ["not_a_member"] == [event.code for event in bob.answers("1")]  # type: ignore[union-attr]


def test_history_of_a_room_that_another_device_leaves(house: House, bob: Client) -> None:
    """A user who leaves a room on another device reads nothing else of its history."""
    phone = house.connects()
    phone.send(Register(sender="Bob", text=RIGHT))
    house.settles()
    stops_reading(bob)
    bob.send(History(receiver=R, id="1"))
    orders(house, phone, Leave(receiver=R))
    reads_on(house, bob)

    assert (["secret 1"], ["not_a_member"]) == (texts(bob), bob.hears_codes())


@pytest.mark.parametrize("order", PUT_OUT)
def test_a_search_goes_on_without_the_room(house: House, alice: Client, bob: Client, order: Command) -> None:
    """Of results in several rooms only those are sent that may be read at that moment."""
    stops_reading(bob)
    bob.send(Search(text="e", id="1"))
    orders(house, alice, order)
    reads_on(house, bob)
    (answer,) = bob.answers("1")

    assert ["secret 3", "open 3", "open 2", "open 1"] == texts(bob)
    assert "4 messages found" == answer.text


@pytest.mark.parametrize("since", [None, Since(EPOCH, 0, {}, {"open": 0, R: 0})])
@pytest.mark.parametrize("order", PUT_OUT)
def test_catching_up_goes_on_without_the_room(
    house: House, alice: Client, bob: Client, order: Command, since: Since | None
) -> None:
    """A kicked user gets neither missed nor new messages of the room."""
    bob.vanishes()
    house.journal.clock.advance(60.0)
    house.settles()
    for room in ("open", R):
        alice.says(room, f"said in {room} while Bob was away")
        alice.says(room, f"and more in {room}")
    house.settles()
    back = returns(house, since)
    orders(house, alice, order)
    if isinstance(order, Close):
        orders(house, alice, SetRoom(receiver=R, text="private"), Join(receiver=R))
    alice.says(R, "said after that")
    house.turn()
    reads_on(house, back)

    assert "and more in open" in texts(back)
    assert [] == [text for text in texts(back)[1:] if R in text or "secret" in text or "after" in text]
    assert {} == house.chat.rooms.get(R).catching_up


def test_put_out_while_the_return_is_on_its_way(house: House, alice: Client, bob: Client) -> None:
    """A user who returns and is kicked within one batch is not registered for the room's catch-up."""
    bob.vanishes()
    house.journal.clock.advance(60.0)
    house.settles()
    back = house.connects()
    back.send(Register(sender="Bob", text=RIGHT))
    while not any(isinstance(entry, Joined) for entry in house.journal.pending):
        house.turn()
    orders(house, alice, Kick(receiver=R, user="Bob"))
    alice.says(R, "said after that")
    house.settles()

    assert "said after that" not in texts(back)
    assert {} == house.chat.rooms.get(R).catching_up


def test_who_is_let_in_again_reads_everything(house: House, alice: Client, bob: Client) -> None:
    """A user who is let in again may read the whole room, including messages sent meanwhile."""
    stops_reading(bob)
    bob.send(History(receiver=R, id="1"))
    phone = house.connects()
    phone.send(Register(sender="Bob", text=RIGHT))
    for _ in range(4):
        house.turn()
    orders(house, alice, Kick(receiver=R, user="Bob"), Invite(receiver=R, user="Bob"))
    orders(house, phone, Join(receiver=R))
    reads_on(house, bob)

    assert ["secret 1", "secret 2", "secret 3"] == texts(bob)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (Ban(receiver=R, user="Carol"), "banned"),
        (SetRoom(receiver=R, text="private"), "not_invited"),
        (Close(receiver=R), "room_closed"),
    ],
)
def test_joining_with_since_ends_where_the_right_to_join_ends(
    house: House, alice: Client, order: Command, code: str
) -> None:
    """A join with `since` ends when the right to join ends, and no other messages follow."""
    (carol,) = house.signs_in("Carol")
    stops_reading(carol)
    carol.send(Join(receiver=R, id="1", since=Since(EPOCH, 0)))
    orders(house, alice, order)
    reads_on(house, carol)

    assert ["secret 1"] == texts(carol)
    assert [code] == [event.code for event in carol.answers("1")]  # type: ignore[union-attr]
    assert ({}, False) == (house.chat.rooms.get(R).catching_up, "Carol" in house.members(R))


def test_who_is_taken_over_reads_nothing_more(house: House, alice: Client) -> None:
    """A connection that was taken over is sent nothing else."""
    (carol,) = house.signs_in("Carol")
    carol.joins(R)
    house.settles()
    carol.forgets()
    stops_reading(carol)
    carol.send(History(receiver=R))
    other = house.connects()
    token = carol.session._token
    other.send(Register(sender="Carol", token=token))
    for _ in range(4):
        house.turn()
    reads_on(house, carol)

    assert ["secret 1"] == texts(carol)


# Two devices at once.


def test_two_devices_that_join_with_since_at_once(house: House, alice: Client, bob: Client) -> None:
    """The first device joins, both hear all messages, and the second is told that Bob is a member already."""
    orders(house, bob, Leave(receiver=R))
    phone = house.connects()
    phone.send(Register(sender="Bob", text=RIGHT))
    house.settles()
    for client in (bob, phone):
        client.forgets()
    stops_reading(phone)
    phone.send(Join(receiver=R, id="1", since=Since(EPOCH, 0)))
    bob.send(Join(receiver=R, id="1", since=Since(EPOCH, 3)))
    alice.says(R, "secret 4")
    house.turn()
    alice.says(R, "secret 5")
    house.turn()
    reads_on(house, phone)
    room = house.chat.rooms.get(R)

    assert ["success"] == [event.__struct_config__.tag for event in bob.answers("1")]
    assert ["already_member"] == [event.code for event in phone.answers("1")]  # type: ignore[union-attr]
    assert sorted(f"secret {number}" for number in range(1, 6)) == sorted(texts(phone))
    assert (2, {}) == (room.wanted, room.catching_up)


def test_a_room_that_two_devices_have_joined_at_once_may_go(house: House, bob: Client) -> None:
    """After both devices have left the room, no pending join is counted."""
    orders(house, bob, Leave(receiver="open"))
    phone = house.connects()
    phone.send(Register(sender="Bob", text=RIGHT))
    house.settles()
    for client in (bob, phone):
        client.send(Join(receiver="open", since=Since(EPOCH, 0)))
    house.settles()
    orders(house, phone, Leave(receiver="open"))
    house.settles()

    assert (["Alice"], 1) == (house.members("open"), house.chat.rooms.get("open").wanted)


def test_who_may_stay_reads_on(house: House, alice: Client) -> None:
    """Members of a room that becomes private can continue to read, because they are invited."""
    (carol,) = house.signs_in("Carol")
    carol.joins(R)
    house.settles()
    carol.forgets()
    stops_reading(carol)
    carol.send(History(receiver=R, id="1"))
    orders(house, alice, SetRoom(receiver=R, text="private"))
    reads_on(house, carol)

    assert (["secret 1", "secret 2", "secret 3"], []) == (texts(carol), carol.hears_codes())
