"""Every word of the conversation: what a client asks, and what a server tells.

Commands go to the server, events to the clients. Both are tagged by `status`, as docs/protocol.md
has them; a string that is absent is `""`, and a field that nobody knows is ignored. Whom a command
names as its `sender` counts only in `register`: the server knows who is connected.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

LONGEST_ID = 64
MOST_HISTORY = 1000
USUAL_HISTORY = 50
MOST_FOUND = 100
LONGEST_ORDER = 366 * 24 * 60 * 60
"""Seconds that somebody can be kept from speaking or coming in, where it is not for ever."""

Seconds = Annotated[int, Meta(ge=1, le=LONGEST_ORDER)]
"""For how long something is so; for ever where nothing is said."""

RequestId = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
"""What a client calls its request, so as to know the answer."""

Number = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
"""A message's `seq`, or 0 for before the first one."""


class Since(Struct, frozen=True, omit_defaults=True):
    """What a client has, so that it is told what it missed."""

    epoch: str
    """Which journal the numbers are of."""

    seq: Number
    """The last number it has."""

    seqs: dict[str, Number] = {}
    """For private conversations: the last number it has of each, by the name of the other."""

    rooms: dict[str, Number] = {}
    """For who has an account, who is back in his rooms at once: the last number it has of each."""


class Request(Struct, frozen=True, tag_field="status", kw_only=True, gc=False):
    """What every command has: perhaps an `id`, and then exactly one answer carries it."""

    sender: str = ""
    receiver: str = ""
    text: str = ""
    id: RequestId | None = None


class _Secret(Request, frozen=True):
    """A command that holds a password: nothing that prints it, by whatever mistake, shows that."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sender={self.sender!r}, id={self.id!r}, ...)"


class Register(_Secret, frozen=True, tag="register"):
    """`{"status":"register","sender":"Alice"}`: say who this connection is."""

    token: str | None = None
    """What an earlier welcome carried: this is the same person again. The `text` is a password."""

    since: Since | None = None
    """What the client has of its private conversations."""

    answers: bool | None = None
    """Whether the client answers when the server asks whether it is still there: see `Probe`."""


class Claim(_Secret, frozen=True, tag="claim"):
    """`{"status":"claim","text":"..."}`: let my name be mine, with this password.

    With a `sender`, before signing in: let this name be mine, and sign me in.
    """

    answers: bool | None = None
    """As in `Register`."""


class ChangePassword(_Secret, frozen=True, tag="password"):
    """`{"status":"password","text":"...","current":"..."}`: let my password be another one."""

    current: str = ""


class Away(Request, frozen=True, tag="away"):
    """`{"status":"away","text":"at lunch"}`: I am not here, and this is why."""


class Back(Request, frozen=True, tag="back"):
    """`{"status":"back"}`: I am here again."""


class Create(Request, frozen=True, tag="create"):
    """`{"status":"create","receiver":"CS350"}`: make a room and be its first member."""


class Join(Request, frozen=True, tag="join"):
    """`{"status":"join","receiver":"CS350"}`: become a member of a room."""

    since: Since | None = None
    """What the client has of the room."""


class Leave(Request, frozen=True, tag="leave"):
    """`{"status":"leave","receiver":"CS350"}`: be a member no more."""


class Say(Request, frozen=True, tag="group"):
    """`{"status":"group","receiver":"CS350","text":"Hello"}`: say something to a room."""


class Tell(Request, frozen=True, tag="private"):
    """`{"status":"private","receiver":"Bob","text":"Hello"}`: tell one person something."""


class History(Request, frozen=True, tag="history"):
    """`{"status":"history","receiver":"CS350","limit":20}`: what was said in a room, or with a person?"""

    limit: Annotated[int, Meta(ge=1, le=MOST_HISTORY)] = USUAL_HISTORY
    private: bool | None = None
    """Whether the `receiver` is a person, also where a room has the same name."""

    before: Number | None = None
    after: Number | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None


class Search(Request, frozen=True, tag="search"):
    """`{"status":"search","text":"exercise 3"}`: where did somebody say these words?"""

    limit: Annotated[int, Meta(ge=1, le=MOST_FOUND)] = 20
    before: Number | None = None
    """Where the page before this one ended, as its answer says."""

    user: str = ""
    """Whose messages to search; everybody's where it is empty."""

    private: bool | None = None
    """As in `History`."""


class ListRooms(Request, frozen=True, tag="rooms"):
    """`{"status":"rooms"}`: which rooms are there?"""

    room: str = ""
    """The only room that is asked about, if there is one."""


class ListUsers(Request, frozen=True, tag="users"):
    """`{"status":"users","receiver":"CS350"}`: who is in this room, or on the server?"""

    user: str = ""
    """The only person who is asked about, if there is one."""


class Ordering(Request, frozen=True):
    """What every command has that is about the order in a room, or on the server."""


class SetTopic(Ordering, frozen=True, tag="topic"):
    """`{"status":"topic","receiver":"CS350","text":"Exam"}`: say what a room is about, or nothing."""


class Kick(Ordering, frozen=True, tag="kick"):
    """`{"status":"kick","receiver":"CS350","user":"Bob"}`: put somebody out of a room; `text` says why."""

    user: str = ""


class Ban(Ordering, frozen=True, tag="ban"):
    """`{"status":"ban","receiver":"CS350","user":"Bob","seconds":1800}`: put him out, and let him not in."""

    user: str = ""
    seconds: Seconds | None = None


class Unban(Ordering, frozen=True, tag="unban"):
    """`{"status":"unban","receiver":"CS350","user":"Bob"}`: let him in again."""

    user: str = ""


