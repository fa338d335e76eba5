r"""The dialect of IRC: bytes to lines of tags, source, command and parameters.

    @label=7 PRIVMSG #CS350 :Hello, everybody\r\n

    IRCLine(tags={"label": "7"}, source="", command="PRIVMSG", params=["#CS350", "Hello, everybody"])

The grammar is https://modern.ircdocs.horse/#message-format, tags are https://ircv3.net/specs/extensions/message-tags.
What it leaves open is decided here:

* A line ends with LF; carriage returns and NULs, which no line may contain, are left out wherever they are.
* A line may have any number of parameters that fits into it.
* An empty line, a numeric, and tags or a source without a command ask for nothing, and get no answer.
* What follows the last LF when the client stops sending is half a line, and counts for nothing.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from classchat.core.ports import Codec
from classchat.errors import InvalidFormat, TooLong
from classchat.messages import Say
from classchat.wire.irc.rendering import line as rendered
from classchat.wire.irc.usual_messages import UsualMessages
from classchat.wire.lines import LineSplitter, TooLongLine

LONGEST_IRC_LINE: Final = 4_096
"""Bytes of a line without its tags, its line end included; ISUPPORT tells them as LINELEN."""

LONGEST_TAGS: Final = 8_191
"""Bytes of the tags of a line, from the `@` to the space."""

LONGEST_CLIENT_TAGS: Final = 4_096
"""The same of a line with tags for other clients (`+typing`), which no client may send more of."""


class IRCLine(Struct, frozen=True):
    """One line of a client."""

    tags: dict[str, str]
    source: str
    """The source that the client names, which counts for nothing."""

    command: str
    """The command in capitals."""

    params: list[str]


class NotUTF8(InvalidFormat):
    """The line is not UTF-8; `line` is the rest of it, for the command and the label of the refusal."""

    def __init__(self, line: IRCLine | None) -> None:
        super().__init__("the line is not UTF-8")
        self.line = line


_FIRST: Final = ("CAP", "NICK", "USER", "PASS", "AUTHENTICATE", "QUIT", "PING", "JOIN", "WEBIRC")
"""The commands with which the first line of a client may begin."""

LONGEST_FIRST: Final = max(map(len, _FIRST)) + 1
"""How many first bytes `recognizes` needs at most."""

_BEGINS: Final = re.compile(rf"[@:]|(?:{'|'.join(_FIRST)}) ".encode())

_MAY_BEGIN: Final = frozenset(first[:length].encode() for first in _FIRST for length in range(len(first) + 1))
"""The beginnings of these commands, each as it is before its space has arrived."""


def recognizes(prefix: bytes) -> bool | None:
    """Return whether a stream with these first bytes is IRC; None if that takes more of them.

    A command alone, without a space, is a bare name: see json_lines.py.
    """
    if _BEGINS.match(prefix):
        return True
    return None if prefix in _MAY_BEGIN else False


_PING: Final = re.compile(rb"PING +[!-~][ -~]*\r?", re.IGNORECASE)
"""A ping with a token, as clients send it; any other is a line like all others."""

_MOST_WAITING: Final = 262_144
"""Bytes of lines that wait before nothing more is read."""

_MOST_LINES: Final = 4_096
"""Lines that wait before nothing more is read."""

_MOST_PINGS: Final = 4
"""Pings that are answered while one request waits; clients send one at a time."""


class _EndOfStream:
    """Stands after the last line, where the stream is over."""


_END: Final = _EndOfStream()


class IRCLines:
    """The lines of one client."""

    __slots__ = (
        "_new",
        "_pings",
        "_server",
        "_signed_in",
        "_size",
        "_splitter",
        "_usual",
        "codec",
        "pending",
    )
    door = "irc"
    one_answer = False
    is_over = False
    reads_on = True

    def __init__(self, codec: Codec, server: str) -> None:
        """Start with the codec for a client that has not asked for any capability, and a server's name."""
        self.codec = codec
        self._server = server
        self._splitter = LineSplitter(LONGEST_TAGS + LONGEST_IRC_LINE)
        self._usual = UsualMessages()
        self._signed_in = False
        self.pending: list[bytes | TooLongLine | _EndOfStream] = []
        """The lines that are complete and were not returned yet, the oldest last."""
        self._size = 0  # of these, in bytes, about: 0 when there is none
        self._new = 0  # how many of these, the latest, `rest` has not looked at
        self._pings = _MOST_PINGS

    @property
    def full(self) -> bool:
        """Whether so much is pending that nothing more should be read."""
        return self._size > _MOST_WAITING or len(self.pending) > _MOST_LINES

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the client, and split all lines that they complete in one go."""
        lines = self._splitter.feed(data)
        lines.reverse()
        self.pending[:0] = lines
        self._new += len(lines)
        self._size += len(data)
        return b""

    def rest(self, *, begins: bool) -> bytes:
        """Answer the pings among the lines that came since the last call: without, clients disconnect.

        Pings have a pace as well: a few of them for each request that waits.
        """
        if begins:
            self._pings = _MOST_PINGS
        new, self._new = self.pending[: self._new], 0
        kept: list[bytes | TooLongLine | _EndOfStream] = []
        pongs = []
        for pending in reversed(new):
            ping = _ping(pending) if isinstance(pending, bytes) and self._pings else None
            if ping is None:
                kept.append(pending)
            else:
                self._pings -= 1
                pongs.append(rendered(self._server, "PONG", self._server, ping.params[0]))
        if pongs:
            kept.reverse()
            self.pending[: len(new)] = kept
            self._size = sum(len(pending) for pending in self.pending if isinstance(pending, bytes))
        return b"".join(pongs)

    def end(self) -> None:
        """Record that the client sends nothing more."""
        self.pending.insert(0, _END)

    def next(self) -> IRCLine | Say | None:
        """Return the oldest pending line, as a message if it is a usual one; None if it asks for nothing.

        Raises:
            NotUTF8: it is not UTF-8.
            TooLong: it has more than `LONGEST_IRC_LINE` bytes, or its tags have too many.
        """
        line = self.pending.pop()
        if not isinstance(line, bytes):
            return self._other(line)
        self._size = self._size - len(line) if self.pending else 0
        if len(line) >= LONGEST_IRC_LINE:  # so has one with too long tags
            _check_length(line)
        try:
            line = line.removesuffix(b"\r")
            text = line.decode()
        except UnicodeDecodeError:
            raise NotUTF8(parse(line.decode(errors="replace"))) from None
        if self._signed_in:
            usual = self._usual.read(line, text)
            if usual is not None:
                return usual
        return parse(text)

    def _other(self, mark: TooLongLine | _EndOfStream) -> IRCLine:
        """Return what a mark stands for.

        Raises:
            TooLong: a line that was too long to be kept.
        """
        if not self.pending:
            self._size = 0
        if isinstance(mark, TooLongLine):
            raise TooLong("line", LONGEST_IRC_LINE, "bytes")
        self._splitter.clear()
        return IRCLine({}, "", "QUIT", [])

    def signed_in(self) -> None:
        """Record that the client has signed in: from now on it may send messages."""
        self._signed_in = True

    def clear(self) -> None:
        """Forget all lines, and what there is of the next one."""
        self.pending.clear()
        self._new = self._size = 0
        self._splitter.clear()


def _ping(line: bytes) -> IRCLine | None:
    """Return a line if it is a ping that can be answered before others."""
    return parse(line.decode()) if _PING.fullmatch(line) else None


def _check_length(line: bytes) -> None:
    """Check a line that has lost its LF.

    Raises:
        TooLong: it has too many bytes, or its tags have.
    """
    tags = 0
    if line.startswith(b"@"):
        tags = line.find(b" ") + 1 or len(line)
    longest = LONGEST_CLIENT_TAGS if line.startswith(b"@+") or b";+" in line[:tags] else LONGEST_TAGS
    if tags > longest:
        raise TooLong("line's tags", longest, "bytes")
    if len(line) - tags >= LONGEST_IRC_LINE:
        raise TooLong("line", LONGEST_IRC_LINE, "bytes")


_UNUSABLE: Final = str.maketrans("", "", "\r\0")


def parse(text: str) -> IRCLine | None:
    """Return a line without its LF; None if it asks for nothing.

    Words are separated by spaces alone: `str.split()` would also split at U+00A0 and others, which names and
    texts may contain.
    """
    if "\r" in text or "\0" in text:
        text = text.translate(_UNUSABLE)
    tags: dict[str, str] = {}
    source = ""
    if text.startswith("@"):
        written, _, text = text[1:].partition(" ")
        tags = _tags_of(written)
    text = text.lstrip(" ")
    if text.startswith(":"):
        source, _, text = text[1:].partition(" ")
        text = text.lstrip(" ")
    head, colon, last = text.partition(" :")
    params = head.split(" ")
    if "" in params:
        params = [param for param in params if param]
        if not params:
            return None
    command = params.pop(0)
    if command.isdecimal():
        return None
    if colon:
        params.append(last)
    return IRCLine(tags, source, command.upper() if command.isascii() else command, params)


_ESCAPED: Final = re.compile(r"\\(.?)", re.DOTALL)
_MEANT: Final = {":": ";", "s": " ", "r": "\r", "n": "\n"}


def _tags_of(written: str) -> dict[str, str]:
    """Return the tags of a line by name; of several with one name the last one counts."""
    tags = {}
    for tag in written.split(";"):
        name, _, value = tag.partition("=")
        if "\\" in value:
            value = _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), value)
        if name:
            tags[name] = value
    return tags
