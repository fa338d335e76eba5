"""Helpers that several modules of these tests share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from classchat.limits import Limits
from classchat.messages import Claim, Event, Group, History, Private, Register, Search, Since
from tests.unit.helpers import Client, House

RIGHT = "correct horse"

BREAK = Limits.absence

GUARDED = replace(Limits(), messages=None, readings=None, requests=None)


@dataclass
class Answered:
    """The events before an answer, and the answer."""

    texts: list[str]
    answer: Event

    @property
    def more(self) -> object:
        """Whether there are more messages."""
        return self.answer.more  # type: ignore[union-attr]


def asked(house: House, client: Client, command: History | Search) -> Answered:
    """Request old messages, and return the answer; check that all of them are marked as replays."""
    client.forgets()
    client.send(command)
    house.turn()
    *replay, answer = client.hears()
    assert all(isinstance(event, Group | Private) and event.replay for event in replay)
    return Answered([event.text for event in replay], answer)


def said(house: House, client: Client, room: str, count: int) -> None:
    """Send "1", "2" and so on to a room."""
    for number in range(1, count + 1):
        client.says(room, str(number))
    house.turn()


def token_of(client: Client) -> str:
    """Return the token of a client's welcome."""
    (welcome,) = [event for event in client.hears("success") if event.token]  # type: ignore[union-attr]
    return welcome.token  # type: ignore[union-attr, return-value]


def arrives(house: House, name: str, **fields: object) -> Client:
    """Return a client that has sent its sign-in."""
    client = house.connects()
    client.send(Register(sender=name, **fields))  # type: ignore[arg-type]
    house.turn()
    return client


def claims(house: House, client: Client, password: str = RIGHT) -> None:
    """Register a client's name; the client forgets the answer."""
    client.send(Claim(text=password))
    house.turn()
    client.forgets()


def owner(house: House, name: str) -> Client:
    """Return a client with a registered name."""
    (client,) = house.signs_in(name)
    claims(house, client)
    return client


def device(house: House, name: str, password: str = RIGHT, since: Since | None = None) -> Client:
    """Return one more client that signs in with a password, and has heard only its welcome."""
    client = house.connects()
    client.send(Register(sender=name, text=password, since=since))
    for _ in range(4):
        house.turn()
    return client


def passes(house: House, seconds: float) -> None:
    """Advance the clock."""
    house.journal.clock.advance(seconds)
    house.turn()


def stranger(house: House, address: str = "") -> Client:
    """Return a client that has not signed in, and waits when it is told to."""
    client = house.connects(address)
    client.peer.rests_at_once = True
    return client
