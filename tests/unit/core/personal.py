"""A small personal codec, and clients that speak it, as IRC clients do."""

from __future__ import annotations

from msgspec.structs import asdict

from classchat.core.events import Event, Own, Styled
from classchat.core.ports import Codec
from classchat.messages import Group, Private, Register, Success
from classchat.wire.json_codec import JSON
from tests.unit.core.helpers import RIGHT
from tests.unit.helpers import Client, House


class Words(Codec):
    """Writes a line for each event: its name and data; `own` before own ones. Counts the events."""

    personal = True

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, events: list[Event]) -> bytes:
        """Return a line for each event."""
        self.encoded += len(events)
        return "".join(f"{_line(event)}\n" for event in events).encode()

    def cut(self, data: bytes) -> list[bytes]:
        """Cut after newlines."""
        return JSON.cut(data)


def _line(event: Event) -> str:
    match event:
        case Own(event=own):
            return f"own {_line(own)}"
        case Styled(message=message, manner=manner):
            marks = ["notice"] * manner.notice + [repr(manner.lines)] * bool(manner.lines)
            return " ".join([_line(message), *marks, *([manner.label] if manner.label else [])])
        case Group() | Private():
            return f"{event.sender}>{event.receiver}: {event.text}"
        case Success():
            return event.text
        case _:
            data = {name: value for name, value in asdict(event).items() if value and name not in _DULL}
            return " ".join([type(event).__name__, *map(str, data.values())])


_DULL = {"id", "server", "token", "epoch", "time", "claims", "seq"}


def connects(house: House, codec: Codec) -> Client:
    """Return a client with a codec that has not signed in."""
    client = house.connects()
    client.peer.codec = codec
    return client


def signs_in(house: House, codec: Codec, *names: str) -> list[Client]:
    """Return clients with a codec that have signed in, and have forgotten their welcomes."""
    clients = []
    for name in names:
        client = connects(house, codec)
        client.registers(name)
        client.forgets()
        clients.append(client)
    return clients


def reads(client: Client) -> list[str]:
    """Return the lines that a client has read, and forget them."""
    lines = [line.decode() for line in client.peer.lines]
    client.forgets()
    return lines


def phone(house: House, name: str, words: Words) -> Client:
    """Return one more client of an account, with a personal codec."""
    client = connects(house, words)
    client.send(Register(sender=name, text=RIGHT))
    house.settles()
    client.forgets()
    return client
