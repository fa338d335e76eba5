"""The obvious Twisted chat server, as a baseline: LineReceiver, json, one write per member and message.

It speaks only the part of the protocol that the load uses, checks almost nothing, and has no other purpose.

    python benchmarks/obvious.py PORT
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from twisted.internet import reactor
from twisted.internet.interfaces import IAddress, ITransport
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure


class Room:
    """A room: its members, and the number of its messages."""

    def __init__(self) -> None:
        self.members: set[Client] = set()
        self.said = 0


class Client(LineReceiver):
    """One connection, which is a user after it has sent its name."""

    delimiter = b"\n"
    transport: ITransport

    def __init__(self, server: Server) -> None:
        self.server = server
        self.name = ""
        self.said = 0

    def lineReceived(self, line: bytes) -> None:
        """Sign in, or carry out a request."""
        if not self.name:
            self.name = line.decode()
            self.server.users[self.name] = self
            self.answer({}, f"Welcome, {self.name}!")
            return
        asked: dict[str, str] = json.loads(line)
        match asked["status"]:
            case "group":
                self.say(asked)
            case "private":
                self.tell(asked)
            case "create" | "join":
                self.join(asked)
            case _:
                self.answer(asked, "done")

    def join(self, asked: dict[str, str]) -> None:
        """Join a room, and tell all members."""
        name = asked["receiver"]
        room = self.server.rooms.setdefault(name, Room())
        room.members.add(self)
        self.answer(asked, f"You have joined '{name}'")
        text = f"{self.name} has joined the chat room"
        announcement = encode({"status": "group", "sender": "SERVER", "receiver": name, "text": text})
        for member in room.members:
            member.transport.write(announcement)

    def say(self, asked: dict[str, str]) -> None:
        """Write it to each member."""
        room = self.server.rooms[asked["receiver"]]
        room.said += 1
        encoded = encode(message(asked, self.name, room.said))
        for member in room.members:
            member.transport.write(encoded)
        if "id" in asked:
            self.answer(asked, "Message sent")

    def tell(self, asked: dict[str, str]) -> None:
        """Write a message to its receiver."""
        user = self.server.users[asked["receiver"]]
        user.said += 1
        user.transport.write(encode(message(asked, self.name, user.said)))
        if "id" in asked:
            self.answer(asked, "Message sent")

    def answer(self, asked: dict[str, str], text: str) -> None:
        """Write a success."""
        event = {"status": "success", "sender": "SERVER", "receiver": self.name, "text": text}
        self.transport.write(encode(event | ({"id": asked["id"]} if "id" in asked else {})))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002 (Twisted's signature)
        """Leave all rooms and sign out."""
        self.server.users.pop(self.name, None)
        for room in self.server.rooms.values():
            room.members.discard(self)


class Server(ServerFactory):
    """All users and rooms."""

    noisy = False

    def __init__(self) -> None:
        self.users: dict[str, Client] = {}
        self.rooms: dict[str, Room] = {}

    def buildProtocol(self, addr: IAddress | None) -> Client:  # noqa: ARG002 (Twisted's signature)
        """Return the protocol of a new connection."""
        return Client(self)


def message(asked: dict[str, str], sender: str, number: int) -> dict[str, object]:
    """Return the line that is written to the receivers."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "status": asked["status"],
        "sender": sender,
        "receiver": asked["receiver"],
        "text": asked["text"],
        "seq": number,
        "time": time,
    }


def encode(event: dict[str, object] | dict[str, str]) -> bytes:
    """Return the line of an event."""
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


if __name__ == "__main__":
    reactor.listenTCP(int(sys.argv[1]), Server(), backlog=1024, interface="127.0.0.1")
    reactor.run()
