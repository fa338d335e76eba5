"""Lines in TLS records, both ways: what is said on one encrypted connection.

OpenSSL does the work on memory, and never sees the socket: what it makes goes out as the lines of a plain
connection do, at once where the socket takes it. So a reader is as much behind as he would be without TLS,
and a close is as much a half of one: TLS 1.3 closes each direction by itself (RFC 8446, 6.1).

    handshake -> open      the handshake is done
    open      -> ending    close_notify: the client has said everything, which is a `quit`
    any       -> broken    what arrives is no TLS, or not as it has to be: the connection closes
"""

from __future__ import annotations

from OpenSSL import SSL
from twisted.internet.interfaces import IPullProducer

from classchat.servers.transports import Send, Way

_RECORD = 16_384  # bytes of a record (RFC 8446, 5.1)
_AROUND = 4_096  # bytes that may stand around one: its header and tag, and records of OpenSSL's own
_LEAST_AROUND = 22  # bytes that stand around a record at least (RFC 8446, 5.2)
_FAIR = 16  # bytes of a record that is not small: no line of the protocol is shorter
_MOST_UNASKED = 65_536  # bytes that OpenSSL may have to say by itself to who does not read


class Records(Way):
    """The TLS records of one connection."""

    __slots__ = ("_open", "_over", "_pending", "_send", "_tls", "_unasked", "_way", "ended", "small")

    def __init__(self, tls: SSL.Connection, way: Way, send: Send | None) -> None:
        """Send records with `send` while nothing waits on the `way`; it is None where that can't be done."""
        self._tls = tls
        self._way = way
        self._send = send
        self._open = self._over = False
        self._pending = False  # whether the way may have bytes that the socket has not
        self._unasked = 0
        self.ended = False
        """Whether the client has said that it sends nothing more."""
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
            while True:
                text.append(self._tls.recv(_RECORD))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.ended = True
        except SSL.Error:
            self._break()
            return b""
        self._say(self._made())
        self._over = self._over or self.ended
        plain = b"".join(text)
        self.small = (len(chunk) - len(plain)) // _LEAST_AROUND - len(plain) // _FAIR
        return plain

    def _break(self) -> None:
        """Say what is wrong, in an alert, and close."""
        self._over = True
        self._say(self._made())
        if self._open:
            self._way.abortConnection()  # he may be behind in reading, and we can't wait for that
        else:
            self._way.loseConnection()

    # What leaves.

    def send(self, lines: bytes) -> int:
        """Send what the socket takes; return how many bytes of the lines went into records."""
        sent = 0
        while sent < len(lines) and not self._pending:
            piece = lines[sent : sent + _RECORD]
            self._put(self._sealed(piece))
            sent += len(piece)
        return sent

    def write(self, data: bytes) -> None:
        """Send it after everything that waits."""
        pieces = range(0, len(data), _RECORD)
        self._way.write(b"".join([self._sealed(data[start : start + _RECORD]) for start in pieces]))

    def _sealed(self, piece: bytes) -> bytes:
        """Return the record of a piece; nothing if he can't be told anything."""
        if not self._open:
            return b""
        try:
            self._tls.send(piece)
        except SSL.Error:  # it is broken, or there was a close before
            return b""
        return self._made()

    def _made(self) -> bytes:
        """Return what OpenSSL has to send."""
        size = _RECORD + _AROUND
        made = b""
        try:
            while len(made) % size == 0:
                made += self._tls.bio_read(size)
        except SSL.WantReadError:
            pass
        return made

    def _put(self, records: bytes) -> None:
        """Send records at once, as far as that goes, and the rest when there is room."""
        sent = 0
        if self._send is not None and not self._pending:
            try:
                sent = self._send(records)
            except OSError:
                sent = 0  # the socket is full, or gone: the transport will find out
        if sent < len(records):
            self._pending = True
            self._way.write(records[sent:])

    def _say(self, records: bytes) -> None:
        """Send what nobody has asked for: a handshake, an alert; but not without end."""
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
        """Where the records go."""
        return self._way

    def registerProducer(self, producer: IPullProducer, streaming: bool) -> None:
        """Let it be asked for more when the socket has all that waits."""
        self._pending = True
        self._way.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Ask no more: the socket has it all, or the connection closes."""
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
        """Say that nothing more follows, and that nobody has cut it off."""
        if self._open:
            self._open = False
            try:
                self._tls.shutdown()
            except SSL.Error:
                return
            self._way.write(self._made())
