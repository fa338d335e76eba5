"""The far end of a connection, which checks everything that it receives."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import cache
from typing import Any

from OpenSSL import SSL
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol
from websockets.frames import Opcode
from websockets.protocol import Protocol as WebSocket
from websockets.protocol import Side, State

from classchat.servers.proxied import Prefaced
from classchat.wire.frames import frame, unmasked
from classchat.wire.irc.irc_lines import recognizes
from tests.fuzz.choices import Choices
from tests.fuzz.prefaces import Preface
from tests.unit.servers.helpers import Wire

ADDRESSES: list[IAddress] = [
    IPv4Address("TCP", "127.0.0.1", 5000),
    IPv4Address("TCP", "192.0.2.1", 5000),
    IPv4Address("TCP", "192.0.2.2", 5000),
    IPv6Address("TCP", "2001:db8::1", 5000),
    IPv6Address("TCP", "::ffff:192.0.2.1", 5000),
    UNIXAddress(None),
]

_BEGINS_IRC = re.compile(rb":|ERROR |PING ")
"""What the server says first to a client of IRC."""


@cache
def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    return context


class End:
    """One client's end; a proxy in between may have sent a header first."""

    speaks_irc = False
    """Whether it says lines of IRC on purpose."""

    def __init__(
        self, protocol: Protocol, address: IAddress, choices: Choices, preface: Preface, *, encrypted: bool
    ) -> None:
        self.wire = Wire(address)
        self.wire.protocol = protocol
        self.address = address
        self.preface = preface
        self.through_proxy = isinstance(protocol, Prefaced)
        """Whether the server expects a PROXY header."""
        self.sent = b""
        """Everything sent so far, as plain text, behind a header that a proxy has to send."""
        self.gone = self.silent = False
        self.noisy = False
        """Whether it has sent what the server may take for half a frame, of which the rest never comes."""
        self._unread = b""
        self._tls: SSL.Connection | None = None
        self._taken = 0
        self._plain = b""
        protocol.makeConnection(self.wire)
        if self.through_proxy:
            self._sends(preface.data, choices)
        elif preface.data:
            self.noisy = True
            self.says_raw(preface.data)
        if encrypted:
            self._tls = SSL.Connection(_context(), None)
            self._tls.set_connect_state()
            self._shake_hands()

    @property
    def protocol(self) -> Any:
        """What the transport calls: another one after a header."""
        return self.wire.protocol

    @property
    def encrypted(self) -> bool:
        """Whether the connection uses TLS."""
        return self._tls is not None

    @property
    def hears_irc(self) -> bool:
        """Whether the server speaks IRC to it, which other noise can begin as well.

        A header that was changed may say that it ends early: what is left of it is then heard first.
        """
        if self.through_proxy and self.preface.is_valid is None:
            return _BEGINS_IRC.match(self.heard()) is not None
        return recognizes(self.sent) is True and not self.heard().startswith(b"{")

    @property
    def hung_up(self) -> bool:
        """Whether the server has hung up."""
        return self.wire.closing != "open"

    # Actions.

    def says(self, data: bytes, choices: Choices) -> None:
        """Send bytes, in pieces."""
        if self.gone or self.silent:
            return
        self.sent += data
        self._sends(data, choices)

    def _sends(self, data: bytes, choices: Choices) -> None:
        while data:
            in_pieces = not choices.over and choices.one_in(2)
            size = choices.below(min(len(data), 60_000)) + 1 if in_pieces else len(data)
            piece, data = data[:size], data[size:]
            self._unread += self._sealed(piece)
            self.arrives()

    def says_raw(self, data: bytes) -> None:
        """Send plain bytes even if TLS records are expected."""
        if not (self.gone or self.silent):
            self.sent += data
            self._unread += data
            self.arrives()

    def arrives(self) -> None:
        """Deliver the sent bytes, if the server reads; notice that it has hung up."""
        if self.gone:
            return
        if self.wire.closing in ("aborted", "closed"):
            self.drops()
        elif self._unread and self.wire.producerState == "producing":
            data, self._unread = self._unread, b""
            self.protocol.dataReceived(data)
            self._shake_hands()

    def ends(self) -> None:
        """Close the sending half."""
        if self.gone or self.silent:
            return
        self.silent = True
        if self._tls is not None:
            with suppress(SSL.Error):
                self._tls.shutdown()
            self._unread += self._made()
            self.arrives()
        elif hasattr(self.protocol, "readConnectionLost"):
            self.protocol.readConnectionLost()
        else:  # for Twisted that is the end of both halves
            self.drops()

    def drops(self) -> None:
        """Drop the connection."""
        if not self.gone:
            self.gone = True
            self.protocol.connectionLost()

    # Received data.

    def heard(self) -> bytes:
        """Return everything received."""
        data = self.wire.value()
        if self._tls is None:
            return data
        fresh, self._taken = data[self._taken :], len(data)
        with suppress(SSL.Error):
            if fresh:
                self._tls.bio_write(fresh)
            while True:
                self._plain += self._tls.recv(65_536)
        return self._plain

    def events(self) -> list[dict[str, Any]]:
        """Return everything received, as messages.

        Raises:
            AssertionError: a line is not a message.
        """
        if self._tls is None and self.sent.startswith(b"\x16"):
            return []  # if the bytes looked like TLS, the answer is in records
        heard = self.heard()
        *lines, rest = heard.split(b"\n")
        assert not rest or self.gone or self._tls is not None, f"a line without an end: {rest[-200:]!r}"
        events = []
        for one in lines:
            assert len(one) < 65_536, f"a line of {len(one)} bytes: {one[:200]!r}"
            event = json.loads(one)
            assert {"status", "sender", "receiver", "text"} <= event.keys(), one
            one.decode()
            events.append(event)
        return events

    # TLS.

    def _shake_hands(self) -> None:
        if self._tls is None:
            return
        self.heard()
        with suppress(SSL.Error):
            self._tls.do_handshake()
        made = self._made()
        if made:
            self._unread += made
            self.arrives()

    def _sealed(self, piece: bytes) -> bytes:
        if self._tls is None:
            return piece
        records = b""
        for start in range(0, len(piece), 16_384):
            with suppress(SSL.Error):
                self._tls.send(piece[start : start + 16_384])
            records += self._made()
        return records

    def _made(self) -> bytes:
        made = b""
        with suppress(SSL.Error):
            while self._tls is not None:
                made += self._tls.bio_read(65_536)
        return made


