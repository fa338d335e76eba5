r"""The transcript of a scene: what both sides sent, as lines of text without loss.

    alice -> {"status":"ping"}\n            what a client sends
    alice <- {"status":"success",...}       a line that it receives, without the newline
    alice is closed                         how the server closes: half closed, closed or aborted
    +20 s                                   so much later in a wait

Tokens and epochs are called by the order in which they are received, in as many characters. A run of 64 or
more equal characters is written as `«x*70000»`, and messages that differ only in their numbers, which rise by
one, as the first of them and `«to seq 1002»`.
"""

from __future__ import annotations

import re

_RUN = re.compile(r"(.)\1{63,}", re.DOTALL)
_SEQ = re.compile(r'"seq":(\d+)')
_CHANCE = re.compile(rb'"(token|epoch)":"([^"]+)"')


class Transcript:
    """The lines of one scene."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._parts: dict[str, bytes] = {}  # of a line that a client has received a part of
        self._names: dict[bytes, bytes] = {}  # of tokens and epochs
        self._pending: dict[str, list[str]] = {}  # what each client received in this step, in order
        self._order: list[str] = []

    def introduce(self, client: str) -> None:
        """Add a client, whose received lines come after those of the earlier clients."""
        self._order.append(client)

    def note(self, line: str) -> None:
        """Add a line about an event."""
        self.flush()
        self._lines.append(line)

    def sent(self, client: str, chunk: bytes) -> None:
        """Add bytes that a client sends."""
        line = chunk[: chunk.find(b"\n") + 1] or chunk
        times = len(chunk) // len(line)
        if times > 1 and line * times == chunk:
            self.note(f"{client} -> «{times} times» {self._shown(line)}")
        else:
            self.note(f"{client} -> {self._shown(chunk)}")

    def received(self, client: str, piece: bytes | str) -> None:
        """Add bytes that a client receives, or a word for the way in which the server closes."""
        pending = self._pending.setdefault(client, [])
        if isinstance(piece, str):
            self._check_complete(client)
            pending.append(f"{client} is {piece}")
            return
        *lines, self._parts[client] = (self._parts.get(client, b"") + piece).split(b"\n")
        for line in lines:
            self._name_chance(line)
            pending.append(f"{client} <- {self._shown(line)}")

    def flush(self, later: str = "") -> None:
        """Add the bytes received in this step, one client after the other: no order between them is promised.

        A line before them has the time.
        """
        pending, self._pending = self._pending, {}
        found = [line for client in self._order for line in _folded(client, pending.get(client, []))]
        if found and later:
            self._lines.append(later)
        self._lines += found

    def text(self) -> str:
        """Return all lines."""
        self.flush()
        for client in self._order:
            self._check_complete(client)
        return "".join(f"{line}\n" for line in self._lines)

    def _check_complete(self, client: str) -> None:
        rest = self._parts.get(client)
        assert not rest, f"{client} received a line without an end: {rest!r}"

    def _name_chance(self, line: bytes) -> None:
        for kind, value in _CHANCE.findall(line):
            if value not in self._names:
                count = sum(name.startswith(kind) for name in self._names.values()) + 1
                self._names[value] = (b"%s-%d-" % (kind, count)).ljust(len(value), b".")

    def _shown(self, data: bytes) -> str:
        for value, name in self._names.items():
            data = data.replace(value, name)
        text = data.decode("utf-8", "backslashreplace")
        assert "«" not in text, "a run could not be told from this"
        text = text.replace("\n", "\\n").replace("\r", "\\r")
        return _RUN.sub(lambda run: f"«{run[1]}*{len(run[0])}»", text)


def _folded(client: str, lines: list[str]) -> list[str]:
    """Return lines that a client received, with those as one that differ only in their numbers."""
    folded: list[str] = []
    first = shape = ""
    number = 0
    for line in lines:
        seq = _SEQ.search(line)
        if seq is not None and _SEQ.sub("", line) == shape and int(seq[1]) == number + 1:
            number += 1
            folded[-1] = f"{client} <- «to seq {number}» {first.removeprefix(f'{client} <- ')}"
            continue
        folded.append(line)
        first, shape = (line, _SEQ.sub("", line)) if seq is not None else ("", "")
        number = int(seq[1]) if seq is not None else 0
    return folded
