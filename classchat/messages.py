"""The messages of the protocol: commands from clients, and events from the server.

Both are tagged by `status`: see docs/protocol.md. An absent string is `""`, and unknown fields are ignored.
The `sender` of a command counts only before signing in: afterwards the server knows the client's name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from classchat.class_commands import LONGEST_SLOW, ClassCommand, Count
from classchat.class_events import ClassView, HandsView, PollView, QuestionsView, RosterView
from classchat.request import LONGEST_ID as LONGEST_ID
from classchat.request import Request

MOST_HISTORY = 1000
USUAL_HISTORY = 50
MOST_FOUND = 100
LONGEST_ORDER = 366 * 24 * 60 * 60
"""The most seconds of a ban or mute that is not for ever."""

Seconds = Annotated[int, Meta(ge=1, le=LONGEST_ORDER)]
"""The duration of a ban or mute; for ever if it is absent."""

Number = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
"""A message's `seq`, or 0 for the start of a conversation."""

MessageNumber = Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]
"""A message's `seq`."""


class Since(Struct, frozen=True, omit_defaults=True):
    """The messages that a client has, so that the server can send those that it missed."""

    epoch: str
    """The journal that the numbers belong to."""

    seq: Number
    """The last number that the client has."""

    seqs: dict[str, Number] = {}
    """For private conversations: the last number of each, by the name of the other user."""

    rooms: dict[str, Number] = {}
    """For account owners, who return to their rooms at once: the last number of each room."""


class _Secret(Request, frozen=True):
    """A command with a password, which its `repr` hides, in case it is printed by mistake."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sender={self.sender!r}, id={self.id!r}, ...)"


class Register(_Secret, frozen=True, tag="register"):
    """`{"status":"register","sender":"Alice"}`: sign in."""

    token: str | None = None
    """The token of an earlier welcome, which identifies the same person. `text` is a password."""

    since: Since | None = None
    """The messages that the client has of its private conversations."""

    answers: bool | None = None
    """Whether the client answers the server's probes: see `Probe`."""

    screen: bool | None = None
    """Whether a guest only shows rooms on a screen for all, and takes no part in classes."""


class Claim(_Secret, frozen=True, tag="claim"):
    """`{"status":"claim","text":"..."}`: register the user's name with a password.

    Before signing in, with a `sender`: register that name and sign in with it.
    """

    answers: bool | None = None
    """As in `Register`."""

    code: str | None = None
    """The join code of a student on the roster, who may register a name even if other users may not."""


class ChangePassword(_Secret, frozen=True, tag="password"):
    """`{"status":"password","text":"...","current":"..."}`: change the user's password."""

    current: str = ""


class Rename(Request, frozen=True, tag="rename"):
    """`{"status":"rename","text":"Bob"}`: take another name, as a guest."""


class Away(Request, frozen=True, tag="away"):
    """`{"status":"away","text":"at lunch"}`: set an away message."""


class Back(Request, frozen=True, tag="back"):
    """`{"status":"back"}`: remove the away message."""


class Create(Request, frozen=True, tag="create"):
    """`{"status":"create","receiver":"CS350"}`: create a room and join it."""


class Join(Request, frozen=True, tag="join"):
    """`{"status":"join","receiver":"CS350"}`: join a room."""

    since: Since | None = None
    """The messages that the client has of the room."""


class Leave(Request, frozen=True, tag="leave"):
    """`{"status":"leave","receiver":"CS350"}`: leave a room."""


class Say(Request, frozen=True, tag="group"):
    """`{"status":"group","receiver":"CS350","text":"Hello"}`: send a message to a room."""


class Tell(Request, frozen=True, tag="private"):
    """`{"status":"private","receiver":"Bob","text":"Hello"}`: send a private message."""


class History(Request, frozen=True, tag="history"):
    """`{"status":"history","receiver":"CS350","limit":20}`: read messages of a room, or with a user."""

    limit: Annotated[int, Meta(ge=1, le=MOST_HISTORY)] = USUAL_HISTORY
    private: bool | None = None
    """Whether the `receiver` is a user, even if a room has the same name."""

    before: Number | None = None
    after: Number | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None


