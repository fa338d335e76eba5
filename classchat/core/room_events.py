"""Events in a room: all its members are told."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from classchat.class_events import About

RoomMode = Literal["open", "private", "announce", "talk", "questions", "exam", "slow", "closed"]
"""The modes that a moderator can set with the command `room`; `closed` comes from the command `close`."""


class ChatEvent(Struct, frozen=True, gc=False):
    """The base of all events: they are values."""


class MemberJoined(ChatEvent, frozen=True):
    """A user is in the room from now on."""

    room: str
    user: str
    back: bool = False
    """Whether this user has an account, was a member all along, and was only offline."""

    moderator: bool = False
    """Whether this user is one of the room's moderators."""

    seq: int = 0
    """The number of the room's last message before that."""


class MemberLeft(ChatEvent, frozen=True):
    """A user is not in the room any more."""

    room: str
    user: str
    offline: bool = False
    """Whether this user has an account, stays a member, and is only offline."""

    gone: bool = False
    """Whether the user leaves all rooms at once, and is offline from then on: see `UserGone`."""

    reason: str = ""
    """Why the user leaves, as they have said."""


class TopicChanged(ChatEvent, frozen=True):
    """A moderator has set the topic of the room, or removed it."""

    room: str
    by: str
    topic: str
    """The new topic; `""` where it was removed."""


class MemberKicked(ChatEvent, frozen=True):
    """A moderator has removed a user from the room."""

    room: str
    user: str
    by: str
    reason: str = ""


class MemberBanned(ChatEvent, frozen=True):
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


class MemberUnbanned(ChatEvent, frozen=True):
    """A moderator has allowed a banned user to join the room again."""

    room: str
    user: str
    by: str


class MemberMuted(ChatEvent, frozen=True):
    """A moderator has forbidden a user to speak in the room."""

    room: str
    user: str
    by: str
    reason: str = ""
    seconds: int | None = None
    """For how long; None means for ever."""

    until: int | None = None
    """Until when, in milliseconds since 1970; None means for ever."""


class MemberUnmuted(ChatEvent, frozen=True):
    """A moderator has allowed a muted user to speak again."""

    room: str
    user: str
    by: str


class ModeratorAdded(ChatEvent, frozen=True):
    """A moderator has made a user another moderator of the room."""

    room: str
    user: str
    by: str


class ModeratorRemoved(ChatEvent, frozen=True):
    """A moderator has made a user no longer a moderator of the room."""

    room: str
    user: str
    by: str


class AssistantAdded(ChatEvent, frozen=True):
    """A user has become an assistant of the room."""

    room: str
    user: str
    by: str


class AssistantRemoved(ChatEvent, frozen=True):
    """A user is not an assistant of the room any more."""

    room: str
    user: str
    by: str


class MemberInvited(ChatEvent, frozen=True):
    """A moderator has invited a user to the room. That user is told by an `InvitationReceived`."""

    room: str
    user: str
    by: str


class RoomModeChanged(ChatEvent, frozen=True):
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


class MessageDeleted(ChatEvent, frozen=True):
    """A message of the room was deleted."""

    room: str
    number: int
    user: str
    """The user who had sent it, under the name of that time."""

    by: str
    time: str
    """When it was deleted: RFC 3339 in UTC with milliseconds."""

    replay: bool = False
    reason: str = ""

    @property
    def text(self) -> str:
        """The text by which an event is measured that waits during a replay: none."""
        return ""


class RoomAbout(ChatEvent, frozen=True):
    """Something has happened in the class of the room."""

    room: str
    about: About


RoomEvent = MemberJoined | MemberLeft | OrderEvent | MessageDeleted | RoomAbout
"""Events in a room other than messages."""
