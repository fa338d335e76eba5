"""A message of several lines that a client is still sending: https://ircv3.net/specs/extensions/multiline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from classchat.irc.responses import Response

MOST_BYTES: Final = 10_000
"""Bytes of the text, its newlines included."""

MOST_LINES: Final = 256

LONGEST: Final = 30.0
"""Seconds that a client may take to send all lines."""


class InvalidBatch(Exception):
    """The lines can't become a message; its arguments are those of the `FAIL BATCH` that says so."""


@dataclass(eq=False, slots=True)
class OpenBatch:
    """The lines so far."""

    reference: str
    target: str
    until: float
    """The time of day until which all lines must have come, in seconds since 1970."""

    response: Response | None
    """The labelled response to the line that began it."""

    tags: tuple[tuple[str, str], ...] = ()
    """The tags for other clients of the line that began it."""

    notice: bool | None = None
    failed: bool = False
    """Whether the client was told that it will be no message: what follows of it is thrown away."""

    lines: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _size: int = 0

    @property
    def text(self) -> str:
        """The text of the message."""
        return "".join(self._pieces)

    def add(self, target: str, line: str, *, notice: bool, goes_on: bool) -> None:
        """Add a line, or continue the line before it.

        Raises:
            InvalidBatch: it does not fit the lines before it, or there are too many.
        """
        if target != self.target:
            text = "All lines of a message have one target"
            raise InvalidBatch("MULTILINE_INVALID_TARGET", self.target, target, text)
        if notice is (not self.notice) and self.notice is not None:
            raise InvalidBatch("MULTILINE_INVALID", "A message is a PRIVMSG or a NOTICE as a whole")
        if goes_on and not line:
            raise InvalidBatch("MULTILINE_INVALID", "A blank line can't go on with the line before it")
        newline = bool(self.lines) and not goes_on
        self._size += len(line.encode()) + newline
        if self._size > MOST_BYTES:
            text = f"A message has at most {MOST_BYTES} bytes"
            raise InvalidBatch("MULTILINE_MAX_BYTES", str(MOST_BYTES), text)
        if len(self.lines) == MOST_LINES:
            text = f"A message has at most {MOST_LINES} lines"
            raise InvalidBatch("MULTILINE_MAX_LINES", str(MOST_LINES), text)
        self.notice = notice
        self.lines.append(line)
        self._pieces += ("\n", line) if newline else (line,)
