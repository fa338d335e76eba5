"""The far end of a connection, which checks everything that it receives."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from typing import Any

from OpenSSL import SSL
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol

from tests.fuzz.choices import Choices
from tests.unit.servers.helpers import Wire

ADDRESSES: list[IAddress] = [
    IPv4Address("TCP", "127.0.0.1", 5000),
    IPv4Address("TCP", "192.0.2.1", 5000),
    IPv4Address("TCP", "192.0.2.2", 5000),
    IPv6Address("TCP", "2001:db8::1", 5000),
    IPv6Address("TCP", "::ffff:192.0.2.1", 5000),
    UNIXAddress(None),
]


@cache
def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    return context


class End:
    """One client's end."""

    def __init__(self, protocol: Protocol, address: IAddress, *, encrypted: bool) -> None:
        self.wire = Wire(address)
        self.protocol = protocol
        self.sent = b""
        """Everything sent so far, as plain text."""
        self.gone = self.silent = False
        self._unread = b""
        self._tls: SSL.Connection | None = None
        self._taken = 0
        self._plain = b""
        protocol.makeConnection(self.wire)
        if encrypted:
            self._tls = SSL.Connection(_context(), None)
            self._tls.set_connect_state()
            self._shake_hands()

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
