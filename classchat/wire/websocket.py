r"""The WebSocket dialect: JSON lines in the frames of RFC 6455, without any I/O.

A client's message, in one text frame or in fragments, holds one or more lines; its last newline may be
missing. The server's frames hold one or more lines, each with its newline.

    -> feed(frame(b'{"status":"ping"}') + frame(b'{"status":"rooms"}\n{"status":"users"}'))
    <- pending holds three requests
    -> feed(ping(b"x"))
    <- returns pong(b"x"); pending holds one more request, which asks for nothing
    -> feed(close(1001))
    -> next() ...
    <- Quit(), the last one: the connection answers it with the codec's farewell, a Close

What a client does without asking for anything has its cost: pings, pongs, and fragments that hold next to
nothing. Each counts as a request, so that endless ones are read as slowly as endless requests.
"""

from __future__ import annotations

from typing import Final

from classchat.core.events import Event
from classchat.core.ports import Codec
from classchat.errors import ChatError, InvalidFormat, TooLong
from classchat.limits import Limits
from classchat.messages import Command, Quit
from classchat.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FINAL,
    PING,
    PONG,
    TEXT,
    end_of_frame,
    frame,
    unmasked,
)
from classchat.wire.json_codec import JSON
from classchat.wire.lines import decode_command

_WHOLE_TEXT = FINAL | TEXT
_LONGEST_CONTROL = 125  # bytes of a control frame (RFC 6455, 5.5)
_FAIR = 16  # bytes of a fragment that is worth its cost
_ONE_FRAME = 65_535  # bytes of lines that go into one frame, whatever it holds

GOING_AWAY, INVALID, UNSUPPORTED, NOT_UTF_8 = 1001, 1002, 1003, 1007
_CODES: Final = {
    "shutting_down": GOING_AWAY,
    "too_long": 1009,
    "timeout": 4000,
    "slow_reader": 4001,
    "too_many": 4002,
    "internal_error": 4003,
    "taken_over": 4500,
    "tls_required": 4501,
    "claimed_only": 4502,
    "name_released": 4503,
    "kicked": 4504,
}
"""The code of a Close by the code of the error before it. From 4500 on the client should not come back."""


class InvalidFrame(InvalidFormat):
    """The client breaks the rules of RFC 6455, which ends the connection."""

    def __init__(self, reason: str, closes_with: int = INVALID) -> None:
        super().__init__(reason)
        self.closes_with = closes_with
        """The code of the Close."""


class WebSocketCodec(Codec):
    """Turns events into text frames of JSON lines."""

    personal = False

    def encode(self, events: list[Event]) -> bytes:
        """Return the lines of some events in one frame, or in several where they are many.

        Raises:
            UnicodeEncodeError: a lone surrogate; no decoded message holds one.
        """
        lines = JSON.encode(events)
        if len(lines) <= _ONE_FRAME:
            return frame(TEXT, lines)
        return b"".join([frame(TEXT, piece) for piece in JSON.cut(lines)])

    def cut(self, data: bytes) -> list[bytes]:
        """Return the frames, one by one."""
        frames = []
        start = 0
        while start < len(data):
            end = end_of_frame(data, start)
            frames.append(data[start:end])
            start = end
        return frames

    def farewell(self, reason: ChatError | None) -> bytes:
        """Return the Close that says why the connection ends; None where the client has asked for it."""
        if reason is None:
            return frame(CLOSE, (1000).to_bytes(2, "big"))
        code = reason.closes_with if isinstance(reason, InvalidFrame) else _CODES[reason.code]
        return frame(CLOSE, code.to_bytes(2, "big") + reason.code.encode())


WEBSOCKET: Final = WebSocketCodec()
"""The one of them: clients that share a codec share the bytes."""


class _Mark:
    """Stands for a request that is no line."""


_NOTHING: Final = _Mark()
_END: Final = _Mark()


class _Frame:
    """A frame of which not everything has arrived."""

    __slots__ = ("first", "mask", "missing", "payload")

    def __init__(self, first: int, mask: bytes, payload: bytes, length: int) -> None:
        self.first = first
        self.mask = mask
        self.payload = bytearray(payload)
        self.missing = length - len(payload)


