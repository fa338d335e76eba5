"""The last line of a connection: `ERROR :` and why it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from classchat.core.events import Event
from classchat.core.ports import Codec
from classchat.errors import ChatError
from classchat.wire.irc.rendering import line


class FarewellCodec(Codec):
    """The codec of a client that is in no room: it reads why its connection ends, and nothing else."""

    personal = True

    def encode(self, events: list[Event]) -> bytes:  # noqa: ARG002
        """Return nothing: what the client itself is told goes another way, see irc/peer.py."""
        return b""

    def cut(self, data: bytes) -> Sequence[bytes]:
        """Return the data in one piece."""
        return [data]

    def farewell(self, reason: ChatError | None) -> bytes:
        """Return the line that says why the connection ends; nothing if the client has asked for it."""
        return b"" if reason is None else line("", "ERROR", reason.text)


FAREWELL: Final = FarewellCodec()
"""The one of them."""
