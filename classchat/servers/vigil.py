"""Dead connections: a connection whose client has vanished looks like one whose client is silent.

A client that has said that it answers probes is sent one after `limits.ping_after` seconds of silence, and is
hung up on at `limits.gone_after` if it does not answer. Other clients, those of the first version among them,
can't be probed; the kernel notices that their connections are dead, in hours.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.errors import ChatError, Silent
from classchat.limits import Limits

_LOOKS = 12
"""How often connections are checked within `limits.ping_after`: by default every 5 seconds."""


class Watched(Protocol):
    """The part of a connection that the vigil uses."""

    heard_at: float
    """When the client last sent anything."""

    @property
    def answers(self) -> bool:
        """Whether the client has said that it answers probes."""

    @property
    def listened_to(self) -> bool:
        """Whether an answer would be read."""

    def probe(self) -> None:
        """Ask the client to answer."""

    def hang_up(self, reason: ChatError) -> None:
        """Disconnect the client, and tell it why."""


class Vigil:
    """Watches all connections with one timer, which is not set again for each line that arrives."""

    def __init__(self, limits: Limits, clock: IReactorTime) -> None:
        self._limits = limits
        self._clock = clock
        self._asked_at: dict[Watched, float] = {}
        self._timer: IDelayedCall | None = None

    def watch(self, connection: Watched) -> None:
        """Watch a connection from now on."""
        self._asked_at[connection] = 0.0
        if self._timer is None:
            self._wait()

    def forget(self, connection: Watched) -> None:
        """Stop watching a connection. Harmless where it is not watched.

        After the last one the timer stays until the next look: another client may have come by then.
        """
        self._asked_at.pop(connection, None)

    def stop(self) -> None:
        """Stop the timer: the server has stopped, and there are no connections. Harmless twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def awaits(self, connection: Watched) -> bool:
        """Return whether a connection was probed since the client last sent anything."""
        return self._asked_at.get(connection, 0.0) > connection.heard_at

    def _wait(self) -> None:
        self._timer = self._clock.callLater(self._limits.ping_after / _LOOKS, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._asked_at:
            return
        self._wait()
        now = self._clock.seconds()
        for connection, asked_at in list(self._asked_at.items()):
            if connection.answers:
                self._look_at(connection, asked_at, now)

    def _look_at(self, connection: Watched, asked_at: float, now: float) -> None:
        """Probe a silent client, or hang up on one that had its time to answer: the server may have slept."""
        if asked_at <= connection.heard_at:
            if now - connection.heard_at >= self._limits.ping_after:
                self._asked_at[connection] = now
                connection.probe()
        elif now - asked_at >= self._limits.gone_after - self._limits.ping_after and connection.listened_to:
            connection.hang_up(Silent(self._limits.gone_after))