class Mute(Ordering, frozen=True, tag="mute"):
    """`{"status":"mute","receiver":"CS350","user":"Bob","seconds":1800}`: let him not speak in a room."""

    user: str = ""
    seconds: Seconds | None = None


class Unmute(Ordering, frozen=True, tag="unmute"):
    """`{"status":"unmute","receiver":"CS350","user":"Bob"}`: let him speak again."""

    user: str = ""


class Op(Ordering, frozen=True, tag="op"):
    """`{"status":"op","receiver":"CS350","user":"Bob"}`: make somebody a moderator of a room."""

    user: str = ""


class Deop(Ordering, frozen=True, tag="deop"):
    """`{"status":"deop","receiver":"CS350","user":"Bob"}`: let him be one no more."""

    user: str = ""


class Invite(Ordering, frozen=True, tag="invite"):
    """`{"status":"invite","receiver":"CS350","user":"Bob"}`: let somebody in, and tell him."""

    user: str = ""


class SetRoom(Ordering, frozen=True, tag="room"):
    """`{"status":"room","receiver":"CS350","text":"private"}`: let it be private, open, announce or talk."""


class Close(Ordering, frozen=True, tag="close"):
    """`{"status":"close","receiver":"CS350"}`: put everybody out of a room, and let nobody in."""


class Broadcast(Ordering, frozen=True, tag="broadcast"):
    """`{"status":"broadcast","text":"Lunch"}`: tell everybody on the server something."""


class Ping(Request, frozen=True, tag="ping"):
    """`{"status":"ping"}`: are you there?"""

    answers: bool | None = None
    """Whether the client itself answers such a question: see `Probe`."""


class Pong(Request, frozen=True, tag="pong"):
    """`{"status":"pong"}`: I am, as an answer to `Probe`."""


class Quit(Request, frozen=True, tag="quit"):
    """`{"status":"quit"}`: good-bye."""


RoomOrder = SetTopic | Kick | Ban | Unban | Mute | Unmute | Op | Deop | Invite | SetRoom | Close
"""What is about the order in a room."""

OrderCommand = RoomOrder | Broadcast
"""What is about the order in a room, or on the server."""

Asking = (
    Register
    | Claim
    | ChangePassword
    | Away
    | Back
    | Create
    | Join
    | Leave
    | History
    | Search
    | ListRooms
    | ListUsers
    | Ping
    | Pong
    | Quit
    | OrderCommand
)
"""What is not said to anybody, and not asked for thousands of times a second."""

Command = Asking | Say | Tell


class RoomListing(Struct, frozen=True, omit_defaults=True):
    """A room in the answer to `rooms`, or, on the welcome, one that somebody is in."""

    name: str
    members: int
    seq: int | None = None
    """On the welcome: the number of the last message."""

    topic: str | None = None
    private: bool | None = None
    """Whether only invited people come in."""

    closed: bool | None = None
    """Whether it is closed: only its moderators, and operators, see it."""


class UserListing(Struct, frozen=True, omit_defaults=True):
    """A user in the answer to `users`."""

    name: str
    away: str | None = None
    """What he says about being away, if he has said so."""

    moderator: bool | None = None
    """In a room: whether this is one of its moderators."""

    muted: bool | None = None
    """In a room: whether this person may not speak now."""

    offline: bool | None = None
    """Whether this is the owner of an account who is not connected."""


class Told(Struct, frozen=True, tag_field="status", omit_defaults=True, gc=False):
    """What every event has; these three are always on the wire, for classic clients look them up."""

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
    """On the welcome: the room in which newcomers land."""

    epoch: str | None = None
    claims: bool | None = None
    """On the welcome of a guest: `False` where names can't be claimed."""

    rooms: list[RoomListing] | None = None
    users: list[UserListing] | None = None
    absent: list[UserListing] | None = None
    """Of a room: owners of accounts who are members, and not connected."""

    more: bool | int | None = None
    """How many a listing left out, or whether there is more of what was asked for."""

    before: int | None = None
    oldest: int | None = None
    """The number of the oldest message that was not deleted yet."""

    gap: bool | None = None
    """Something was missed that was not replayed."""

    missed: int | None = None
    """How many messages that are, where anybody knows."""

    away: bool | None = None
    """Who is told that is not here, and will hear it when he is."""


class Error(Told, frozen=True, tag="error", kw_only=True):
    """A request was refused, or the server says why it hangs up."""

    code: str | None = None
    id: str | None = None
    room: str | None = None
    """Where somebody has put this client out: the room that it is not in any more."""

    by: str | None = None
    """Who did that."""

    reason: str | None = None
    """Why, where something was said about that."""


class Group(Told, frozen=True, tag="group", kw_only=True):
    """A user said something to a room, or, from `SERVER`, something happened in it.

    Only what is from `SERVER` has an `event`, and the fields after it, which say the same as the text.
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


class Private(Told, frozen=True, tag="private", kw_only=True):
    """A user tells this client something, or, from `SERVER`, the server does.

    Only what is from `SERVER` has an `event`, and the fields after it.
    """

    seq: int | None = None
    time: str | None = None
    replay: bool = False
    event: str | None = None
    """What it is: `invited` or `broadcast`."""

    by: str | None = None
    """The moderator who invites, or the operator who sends to everybody."""

    room: str | None = None
    """The room to which this user is invited."""


Event = Success | Error | Group | Private


class Probe(Told, frozen=True, tag="ping"):
    """The server asks whether a client is still there, which has said that it answers: with `Pong`.

    It is for the connection, and no event of the conversation.
    """
