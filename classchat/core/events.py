"""Events: what happened, with all its data, for the chat's clients. A codec turns each event into bytes.

Events are values: users and rooms stand in them by the names that everybody sees. The messages of users are
`Group` and `Private` of `classchat.messages`, refusals are its `Error`, and lists, and what a message is
answered, are its `Success`: these are data already, and are events as they are. All else that the server
says is here; only a codec knows in which words.

An `id` is the one of the request that an event answers, or None.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from classchat.class_events import (
    About,
    ClassAnswer,
    ClassView,
    HandsView,
    PollView,
    QuestionsView,
    RosterView,
)
from classchat.core.manners import Manner
from classchat.messages import Error, Group, Private, Probe, RoomListing, Success

RoomMode = Literal["open", "private", "announce", "talk", "questions", "exam", "slow", "closed"]
"""The modes that a moderator can set with the command `room`; `closed` comes from the command `close`."""


class _Event(Struct, frozen=True, gc=False):
    """The base of all events of this module: they are values."""


# In a room: all its members are told.


class MemberJoined(_Event, frozen=True):
    """A user is in the room from now on."""

    room: str
    user: str
    back: bool = False
    """Whether this user has an account, was a member all along, and was only offline."""

    moderator: bool = False
    """Whether this user is one of the room's moderators."""

    seq: int = 0
    """The number of the room's last message before that."""


class MemberLeft(_Event, frozen=True):
    """A user is not in the room any more."""

    room: str
    user: str
    offline: bool = False
    """Whether this user has an account, stays a member, and is only offline."""

    gone: bool = False
    """Whether the user leaves all rooms at once, and is offline from then on: see `UserGone`."""

    reason: str = ""
    """Why the user leaves, as they have said."""


class TopicChanged(_Event, frozen=True):
    """A moderator has set the topic of the room, or removed it."""

    room: str
    by: str
    topic: str
    """The new topic; `""` where it was removed."""


class MemberKicked(_Event, frozen=True):
    """A moderator has removed a user from the room."""

    room: str
    user: str
    by: str
    reason: str = ""


class MemberBanned(_Event, frozen=True):
    """A moderator has removed a user from the room, who may not join it again.

    The user need not have been in the room, or signed in.
    """

    room: str
    user: str
    by: str
    reason: str = ""
    seconds: int | None = None
    """For how long; None means for ever."""

    until: int | None = None
    """Until when, in milliseconds since 1970; None means for ever."""

    member: bool = False
    """Whether the user was in the room."""


class MemberUnbanned(_Event, frozen=True):
    """A moderator has allowed a banned user to join the room again."""

    room: str
    user: str
    by: str


class MemberMuted(_Event, frozen=True):
    """A moderator has forbidden a user to speak in the room."""

    room: str
    user: str
    by: str
    reason: str = ""
    seconds: int | None = None
    """For how long; None means for ever."""

    until: int | None = None
    """Until when, in milliseconds since 1970; None means for ever."""


class MemberUnmuted(_Event, frozen=True):
    """A moderator has allowed a muted user to speak again."""

    room: str
    user: str
    by: str


class ModeratorAdded(_Event, frozen=True):
    """A moderator has made a user another moderator of the room."""

    room: str
    user: str
    by: str


class ModeratorRemoved(_Event, frozen=True):
    """A moderator has made a user no longer a moderator of the room."""

    room: str
    user: str
    by: str


class AssistantAdded(_Event, frozen=True):
    """A user has become an assistant of the room."""

    room: str
    user: str
    by: str


class AssistantRemoved(_Event, frozen=True):
    """A user is not an assistant of the room any more."""

    room: str
    user: str
    by: str


class MemberInvited(_Event, frozen=True):
    """A moderator has invited a user to the room. That user is told by an `InvitationReceived`."""

    room: str
    user: str
    by: str


