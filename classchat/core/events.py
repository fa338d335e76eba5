"""What happened, with all its data: what the chat tells its clients. A codec turns each event into bytes.

Events are values: users and rooms stand in them by the names that everybody sees. The messages of users are
`Group` and `Private` of `classchat.messages`, refusals are its `Error`, and answers that are lists are its
`Success`: these are data already, and are events as they are. All that the server itself says is here; only a
codec knows in which words.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from classchat.messages import Error, Group, Private, Probe, Success

RoomMode = Literal["open", "private", "announce", "talk", "closed"]
"""What a moderator can make a room, as the command `room` has it; `closed` comes from the command `close`."""


class _Event(Struct, frozen=True, gc=False):
    """What all events of this module have in common: they are values."""


# In a room: all its members are told.


class MemberJoined(_Event, frozen=True):
    """A user is in the room from now on."""

    room: str
    user: str
    back: bool = False
    """Whether this user has an account, was a member all along, and was only offline."""


class MemberLeft(_Event, frozen=True):
    """A user is not in the room any more."""

    room: str
    user: str
    offline: bool = False
    """Whether this user has an account, stays a member, and is only offline."""


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


OrderEvent = (
    TopicChanged
    | MemberKicked
    | MemberBanned
    | MemberUnbanned
    | MemberMuted
    | MemberUnmuted
    | ModeratorAdded
    | ModeratorRemoved
    | MemberInvited
    | RoomModeChanged
)
"""What a moderator, or an operator, has done in a room."""

RoomEvent = MemberJoined | MemberLeft | OrderEvent
"""What happens in a room and is no message."""


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


PersonalEvent = TopicShown | InvitationReceived | BroadcastReceived
"""What the server tells one user, and is no answer."""

Event = Success | Error | Group | Private | Probe | RoomEvent | PersonalEvent
"""Everything that a client can be told."""
