"""All limits that a server sets for its clients, in one place.

Every wait ends and every buffer is bounded: the numbers are here, with their units. docs/protocol.md, section
*Limits*, has the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal, Self


@dataclass(frozen=True)
class Rate:
    """A rate limit: so many times at once, and then so many times a second."""

    burst: int
    per_second: float


MESSAGES = Rate(10, 2.0)
READINGS = Rate(20, 1.0)
REQUESTS = Rate(50, 10.0)
SMALL_RECORDS = Rate(2_000, 200.0)
HOOK_POSTS = Rate(30, 1.0)
PAGE_REQUESTS = Rate(300, 50.0)
"""Enough for a class behind one address: a first load of the page takes six requests."""


@dataclass
class Limits:
    """The limits of one server, which all its parts share and look at when they need them.

    Only `take_over` changes them. Sizes are in bytes or characters, as each docstring says; times are in
    seconds.
    """

    line: int = 65_536
    """Bytes of a line, with its newline."""

    text: int = 10_000
    """Characters of a text."""

    words: int = 32
    """Different words in one search."""

    user_name: int = 32
    """Characters of a user's name."""

    room_name: int = 64
    """Characters of a room's name."""

    rooms_of_user: int = 100
    """Rooms that one user is in at a time."""

    rooms: int = 10_000
    """Rooms on the server."""

    connections: int = 100_000
    """Connections at a time; the process's limit of open files can allow fewer."""

    behind: int = 1_048_576
    """Bytes that may wait for a client before the server disconnects it."""

    file: int = 25_000_000
    """Bytes of a file that a user shares; 0: no files."""

    files_of_user: int = 500_000_000
    """Bytes of all files that one user shares."""

    files: int = 10_000_000_000
    """Bytes of all files on the server."""

    unfinished_files: int = 16
    """Files of one user whose uploads are not finished."""

    unfinished: float = 86_400.0
    """Seconds that an upload may take in all; then what is there of it is deleted."""

    stalled: float = 30.0
    """Seconds within which the next bytes of an upload must come."""

    operators: frozenset[str] = frozenset()
    """The keys of the registered names whose owners may do everything everywhere."""

    topic: int = 200
    """Characters of a room's topic, and of the reason for a kick, ban or mute."""

    orders: int = 1000
    """Moderators of one room; also invited, muted and banned users, each."""

    stuck: float = 30.0
    """Seconds within which a slow client must read at least something."""

    listing: int = 60_000
    """Bytes of the answer to `rooms` or `users`, which is one line; further names are only counted."""

    messages: Rate | None = MESSAGES
    """Messages of one user before the server delays reading from them; None: no limit."""

    deletable: float = 900.0
    """Seconds for which users may delete what they have sent; 0: only moderators may delete messages."""

    readings: Rate | None = READINGS
    """Reads of history and searches of one user before they are delayed; None: no limit."""

    requests: Rate | None = REQUESTS
    """All other requests of one user, valid or not, before they are delayed; None: no limit."""

    connections_of_address: int | None = 64
    """Connections at a time from one counted address (servers/doors.py); None: no limit."""

    new_of_address: int | None = 20
    """Connections accepted from one address within `new_within`; None: no limit."""

    new_within: float = 10.0
    """Seconds over which `new_of_address` counts."""

    small_records: Rate | None = SMALL_RECORDS
    """TLS records of one connection that are smaller than any request, before reading is delayed."""

    first_bytes: float = 1.0
    """Seconds that a connection has to make clear what it speaks, after its first byte."""

    proxy_header: int = 4_096
    """Bytes of the PROXY header with which a proxy begins a connection."""

    visits: int = 256
    """Connections at a time that make HTTP requests, and others that may still become one."""

    page_requests: Rate | None = PAGE_REQUESTS
    """HTTP requests from one counted address before they are delayed, then refused; None: no limit."""

    head: int = 8_192
    """Bytes of the head of an HTTP request."""

    hook_body: int = 262_144
    """Bytes of what a program posts with a webhook."""

    hook_posts: Rate = HOOK_POSTS
    """Messages of one webhook; more are refused."""

    request: float = 10.0
    """Seconds that a client has to send an HTTP request."""

    keep_alive: float = 15.0
    """Seconds for which a connection stays open that has had its answers."""

    sign_in: float = 30.0
    """Seconds that a connection has to sign in."""

    ping_after: float = 60.0
    """Seconds of silence after which a client that answers probes is sent one."""

    gone_after: float = 150.0
    """Seconds of silence after which such a client is disconnected."""

    welcome_alone: float = 1.0
    """Seconds for which nothing follows a classic client's welcome, unless the client sends a line."""

    goodbye: float = 2.0
    """Seconds that a client has to read the server's reason for hanging up."""

    names: Literal["open", "claimed"] = "open"
    """Who may sign in: everybody, or only users with a registered name."""

    lobby: str = ""
    """The room that newcomers join, which always exists; "" for none."""

    claims: Literal["open", "closed"] = "open"
    """Whether users may register names."""

    accounts: int = 10_000
    """Registered names on the server."""

    devices: int = 32
    """Connections at a time under one registered name."""

    absence: float = 20.0
    """Seconds that a registered user may be disconnected before their rooms are told."""

    away: int = 200
    """Characters of an away message."""

    wrong_passwords_of_name: int | None = 5
    """Wrong passwords a minute for one name before further ones must wait; None: no limit."""

    claims_of_address: int | None = 20
    """Names registered from one address in one hour; None: no limit."""

    renames_of_user: int | None = 20
    """Changes of one guest's name in one hour; None: no limit."""

    changes_of_password: int | None = 10
    """Changes of one password in one hour (each change hashes two passwords); None: no limit."""

    wrong_passwords_of_address: int | None = 20
    """Wrong passwords a minute from one address before further ones must wait; None: no limit."""

    settling: float = 10.0
    """Seconds that a stopping server waits for the last messages to be saved before it hangs up."""

    @property
    def kept_rooms(self) -> int:
        """Rooms that may stay when everybody has left; a quarter of all places is for other rooms."""
        return max(self.rooms * 3 // 4, 1)

    @property
    def kept_rooms_of_user(self) -> int:
        """Such rooms that one registered user may moderate: at most a quarter of all places."""
        return min(self.rooms_of_user, max(self.rooms // 4, 1))

    def take_over(self, other: Limits) -> None:
        """Take over the values of others. `Chat.change_limits` does it for a server that runs."""
        for one in fields(self):
            setattr(self, one.name, getattr(other, one.name))

    def without_guard(self) -> Self:
        """Return a copy without the limits against abuse: `--limits off`."""
        return replace(
            self,
            messages=None,
            readings=None,
            requests=None,
            wrong_passwords_of_name=None,
            wrong_passwords_of_address=None,
            claims_of_address=None,
            renames_of_user=None,
            changes_of_password=None,
            connections_of_address=None,
            new_of_address=None,
            page_requests=None,
        )
