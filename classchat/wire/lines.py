"""JSON lines: the bytes of docs/protocol.md, without what they mean.

A line is one JSON object in UTF-8, ended by a newline. Whatever else arrives is the sender's error,
never ours: `decode_command` and `decode_event` raise `ChatError` and nothing else, for any bytes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from types import UnionType
from typing import Any, Final, get_args

import msgspec

from classchat.errors import ChatError, InvalidFormat, UnknownStatus
from classchat.limits import Limits
from classchat.messages import LONGEST_ID, Command, Event, Probe, Register
from classchat.request import Request
from classchat.texts import harmless, quoted

_encoder: Final = msgspec.json.Encoder()
_commands: Final[msgspec.json.Decoder[Command]] = msgspec.json.Decoder(Command)
_events: Final[msgspec.json.Decoder[Event | Probe]] = msgspec.json.Decoder(Event | Probe)
_decode_command: Final = _commands.decode
_decode_event: Final = _events.decode

_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The exceptions of msgspec for bytes that are not a message: all are the sender's error."""


LONGEST_LINE: Final = Limits.line
"""Bytes of a line that every ClassChat server accepts, its newline included."""

_SURELY_FITS: Final = (LONGEST_LINE - 1024) // 6  # characters: JSON needs six bytes for some


class TooLongLine:
    """A mark in place of a line that was too long to be kept."""


TOO_LONG: Final = TooLongLine()


class LineSplitter:
    """Splits a stream into lines, in whatever chunks it arrives; keeps at most one line.

    All complete lines of a chunk are split in one go. A carriage return before the newline is left to the
    decoder, to which it is white space.
    """

    __slots__ = ("_longest", "_rest", "_skipping")

    def __init__(self, longest: int) -> None:
        """Take lines of at most `longest` bytes, their newline included."""
        self._longest = longest - 1
        self._rest = b""
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes | TooLongLine]:
        """Return the lines that this chunk completes, without their newlines.

        A line is `TOO_LONG` as soon as it has too many bytes; the rest of it is thrown away.
        """
        lines: list[Any] = (self._rest + chunk if self._rest else chunk).split(b"\n")
        rest: bytes = lines.pop()
        if self._skipping:
            if not lines:
                return []
            del lines[0]
            self._skipping = False
        if len(chunk) > self._longest or (lines and len(lines[0]) > self._longest):
            lines = [line if len(line) <= self._longest else TOO_LONG for line in lines]
        if len(rest) > self._longest:
            self._skipping = True
            rest = b""
            lines.append(TOO_LONG)
        self._rest = rest
        return lines

    def clear(self) -> bytes:
        """Forget the line that is not complete, and return what there is of it."""
        rest, self._rest = self._rest, b""
        self._skipping = False
        return rest


def encode(*events: Event | Probe) -> bytes:
    """Return the lines of some events, their newlines included.

    Raises:
        UnicodeEncodeError: a lone surrogate; no decoded message holds one.
    """
    return _encoder.encode_lines(list(events))  # msgspec 0.22 forgets to free what iterates over a tuple


def encode_command(command: Request) -> bytes:
    """Return a command's line, its newline included.

    The four fields of the first version are always there, because its server reads all of them. A lone
    surrogate, which a terminal that is not in UTF-8 can send, becomes U+FFFD.
    """
    fields = {
        name: harmless(value) if isinstance(value, str) else value
        for name, value in msgspec.to_builtins(command).items()
        if value is not None
    }
    return _encoder.encode_lines([fields])


def fits(command: Request) -> bool:
    """Return whether a server accepts a command's line, whatever id it is given."""
    if len(command.text) + len(command.receiver) <= _SURELY_FITS:
        return True
    return len(encode_command(command)) + LONGEST_ID + len(',"id":""') <= LONGEST_LINE


