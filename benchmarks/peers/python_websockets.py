"""The obvious chat server for browsers in asyncio: the package `websockets`, and its `broadcast`.

It speaks only the part of the protocol that the load uses, checks almost nothing, and has no other purpose.

    python benchmarks/peers/python_websockets.py PORT
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime

from websockets.asyncio.server import ServerConnection, broadcast, serve


class Room:
    """A room: its members, and the number of its messages."""

    def __init__(self) -> None:
        self.members: set[ServerConnection] = set()
        self.said = 0


class User:
    """A user who has signed in."""

    def __init__(self, name: str, connection: ServerConnection) -> None:
        self.name = name
        self.connection = connection
        self.said = 0


class Server:
    """All users and rooms."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._rooms: dict[str, Room] = {}

    async def converse(self, connection: ServerConnection) -> None:
        """Sign a client in, and carry out its requests until it is gone."""
        first = json.loads(await connection.recv())
        user = self._users[first["sender"]] = User(first["sender"], connection)
        try:
            await answer(user, first, f"Welcome, {user.name}!")
            async for line in connection:
                await self._obey(user, json.loads(line))
        finally:
            del self._users[user.name]
            for room in self._rooms.values():
                room.members.discard(connection)

    async def _obey(self, user: User, asked: dict[str, str]) -> None:
        match asked["status"]:
            case "group":
                room = self._rooms[asked["receiver"]]
                room.said += 1
                broadcast(room.members, message(asked, user.name, room.said))
            case "private":
                receiver = self._users[asked["receiver"]]
                receiver.said += 1
                await receiver.connection.send(message(asked, user.name, receiver.said))
            case "create" | "join":
                await self._join(user, asked)
                return
            case _:
                await answer(user, asked, "done")
                return
        if "id" in asked:
            await answer(user, asked, "Message sent")

    async def _join(self, user: User, asked: dict[str, str]) -> None:
        name = asked["receiver"]
        room = self._rooms.setdefault(name, Room())
        room.members.add(user.connection)
        await answer(user, asked, f"You have joined '{name}'")
        text = f"{user.name} has joined the chat room"
        broadcast(
            room.members, encode({"status": "group", "sender": "SERVER", "receiver": name, "text": text})
        )


async def answer(user: User, asked: dict[str, str], text: str) -> None:
    """Send a success."""
    event = {"status": "success", "sender": "SERVER", "receiver": user.name, "text": text}
    await user.connection.send(encode(event | ({"id": asked["id"]} if "id" in asked else {})))


def message(asked: dict[str, str], sender: str, number: int) -> str:
    """Return the line that is sent to the receivers."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    receiver, text = asked["receiver"], asked["text"]
    event = {"status": asked["status"], "sender": sender, "receiver": receiver, "text": text}
    return encode({**event, "seq": number, "time": time})


def encode(event: dict[str, object] | dict[str, str]) -> str:
    """Return the line of an event."""
    return json.dumps(event, separators=(",", ":")) + "\n"


async def main(port: int) -> None:
    """Serve until the process is ended."""
    async with serve(Server().converse, "127.0.0.1", port, backlog=1024) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
