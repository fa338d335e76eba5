"""The connection that an outbox belongs to, as the outbox sees it, and what stands for one that is lost."""

from __future__ import annotations

from typing import Final, Protocol

from twisted.python.failure import Failure


class Writer(Protocol):
    """The connection that an outbox belongs to, as the outbox sees it."""

    def overrun(self) -> None:
        """Hang up: the client is too far behind, or has taken nothing for too long."""

    def go_on(self) -> None:
        """Read on, if nothing else is waited for: the client was behind, and has taken everything."""

    def limited(self) -> None:
        """Take note that the client's requests wait from now on, because its rate is limited."""

    def crashed(self, failure: Failure) -> None:
        """Hang up: an event could not be encoded."""

    def silent_for(self) -> float:
        """Return for how many seconds the client owes a sign that it is there, or 0.0."""

    def page(self) -> str:
        """Return the link to the page for this client; "" where it is not known, or there is none."""


class LostWriter(Writer):
    """Stands for a connection that is lost; the client has owed a sign for so many seconds."""

    __slots__ = ("_silence",)

    def __init__(self, silence: float) -> None:
        self._silence = silence

    def overrun(self) -> None:
        """Do nothing: it is hung up on already."""

    def go_on(self) -> None:
        """Do nothing: nothing more is read."""

    def limited(self) -> None:
        """Do nothing: nothing more is asked."""

    def crashed(self, failure: Failure) -> None:
        """Do nothing: nobody reads what can't be encoded."""

    def silent_for(self) -> float:
        """Return for how many seconds the client owed a sign when it was lost."""
        return self._silence

    def page(self) -> str:
        """Return "": no link would be read."""
        return ""


LOST: Final = LostWriter(0.0)
"""Stands for a connection that is lost, and whose client owed nothing."""