def decode_command(line: bytes) -> Command:
    """Return the command of a client's line.

    Raises:
        InvalidFormat: no JSON object, no UTF-8, a field of the wrong type.
        UnknownStatus: a message of a type that this server does not know.
    """
    try:
        if not line.isascii():
            line.decode()  # msgspec does not check unknown fields
        return _decode_command(line)
    except _UNREADABLE as error:
        raise _explained(error, line, Command) from None


def decode_event(line: bytes) -> Event | Probe:
    """Return the event of a server's line.

    Raises:
        InvalidFormat: no JSON object, no UTF-8, a field of the wrong type.
        UnknownStatus: a message of a type that this client does not know.
    """
    try:
        if not line.isascii():
            line.decode()
        return _decode_event(line)
    except _UNREADABLE as error:
        raise _explained(error, line, Event | Probe) from None


def is_bare_name(line: bytes) -> bool:
    """Return whether a first line is a bare name: anything that does not start with `{`."""
    return not line.startswith(b"{")


def decode_bare_name(line: bytes) -> Register:
    """Return the sign-in of a bare name, the classic form.

    Raises:
        InvalidFormat: no UTF-8.
    """
    try:
        return Register(sender=line.removesuffix(b"\r").decode())
    except UnicodeDecodeError:
        raise InvalidFormat("the line is not UTF-8") from None


class _Envelope(msgspec.Struct):
    """The readable part of an invalid message: its status and its id."""

    status: Any = None
    id: Any = None


_envelopes: Final[msgspec.json.Decoder[_Envelope]] = msgspec.json.Decoder(_Envelope)


_ID: Final = re.compile(rb'"id"[ \t\r]*:[ \t\r]*"')
_MOST_IDS: Final = 4
"""How many places that may be an id are checked: the last ones."""


def _explained(error: Exception, line: bytes, kinds: UnionType) -> ChatError:
    """Return the refusal that helps the sender most."""
    if not line.strip():
        return InvalidFormat("the line is empty")
    try:
        envelope = _envelopes.decode(line)
    except _UNREADABLE:
        envelope = _Envelope(id=_id_in(line))
    id = envelope.id if isinstance(envelope.id, str) and 1 <= len(envelope.id) <= LONGEST_ID else None
    if isinstance(error, UnicodeDecodeError):
        return InvalidFormat("the line is not UTF-8", id)
    if isinstance(error, RecursionError):
        return InvalidFormat("the line is nested too deeply", id)
    reason = str(error)
    if b"\\ud" in line.lower() and any(word in reason for word in ("surrogate", "truncated", "hex escape")):
        return InvalidFormat("half of a surrogate pair is not a character", id)
    if isinstance(envelope.status, str) and "`$.status`" in reason:
        if envelope.status in [kind.__struct_config__.tag for kind in get_args(kinds)]:
            return InvalidFormat("the line has more than one status", id)
        return UnknownStatus(envelope.status, id)
    return InvalidFormat(quoted(reason, 200), id)


def _id_in(line: bytes) -> str | None:
    """Return the `id` of the outermost object of a line that is not JSON, if there is one.

    What is before it is not checked: only that the `id` is in no string, and in no inner object.
    """
    plain = line.replace(rb"\\", b"__").replace(rb"\"", b"__")
    start, depth, quotes, id = 0, 0, 0, None
    for found in list(_ID.finditer(plain))[-_MOST_IDS:]:
        pieces = plain[start : found.start()].split(b'"')
        outside = b"".join(pieces[quotes % 2 :: 2])
        depth += sum(map(outside.count, (b"{", b"["))) - sum(map(outside.count, (b"}", b"]")))
        start, quotes = found.start(), quotes + len(pieces) - 1
        if quotes % 2 == 0 and depth == 1 and line.lstrip().startswith(b"{"):
            end = plain.find(b'"', found.end())
            with suppress(*_UNREADABLE):
                id = msgspec.json.decode(line[found.end() - 1 : end + 1], type=str)
    return id
