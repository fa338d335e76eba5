"""The WebSocket dialect: frames in, commands and errors out; events in, frames out."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from classchat import errors
from classchat.errors import ChatError, InternalError, ShuttingDown, TooLong
from classchat.limits import Limits
from classchat.messages import Command, Group, Ping, Quit, Say
from classchat.wire.frames import frame, unmasked
from classchat.wire.websocket import WEBSOCKET, InvalidFrame, WebSocket
from tests.tables import each_case

LIMITS = Limits(line=100)
PING = b'{"status":"ping"}'


def client(
    opcode: Opcode, data: bytes = b"", *, fin: bool = True, reserved: int = 0, mask: bool = True
) -> bytes:
    """Return a frame of a client, valid or not."""
    whole = Frame(opcode, data).serialize(mask=mask)
    return bytes([(whole[0] if fin else whole[0] & 0x7F) | reserved]) + whole[1:]


def text(*lines: bytes) -> bytes:
    """Return a message with some lines, of which the last has no newline."""
    return client(Opcode.TEXT, b"\n".join(lines))


def asked(speaks: WebSocket) -> Command | str | None:
    """Return the next command, or the code of the error that it is; its end with the code of its Close."""
    try:
        return speaks.next()
    except InvalidFrame as error:
        return f"{error.code} {error.closes_with}"
    except ChatError as error:
        return error.code + (" over" if speaks.is_over else "")


def heard(stream: bytes, limits: Limits = LIMITS) -> list[Command | str | None]:
    """Return what a client asks for with these bytes."""
    speaks = WebSocket(limits)
    speaks.feed(stream)
    return drained(speaks)


def drained(speaks: WebSocket) -> list[Command | str | None]:
    """Return all that is pending."""
    requests = []
    while speaks.pending:
        requests.append(asked(speaks))
    return requests


# Messages.


def test_a_message_is_a_line() -> None:
    """A text frame is a line, which needs no newline."""
    assert [Ping()] == heard(text(PING))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_message_has_lines(end: bytes) -> None:
    """A text frame with several lines is as many requests; the last newline may be missing."""
    lines = b'{"status":"ping"}\n{"status":"group","receiver":"R","text":"Zo\xc3\xab"}' + end

    assert [Ping(), Say(receiver="R", text="Zoë")] == heard(client(Opcode.TEXT, lines))


def test_messages_come_in_order() -> None:
    """Many messages of one read, and of the next while they are pending, come in their order."""
    speaks = WebSocket(LIMITS)
    speaks.feed(b"".join(text(b'{"status":"ping","id":"%d"}' % number) for number in range(50)))
    first = speaks.next()
    speaks.feed(text(b'{"status":"ping","id":"50"}', b'{"status":"ping","id":"51"}'))

    assert [Ping(id=str(number)) for number in range(52)] == [first, *drained(speaks)]


@each_case(
    ("line", "code"),
    [
        (b"Alice", "invalid_format"),
        (b"{", "invalid_format"),
        (b"{}", "invalid_format"),
        (b'{"status":"dance"}', "unknown_status"),
        (b" ", "invalid_format"),
    ],
)
def test_a_line_that_is_no_message(line: bytes, code: str) -> None:
    """A line that is no message is refused, a bare name among them, and the next one is read."""
    assert [code, Ping()] == heard(text(line, PING))


def test_an_empty_line() -> None:
    """An empty line between others is refused, as it is in a stream of lines."""
    assert [Ping(), "invalid_format", Ping()] == heard(text(PING, b"", PING))


def test_a_message_in_fragments() -> None:
    """Fragments are joined, wherever they were cut, and control frames may come between them."""
    middle = len('{"status":"group","receiver":"R","text":"Zo') + 1
    whole = '{"status":"group","receiver":"R","text":"Zoë and Al"}\n{"status":"ping"}'.encode()
    stream = (
        client(Opcode.TEXT, whole[:middle], fin=False)
        + client(Opcode.PING, b"x")
        + client(Opcode.CONT, whole[middle:-6], fin=False)
        + client(Opcode.CONT, whole[-6:])
    )

    assert [None, Say(receiver="R", text="Zoë and Al"), Ping()] == heard(stream)


@each_case("size", [0, 1, 3, 4, 5, 125, 126, 999, 1000, 1001, 65_535, 65_536])
def test_the_mask(size: int) -> None:
    """Each byte of a payload is combined with one of the mask's four, in turn (RFC 6455, 5.3)."""
    payload, mask = bytes(number * 7 % 256 for number in range(size)), b"\x00\x01\xfe\xff"

    assert bytes(one ^ two for one, two in zip(payload, itertools.cycle(mask), strict=False)) == unmasked(
        payload, mask
    )


