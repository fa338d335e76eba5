"""A double of the first version's client, which uses its socket in exactly the same way."""

from __future__ import annotations

import json
import time

from tests.integration.helpers import PATIENCE, Line, RawClient


class ClassicClient(RawClient):
    """The client of 2025: it blocks, and takes one `recv` for one answer. It runs in a thread."""

    def __init__(self, address: tuple[str, int], name: str) -> None:
        super().__init__(address)
        self.name = name
        self.started = time.monotonic()

    def sign_in(self) -> Line:
        """Send the bare name, and parse the result of one `recv` as one JSON object."""
        self.say_name()
        return self.take_welcome()

    def say_name(self) -> None:
        """Send the bare name."""
        self.started = time.monotonic()
        self.send(self.name.encode() + b"\n")

    def take_welcome(self) -> Line:
        """Read once, and parse it all."""
        return json.loads(self.recv(1024).decode("utf-8"))

    def request(self, status: str, receiver: str = "", text: str = "") -> None:
        """Send a request as the first version writes it."""
        self.send(self.encoded(status, receiver, text) + b"\n")

    def encoded(self, status: str, receiver: str = "", text: str = "") -> bytes:
        """Return a request, without a newline."""
        return json.dumps(
            {"status": status, "sender": self.name, "receiver": receiver, "text": text}
        ).encode()

    def quit(self) -> None:
        """Send `quit` without a newline, and close at once."""
        self.send(self.encoded("quit"))
        self.close()

    def hears_nothing_until(self, seconds: float) -> bool:
        """Return whether nothing arrived within so many seconds after the name was sent."""
        self._socket.settimeout(max(0.001, self.started + seconds - time.monotonic()))
        try:
            self._rest += self.recv(4096)
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(PATIENCE)
        return False

    def seconds_since_name(self) -> float:
        """Return how long ago the name was sent."""
        return time.monotonic() - self.started