_HEAD = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
_HEAD += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

_MASK = b"\x01\x80\xfe\x00"


class WebEnd(End):
    """The end of a client whose lines travel in the frames of a WebSocket."""

    hears_irc = False

    def __init__(
        self, protocol: Protocol, address: IAddress, choices: Choices, preface: Preface, *, encrypted: bool
    ) -> None:
        super().__init__(protocol, address, choices, preface, encrypted=encrypted)
        self._sends(_HEAD, choices)

    def says(self, data: bytes, choices: Choices) -> None:
        """Send lines in frames, with others between them, and rarely in ones that are not valid."""
        if self.gone or self.silent:
            return
        self.sent += data
        frames = b""
        opcode = Opcode.TEXT
        while not choices.over and choices.one_in(4):
            size = choices.below(min(len(data), 60_000) + 1)
            frames += _frame(opcode, data[:size], fin=False)
            frames += _frame(choices.of([Opcode.PING, Opcode.PONG]), b"x")
            opcode, data = Opcode.CONT, data[size:]
        frames += _frame(opcode, data)
        if not choices.over and choices.one_in(40):
            self.noisy = True
            at, bit = choices.of([(0, bit) for bit in range(8) if bit != 3] + [(1, bit) for bit in range(8)])
            frames = frames[:at] + bytes([frames[at] ^ 1 << bit]) + frames[at + 1 :]  # no ping, for its echo
        if not choices.over and choices.one_in(40):
            frames += _frame(Opcode.CLOSE)
        self._sends(frames, choices)

    def says_raw(self, data: bytes) -> None:
        """Send bytes that are no frames."""
        self.noisy = True
        super().says_raw(data)

    def events(self) -> list[dict[str, Any]]:
        """Return everything received, as messages.

        Raises:
            AssertionError: an answer is not HTTP, a frame is not valid, or a line is not a message.
        """
        heard = self.heard()
        if heard.startswith(b"{"):  # turned away before it was clear what it speaks
            return super().events()
        if not heard.startswith(b"HTTP/1.1 101 "):
            assert heard.startswith(b"HTTP/1.1 ") or not heard or self._tls is not None, heard[:200]
            return []
        other = WebSocket(Side.CLIENT, state=State.OPEN, max_size=None)
        other.receive_data(heard.partition(b"\r\n\r\n")[2])
        assert other.parser_exc is None, repr(other.parser_exc)
        frames = other.events_received()
        assert Opcode.CLOSE not in [frame.opcode for frame in frames[:-1]]
        texts = [bytes(frame.data) for frame in frames if frame.opcode is Opcode.TEXT]
        assert all(text.endswith(b"\n") for text in texts), "a line goes on in another frame"
        return [json.loads(line) for text in texts for line in text.splitlines()]


def _frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a frame of a client, always with the same mask."""
    whole = frame(opcode, unmasked(data, _MASK))
    head = len(whole) - len(data)
    first = whole[0] if fin else whole[0] & 0x7F
    return bytes([first, whole[1] | 0x80]) + whole[2:head] + _MASK + whole[head:]
