"""What clients do, always in the same way and order, so that the server's instructions can be counted.

Each deed is a generator: it first brings the clients into position, and then does its thing once for each
turn. A turn ends when all clients have read what they were told.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

Deed = Callable[[int], Iterator[None]]
"""Does something again and again with the server at a port."""

_TEXT: Final = (
    "So far so good, and who of you has an idea how the third exercise is to be done? I have none at all."
)
_PATIENCE: Final = 60.0
"""Seconds that a line may take."""


class Client:
    """A client that has signed in as a guest."""

    def __init__(self, port: int, name: str) -> None:
        self.name = name
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._lines = self._socket.makefile("rb")
        self.send(status="register", sender=name)
        self.read(b'"success"')

    def send(self, times: int = 1, **request: str) -> None:
        """Send a request, or many at once."""
        self._socket.sendall((json.dumps(request) + "\n").encode() * times)

    def read(self, what: bytes, times: int = 1) -> None:
        """Read until so many lines with a text have come.

        Raises:
            EOFError: the server hangs up.
        """
        while times:
            line = self._lines.readline()
            if not line:
                raise EOFError(f"the server hung up on {self.name}")
            times -= what in line

    def ask(self, **request: str) -> None:
        """Send a request, and read its answer and all before it."""
        self.send(1, id="asked", **request)
        self.read(b'"asked"')

    def leave(self) -> None:
        """Quit, and read to the end."""
        self.send(status="quit")
        self._lines.read()
        self._lines.close()
        self._socket.close()


def sign_in(port: int) -> Iterator[None]:
    """Sign one more guest in, who stays."""
    here = []
    for number in count():
        here.append(Client(port, f"guest-{number}"))
        yield


def come_and_go(port: int) -> Iterator[None]:
    """Sign a guest in, who quits."""
    for number in count():
        Client(port, f"guest-{number}").leave()
        yield


def talk(at_once: int, members: int = 100) -> Deed:
    """Return what lets a member of a room say something, or more at once."""

    def talking(port: int) -> Iterator[None]:
        everybody = _gathered(port, members)
        while True:
            everybody[0].send(at_once, status="group", receiver="CS350", text=_TEXT)
            for client in everybody:
                client.read(b'"status":"group"', at_once)
            yield

    return talking


def whisper(port: int) -> Iterator[None]:
    """Send one private message."""
    alice, bob = Client(port, "alice"), Client(port, "bob")
    while True:
        alice.send(status="private", receiver="bob", text=_TEXT)
        bob.read(b'"status":"private"')
        yield


def join_and_leave(port: int) -> Iterator[None]:
    """Enter a room of 100, and leave it again."""
    everybody = _gathered(port, 100)
    guest = Client(port, "guest")
    while True:
        guest.ask(status="join", receiver="CS350")
        guest.ask(status="leave", receiver="CS350")
        for client in everybody:
            client.read(b"guest", 2)
        yield


def look_back(port: int) -> Iterator[None]:
    """Ask for the latest 50 messages of a room."""
    (alice,) = _gathered(port, 1)
    alice.send(100, status="group", receiver="CS350", text=_TEXT)
    alice.read(b'"status":"group"', 100)
    while True:
        alice.ask(status="history", receiver="CS350")
        yield


def _gathered(port: int, members: int) -> list[Client]:
    """Return the members of a room, who have read all they were told."""
    everybody = [Client(port, f"member-{number}") for number in range(members)]
    for number, client in enumerate(everybody):
        client.ask(status="join" if number else "create", receiver="CS350")
    for client in everybody:
        client.ask(status="ping")
    return everybody