class Search(Request, frozen=True, tag="search"):
    """`{"status":"search","text":"exercise 3"}`: find messages that contain these words."""

    limit: Annotated[int, Meta(ge=1, le=MOST_FOUND)] = 20
    before: Number | None = None
    """The end of the previous page, from its answer."""

    user: str = ""
    """The user whose messages to search; "" for all users."""

    private: bool | None = None
    """As in `History`."""


class Delete(Request, frozen=True, tag="delete"):
    """`{"status":"delete","receiver":"CS350","seq":42}`: delete a message of a room, or to a user."""

    seq: MessageNumber
    """The number of the message in its conversation."""

    private: bool | None = None
    """As in `History`."""


class ShareFile(Request, frozen=True, tag="file", kw_only=True):
    """`{"status":"file","receiver":"CS350","name":"notes.pdf","size":1234,"sha256":"…"}`: share a file.

    The answer says where to upload it.
    """

    name: str = ""
    size: Annotated[int, Meta(ge=0, le=1 << 53)]
    """Bytes of the file."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]
    """The digest of its content, in hexadecimal."""

    private: bool | None = None
    """As in `History`."""


class ListRooms(Request, frozen=True, tag="rooms"):
    """`{"status":"rooms"}`: list the rooms."""

    room: str = ""
    """The only room to list, if given."""


class ListUsers(Request, frozen=True, tag="users"):
    """`{"status":"users","receiver":"CS350"}`: list the members of a room, or the users of the server."""

    user: str = ""
    """The only user to list, if given."""


class Ordering(Request, frozen=True):
    """The base of commands about order in a room or on the server."""


class SetTopic(Ordering, frozen=True, tag="topic"):
    """`{"status":"topic","receiver":"CS350","text":"Exam"}`: set or remove a room's topic."""


class Kick(Ordering, frozen=True, tag="kick"):
    """`{"status":"kick","receiver":"CS350","user":"Bob"}`: remove a user from a room; `text` says why."""

    user: str = ""


class Ban(Ordering, frozen=True, tag="ban"):
    """`{"status":"ban","receiver":"CS350","user":"Bob","seconds":1800}`: ban a user from a room."""

    user: str = ""
    seconds: Seconds | None = None


class Unban(Ordering, frozen=True, tag="unban"):
    """`{"status":"unban","receiver":"CS350","user":"Bob"}`: end a ban."""

    user: str = ""


class Mute(Ordering, frozen=True, tag="mute"):
    """`{"status":"mute","receiver":"CS350","user":"Bob","seconds":1800}`: mute a user in a room."""

    user: str = ""
    seconds: Seconds | None = None
    number: Count | None = None
    """The number of a question: its author, who stays unknown, may not ask any more."""


class Unmute(Ordering, frozen=True, tag="unmute"):
    """`{"status":"unmute","receiver":"CS350","user":"Bob"}`: end a mute."""

    user: str = ""
    number: Count | None = None


class Op(Ordering, frozen=True, tag="op"):
    """`{"status":"op","receiver":"CS350","user":"Bob"}`: make a user a moderator of a room."""

    user: str = ""


class Deop(Ordering, frozen=True, tag="deop"):
    """`{"status":"deop","receiver":"CS350","user":"Bob"}`: remove a moderator of a room."""

    user: str = ""


class Assist(Ordering, frozen=True, tag="assist"):
    """`{"status":"assist","receiver":"CS350","user":"Bob"}`: make a user an assistant of a room."""

    user: str = ""


class Unassist(Ordering, frozen=True, tag="unassist"):
    """`{"status":"unassist","receiver":"CS350","user":"Bob"}`: remove an assistant of a room."""

    user: str = ""


class Invite(Ordering, frozen=True, tag="invite"):
    """`{"status":"invite","receiver":"CS350","user":"Bob"}`: invite a user to a room."""

    user: str = ""


