"""The dialect of JSON lines, with the rules for classic clients, which are those of the first version.

A conversation, as a classic client has it (`->` is what the server reads):

    -> Alice                                                a bare name
    <- {"status":"success","sender":"SERVER",...}           alone, until the next line or for a second
    -> {"status":"join","sender":"Alice","receiver":"CS350","text":""}
    <- {"status":"success",...}
    <- {"status":"group","sender":"SERVER",...}
    -> {"status":"quit",...}                                without a newline, and the connection closes

The classic rules:

* Before the client has signed in, a line that does not start with `{` is a bare name.
* A bare name is the client's only attempt: it reads one answer, with one `recv(1024)`, and parses all of that
  as one object. If the name is refused the connection closes; if it is welcomed nothing follows at once.
* Where the stream ends, a last line without a newline counts once the client has signed in. Before that it
  may be half a name, and counts for nothing.
* The end of the stream is a `quit`.
"""

from __future__ import annotations

from typing import Final

from classchat.core.ports import Codec
from classchat.errors import TooLong
from classchat.limits import Limits
from classchat.messages import Command, Quit
from classchat.wire.json_codec import JSON
from classchat.wire.lines import LineSplitter, TooLongLine, decode_bare_name, decode_command, is_bare_name


class _EndOfLines:
    """Stands after the last line, where the stream is over."""


_END: Final = _EndOfLines()
_QUIT: Final = b'{"status":"quit"}'


def recognizes(prefix: bytes) -> bool:  # noqa: ARG001
    """Return whether a stream with these first bytes may be JSON lines: a bare name begins with any byte."""
    return True


class JSONLines:
    """The lines of one client, as commands."""

    __slots__ = ("_longest", "_signed_in", "_splitter", "one_answer", "pending")
    door = "json"
    codec: Codec = JSON
    is_over = False
    reads_on = False
    full = False

    def __init__(self, limits: Limits) -> None:
        """Take lines of at most `limits.line` bytes."""
        self._longest = limits.line
        self._splitter = LineSplitter(limits.line)
        self._signed_in = False
        self.pending: list[bytes | TooLongLine | _EndOfLines] = []
        """The lines that are complete and were not returned yet, the oldest last."""
        self.one_answer = False
        """Whether the client has sent a bare name."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the client, and split all lines that they complete in one go."""
        lines = self._splitter.feed(data)
        if len(lines) > 1:
            lines.reverse()
        if self.pending:
            self.pending[:0] = lines
        else:
            self.pending = lines  # type: ignore[assignment]  # which hold less than they may
        return b""

    def end(self) -> None:
        """Record that the client sends nothing more."""
        self.pending.insert(0, _END)

    def next(self) -> Command:
        """Return the command of the oldest pending line.

        Raises:
            InvalidFormat: no JSON object, no UTF-8, a field of the wrong type.
            UnknownStatus: a message of a type that this server does not know.
            TooLong: more than `limits.line` bytes.
        """
        line = self.pending.pop()
        if not isinstance(line, bytes):
            return self._other(line)
        if self._signed_in or not is_bare_name(line):
            return decode_command(line)
        self.one_answer = True
        return decode_bare_name(line)

    def rest(self, *, begins: bool) -> bytes:  # noqa: ARG002
        """Return nothing: every request waits for the one before it."""
        return b""

    def signed_in(self) -> None:
        """Record that the client has signed in: from now on no line is a bare name."""
        self._signed_in = True

    def clear(self) -> None:
        """Forget all lines, and what there is of the next one."""
        self.pending.clear()
        self._splitter.clear()

    def _other(self, mark: TooLongLine | _EndOfLines) -> Command:
        """Return the command that a mark stands for: at the end of the stream the last line, or a `quit`.

        Raises:
            ChatError: the line was too long, or the last one is not a command.
        """
        if isinstance(mark, TooLongLine):
            raise TooLong("line", self._longest, "bytes")
        rest = self._splitter.clear()
        if rest and self._signed_in:
            self.pending.append(_QUIT)
            return decode_command(rest)
        return Quit()
