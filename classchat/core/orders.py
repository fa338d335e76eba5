"""The decisions in force in one room: its topic, who may join it and who may speak.

They change only by `Change`s, each applied when its entry is delivered. While an order is on its way into the
journal, a request whose answer may depend on it waits, so that the log never contradicts an order before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from classchat.core.acts import Change
from classchat.core.restriction import NEVER, Restriction, restriction

_T = TypeVar("_T")

GUEST = "~"
"""The first character of a guest's subject, see `core.accounts.subject_of`."""

BY_GUESTS = "guests"
"""The value of a private room whose moderators were guests when it became private; else it is ""."""


class Undecided(Exception):
    """A request depends on an order that is on its way: it is handled again when the journal is settled."""


@dataclass(eq=False, slots=True)
class Order:
    """The decisions in force in one room. All times are in milliseconds since 1970."""

    topic: str = ""
    topic_by: str = ""
    """The user who has set the topic; "" where that is not known, or there is none."""

    topic_at: int | None = None
    """When it was set; None likewise."""

    private: bool = False
    """Whether only invited users may join the room, and see that it exists."""

    by_guests: bool = False
    """Whether guests have made it private: without a moderator who has an account it ends some day."""

    announce: bool = False
    """Whether only moderators may speak."""

    questions: bool = False
    """Whether only the staff read what students write."""

    exam: bool = False
    """The same; and students may not write to each other in private."""

    slow: int = 0
    """Seconds between two lines of a student; 0 where that is not limited."""

    closed: bool = False
    """Whether no user may join the room."""

    moderators: dict[str, str] = field(default_factory=dict)
    """The names as they are shown, by subject."""

    assistants: dict[str, str] = field(default_factory=dict)
    """The names as they are shown, by subject."""

    invited: dict[str, str] = field(default_factory=dict)
    """The names as they are shown, by subject."""

    muted: dict[str, Restriction] = field(default_factory=dict)
    """By the key of the name; some may have ended."""

    banned: dict[str, Restriction] = field(default_factory=dict)
    """By the key of the name; some may have ended."""

    hushed: bool = field(default=False, init=False)
    """Whether anything can prevent a user from speaking: else no message has to be checked."""

    guarded: bool = field(default=False, init=False)
    """Whether anything can prevent a user from joining."""

    version: int = field(default=0, init=False)
    """How often other nodes have changed anything of it."""

    under_way: bool = field(default=False, init=False)
    """Whether an order is on its way into the journal. There is only one at a time."""

    lasting: bool = field(default=False, init=False)
    """Whether the room is kept when all members have left: else any user could create it again."""

    @property
    def claimed(self) -> bool:
        """Whether one of the moderators has an account."""
        return any(not subject.startswith(GUEST) for subject in self.moderators)

    @property
    def of_guests(self) -> bool:
        """Whether this is a private room that is not kept for ever, see `core.guest_rooms`."""
        return self.private and self.by_guests and not (self.closed or self.claimed)

    def subjects(self) -> Iterator[str]:
        """Yield the subjects that anything is decided about; some more than once."""
        return chain(self.moderators, self.assistants, self.invited, self.muted, self.banned)

    def concerns(self, subject: str) -> bool:
        """Return whether anything is decided about a subject."""
        return (
            subject in self.moderators
            or subject in self.assistants
            or subject in self.invited
            or subject in self.muted
            or subject in self.banned
        )

    def apply(self, change: Change) -> None:
        """Apply a change. Harmless if nothing changes."""
        value = change.value
        match change.what:
            case "topic":
                self.topic = value or ""
            case "topic_by":
                at, _, self.topic_by = (value or "").partition(" ")
                self.topic_at = int(at) if at else None
            case "private":
                self.private, self.by_guests = value is not None, value == BY_GUESTS
            case "announce":
                self.announce = value is not None
            case "questions":
                self.questions = value is not None
            case "exam":
                self.exam = value is not None
            case "slow":
                self.slow = int(value or 0)
            case "closed":
                self.closed = value is not None
            case "moderator":
                _set(self.moderators, change.subject, value)
            case "assistant":
                _set(self.assistants, change.subject, value)
            case "invited":
                _set(self.invited, change.subject, value)
            case "muted":
                _set(self.muted, change.subject, _restriction(value))
            case "banned":
                _set(self.banned, change.subject, _restriction(value))
            case "member":
                pass  # memberships are recorded with the user
        self._look()

    def begin(self) -> None:
        """Make requests wait, because an order is on its way."""
        self.under_way = True
        self._look()

    def end(self) -> None:
        """End the waiting of requests, because the order is delivered, or could not be stored."""
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
        self.hushed = (
            self.under_way
            or self.announce
            or self.questions
            or self.exam
            or self.slow > 0
            or bool(self.muted)
        )
        self.guarded = self.under_way or self.private or self.closed or bool(self.banned)
        self.lasting = self.private or self.closed or self.claimed

    def is_muted(self, key: str, now: float) -> bool:
        """Return whether a user with this name may not speak now."""
        return self.muted.get(key, NEVER).until > now

    def is_banned(self, key: str, now: float) -> bool:
        """Return whether a user with this name may not join now."""
        return self.banned.get(key, NEVER).until > now


def _restriction(value: str | None) -> Restriction | None:
    return None if value is None else restriction(value)


def _set(rows: dict[str, _T], subject: str, value: _T | None) -> None:
    if value is None:
        rows.pop(subject, None)
    else:
        rows[subject] = value
