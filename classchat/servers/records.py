"""TLS records on one connection, both ways: bytes in, bytes out.

OpenSSL works on memory, and never sees the socket. Its records go out as the bytes of a plain connection do,
at once where the socket takes them. So a reader is as far behind as it would be without TLS, and each half
can be closed alone: TLS 1.3 closes each direction on its own (RFC 8446, 6.1).

    handshake -> open      the handshake is done
    open      -> ended     close_notify: the client sends nothing more
    any       -> broken    what arrives is not valid TLS: the connection closes
"""

from __future__ import annotations

from collections import Counter

from OpenSSL import SSL
from twisted.internet.interfaces import IPullProducer

from classchat.servers.transports import Send, Way

_RECORD = 16_384  # bytes of a record (RFC 8446, 5.1)
_AROUND = 4_096  # bytes that may be around one: its header and tag, and records of OpenSSL's own
_LEAST_AROUND = 22  # bytes that are around a record at least (RFC 8446, 5.2)
_FAIR = 16  # bytes of a record that is not small: no request is shorter
_MOST_UNASKED = 65_536  # bytes that OpenSSL may write of its own to a client that does not read


class Handshakes:
    """The handshakes of a server, counted when they end."""

    def __init__(self) -> None:
        self.done = Counter[str]()
        """Those that have succeeded, by the version of TLS, such as `TLSv1.3`."""
        self.failed = 0
        """Those that have failed, or whose connection was lost before."""


class Records(Way):
    """The TLS records of one connection."""

    __slots__ = (
        "_handshakes",
        "_open",
        "_over",
        "_pending",
        "_send",
        "_tls",
        "_unasked",
        "_way",
        "ended",
        "small",
    )

    def __init__(
        self, tls: SSL.Connection, way: Way, send: Send | None, handshakes: Handshakes | None = None
    ) -> None:
        """Send records with `send` while nothing waits on the `way`; it is None where that can't be done.

        The end of the handshake is counted among `handshakes`.
        """
        self._handshakes = handshakes  # None as soon as it has ended
        self._tls = tls
        self._way = way
        self._send = send
        self._open = self._over = False
        self._pending = False  # whether the way may have bytes that the socket has not
        self._unasked = 0
        self.ended = False
        """Whether the client has sent close_notify."""
        self.small = 0
        """How many records of the last `feed` were too small to be worth their cost."""
        tls.set_accept_state()

    # What arrives.

    def feed(self, chunk: bytes) -> bytes:
        """Return the plain text of these bytes of records."""
        self.small = 0
        if self._over or not chunk:
            return b""
        self._tls.bio_write(chunk)
        text = []
        try:
            if not self._open:
                self._tls.do_handshake()
                self._open = True
                self._count()
            while True:
                text.append(self._tls.recv(_RECORD))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.ended = True
        except SSL.Error:
            self._break()
            return b""
        self._send_own(self._made())
        self._over = self._over or self.ended
        plain = b"".join(text)
        self.small = (len(chunk) - len(plain)) // _LEAST_AROUND - len(plain) // _FAIR
        return plain

    def _break(self) -> None:
        """Send what is wrong, in an alert, and close."""
        self._over = True
        self.lost()
        self._send_own(self._made())
        if self._open:
            self._way.abortConnection()  # the client may be behind in reading: don't wait for that
        else:
            self._way.loseConnection()

    def _count(self) -> None:
        """Count a handshake that is done."""
        if self._handshakes is not None:
            self._handshakes.done[self._tls.get_protocol_version_name()] += 1
            self._handshakes = None

    def lost(self) -> None:
        """Count a handshake that will not be done any more. Harmless twice, and later."""
        if self._handshakes is not None:
            self._handshakes.failed += 1
            self._handshakes = None

    # What leaves.

    def send(self, data: bytes) -> int:
        """Send what the socket takes; return how many of the bytes went into records."""
        sent = 0
        while sent < len(data) and not self._pending:
            piece = data[sent : sent + _RECORD]
            self._put(self._sealed(piece))
            sent += len(piece)
        return sent

    def write(self, data: bytes) -> None:
        """Send bytes after everything that waits."""
        pieces = range(0, len(data), _RECORD)
        self._way.write(b"".join([self._sealed(data[start : start + _RECORD]) for start in pieces]))

    def _sealed(self, piece: bytes) -> bytes:
        """Return the record of a piece; nothing before the handshake, or after the end."""
        if not self._open:
            return b""
        try:
            self._tls.send(piece)
        except SSL.Error:  # it is broken, or was closed before
            return b""
        return self._made()

    def _made(self) -> bytes:
        """Return the records that OpenSSL has made."""
        size = _RECORD + _AROUND
        made = b""
        try:
            while len(made) % size == 0:
                made += self._tls.bio_read(size)
        except SSL.WantReadError:
            pass
        return made

    def _put(self, records: bytes) -> None:
        """Send records at once as far as the socket takes them, and the rest when it has room."""
        sent = 0
        if self._send is not None and not self._pending:
            try:
                sent = self._send(records)
            except OSError:
                sent = 0  # the socket is full, or closed: the transport will find out
        if sent < len(records):
            self._pending = True
            self._way.write(records[sent:])

    def _send_own(self, records: bytes) -> None:
        """Send what OpenSSL writes of its own, a handshake or an alert; up to a bound."""
        if not records:
            return
        self._put(records)
        if self._pending:
            self._unasked += len(records)
            if self._unasked > _MOST_UNASKED:
                self._over = True
                self._way.abortConnection()

    # The transport, as an Outbox has it.

    @property
    def way(self) -> Way:
        """The way that the records take."""
        return self._way

    def registerProducer(self, producer: IPullProducer, streaming: bool) -> None:
        """Have a producer asked for more when the socket has all that waits."""
        self._pending = True
        self._way.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Stop asking: the socket has it all, or the connection closes."""
        self._way.unregisterProducer()
        self._pending = False
        self._unasked = 0

    def loseConnection(self) -> None:
        """Close when all is sent."""
        self._close()
        self._way.loseConnection()

    def loseWriteConnection(self) -> None:
        """Close our half when all is sent."""
        self._close()
        self._way.loseWriteConnection()

    def abortConnection(self) -> None:
        """Close at once."""
        self._way.abortConnection()

    def _close(self) -> None:
        """Send close_notify: the client knows that nothing was cut off."""
        if self._open:
            self._open = False
            try:
                self._tls.shutdown()
            except SSL.Error:
                return
            self._way.write(self._made())
