"""TLS records: whatever the socket takes, what arrives is what was sent."""

from __future__ import annotations

import itertools
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.internet.interfaces import IPullProducer
from zope.interface import implementer

from classchat.servers.certificates import Passing
from classchat.servers.records import Records
from tests.unit.servers.helpers import Wire, client_context


class Socket:
    """A socket that takes so many bytes at a time; after the last number, everything."""

    def __init__(self, *takes: int | None) -> None:
        """Take as many bytes as each number says, call by call; fail at None."""
        self.sent = b""
        self._takes = list(takes)

    def send(self, data: bytes) -> int:
        """Take some."""
        takes = self._takes.pop(0) if self._takes else len(data)
        if takes is None:
            raise BlockingIOError
        self.sent += data[:takes]
        return min(takes, len(data))


@implementer(IPullProducer)
class Queue:
    """An outbox with nothing in it."""

    def resumeProducing(self) -> None:
        """Write nothing."""

    def stopProducing(self) -> None:
        """Do nothing."""


class Ends:
    """Both ends of a connection whose handshake is done, unless a test wants none."""

    def __init__(
        self,
        socket: Socket | None = None,
        shake_hands: bool = True,
    ) -> None:
        self.wire = Wire()
        self.wire.fills_up()  # what the transport has is sent when a test says so
        self.socket = socket
        self.client = SSL.Connection(client_context(), None)
        self.client.set_connect_state()
        self.records = Records(
            Passing().load().connection(),
            self.wire,
            self._sends if socket else None,
        )
        self._arrived = b""
        self._handshaking = True
        if shake_hands:
            self.greet()
            self.receive()
            self.feed()
        self._handshaking = False

    def _sends(self, data: bytes) -> int:
        if self._handshaking:
            self._arrived += data
            return len(data)
        assert self.socket is not None
        before = len(self.socket.sent)
        sent = self.socket.send(data)
        self._arrived += self.socket.sent[before:]
        return sent

    def greet(self) -> None:
        """Begin the handshake."""
        with suppress(SSL.WantReadError):
            self.client.do_handshake()
        self.feed()

    def feed(self) -> bytes:
        """Hand over what the client has made, and return its plain text."""
        return self.records.feed(self.made())

    def made(self) -> bytes:
        """Return the records that the client has made."""
        made = b""
        with suppress(SSL.WantReadError):
            while True:
                made += self.client.bio_read(65_536)
        return made

    def drain(self) -> None:
        """Send what the transport has."""
        before = len(self.wire.value())
        self.wire.sends_slice()
        self._arrived += self.wire.value()[before:]

    def receive(self) -> bytes:
        """Return the plain text that the client reads."""
        self.drain()
        self.client.bio_write(self._arrived)
        self._arrived = b""
        text = b""
        with suppress(SSL.WantReadError, SSL.ZeroReturnError):
            while True:
                text += self.client.recv(65_536)
        return text


@given(
    st.lists(st.integers(1, 40_000), min_size=1, max_size=6),
    st.lists(st.none() | st.integers(0, 20_000), max_size=12),
)
def test_whatever_the_socket_takes(sizes: list[int], takes: list[int | None]) -> None:
    """Bytes that the socket does not take follow in order, and `send` returns how many it took."""
    ends = Ends(Socket(*takes))
    said = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    for lines in said:
        sent = ends.records.send(lines)
        if sent < len(lines):  # as an outbox does
            ends.records.registerProducer(Queue(), False)
            ends.records.write(lines[sent:])
            ends.drain()
            ends.records.unregisterProducer()

    assert b"".join(said) == ends.receive()


def test_nothing_overtakes_what_waits() -> None:
    """While the transport has bytes, nothing goes past it."""
    ends = Ends(Socket(5))

    assert (3, 0) == (ends.records.send(b"one"), ends.records.send(b"two"))
    assert b"one" == ends.receive()


def test_without_a_socket() -> None:
    """If there is no way past the transport, everything goes through it."""
    ends = Ends()
    waits = ends.records.send(b"one")
    ends.records.registerProducer(Queue(), False)
    ends.records.unregisterProducer()

    assert (0, 3) == (waits, ends.records.send(b"two"))
    assert b"two" == ends.receive()