class SetRoom(Ordering, frozen=True, tag="room"):
    """`{"status":"room","receiver":"CS350","text":"private"}`: make it private, open, announce or talk.

    For classes also: questions, exam, or slow, with the `seconds` between two lines of a student.
    """

    seconds: Annotated[int, Meta(ge=1, le=LONGEST_SLOW)] | None = None


class Close(Ordering, frozen=True, tag="close"):
    """`{"status":"close","receiver":"CS350"}`: remove all members of a room, and admit no others."""


class Broadcast(Ordering, frozen=True, tag="broadcast"):
    """`{"status":"broadcast","text":"Lunch"}`: send a message to all users of the server."""


class Ping(Request, frozen=True, tag="ping"):
    """`{"status":"ping"}`: ask whether the server is there."""

    answers: bool | None = None
    """Whether the client itself answers probes: see `Probe`."""


class Pong(Request, frozen=True, tag="pong"):
    """`{"status":"pong"}`: answer a `Probe`."""


class Quit(Request, frozen=True, tag="quit"):
    """`{"status":"quit"}`: sign out and disconnect."""


RoomOrder = (
    SetTopic | Kick | Ban | Unban | Mute | Unmute | Op | Deop | Assist | Unassist | Invite | SetRoom | Close
)
"""Commands about the order in a room."""

OrderCommand = RoomOrder | Broadcast
"""Commands about the order in a room or on the server."""

UserRequest = (
    Claim
    | ChangePassword
    | Rename
    | Away
    | Back
    | Create
    | Join
    | Leave
    | ShareFile
    | History
    | Search
    | Delete
    | ListRooms
    | ListUsers
    | OrderCommand
    | ClassCommand
)
"""The requests of users who are signed in, other than messages."""

Asking = Register | UserRequest | Ping | Pong | Quit
"""All commands except the messages on the hot path."""

Command = Asking | Say | Tell


class RoomListing(Struct, frozen=True, omit_defaults=True):
    """A room in the answer to `rooms`, or a room of an account's owner on the welcome."""

    name: str
    members: int
    seq: int | None = None
    """On the welcome: the number of the last message."""

    topic: str | None = None
    private: bool | None = None
    """Whether only invited users may join."""

    closed: bool | None = None
    """Whether it is closed; only its moderators and operators see it."""

    announce: bool | None = None
    """Whether only moderators may speak."""


class UserListing(Struct, frozen=True, omit_defaults=True):
    """A user in the answer to `users`."""

    name: str
    away: str | None = None
    """The user's away message, if there is one."""

    moderator: bool | None = None
    """In a room: whether the user is one of its moderators."""

    assistant: bool | None = None
    """In a room: whether the user is one of its assistants."""

    muted: bool | None = None
    """In a room: whether the user is muted now."""

    offline: bool | None = None
    """Whether the user is an account's owner who is not connected."""


class FileView(Struct, frozen=True):
    """A file that a user shares, as its message has it."""

    name: str
    size: int
    sha256: str
    """The digest of its content, in hexadecimal."""

    type: str
    """The media type that the name stands for."""

    link: str
    """Where this client downloads it, relative to the page of the server."""


class Told(Struct, frozen=True, tag_field="status", omit_defaults=True, gc=False):
    """The fields of every event. These three are always on the wire, since classic clients read them."""

    sender: str
    receiver: str
    text: str


