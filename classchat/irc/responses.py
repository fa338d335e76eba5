"""The response to one line of a client, which has the line's label: https://ircv3.net/specs/extensions/labeled-response.

no line           @label=7 :server ACK
one line          @label=7 :server PONG server :token
several lines     @label=7 :server BATCH +1 labeled-response, the lines with @batch=1, :server BATCH -1

What the client has asked for can come back later, among what others do: it stands where it happened, and has
the label all the same. Where more may follow a batch begins, and ends when the response is complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from classchat.wire.irc.rendering import line, tag_section

_BATCH: Final = re.compile(rb"^(?:@\S+ )?(?::\S+ )?BATCH ([+-])(\S+)")


class Response:
    """The labelled response to one line."""

    __slots__ = ("_closed", "_held", "_label", "_open", "_reference", "_server", "handled", "owed")

    def __init__(self, server: str, label: str, reference: str) -> None:
        """Answer a line with this label; a batch gets the reference."""
        self._server = server
        self._label = label
        self._reference = reference
        self._held: list[bytes] = []
        self._open = False
        self._closed = False
        self.handled = False
        """Whether the line asks for nothing more than it has asked for."""
        self.owed = 0
        """The messages that are on their way, and come back or are refused."""

    def hold(self, lines: Iterable[bytes]) -> None:
        """Keep lines until it is clear whether more follow."""
        self._held += _single(lines)

    def begin(self) -> list[bytes]:
        """Return the lines that were held so far, in a batch: more may follow."""
        lines, self._held = self._held, []
        return self._begun(lines)

    def take(self, lines: Iterable[bytes]) -> list[bytes]:
        """Return lines as they are written now, after those that were held."""
        lines, self._held = [*self._held, *_single(lines)], []
        if not (self.handled and not self.owed):
            return self._begun(lines)
        return self._ended(lines)

    def _begun(self, lines: list[bytes]) -> list[bytes]:
        if self._closed or not lines:
            return lines
        first = []
        if not self._open:
            self._open = True
            first = [self._labelled(line(self._server, "BATCH", f"+{self._reference}", "labeled-response"))]
        return [*first, *(self._in_batch(each) for each in lines)]

    def _ended(self, lines: list[bytes]) -> list[bytes]:
        """Return the last lines of the response; nothing else follows, or counts to it."""
        if self._closed:
            return lines
        if not self._open and (len(lines) < 2 or _is_one_batch(lines)):
            self._closed = True
            first, *others = lines or [line(self._server, "ACK")]
            return [self._labelled(first), *others]
        lines = self._begun(lines)
        self._closed = True
        return [*lines, line(self._server, "BATCH", f"-{self._reference}")]

    def _labelled(self, each: bytes) -> bytes:
        return tagged(each, "label", self._label)

    def _in_batch(self, each: bytes) -> bytes:
        """Return a line as part of the batch; a line that is in an inner batch stays there."""
        tags = each[1 : each.index(b" ")].split(b";") if each.startswith(b"@") else []
        inside = any(tag.startswith(b"batch=") for tag in tags)
        return each if inside else tagged(each, "batch", self._reference)


def _single(writes: Iterable[bytes]) -> list[bytes]:
    """Return lines one by one."""
    return [each for written in writes for each in written.splitlines(keepends=True)]


def _is_one_batch(lines: list[bytes]) -> bool:
    """Return whether lines are one batch, from its first line to its last: that can have the label itself."""
    begins, ends = _BATCH.search(lines[0]), _BATCH.search(lines[-1])
    return (
        begins is not None and ends is not None and (b"+", b"-" + begins[2]) == (begins[1], ends[1] + ends[2])
    )


def tagged(each: bytes, name: str, value: str) -> bytes:
    """Return a line with one more tag."""
    tag = tag_section({name: value}).encode()
    return tag[:-1] + b";" + each[1:] if each.startswith(b"@") else tag + each