class RoomModeChanged(_Event, frozen=True):
    """A moderator has decided who may join the room, or who may speak in it."""

    room: str
    by: str
    mode: RoomMode
    seconds: int = 0
    """Of `slow`: the seconds between two lines of a student."""


OrderEvent = (
    TopicChanged
    | MemberKicked
    | MemberBanned
    | MemberUnbanned
    | MemberMuted
    | MemberUnmuted
    | ModeratorAdded
    | ModeratorRemoved
    | AssistantAdded
    | AssistantRemoved
    | MemberInvited
    | RoomModeChanged
)
"""The acts of a moderator or an operator in a room."""

IdempotentOrder = (
    TopicChanged
    | MemberUnbanned
    | MemberUnmuted
    | ModeratorAdded
    | ModeratorRemoved
    | AssistantAdded
    | AssistantRemoved
    | MemberInvited
    | RoomModeChanged
)
"""Orders that have no effect if the state is the same already."""

Removal = MemberKicked | MemberBanned | RoomModeChanged
"""Orders that can remove users from a room; of modes only `closed` does."""


class MessageDeleted(_Event, frozen=True):
    """A message of the room was deleted."""

    room: str
    number: int
    user: str
    """The user who had sent it, under the name of that time."""

    by: str
    time: str
    """When it was deleted: RFC 3339 in UTC with milliseconds."""

    replay: bool = False

    @property
    def text(self) -> str:
        """The text by which an event is measured that waits during a replay: none."""
        return ""


class RoomAbout(_Event, frozen=True):
    """Something has happened in the class of the room."""

    room: str
    about: About


RoomEvent = MemberJoined | MemberLeft | OrderEvent | MessageDeleted | RoomAbout
"""Events in a room other than messages."""


# To one user.


class TopicShown(_Event, frozen=True):
    """The topic of the room that a client has just joined."""

    room: str
    topic: str


class InvitationReceived(_Event, frozen=True):
    """A moderator has invited this user to a room."""

    user: str
    room: str
    by: str


class BroadcastReceived(_Event, frozen=True):
    """An operator has sent a message to all users."""

    user: str
    by: str
    text: str
    replay: bool = False


class UserRenamed(_Event, frozen=True):
    """A guest has another name. A user who shares rooms or a private conversation is told once."""

    old: str
    new: str
    to: str
    """The user who is told."""

    replay: bool = False

    @property
    def text(self) -> str:
        """The text by which an event is measured that waits during a replay: none."""
        return ""


class PrivateDeleted(_Event, frozen=True):
    """A message of a private conversation was deleted by the user who had sent it."""

    to: str
    """The user who is told."""

    other: str
    """The other user of the conversation."""

    number: int
    user: str
    """The user who had sent it, under the name of that time."""

    receiver: str
    """The user who had received it, likewise."""

    sent: str
    """When it was sent, in the form of `time`."""

    by: str
    time: str
    """When it was deleted: RFC 3339 in UTC with milliseconds."""

    replay: bool = False

    @property
    def text(self) -> str:
        """The text by which an event is measured that waits during a replay: none."""
        return ""


class RemovedFromRoom(_Event, frozen=True):
    """A moderator has removed this user from a room."""

    user: str
    because: Removal


class PersonAbout(_Event, frozen=True):
    """Something has happened in a class that concerns this user, or that only staff are told."""

    user: str
    about: About


PersonalEvent = (
    PersonAbout
    | TopicShown
    | InvitationReceived
    | BroadcastReceived
    | UserRenamed
    | PrivateDeleted
    | RemovedFromRoom
)
"""Events for one user other than answers."""


# Answers.


class Gap(Struct, frozen=True):
    """Messages that a client has missed and can't get: how many, or None where that is unknown."""

    missed: int | None


class SignedIn(_Event, frozen=True):
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


class RoomCreated(_Event, frozen=True):
    """A user has created a room, and is its first member."""

    user: str
    room: str
    id: str | None
    epoch: str
    seq: int


