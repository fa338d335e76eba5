"""The order in a room: its topic, who may come in and who may speak.

It changes only by `Change`s, each applied when its entry is delivered. While an order is on its way into the
journal, a request whose answer may depend on it waits: what the log says after an order was granted under it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from classchat.core.acts import Change

_T = TypeVar("_T")

FOR_EVER = float("inf")

GUEST = "~"
"""What the subjects begin with that are no names, see `core.accounts.subject_of`."""


class Undecided(Exception):
    """A request meets an order that is on its way: it is asked again when the journal is settled."""


@dataclass(eq=False, slots=True)
class Order:
    """What was decided in one room. All times are in milliseconds since 1970."""

    topic: str = ""
    private: bool = False
    """Whether only who is invited may come in, and nobody else sees that it is there."""

    announce: bool = False
    """Whether only moderators speak."""

    closed: bool = False
    """Whether nobody may come in."""

    moderators: dict[str, str] = field(default_factory=dict)
    """By subject, with the name that is shown."""

    invited: dict[str, str] = field(default_factory=dict)
    """By subject, with the name that is shown."""

    muted: dict[str, float] = field(default_factory=dict)
    """By a name's key: until when."""

    banned: dict[str, float] = field(default_factory=dict)
    """By a name's key: until when."""

    hushed: bool = field(default=False, init=False)
    """Whether there is anything that can keep somebody from speaking: with nothing, nobody need look."""

    guarded: bool = field(default=False, init=False)
    """Whether there is anything that can keep somebody from coming in."""

    under_way: bool = field(default=False, init=False)
    """Whether an order is on its way into the journal: one at a time."""

    lasting: bool = field(default=False, init=False)
    """Whether the room has to stay, also when nobody is in it: else anybody could make it again."""

    @property
    def claimed(self) -> bool:
        """Whether one of the moderators is somebody who is known again tomorrow."""
        return any(not subject.startswith(GUEST) for subject in self.moderators)

    def apply(self, change: Change) -> None:
        """Take a change over. One that is nothing new is harmless."""
        value = change.value
        match change.what:
            case "topic":
                self.topic = value or ""
            case "private":
                self.private = value is not None
            case "announce":
                self.announce = value is not None
            case "closed":
                self.closed = value is not None
            case "moderator":
                _set(self.moderators, change.subject, value)
            case "invited":
                _set(self.invited, change.subject, value)
            case "muted":
                _set(self.muted, change.subject, _until(value))
            case "banned":
                _set(self.banned, change.subject, _until(value))
            case "member":
                pass  # he knows himself where he is
        self._look()

    def begin(self) -> None:
        """Make requests wait: an order is on its way."""
        self.under_way = True
        self._look()

    def end(self) -> None:
        """End the waiting of requests: the order is delivered, or could not be kept."""
        self.under_way = False
        self._look()

    def check_decided(self) -> None:
        """Check that no order is on its way.

        Raises:
            Undecided: one is.
        """
        if self.under_way:
            raise Undecided

    def _look(self) -> None:
        self.hushed = self.under_way or self.announce or bool(self.muted)
        self.guarded = self.under_way or self.private or self.closed or bool(self.banned)
        self.lasting = self.private or self.closed or self.claimed

    def is_muted(self, key: str, now: float) -> bool:
        """Tell whether somebody of a name may not speak now."""
        return self.muted.get(key, 0.0) > now

    def is_banned(self, key: str, now: float) -> bool:
        """Tell whether somebody of a name may not come in now."""
        return self.banned.get(key, 0.0) > now


def _until(value: str | None) -> float | None:
    if value is None:
        return None
    return float(value) if value else FOR_EVER


def _set(rows: dict[str, _T], subject: str, value: _T | None) -> None:
    if value is None:
        rows.pop(subject, None)
    else:
        rows[subject] = value
