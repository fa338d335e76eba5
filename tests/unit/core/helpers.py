"""The words that several modules of these tests share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from classchat.limits import Limits
from classchat.messages import (
    Claim,
    Event,
    Group,
    History,
    Private,
    Register,
    Search,
    Since,
)
from tests.unit.helpers import Client, House

RIGHT = "correct horse"

BREAK = Limits.absence

GUARDED = replace(Limits(), messages=None, readings=None, requests=None)


@dataclass
class Answered:
    """What somebody was told before the answer, and the answer."""

    texts: list[str]
    answer: Event

    @property
    def more(self) -> object:
        """Whether there is more."""
        return self.answer.more  # type: ignore[union-attr]


def asked(house: House, client: Client, command: History | Search) -> Answered:
    """Ask for what was said before; everything told is marked as a replay."""
    client.forgets()
    client.send(command)
    house.turn()
    *replay, answer = client.hears()
    assert all(isinstance(event, Group | Private) and event.replay for event in replay)
    return Answered([event.text for event in replay], answer)


def said(house: House, client: Client, room: str, count: int) -> None:
    """Say "1", "2" and so on to a room."""
    for number in range(1, count + 1):
        client.says(room, str(number))
    house.turn()


def token_of(client: Client) -> str:
    """Return what the client's welcome carried."""
    (welcome,) = [event for event in client.hears("success") if event.token]  # type: ignore[union-attr]
    return welcome.token  # type: ignore[union-attr, return-value]


def arrives(house: House, name: str, **fields: object) -> Client:
    """Return a client who has asked to sign in."""
    client = house.connects()
    client.send(Register(sender=name, **fields))  # type: ignore[arg-type]
    house.turn()
    return client


def claims(house: House, client: Client, password: str = RIGHT) -> None:
    """Let a client claim its name, and forget what it heard of that."""
    client.send(Claim(text=password))
    house.turn()
    client.forgets()


def owner(house: House, name: str) -> Client:
    """Return a client whose name is claimed."""
    (client,) = house.signs_in(name)
    claims(house, client)
    return client


def device(house: House, name: str, password: str = RIGHT, since: Since | None = None) -> Client:
    """Return one more client that signs in with a password, and what it has heard is its welcome."""
    client = house.connects()
    client.send(Register(sender=name, text=password, since=since))
    for _ in range(4):
        house.turn()
    return client


def passes(house: House, seconds: float) -> None:
    """Let some time pass."""
    house.journal.clock.advance(seconds)
    house.turn()


def stranger(house: House, address: str = "") -> Client:
    """Return a client who rests when he has to, and has not signed in."""
    client = house.connects(address)
    client.peer.rests_at_once = True
    return client