class RoomJoined(_Event, frozen=True):
    """A user is a member of a room, whose last message has the number `seq`."""

    user: str
    room: str
    id: str | None
    epoch: str
    seq: int
    gap: Gap | None = None


class RoomLeft(_Event, frozen=True):
    """A user is not a member of a room any more."""

    user: str
    room: str
    id: str | None


class OrderDone(_Event, frozen=True):
    """A moderator's request is granted."""

    user: str
    id: str | None
    order: OrderEvent


class OrderUnneeded(_Event, frozen=True):
    """A moderator's request has no effect, because the state is the same already."""

    user: str
    id: str | None
    order: IdempotentOrder


class DeletionDone(_Event, frozen=True):
    """A message was deleted, now or before."""

    user: str
    id: str | None
    conversation: str
    """The name of the room, or of the other user."""

    number: int
    before: bool = False
    """Whether it had been deleted already."""


class BroadcastSent(_Event, frozen=True):
    """An operator's message was sent to so many users."""

    user: str
    id: str | None
    users: int


class MessageHeld(_Event, frozen=True):
    """A private message is accepted, and is delivered when its receiver returns."""

    user: str
    to: str
    id: str | None
    seq: int
    time: str


class NameClaimed(_Event, frozen=True):
    """The user's name is an account now, with a password."""

    user: str
    id: str | None


class NameChanged(_Event, frozen=True):
    """The user, a guest, has another name now, or asked for the one they have."""

    user: str
    """The name from now on."""

    id: str | None
    old: str


class PasswordChanged(_Event, frozen=True):
    """The password of the user's account is another one now."""

    user: str
    id: str | None


class HistorySent(_Event, frozen=True):
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


class SearchDone(_Event, frozen=True):
    """So many messages were found and sent."""

    user: str
    id: str | None
    count: int
    before: int | None
    """Where the next page begins; None if this was the last one."""


class AwayChanged(_Event, frozen=True):
    """A user is away, or is back."""

    user: str
    id: str | None
    away: bool


class ClassGranted(_Event, frozen=True):
    """A request of the class layer is granted."""

    user: str
    id: str | None
    room: str
    answer: ClassAnswer


class ClassShown(_Event, frozen=True):
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
"""How a request is granted, where that is no list."""

# For personal codecs.


class UserGone(_Event, frozen=True):
    """A user, who was in a room with this client's user, is offline, and is in none of its rooms.

    It comes once, after the `MemberLeft` of each of these rooms.
    """

    user: str
    reason: str
    """What the user has said on leaving, or why the connection has ended."""

    quit: bool = False
    """Whether the user has asked for it."""


class AwaySet(_Event, frozen=True):
    """A user, who is in a room with this client's user, is away, or is back."""

    user: str
    text: str | None
    """The away message; None where the user is back."""


class AccountClaimed(_Event, frozen=True):
    """The name of a user, who is in a room with this client's user, is an account now."""

    user: str


class Styled(_Event, frozen=True):
    """A message that was sent in a manner of its own; to other codecs it is the `message`."""

    message: Group | Private
    manner: Manner


class Signal(_Event, frozen=True):
    """Tags that a user has sent without a text, such as `+typing`; they are not stored.

    Only clients with a personal codec are told.
    """

    sender: str
    receiver: str
    """A user, or the room."""

    in_room: bool
    time: str
    manner: Manner


class Own(_Event, frozen=True):
    """An event that this client has caused, or that changes where its own user is a member.

    Only clients with a personal codec are told in this way.
    """

    event: OwnEvent


Message = Group | Private | Styled
"""What a user has said."""

OwnEvent = Message | RoomEvent | Signal
"""The events that may be a client's own."""

AboutUser = UserGone | AwaySet | AccountClaimed
"""What happens to a user in all rooms. Only clients with a personal codec are told."""

SharedEvent = Success | Error | Message | Probe | RoomEvent | PersonalEvent | Answer | Own
"""The events that every codec turns into bytes."""

Event = SharedEvent | AboutUser | Signal
"""Everything that a client can be told."""