class Success(Told, frozen=True, tag="success", kw_only=True):
    """A request was granted: the answer to it."""

    id: str | None = None
    seq: int | None = None
    time: str | None = None
    server: str | None = None
    token: str | None = None
    lobby: str | None = None
    """On the welcome: the room that newcomers join."""

    epoch: str | None = None
    claims: bool | None = None
    """On the welcome of a guest: `False` if names can't be registered."""

    rooms: list[RoomListing] | None = None
    users: list[UserListing] | None = None
    absent: list[UserListing] | None = None
    """Of a room: members with an account who are not connected."""

    more: bool | int | None = None
    """The number of entries that a listing left out, or whether there are more messages."""

    before: int | None = None
    oldest: int | None = None
    """The number of the oldest message that is not deleted."""

    gap: bool | None = None
    """Whether some missed messages are not replayed."""

    missed: int | None = None
    """The number of these messages, if it is known."""

    away: bool | None = None
    """Whether the receiver is away, and gets the message on return."""

    operator: bool | None = None
    """On the welcome: whether the user is an operator of the server."""

    held: bool | None = None
    """Of a message: whether only the staff of the room read it."""

    place: int | None = None
    """Of a hand: its place in the queue, from 1."""

    waiting: int | None = None
    """The number of hands that are up."""

    user: str | None = None
    """The student whom the answer is about."""

    number: int | None = None
    """Of a question, a poll or a session."""

    until: str | None = None
    """When a poll, a code or groups end: RFC 3339 in UTC."""

    code: str | None = None
    """For staff: the code of attendance, or the join code of a student."""

    state: ClassView | None = field(default=None, name="class")
    """The state of a room's class that this user may see."""

    upload: str | None = None
    """Where to upload a file with the tus protocol, relative to the page of the server."""

    hands: HandsView | None = None
    questions: QuestionsView | None = None
    polls: list[PollView] | None = None
    roster: list[RosterView] | None = None


class Error(Told, frozen=True, tag="error", kw_only=True):
    """A request was refused, or the server says why it hangs up."""

    code: str | None = None
    id: str | None = None
    room: str | None = None
    """The room from which this client was removed, or to which its message could not be sent."""

    by: str | None = None
    """The moderator or operator who did it."""

    reason: str | None = None
    """The reason, if one was given."""

    seconds: int | None = None
    """Of `slow_mode`: how long to wait."""


class Group(Told, frozen=True, tag="group", kw_only=True):
    """A user said something to a room, or, from `SERVER`, something happened in it.

    Only what is from `SERVER` has an `event`, and the fields after it, which say the same as the text; and a
    message that is read again and was deleted, with the `event` `deleted`.
    """

    seq: int | None = None
    time: str | None = None
    replay: bool = False
    event: str | None = None
    """What happened; a string, not a `Literal`, so that later servers can say more."""

    user: str | None = None
    """The user to whom it happened."""

    by: str | None = None
    """The moderator or operator who did it."""

    reason: str | None = None
    """Why, where a reason was given."""

    until: str | None = None
    """Until when a user is banned or muted, where that ends: RFC 3339 in UTC, as `time`."""

    topic: str | None = None
    """The room's topic; `""` where it was removed."""

    number: int | None = None
    """The `seq` of the message that was deleted."""

    deleted: str | None = None
    """When a message was deleted: RFC 3339 in UTC, as `time`."""

    about: object = None
    """What the class layer tells: a `class_events.About`; a dict where it was received."""

    file: FileView | None = None
    """The file that a user shares with this message."""


class Private(Told, frozen=True, tag="private", kw_only=True):
    """A user tells this client something, or, from `SERVER`, the server does.

    Only what is from `SERVER`, or was deleted, has an `event`, and the fields after it: see `Group`.
    """

    seq: int | None = None
    time: str | None = None
    replay: bool = False
    event: str | None = None
    """What it is: `invited`, `broadcast`, `renamed` or `deleted`."""

    by: str | None = None
    """The moderator who invites, the operator who sends to everybody, or the user who has deleted this."""

    room: str | None = None
    """The room to which this user is invited."""

    user: str | None = None
    """The former name of a user who has another one now; the user who had sent a deleted message."""

    name: str | None = None
    """That user's present name; of a deleted message: the other user of the private conversation."""

    number: int | None = None
    """The `seq` of the message that was deleted."""

    deleted: str | None = None
    """When a message was deleted: RFC 3339 in UTC, as `time`."""

    about: object = None
    """As in `Group`."""

    file: FileView | None = None
    """As in `Group`."""


Event = Success | Error | Group | Private


class Probe(Told, frozen=True, tag="ping"):
    """The server asks a client that promised to answer whether it is still there; the answer is `Pong`.

    It belongs to the connection, and is not an event of the chat.
    """
