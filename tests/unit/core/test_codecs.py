"""Clients with different codecs in one chat: each reads the same events in its own bytes."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from classchat.core.events import Event
from classchat.core.ports import Codec
from classchat.messages import Broadcast, Join, Kick, Register, Since
from classchat.wire.json_codec import JSON, line_of
from tests.unit.core.helpers import owner
from tests.unit.helpers import EPOCH, Client, House


class _Texts(Codec):
    """Writes only the text of each event, and counts how often it is called."""

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, events: list[Event]) -> bytes:
        """Return the texts, each on a line."""
        self.calls += 1
        return "".join(f"{line_of(event).text}\n" for event in events).encode()


@pytest.fixture
def house() -> House:
    """Return a house with nobody in it."""
    return House()


def connects(house: House, codec: Codec) -> Client:
    """Return a client with a codec."""
    client = house.connects()
    client.peer.codec = codec
    return client


def signs_in(house: House, name: str, codec: Codec) -> Client:
    """Return a client with a codec that has signed in, and has forgotten its welcome."""
    client = connects(house, codec)
    client.registers(name)
    client.forgets()
    return client


def reads(client: Client) -> list[str]:
    """Return the lines that a client has read."""
    return [line.decode() for line in client.peer.lines]


def test_a_room_with_two_codecs(house: House) -> None:
    """Members read a room in their own codec, also where they join and leave in one batch."""
    texts = _Texts()
    alice, bob = signs_in(house, "Alice", JSON), signs_in(house, "Bob", texts)
    dave = signs_in(house, "Dave", texts)
    house.room("R", alice, bob, dave)
    texts.calls = 0
    alice.says("R", "1")
    bob.leaves("R")
    alice.says("R", "2")
    bob.joins("R")
    alice.says("R", "3")
    house.turn()

    log = ["1", "Bob has left the chat room", "2", "Bob has joined the chat room", "3"]
    assert log == alice.hears_texts("group") == reads(dave)
    assert ["1", "You have left 'R'", "You have joined 'R'", *log[3:]] == reads(bob)
    assert 3 == texts.calls  # for the room, for Bob's own answers, and for Bob's part of the room


def test_private_messages_between_codecs(house: House) -> None:
    """A private message is read in the codec of its receiver, and on the sender's other devices in theirs."""
    texts = _Texts()
    alice, bob = owner(house, "Alice"), signs_in(house, "Bob", texts)
    phone = connects(house, texts)
    phone.send(Register(sender="Alice", text="correct horse"))
    house.settles()
    phone.forgets()
    alice.tells("Bob", "Hello", id="1")
    house.turn()

    assert (["Message sent"], ["Hello"], ["Hello"]) == (alice.hears_texts(), reads(bob), reads(phone))


def test_catching_up_with_another_codec(house: House) -> None:
    """A client that catches up reads in its own codec what it missed, and what was said meanwhile."""
    alice, bob = signs_in(house, "Alice", JSON), signs_in(house, "Bob", _Texts())
    house.room("R", alice)
    alice.says("R", "missed")
    house.turn()
    bob.peer.reads = Deferred()
    bob.send(Join(receiver="R", since=Since(EPOCH, 0)))
    alice.says("R", "meanwhile")
    house.turn()
    bob.peer.reads.callback(None)
    house.settles()

    assert ["missed", "meanwhile", "You have joined 'R'", "Bob has joined the chat room"] == reads(bob)


def test_a_broadcast_while_a_client_catches_up(house: House) -> None:
    """A broadcast during the catch-up follows the welcome, in each client's codec."""
    alice, bob = owner(house, "Alice"), signs_in(house, "Bob", JSON)
    user = house.chat.users.find("Alice")
    assert user is not None
    user.operator = True
    bob.tells("Alice", "missed")
    house.turn()
    phone = connects(house, _Texts())
    phone.peer.reads = Deferred()
    phone.send(Register(sender="Alice", text="correct horse", since=Since(EPOCH, 0, {"Bob": 0})))
    house.turn()
    house.turn()
    alice.send(Broadcast(text="Lunch"))
    house.turn()
    phone.peer.reads.callback(None)
    house.settles()

    assert ["missed", "Welcome to ClassChat, Alice!", "Alice to everybody: Lunch"] == reads(phone)
    assert ["Alice to everybody: Lunch"] == bob.hears_texts("private")


def test_an_order_with_two_codecs(house: House) -> None:
    """A removed member reads in its own codec why, as the last of the room."""
    alice, bob = signs_in(house, "Alice", JSON), signs_in(house, "Bob", _Texts())
    house.room("R", alice, bob)
    alice.send(Kick(receiver="R", user="Bob", text="spam"))
    house.settles()
    alice.says("R", "later")
    house.turn()

    assert ["Alice has kicked Bob: spam", "You have been kicked from room 'R' by Alice: spam"] == reads(bob)
