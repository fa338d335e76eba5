"""Every word of the conversation: what a client asks, and what a server tells.

Commands go to the server, events to the clients. Both are tagged by `status`, as docs/protocol.md
has them; a string that is absent is `""`, and a field that nobody knows is ignored. Whom a command
names as its `sender` counts only in `register`: the server knows who is connected.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

LONGEST_ID = 64
RequestId = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
"""What a client calls its request, so as to know the answer."""


class Request(Struct, frozen=True, tag_field="status", kw_only=True, gc=False):
    """What every command has: perhaps an `id`, and then exactly one answer carries it."""

    sender: str = ""
    receiver: str = ""
    text: str = ""
    id: RequestId | None = None


class Register(Request, frozen=True, tag="register"):
    """`{"status":"register","sender":"Alice"}`: say who this connection is."""


class Create(Request, frozen=True, tag="create"):
    """`{"status":"create","receiver":"CS350"}`: make a room and be its first member."""


class Join(Request, frozen=True, tag="join"):
    """`{"status":"join","receiver":"CS350"}`: become a member of a room."""


class Leave(Request, frozen=True, tag="leave"):
    """`{"status":"leave","receiver":"CS350"}`: be a member no more."""


class Say(Request, frozen=True, tag="group"):
    """`{"status":"group","receiver":"CS350","text":"Hello"}`: say something to a room."""


class Tell(Request, frozen=True, tag="private"):
    """`{"status":"private","receiver":"Bob","text":"Hello"}`: tell one person something."""


class ListRooms(Request, frozen=True, tag="rooms"):
    """`{"status":"rooms"}`: which rooms are there?"""


class ListUsers(Request, frozen=True, tag="users"):
    """`{"status":"users","receiver":"CS350"}`: who is in this room, or on the server?"""


class Ping(Request, frozen=True, tag="ping"):
    """`{"status":"ping"}`: are you there?"""


class Quit(Request, frozen=True, tag="quit"):
    """`{"status":"quit"}`: good-bye."""


Command = Register | Create | Join | Leave | Say | Tell | ListRooms | ListUsers | Ping | Quit


class RoomListing(Struct, frozen=True):
    """A room in the answer to `rooms`."""

    name: str
    members: int


class UserListing(Struct, frozen=True):
    """A user in the answer to `users`."""

    name: str


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
    rooms: list[RoomListing] | None = None
    users: list[UserListing] | None = None
    more: int | None = None


class Error(Told, frozen=True, tag="error", kw_only=True):
    """A request was refused, or the server says why it hangs up."""

    code: str | None = None
    id: str | None = None


class Group(Told, frozen=True, tag="group", kw_only=True):
    """Somebody said something to a room, or, from `SERVER`, something happened in it."""

    seq: int | None = None
    time: str | None = None


class Private(Told, frozen=True, tag="private", kw_only=True):
    """Somebody tells this client something."""

    seq: int | None = None
    time: str | None = None


Event = Success | Error | Group | Private
