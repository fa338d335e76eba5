"""Answers: how requests are granted. Those that are lists are a `Success` of `classchat.messages`.

An `id` is the one of the request that is answered, or None.
"""

from __future__ import annotations

from msgspec import Struct

from classchat.class_events import ClassAnswer, ClassView, HandsView, PollView, QuestionsView, RosterView
from classchat.core.room_events import ChatEvent, IdempotentOrder, OrderEvent
from classchat.messages import RoomListing


class Gap(Struct, frozen=True):
    """Messages that a client has missed and can't get: how many, or None where that is unknown."""

    missed: int | None


class AnswerEvent(ChatEvent, frozen=True):
    """The base of all answers: how a request is granted, where that is no list."""


class SignedIn(AnswerEvent, frozen=True):
    """A client is signed in."""

    user: str
    id: str | None
    server: str
    """The server's name and version."""

    token: str
    """The token that later identifies the same user."""

    epoch: str
    """The name of the journal that numbers the messages."""

    time: str
    """The time of day on the server: RFC 3339 in UTC with milliseconds."""

    lobby: str | None = None
    """The room for newcomers."""

    claims: bool = True
    """Whether a guest can register the name."""

    rooms: list[RoomListing] | None = None
    """The rooms that the owner of an account is in; None for a guest."""

    gap: Gap | None = None
    operator: bool = False
    """Whether the user is an operator of the server."""


class RoomCreated(AnswerEvent, frozen=True):
    """A user has created a room, and is its first member."""

    user: str
    room: str
    id: str | None
    epoch: str
    seq: int


class RoomJoined(AnswerEvent, frozen=True):
    """A user is a member of a room, whose last message has the number `seq`."""

    user: str
    room: str
    id: str | None
    epoch: str
    seq: int
    gap: Gap | None = None


class RoomLeft(AnswerEvent, frozen=True):
    """A user is not a member of a room any more."""

    user: str
    room: str
    id: str | None


class OrderDone(AnswerEvent, frozen=True):
    """A moderator's request is granted."""

    user: str
    id: str | None
    order: OrderEvent


class OrderUnneeded(AnswerEvent, frozen=True):
    """A moderator's request has no effect, because the state is the same already."""

    user: str
    id: str | None
    order: IdempotentOrder


class DeletionDone(AnswerEvent, frozen=True):
    """A message was deleted, now or before."""

    user: str
    id: str | None
    conversation: str
    """The name of the room, or of the other user."""

    number: int
    before: bool = False
    """Whether it had been deleted already."""


class BroadcastSent(AnswerEvent, frozen=True):
    """An operator's message was sent to so many users."""

    user: str
    id: str | None
    users: int


class MessageHeld(AnswerEvent, frozen=True):
    """A private message is accepted, and is delivered when its receiver returns."""

    user: str
    to: str
    id: str | None
    seq: int
    time: str


class NameClaimed(AnswerEvent, frozen=True):
    """The user's name is an account now, with a password."""

    user: str
    id: str | None


class NameChanged(AnswerEvent, frozen=True):
    """The user, a guest, has another name now, or asked for the one they have."""

    user: str
    """The name from now on."""

    id: str | None
    old: str


class PasswordChanged(AnswerEvent, frozen=True):
    """The password of the user's account is another one now."""

    user: str
    id: str | None


class HistorySent(AnswerEvent, frozen=True):
    """So many messages of a conversation were sent."""

    user: str
    id: str | None
    conversation: str
    """The name of the room, or of the other user."""

    count: int
    more: bool
    """Whether there are further messages in the direction of the request."""

    oldest: int | None
    """The number of the oldest stored message, where the request reached deleted ones."""


class SearchDone(AnswerEvent, frozen=True):
    """So many messages were found and sent."""

    user: str
    id: str | None
    count: int
    before: int | None
    """Where the next page begins; None if this was the last one."""


class AwayChanged(AnswerEvent, frozen=True):
    """A user is away, or is back."""

    user: str
    id: str | None
    away: bool


class ClassGranted(AnswerEvent, frozen=True):
    """A request of the class layer is granted."""

    user: str
    id: str | None
    room: str
    answer: ClassAnswer


class ClassShown(AnswerEvent, frozen=True):
    """What a user may see of a class."""

    user: str
    id: str | None
    room: str
    state: ClassView | None = None
    hands: HandsView | None = None
    questions: QuestionsView | None = None
    polls: list[PollView] | None = None
    roster: list[RosterView] | None = None
    more: int | None = None
    """How many students are left out, because the answer is one line."""


Answer = (
    ClassGranted
    | ClassShown
    | SignedIn
    | RoomCreated
    | RoomJoined
    | RoomLeft
    | OrderDone
    | OrderUnneeded
    | DeletionDone
    | BroadcastSent
    | MessageHeld
    | AwayChanged
    | NameClaimed
    | NameChanged
    | PasswordChanged
    | HistorySent
    | SearchDone
)
"""All answers."""