@each_case(("size", "answer"), [(65_536, ["invalid_format"]), (65_537, ["too_long over"])])
@each_case("fragments", [1, 2, 5])
def test_the_longest_message(size: int, answer: list[str], fragments: int) -> None:
    """A message has at most 65 536 bytes, in one frame or in several; a longer one ends the connection."""
    sizes = [size // fragments] * (fragments - 1)
    sizes.append(size - sum(sizes))
    opcodes = [Opcode.TEXT] + [Opcode.CONT] * (fragments - 1)
    fins = [False] * (fragments - 1) + [True]
    stream = b"".join(
        client(opcode, b"x" * size, fin=fin) for opcode, size, fin in zip(opcodes, sizes, fins, strict=True)
    )

    assert answer == heard(stream, Limits())


def test_too_long_a_message_is_refused_before_it_is_there() -> None:
    """The head of a frame is enough to refuse its message."""
    assert ["too_long over"] == heard(client(Opcode.TEXT, b"x" * 101)[:6])


def test_endless_fragments() -> None:
    """A message that never ends is refused when it has too many bytes."""
    assert ["too_long over"] == heard(
        client(Opcode.TEXT, b"x" * 50, fin=False) + client(Opcode.CONT, b"x" * 50, fin=False) * 1000
    )


# What asks for nothing.


@each_case(
    "stream",
    [
        client(Opcode.PING, b"x"),
        client(Opcode.PONG),
        client(Opcode.TEXT),
        client(Opcode.TEXT, fin=False),
        client(Opcode.TEXT, b"x" * 15, fin=False),
    ],
)
def test_what_asks_for_nothing_counts(stream: bytes) -> None:
    """Control frames, and fragments that hold next to nothing, count as requests."""
    assert [None] == heard(stream)


def test_a_long_fragment_costs_nothing() -> None:
    """A fragment that holds something costs nothing until its message is complete."""
    assert [] == heard(client(Opcode.TEXT, b"x" * 16, fin=False))


def test_a_ping_is_answered() -> None:
    """The answer to a ping is a pong with its payload, whether or not its client has signed in."""
    assert frame(Opcode.PONG, b"hello") == WebSocket(LIMITS).feed(client(Opcode.PING, b"hello"))


def test_many_pings_have_one_answer() -> None:
    """Of many pings that come together only the last one is answered (RFC 6455, 5.5.3)."""
    stream = b"".join(client(Opcode.PING, b"%d" % number) for number in range(1000))

    assert frame(Opcode.PONG, b"999") == WebSocket(LIMITS).feed(stream)


# The end.


@pytest.mark.parametrize("payload", [b"", Close(1001, "going").serialize(), b"\x03"])
def test_a_close_is_a_quit(payload: bytes) -> None:
    """A Close is a `quit`, after everything before it; what comes behind it is ignored."""
    assert [Ping(), Quit()] == heard(text(PING) + client(Opcode.CLOSE, payload) + text(PING) + b"\xff" * 20)


def test_a_stream_that_ends_is_a_quit() -> None:
    """The end of the stream is a `quit`; half a frame counts for nothing."""
    speaks = WebSocket(LIMITS)
    speaks.feed(text(PING) + text(PING)[:-1])
    speaks.end()

    assert [Ping(), Quit()] == drained(speaks)


def test_a_stream_that_ends_after_a_close() -> None:
    """A client that has said that it closes quits once."""
    speaks = WebSocket(LIMITS)
    speaks.feed(client(Opcode.CLOSE))
    speaks.end()

    assert [Quit()] == drained(speaks)


def test_clearing() -> None:
    """After `clear` nothing is pending, and nothing will be: the connection closes."""
    speaks = WebSocket(LIMITS)
    speaks.feed(text(PING) + text(PING)[:-1])
    speaks.clear()
    speaks.feed(text(PING))

    assert [] == drained(speaks)


# What is not valid: RFC 6455, 5.2 and 5.5.


@each_case(
    ("stream", "code"),
    [
        (client(Opcode.TEXT, PING, mask=False), 1002),
        (client(Opcode.TEXT, PING, reserved=0x40), 1002),
        (client(Opcode.TEXT, PING, reserved=0x20), 1002),
        (client(Opcode.PING, reserved=0x10), 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (b"\x8b\x80\x00\x00\x00\x00", 1002),
        (client(Opcode.CONT, PING), 1002),
        (client(Opcode.TEXT, b"{", fin=False) + client(Opcode.TEXT, b"}"), 1002),
        (b"\x09\x80\x00\x00\x00\x00", 1002),
        (b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + b"x" * 126, 1002),
        (b"\x81\xfe\x00\x7d\x00\x00\x00\x00" + b"x" * 125, 1002),
        (b"\x81\xff" + (65_535).to_bytes(8, "big"), 1002),
        (b"\x81\xff" + (1 << 63).to_bytes(8, "big"), 1002),
        (client(Opcode.BINARY, PING), 1003),
        (client(Opcode.TEXT, b'{"status":"\xff"}'), 1007),
        (client(Opcode.TEXT, "é".encode()[:1], fin=False) + client(Opcode.CONT, b"x"), 1007),
        (client(Opcode.TEXT, b"\xed\xa0\x80"), 1007),
    ],
)
def test_what_is_not_valid(stream: bytes, code: int) -> None:
    """What breaks the rules is refused after everything before it, and the connection ends with its code."""
    *before, last = heard(text(PING) + stream + text(PING), Limits())

    assert ([Ping()], f"invalid_format {code}") == ([one for one in before if one is not None], last)


def test_what_is_not_valid_is_over() -> None:
    """The connection is told that the conversation is over when the error is raised, not before."""
    speaks = WebSocket(LIMITS)
    speaks.feed(text(PING) + client(Opcode.BINARY))
    was = speaks.is_over
    drained(speaks)

    assert (False, True) == (was, speaks.is_over)


# Any bytes.


FRAMES = st.builds(
    lambda opcode, data, fin, mask, bits: client(
        opcode, b"" if opcode is Opcode.CLOSE else data, fin=fin, reserved=bits, mask=mask
    ),
    st.sampled_from(
        [Opcode.TEXT, Opcode.TEXT, Opcode.CONT, Opcode.CONT, Opcode.PING, Opcode.PONG, Opcode.CLOSE]
    ),
    st.one_of(
        st.just(PING), st.just(PING + b"\n" + PING), st.binary(max_size=60).map(bytes.hex).map(str.encode)
    ),
    st.booleans(),
    st.integers(0, 9).map(bool),
    st.sampled_from([0] * 12 + [0x40, 0x20, 0x10]),
)


def fed_in_chunks(stream: bytes, places: list[int]) -> list[Command | str | None]:
    """Return what a client asks for whose bytes come in chunks that end at these places."""
    speaks = WebSocket(LIMITS)
    for start, end in itertools.pairwise([0, *sorted(places), len(stream)]):
        speaks.feed(stream[start:end])
    return drained(speaks)


@given(st.lists(FRAMES, max_size=8).map(b"".join) | st.binary(max_size=60), st.data())
def test_any_chunking_gives_the_same_requests(stream: bytes, data: st.DataObject) -> None:
    """In whatever chunks the bytes come, valid or not, they are the same requests."""
    places = data.draw(st.lists(st.integers(0, len(stream))))

    assert heard(stream) == fed_in_chunks(stream, places)


def read_elsewhere(frames: list[bytes]) -> list[Any]:
    """Return what the `websockets` package reads, as `heard` does.

    The longest message is measured here: that package also measures control frames, and checks the length of
    a frame before its reserved bits and its place among the fragments.
    """
    other = Protocol(Side.SERVER, state=State.OPEN, max_size=None)
    requests: list[Any] = []
    message = b""
    for one in frames:
        other.receive_data(one)
        for event in other.events_received():
            if event.opcode not in (Opcode.TEXT, Opcode.CONT):
                continue
            message += event.data
            if len(message) > LIMITS.line:
                return [*requests, "too_long over"]
            if event.fin:
                lines = message.removesuffix(b"\n").split(b"\n") if message else []
                requests += [Ping() if line == PING else "invalid_format" for line in lines]
                message = b""
    if other.close_rcvd is not None:  # also within a message in fragments, which is not invalid for us
        requests.append(Quit())
    elif other.close_sent is not None:
        requests.append(f"invalid_format {other.close_sent.code}")
    return requests


@given(st.lists(FRAMES, max_size=10))
@example([client(Opcode.PING, b"x" * 101), text(PING)])
@example([client(Opcode.TEXT, b"x" * 90, fin=False), client(Opcode.PONG, b"x" * 11), client(Opcode.CONT)])
@example([client(Opcode.CONT, b"x" * 101)])
@example([client(Opcode.TEXT, b"x" * 101, reserved=0x40)])
@example([client(Opcode.TEXT, b"x" * 50, fin=False), client(Opcode.TEXT, b"x" * 51)])
@example([client(Opcode.TEXT, b"x" * 50, fin=False), client(Opcode.CONT, b"x" * 51)])
def test_what_another_implementation_reads(frames: list[bytes]) -> None:
    """The `websockets` package reads the same lines from any frames, and ends with the same code."""
    assert read_elsewhere(frames) == [one for one in heard(b"".join(frames)) if one is not None]


@given(st.binary(max_size=200))
def test_garbage(stream: bytes) -> None:
    """Any bytes give requests and documented errors, and nothing else."""
    for one in heard(stream):
        assert not isinstance(one, str) or one.split()[0] in ("invalid_format", "unknown_status", "too_long")


# What the server writes.


def read(data: bytes) -> list[tuple[int, bytes, bool]]:
    """Return the frames that the `websockets` package reads as a client."""
    other = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
    other.receive_data(data)
    assert other.parser_exc is None
    return [(one.opcode, bytes(one.data), one.fin) for one in other.events_received()]


@each_case("size", [0, 1, 80, 81, 125, 126, 65_000, 70_000])
def test_an_event_is_a_frame(size: int) -> None:
    """An event is one line, with its newline, in one text frame, however long it is."""
    event = Group("Alice", "CS350", "x" * size)
    ((opcode, data, fin),) = read(WEBSOCKET.encode([event]))

    assert (Opcode.TEXT, True, "x" * size, b"\n") == (opcode, fin, json.loads(data)["text"], data[-1:])


def test_a_batch_is_a_frame() -> None:
    """The lines of one batch go into one frame."""
    ((_, data, _),) = read(WEBSOCKET.encode([Group("Alice", "CS350", str(number)) for number in range(100)]))

    assert [str(number) for number in range(100)] == [json.loads(line)["text"] for line in data.splitlines()]


def test_a_large_batch_is_several_frames() -> None:
    """A large batch is cut into frames of about 32 kB with whole lines, which can be written one by one."""
    data = WEBSOCKET.encode([Group("Alice", "CS350", "x" * 1000) for _ in range(300)])
    pieces = WEBSOCKET.cut(data)
    lines = [line for piece in pieces for _, lines, _ in read(piece) for line in lines.splitlines()]

    assert (data, [1] * len(pieces)) == (b"".join(pieces), [len(read(piece)) for piece in pieces])
    assert 300 == len([json.loads(line) for line in lines])
    assert max(map(len, pieces)) < 34_000
    assert min(map(len, pieces[:-1])) > 32_000


# Farewells.


def _goodbyes() -> list[ChatError]:
    told: list[ChatError] = []
    for kind in set(errors.Goodbye.__subclasses__()) - {errors.PlaintextOnly}:  # told without any TLS
        needed = kind.__dataclass_fields__ if hasattr(kind, "__dataclass_fields__") else {}
        told.append(kind(*[1 for _ in needed]))
    return sorted(told, key=lambda reason: reason.code)


@each_case("reason", _goodbyes())
def test_every_reason_to_hang_up_has_its_close(reason: ChatError) -> None:
    """The server can hang up for any reason: its code says whether the client should come back."""
    ((opcode, data, _),) = read(WEBSOCKET.farewell(reason))
    close = Close.parse(data)

    assert (Opcode.CLOSE, reason.code) == (opcode, close.reason)
    assert close.code in (1001, 4000, 4001, 4003, 4500, 4501, 4503, 4504)


@each_case(
    ("reason", "code"),
    [
        (None, 1000),
        (ShuttingDown(), 1001),
        (InvalidFrame("why", 1007), 1007),
        (TooLong("message", 1, "bytes"), 1009),
        (errors.Timeout(30), 4000),
        (errors.Silent(150), 4000),
        (errors.SlowReader(1), 4001),
        (errors.TooMany("things", 1), 4002),
        (InternalError(), 4003),
        (errors.TakenOver(), 4500),
        (errors.TLSRequired(), 4501),
        (errors.ClaimedOnly("Bob"), 4502),
        (errors.NameReleased(), 4503),
    ],
)
def test_the_codes(reason: ChatError | None, code: int) -> None:
    """The codes are those of docs/protocol.md."""
    ((_, data, _),) = read(WEBSOCKET.farewell(reason))

    assert code == Close.parse(data).code
