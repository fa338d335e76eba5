"""Who is still there: a connection whose other end is gone looks like one where nobody says anything.

A client that has said that it answers is asked when it was silent for `limits.ping_after` seconds, and hung
up on at `limits.gone_after` if not even that was answered. Others, the first version's among them, can't be
asked; the kernel finds out about theirs, in hours.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.errors import ChatError, Silent
from classchat.limits import Limits

_LOOKS = 12
"""How often we look within `limits.ping_after`: every 5 seconds."""


class Watched(Protocol):
    """A connection, as far as it is watched."""

    heard_at: float
    """When anything was last heard from the client."""

    @property
    def answers(self) -> bool:
        """Whether the client has said that it answers."""

    @property
    def listened_to(self) -> bool:
        """Whether we would hear an answer."""

    def ask_whether_there(self) -> None:
        """Ask the client."""

    def hang_up(self, reason: ChatError) -> None:
        """Tell the client why, and close."""


class Vigil:
    """Looks after all connections with one timer: none is set anew for each line that arrives."""

    def __init__(self, limits: Limits, clock: IReactorTime) -> None:
        self._limits = limits
        self._clock = clock
        self._asked_at: dict[Watched, float] = {}
        self._timer: IDelayedCall | None = None

    def watch(self, connection: Watched) -> None:
        """Look after a connection from now on."""
        self._asked_at[connection] = 0.0
        if self._timer is None:
            self._wait()

    def forget(self, connection: Watched) -> None:
        """Look after it no more, if anybody did."""
        self._asked_at.pop(connection, None)
        if not self._asked_at and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._timer = self._clock.callLater(self._limits.ping_after / _LOOKS, self._look)

    def _look(self) -> None:
        self._wait()
        now = self._clock.seconds()
        for connection, asked_at in list(self._asked_at.items()):
            if connection.answers:
                self._look_at(connection, asked_at, now)

    def _look_at(self, connection: Watched, asked_at: float, now: float) -> None:
        """Ask, or give up: on who was asked, and had his time; it may be we who stood still for hours."""
        if asked_at <= connection.heard_at:
            if now - connection.heard_at >= self._limits.ping_after:
                self._asked_at[connection] = now
                connection.ask_whether_there()
        elif now - asked_at >= self._limits.gone_after - self._limits.ping_after and connection.listened_to:
            connection.hang_up(Silent(self._limits.gone_after))