def test_before_the_handshake_nothing_can_be_said() -> None:
    """Bytes written before the handshake are dropped."""
    ends = Ends(shake_hands=False)
    ends.records.write(b"secret")

    assert 6 == ends.records.send(b"secret")
    ends.records.loseConnection()

    assert b"" == b"".join(ends.wire.written)


def test_plain_text_and_its_end() -> None:
    """The plain text arrives, and nothing after close_notify."""
    ends = Ends(Socket())
    ends.client.send(b"one\ntwo\nthr")
    first = ends.feed(), ends.records.ended
    ends.client.send(b"ee\nfou")
    ends.client.shutdown()
    last = ends.feed(), ends.records.ended

    assert ((b"one\ntwo\nthr", False), (b"ee\nfou", True)) == (first, last)
    assert b"" == ends.records.feed(b"more")


@given(st.lists(st.integers(min_value=0), max_size=20))
def test_any_chunking_gives_the_same_plain_text(places: list[int]) -> None:
    """Records may arrive in any pieces, byte by byte or several at once."""
    ends = Ends(Socket())
    said = [b"x" * 20_000, b"y\n", b"", b"z" * 100]
    stream = b""
    for text in said:
        for start in range(0, len(text), 16_384):
            ends.client.send(text[start : start + 16_384])
        stream += ends.made()
    ends.client.shutdown()
    stream += ends.made()
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    plain = [ends.records.feed(stream[start:end]) for start, end in itertools.pairwise(edges)]

    assert (b"".join(said), True) == (b"".join(plain), ends.records.ended)


def test_closing_is_said_once() -> None:
    """close_notify is sent before the connection closes, once, and nothing follows it."""
    ends = Ends(Socket())
    ends.records.loseWriteConnection()
    after = len(b"".join(ends.wire.written))
    ends.records.loseConnection()
    ends.records.write(b"late")
    ends.drain()

    assert (True, after) == (after > 0, len(b"".join(ends.wire.written)))
    assert ends.wire.closing == "closed"


class Talkative:
    """An OpenSSL that answers each chunk of the client with much data."""

    def set_accept_state(self) -> None:
        """Be a server."""

    def bio_write(self, data: bytes) -> None:
        """Take what arrives."""
        self._answers = [b"x" * 20_000]

    def do_handshake(self) -> None:
        """Have the handshake done."""

    def recv(self, size: int) -> bytes:
        """Return no plain text."""
        raise SSL.WantReadError

    def bio_read(self, size: int) -> bytes:
        """Answer."""
        if not self._answers:
            raise SSL.WantReadError
        return self._answers.pop()


def test_answers_that_are_not_read() -> None:
    """A client that makes OpenSSL answer, and does not read, is given up on."""
    wire = Wire()
    wire.fills_up()
    records = Records(Talkative(), wire, None)  # type: ignore[arg-type]
    for _ in range(3):
        records.feed(b"again")
    before = wire.closing
    records.feed(b"again")

    assert ("open", "aborted") == (before, wire.closing)


def test_a_close_that_openssl_can_not_do() -> None:
    """The connection closes also where close_notify can't be sent."""
    ends = Ends(Socket())
    ends.records.feed(b"\x17\x03\x03\x00\x20" + b"x" * 32)
    sent = ends.records.send(b"one")
    ends.records.loseConnection()

    assert (3, "aborted") == (sent, ends.wire.closing)


def test_small_records_are_counted() -> None:
    """Records of a byte are counted; a line in a record of its own is not, however short."""
    ends = Ends()
    line = b'{"status":"quit"}\n'
    ends.client.send(line)
    ends.feed()
    after_a_line = ends.records.small
    counted = 0
    for byte in line:
        ends.client.send(bytes([byte]))
        ends.feed()
        counted += ends.records.small

    assert (True, True) == (after_a_line <= 0, len(line) <= counted <= 2 * len(line))