class WebSocket:
    """The frames of one client, as commands."""

    __slots__ = ("_closed", "_frame", "_head", "_longest", "_message", "is_over", "pending")
    door = "websocket"
    codec: Codec = WEBSOCKET
    one_answer = False
    reads_on = False
    full = False

    def __init__(self, limits: Limits) -> None:
        """Take messages of at most `limits.line` bytes."""
        self._longest = limits.line
        self._head = b""  # of a frame, as long as that is not complete
        self._frame: _Frame | None = None
        self._message: bytearray | None = None  # the fragments so far, of a message in several
        self._closed = False  # whether nothing more counts: the client has closed, or has broken the rules
        self.is_over = False
        """Whether the conversation ends with the error that `next` has raised."""
        self.pending: list[bytes | _Mark | ChatError] = []
        """The requests that are complete and were not returned yet, the oldest last."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the client; return the answer to its last ping."""
        pings: list[bytes] = []
        requests: list[bytes | _Mark | ChatError] = []
        try:
            self._read(data, requests, pings)
        except ChatError as error:
            self._close(requests, error.with_traceback(None))  # which leads back to `requests`
        requests.reverse()
        self.pending[:0] = requests
        return frame(PONG, pings[-1]) if pings else b""

    def end(self) -> None:
        """Record that the client sends nothing more."""
        if not self._closed:
            self._closed = True
            self.pending.insert(0, _END)

    def next(self) -> Command | None:
        """Return the command of the oldest pending line; None for a request that asks for nothing.

        Raises:
            InvalidFrame: what has arrived is no valid WebSocket: `is_over` is set.
            TooLong: a message of more than `limits.line` bytes: the same.
            InvalidFormat: no JSON object, a field of the wrong type.
            UnknownStatus: a message of a type that this server does not know.
        """
        request = self.pending.pop()
        if isinstance(request, bytes):
            return decode_command(request)
        if isinstance(request, ChatError):
            self.is_over = True
            try:
                raise request
            finally:
                del request  # else its traceback leads back to it, and keeps the connection
        return None if request is _NOTHING else Quit()

    def rest(self, *, begins: bool) -> bytes:  # noqa: ARG002
        """Return nothing: every request waits for the one before it."""
        return b""

    def signed_in(self) -> None:
        """Record that the client has signed in, which changes nothing."""

    def clear(self) -> None:
        """Forget all requests, and what there is of the next one."""
        self.pending.clear()
        self._closed = True
        self._head, self._frame, self._message = b"", None, None

    def _close(self, requests: list[bytes | _Mark | ChatError], last: _Mark | ChatError) -> None:
        """Take nothing more after this last request."""
        self._closed = True
        self._head, self._frame, self._message = b"", None, None
        requests.append(last)

    # Frames.

    def _read(self, data: bytes, requests: list[bytes | _Mark | ChatError], pings: list[bytes]) -> None:
        """Read all frames that these bytes complete.

        Raises:
            InvalidFrame: they are not valid.
            TooLong: a message has too many bytes.
        """
        at, end = 0, len(data)
        if self._frame is not None:
            at = self._read_on(self._frame, data, requests, pings)
        elif self._head:
            data = self._head + data
            self._head, end = b"", len(data)
        while at < end and not self._closed:
            if data[at] == _WHOLE_TEXT and self._message is None:  # almost always, so without more calls
                start = at + 6
                length = data[at + 1] - 0x80 if start <= end else 0
                if 0 < length < 126 and start + length <= end and length <= self._longest:
                    key = data[at + 2 : start] * (length // 4 + 1)
                    at = start + length
                    number = int.from_bytes(data[start:at], "big") ^ int.from_bytes(key[:length], "big")
                    text = number.to_bytes(length, "big")
                    if text.isascii() and b"\n" not in text:
                        requests.append(text)
                    else:
                        requests += _lines(text)
                    continue
            start, length = self._read_head(data, at)
            if not start:
                self._head = data[at:]
                return
            mask, payload = data[start - 4 : start], data[start : start + length]
            if len(payload) < length:
                self._frame = _Frame(data[at], mask, payload, length)
                return
            self._take(data[at], unmasked(payload, mask), requests, pings)
            at = start + length

    def _read_on(
        self, frame: _Frame, data: bytes, requests: list[bytes | _Mark | ChatError], pings: list[bytes]
    ) -> int:
        """Read more of a frame; return where the next one begins."""
        piece = data[: frame.missing]
        frame.payload += piece
        frame.missing -= len(piece)
        if not frame.missing:
            self._frame = None
            self._take(frame.first, unmasked(bytes(frame.payload), frame.mask), requests, pings)
        return len(piece)

    def _read_head(self, data: bytes, at: int) -> tuple[int, int]:
        """Return where the payload of a frame begins, and its length; 0 if its head is not complete.

        Raises:
            InvalidFrame: it is not valid, whatever follows.
            TooLong: its message has too many bytes.
        """
        if len(data) < at + 2:
            return 0, 0
        first, second = data[at], data[at + 1]
        length = second & 0x7F
        start = at + 6
        if length >= 126:
            size = 2 if length == 126 else 8
            start += size
            if len(data) < at + 2 + size:
                self._check(first, second, length)
                return 0, 0
            length = int.from_bytes(data[at + 2 : at + 2 + size], "big")
            if length < 126 or (size == 8 and length < 65_536) or length >= 1 << 63:
                raise InvalidFrame("the length of a frame is not written as it has to be")
        self._check(first, second, length)
        return (start, length) if len(data) >= start else (0, 0)

    def _check(self, first: int, second: int, length: int) -> None:
        """Check the head of a frame.

        Raises:
            InvalidFrame: it is not valid.
            TooLong: its message has too many bytes.
        """
        kind = first & 0x0F
        if first & 0x70:
            raise InvalidFrame("a frame has reserved bits, and no extension is in use")
        if not second & 0x80:
            raise InvalidFrame("a frame of a client must be masked")
        if kind >= CLOSE:
            if kind > PONG:
                raise InvalidFrame("a frame has a reserved opcode")
            if not first & FINAL or length > _LONGEST_CONTROL:
                raise InvalidFrame("a control frame is one frame of at most 125 bytes")
            return
        if kind == BINARY:
            raise InvalidFrame("messages are text, not binary", UNSUPPORTED)
        if kind > BINARY:
            raise InvalidFrame("a frame has a reserved opcode")
        if (kind == CONTINUATION) is (self._message is None):
            raise InvalidFrame("the fragments of a message follow each other, and nothing else does")
        if length + len(self._message or b"") > self._longest:
            raise TooLong("message", self._longest, "bytes")

    def _take(
        self, first: int, payload: bytes, requests: list[bytes | _Mark | ChatError], pings: list[bytes]
    ) -> None:
        """Take a whole frame.

        Raises:
            InvalidFrame: a text is not UTF-8.
        """
        kind = first & 0x0F
        if kind >= CLOSE:
            if kind == CLOSE:
                self._close(requests, _END)
                return
            if kind == PING:
                pings[:] = [payload]
            requests.append(_NOTHING)
        elif first & FINAL:
            if self._message is not None:
                payload, self._message = bytes(self._message) + payload, None
            requests += _lines(payload)
        else:
            if len(payload) < _FAIR:
                requests.append(_NOTHING)
            if self._message is None:
                self._message = bytearray()
            self._message += payload


def _lines(text: bytes) -> list[bytes | _Mark]:
    """Return the lines of a message; one request that asks for nothing, if there are none.

    Raises:
        InvalidFrame: the text is not UTF-8.
    """
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            raise InvalidFrame("the text is not UTF-8", NOT_UTF_8) from None
    if b"\n" not in text:
        return [text] if text else [_NOTHING]
    lines: list[bytes | _Mark] = [*text.split(b"\n")]
    if not lines[-1]:
        del lines[-1]
    return lines
