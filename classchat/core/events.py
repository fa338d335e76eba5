"""Events: what happened, with all its data, for the chat's clients. A codec turns each event into bytes.

Events are values: users and rooms stand in them by the names that everybody sees. The messages of users are
`Group` and `Private` of `classchat.messages`, refusals are its `Error`, and lists, and what a message is
answered, are its `Success`: these are data already, and are events as they are. All else that the server
says is here, in `room_events` and in `answer_events`; only a codec knows in which words.
"""

from __future__ import annotations

from classchat.class_events import About
from classchat.core.answer_events import Answer
from classchat.core.manners import Manner
from classchat.core.room_events import ChatEvent, Removal, RoomEvent
from classchat.messages import Error, Group, Private, Probe, Success

# To one user.


class TopicShown(ChatEvent, frozen=True):
    """The topic of the room that a client has just joined."""

    room: str
    topic: str


class InvitationReceived(ChatEvent, frozen=True):
    """A moderator has invited this user to a room."""

    user: str
    room: str
    by: str


class BroadcastReceived(ChatEvent, frozen=True):
    """An operator has sent a message to all users."""

    user: str
    by: str
    text: str
    replay: bool = False


class UserRenamed(ChatEvent, frozen=True):
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


class PrivateDeleted(ChatEvent, frozen=True):
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


class RemovedFromRoom(ChatEvent, frozen=True):
    """A moderator has removed this user from a room."""

    user: str
    because: Removal


class PersonAbout(ChatEvent, frozen=True):
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


# For personal codecs.


class UserGone(ChatEvent, frozen=True):
    """A user, who was in a room with this client's user, is offline, and is in none of its rooms.

    It comes once, after the `MemberLeft` of each of these rooms.
    """

    user: str
    reason: str
    """What the user has said on leaving, or why the connection has ended."""

    quit: bool = False
    """Whether the user has asked for it."""


class AwaySet(ChatEvent, frozen=True):
    """A user, who is in a room with this client's user, is away, or is back."""

    user: str
    text: str | None
    """The away message; None where the user is back."""


class AccountClaimed(ChatEvent, frozen=True):
    """The name of a user, who is in a room with this client's user, is an account now."""

    user: str


class Styled(ChatEvent, frozen=True):
    """A message that was sent in a manner of its own; to other codecs it is the `message`."""

    message: Group | Private
    manner: Manner


class Signal(ChatEvent, frozen=True):
    """Tags that a user has sent without a text, such as `+typing`; they are not stored.

    Only clients with a personal codec are told.
    """

    sender: str
    receiver: str
    """A user, or the room."""

    in_room: bool
    time: str
    manner: Manner


class Own(ChatEvent, frozen=True):
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

UnsharedEvent = AboutUser | Signal
"""The events of which only clients with a personal codec are told."""

Event = SharedEvent | UnsharedEvent
"""Everything that a client can be told."""
