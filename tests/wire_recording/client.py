"""The far end of a connection: it sends a scene's lines, and passes received bytes to the transcript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.wire_recording.transcript import Transcript

LOCAL = IPv4Address("TCP", "127.0.0.1", 50_000)
_TOKEN = re.compile(rb'"token":"([^"]+)"')
_EPOCH = re.compile(rb'"epoch":"([^"]+)"')
_RECORD = 16_384  # bytes of a TLS record


class _Wire(StringTransport):
    """The server's end of a connection: what Twisted's own transport does, without a socket."""

    def __init__(self, address: IAddress) -> None:
        super().__init__(peerAddress=address, lenient=True)
        self.received: list[bytes | str] = []
        """What the client has received and not taken yet: bytes, and words for how the server closed."""
        self.client_reads = True
        self.half_closed = False
        self._unsent: list[bytes] = []

    @property
    def closed(self) -> bool:
        """Whether the server has closed both halves, and the client has received all of it."""
        return self.disconnecting and not self._unsent

    def write(self, data: bytes) -> None:
        """Send bytes, or keep them while the client does not read."""
        if self.half_closed or self.disconnecting:
            return
        if self.client_reads:
            self.received.append(data)
            self._ask_for_more()
        else:
            self._unsent.append(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Ask a pull producer for its first slice at once, as Twisted's does."""
        super().registerProducer(producer, streaming)
        producer.resumeProducing()

    def read_on(self) -> None:
        """Send the kept bytes, and continue sending."""
        self.client_reads = True
        unsent, self._unsent = self._unsent, []
        self.received += unsent
        self._ask_for_more()

    def loseWriteConnection(self) -> None:
        """Close the server's half."""
        if not self.half_closed:
            self.half_closed = True
            self.received.append("half closed")

    def loseConnection(self) -> None:
        """Close both halves."""
        if not self.disconnecting:
            self.received.append("aborted" if self.disconnected else "closed")
        super().loseConnection()

    def abortConnection(self) -> None:
        """Close both halves at once; the client does not receive what it has not read."""
        self._unsent.clear()
        super().abortConnection()

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Ignore the option."""

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Ignore the option."""

    def _ask_for_more(self) -> None:
        if self.producer is not None:
            self.producer.resumeProducing()


class Client:
    """One client."""

    def __init__(
        self,
        name: str,
        protocol: Protocol,
        transcript: Transcript,
        address: IAddress,
        settle: Callable[[], None],
    ) -> None:
        """Connect, and call `settle` after everything that this client does."""
        self.name = name
        self.token = self.epoch = ""
        """What the last welcome said."""
        self.gone = False
        self._transcript = transcript
        self._protocol = protocol
        self._settle = settle
        self._wire = _Wire(address)
        self._ends = False
        self._unread = b""
        protocol.makeConnection(self._wire)

    def asks(self, status: str, receiver: str | None = None, text: str | None = None, **fields: Any) -> None:
        """Send a request."""
        given = {"status": status, "receiver": receiver, "text": text, **fields}
        found = {name: value for name, value in given.items() if value is not None}
        self.send(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def registers(self, name: str, **fields: Any) -> None:
        """Sign in with a message."""
        self.asks("register", sender=name, **fields)

    def send(self, chunk: bytes) -> None:
        """Send bytes, which arrive as soon as the server reads."""
        self._transcript.sent(self.name, chunk)
        self._unread += self._sealed(chunk)
        self._settle()

    def send_raw(self, chunk: bytes) -> None:
        """Send bytes past TLS."""
        self._transcript.sent(self.name, chunk)
        self._unread += chunk
        self._settle()

    def stop_reading(self) -> None:
        """Stop reading."""
        self._transcript.note(f"{self.name} stops reading")
        self._wire.client_reads = False

    def read_on(self) -> None:
        """Read the unread bytes, and continue reading."""
        self._transcript.note(f"{self.name} reads on")
        self._wire.read_on()
        self._settle()

    def close_half(self) -> None:
        """Close the client's half of the connection."""
        self._transcript.note(f"{self.name} closes its half")
        self._ends = True
        self._settle()

    def drop(self) -> None:
        """Close the connection."""
        self._transcript.note(f"{self.name} drops the connection")
        self.deliver()
        self._lose()
        self._settle()

    def progress(self) -> bool:
        """Deliver the sent bytes, and take the received ones; return whether there were any."""
        taken = self._take()
        if not self.gone and self._wire.closed:
            self._lose()
            return True
        return self.deliver() or taken

    def deliver(self) -> bool:
        """Deliver the sent bytes, if the server reads; return whether there were any."""
        if self.gone or self._wire.producerState != "producing":
            return False
        if self._unread:
            chunk, self._unread = self._unread, b""
            self._protocol.dataReceived(chunk)
            return True
        if self._ends:
            self._ends = False
            self._end()
            return True
        return False

    def _take(self) -> bool:
        received, self._wire.received = self._wire.received, []
        for piece in received:
            if isinstance(piece, str):
                self._transcript.received(self.name, piece)
                continue
            plain = self._opened(piece)
            for token in _TOKEN.findall(plain):
                self.token = token.decode()
            for epoch in _EPOCH.findall(plain):
                self.epoch = epoch.decode()
            self._transcript.received(self.name, plain)
        return bool(received)

    def _lose(self) -> None:
        if not self.gone:
            self.gone = True
            self._protocol.connectionLost(Failure(ConnectionDone()))

    # What TLS changes.

    def _sealed(self, chunk: bytes) -> bytes:
        return chunk

    def _opened(self, chunk: bytes) -> bytes:
        return chunk

    def _end(self) -> None:
        self._protocol.readConnectionLost()  # type: ignore[attr-defined]


class EncryptedClient(Client):
    """A client that speaks TLS; the transcript has the decrypted bytes."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_verify(SSL.VERIFY_NONE)
        self._tls = SSL.Connection(context, None)
        self._tls.set_connect_state()
        with suppress(SSL.WantReadError):
            self._tls.do_handshake()
        self._unread = self._made()

    def _sealed(self, chunk: bytes) -> bytes:
        records = b""
        for start in range(0, len(chunk), _RECORD):
            self._tls.send(chunk[start : start + _RECORD])
            records += self._made()
        return records

    def _opened(self, chunk: bytes) -> bytes:
        if chunk.startswith(b"{"):
            return chunk  # plain text, as of a server that does not get to TLS
        self._tls.bio_write(chunk)
        plain = b""
        try:
            while True:
                plain += self._tls.recv(65_536)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self._transcript.received(self.name, "told by TLS that this is all")
        except SSL.Error:
            self._transcript.received(self.name, "told by TLS that something is wrong")
        self._unread += self._made()
        return plain

    def _end(self) -> None:
        self._tls.shutdown()
        self._protocol.dataReceived(self._made())

    def _made(self) -> bytes:
        made = b""
        with suppress(SSL.WantReadError):
            while True:
                made += self._tls.bio_read(65_536)
        return made
