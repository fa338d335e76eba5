"""A client that speaks WebSocket, as browsers do: the `websockets` package, on Twisted's connections."""

from __future__ import annotations

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.integration.helpers import Client, Signal


class Browser(Client):
    """A client whose lines travel in frames: each `send` is one frame."""

    def __init__(self, name: str = "", host: str = "127.0.0.1") -> None:
        super().__init__(name)
        self._socket = ClientProtocol(parse_uri(f"ws://{host}/ws"), subprotocols=["classchat"])  # type: ignore[list-item]
        self._opened = Signal()
        self.pongs: list[bytes] = []

    # Saying.

    def send(self, data: bytes) -> None:
        """Send lines in a frame; it has no newline at its end."""
        self._socket.send_text(data.removesuffix(b"\n"))
        self._flush()

    def pings(self, data: bytes) -> None:
        """Send a ping of the WebSocket."""
        self._socket.send_ping(data)
        self._flush()

    def closes(self, code: int = 1000) -> None:
        """Send a Close."""
        self._socket.send_close(code)
        self._flush()

    def send_raw(self, data: bytes) -> None:
        """Send any bytes."""
        self.transport.write(data)

    # Hearing.

    @property
    def close_code(self) -> int | None:
        """The code of the server's Close."""
        return None if self._socket.close_rcvd is None else self._socket.close_rcvd.code

    async def opens(self) -> None:
        """Wait until the WebSocket is open."""
        while self._socket.state is State.CONNECTING:
            assert not self.gone, self._socket.handshake_exc
            await self._opened.wait(lambda: "the WebSocket did not open")

    # Twisted calling.

    def connectionMade(self) -> None:
        """Ask for the WebSocket."""
        self._socket.send_request(self._socket.connect())
        self._flush()

    def dataReceived(self, data: bytes) -> None:
        """Store the received lines."""
        self._socket.receive_data(data)
        for event in self._socket.events_received():
            if isinstance(event, Response):
                self._opened.fire()
            elif event.opcode is Opcode.TEXT:
                assert event.data.endswith(b"\n")
                super().dataReceived(bytes(event.data))
            elif event.opcode is Opcode.PONG:
                self.pongs.append(bytes(event.data))
                self._happened.fire()
        self._flush()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Record that the connection is closed."""
        self._socket.receive_eof()
        self._opened.fire()
        super().connectionLost(reason)

    def _flush(self) -> None:
        for data in self._socket.data_to_send():
            if data:
                self.transport.write(data)
            else:
                self.transport.loseWriteConnection()
