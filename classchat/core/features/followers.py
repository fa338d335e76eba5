"""Followers: clients that are told of counts and places in a class, joined, at most once a second.

What they are told is not stored: after a reconnect a client asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from classchat.class_events import AboutCounts
from classchat.core.events import PersonAbout
from classchat.core.model import Room, User
from classchat.core.ports import Call, Clock, Peer

_T = TypeVar("_T")

_EVERY = 1.0
"""Seconds between two lines to one follower."""

_AT_ONCE = 32
"""Followers that are told in one turn of the reactor."""

_FEW = 16
"""Followers, besides two for each member, up to which clients that are gone are not looked for."""


class _Follower:
    __slots__ = ("told", "user")

    def __init__(self, user: User, told: AboutCounts | None) -> None:
        self.user = user
        self.told = told


class Followers:
    """The followers of all rooms."""

    def __init__(
        self,
        clock: Clock,
        counts: Callable[[User, Room], AboutCounts | None],
        changes_in: Callable[[Room], float | None],
    ) -> None:
        """Ask `counts` what a user may see now: None for a user who may see nothing any more.

        `changes_in` says in how many seconds that changes by itself, if it does.
        """
        self._clock = clock
        self._counts = counts
        self._changes_in = changes_in
        self._rooms: dict[Room, dict[Peer, _Follower]] = {}
        self._calls: dict[Room, Call] = {}
        self._later: dict[Room, Call] = {}
        self._telling: set[Room] = set()
        self._touched: set[Room] = set()

    def follow(self, room: Room, user: User, peer: Peer, *, follows: bool) -> None:
        """Begin or stop telling a client."""
        followers = self._rooms.setdefault(room, {})
        if follows:
            if len(followers) > _FEW + 2 * len(room.members):  # of clients that are gone
                for other, one in list(followers.items()):
                    if not one.user.reaches(other):
                        del followers[other]
            followers[peer] = _Follower(user, self._counts(user, room))
            self._look_again(room)
        else:
            followers.pop(peer, None)
        if not followers:
            self.forget(room)

    def touch(self, room: Room, seconds: float = _EVERY) -> None:
        """Tell the followers of a room soon, because something has changed there."""
        if room in self._telling:
            self._touched.add(room)
        elif room in self._rooms and room not in self._calls:
            self._calls[room] = self._clock.callLater(seconds, self._tell, room)

    def _look_again(self, room: Room) -> None:
        """Tell the followers when something changes by itself."""
        seconds = self._changes_in(room)
        if seconds is not None and room not in self._later:
            self._later[room] = self._clock.callLater(seconds, self._look, room)

    def _look(self, room: Room) -> None:
        del self._later[room]
        self.touch(room, 0.0)

    def _tell(self, room: Room) -> None:
        self._look_again(room)
        self._telling.add(room)
        self._tell_some(room, list(self._rooms.get(room, {}).items()))

    def _tell_some(self, room: Room, waiting: list[tuple[Peer, _Follower]]) -> None:
        """Tell a few followers, and the others in the reactor's next turns: nobody has to wait for that."""
        self._calls.pop(room, None)
        followers = self._rooms.get(room, {})
        some, rest = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
        for peer, one in some:
            if followers.get(peer) is one:
                self._tell_one(followers, peer, one, room)
        if rest and room in self._rooms:
            self._calls[room] = self._clock.callLater(0.0, self._tell_some, room, rest)
            return
        self._telling.discard(room)
        if room in self._touched:
            self._touched.discard(room)
            self.touch(room)

    def _tell_one(self, followers: dict[Peer, _Follower], peer: Peer, one: _Follower, room: Room) -> None:
        counts = self._counts(one.user, room) if one.user.reaches(peer) else None
        if counts is None:
            followers.pop(peer, None)
        elif counts != one.told:
            changed = counts if one.told is None else since(one.told, counts)
            one.told = counts
            peer.tell(PersonAbout(one.user.name, changed))

    def forget(self, room: Room) -> None:
        """Tell nobody of a room any more."""
        self._rooms.pop(room, None)
        self._telling.discard(room)
        self._touched.discard(room)
        for calls in (self._calls, self._later):
            call = calls.pop(room, None)
            if call is not None:
                call.cancel()

    def close(self) -> None:
        """Tell nobody any more."""
        for room in list(self._rooms):
            self.forget(room)


def since(before: AboutCounts, now: AboutCounts) -> AboutCounts:
    """Return what has changed between two states."""
    return AboutCounts(
        now.room,
        None if now.hands == before.hands else now.hands,
        _new(before.supports or {}, now.supports or {}) or None,
        _new(before.polls or {}, now.polls or {}) or None,
        None if now.here == before.here else now.here,
        role=None if now.role == before.role else now.role,
        mode=None if now.mode == before.mode else now.mode,
        slow=None if now.slow == before.slow else now.slow,
    )


def _new(before: Mapping[int, _T], now: Mapping[int, _T]) -> dict[int, _T]:
    return {number: value for number, value in now.items() if before.get(number) != value}
