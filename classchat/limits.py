"""Every bound that a server sets its clients, in one place.

Whatever waits has an end and whatever grows has a bound: the numbers are here, with their units.
The defaults are those of docs/protocol.md, section *Limits*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self


@dataclass(frozen=True)
class Rate:
    """How often something may be done: so many times at once, and then so many times a second."""

    burst: int
    per_second: float


MESSAGES = Rate(10, 2.0)
READINGS = Rate(20, 1.0)
REQUESTS = Rate(50, 10.0)
SMALL_RECORDS = Rate(2_000, 200.0)


@dataclass(frozen=True)
class Limits:
    """What one server grants its clients.

    Sizes are in bytes or characters as said beside them, times in seconds.
    """

    line: int = 65_536
    """Bytes of a line, with its newline."""

    text: int = 10_000
    """Characters of a text."""

    words: int = 32
    """Different words of a search."""

    user_name: int = 32
    """Characters of a user's name."""

    room_name: int = 64
    """Characters of a room's name."""

    rooms_of_user: int = 100
    """Rooms that one user is in."""

    rooms: int = 10_000
    """Rooms on the server."""

    connections: int = 100_000
    """Connections at a time; how many files the process may open can leave room for fewer."""

    behind: int = 1_048_576
    """Bytes that a reader may be behind before the server gives up on him."""

    operators: frozenset[str] = frozenset()
    """The claimed names, as names are compared, whose owners may do everything everywhere."""

    topic: int = 200
    """Characters of a room's topic, and of a reason for putting somebody out."""

    orders: int = 1000
    """Of each kind of order in one room: who is moderator, invited, muted, banned."""

    stuck: float = 30.0
    """Seconds in which a reader who is behind has to take anything at all."""

    listing: int = 60_000
    """Bytes of the answer to `rooms` or `users`, which is one line: more names than fit are only counted."""

    messages: Rate | None = MESSAGES
    """What one user says, before the server reads more slowly what he sends; None: as fast as he likes."""

    readings: Rate | None = READINGS
    """How often one user reads what was said before: `history` and `search`; None: as often as he likes."""

    requests: Rate | None = REQUESTS
    """Whatever else one user asks, or sends that nobody understands; None: as fast as he likes."""

    connections_of_address: int | None = 64
    """Connections at a time from one address, if it is counted (servers/doors.py); None: any number."""

    new_of_address: int | None = 20
    """Connections from one address that are accepted within `new_within`; None: any number."""

    new_within: float = 10.0
    """Seconds."""

    small_records: Rate | None = SMALL_RECORDS
    """TLS records smaller than any request that one connection sends; faster, it is read more slowly."""

    first_bytes: float = 1.0
    """Seconds that a connection has to make clear what it speaks, after its first byte."""

    sign_in: float = 30.0
    """Seconds that a connection has to say who it is."""

    ping_after: float = 60.0
    """Seconds of silence after which a client that answers is asked whether it is still there."""

    gone_after: float = 150.0
    """Seconds of silence after which it is taken for gone."""

    welcome_alone: float = 1.0
    """Seconds that nothing follows a classic client's welcome, unless he speaks first."""

    goodbye: float = 2.0
    """Seconds that a client has to read why the server is hanging up."""

    names: Literal["open", "claimed"] = "open"
    """Who may come in: whoever has a name that is nobody's, or only who has claimed his."""

    lobby: str = ""
    """The room in which newcomers land, which is always there; "" where there is none."""

    claims: Literal["open", "closed"] = "open"
    """Whether names may be claimed."""

    accounts: int = 10_000
    """Names that are claimed."""

    devices: int = 32
    """Connections at a time of one who has claimed his name."""

    absence: float = 20.0
    """Seconds that who has claimed his name may be away before his rooms are told."""

    away: int = 200
    """Characters of what somebody says about being away."""

    wrong_passwords_of_name: int | None = 5
    """Wrong passwords a minute for one name before the next ones have to wait; None: any number."""

    claims_of_address: int | None = 20
    """Names that may be claimed from one address in an hour; None: any number."""

    changes_of_password: int | None = 10
    """Times that one password may be changed in an hour, for each hashes two; None: any number."""

    wrong_passwords_of_address: int | None = 20
    """Wrong passwords a minute from one address before the next ones have to wait; None: any number."""

    settling: float = 10.0
    """Seconds that a server, being stopped, waits until what was said last is saved, before it hangs up."""

    @property
    def kept_rooms(self) -> int:
        """Rooms that stay when everybody has left: a quarter of all places is for others."""
        return max(self.rooms * 3 // 4, 1)

    @property
    def kept_rooms_of_user(self) -> int:
        """Those of them that one claimed name keeps, as a moderator: a quarter of all places at most."""
        return min(self.rooms_of_user, max(self.rooms // 4, 1))

    def without_guard(self) -> Self:
        """Return the same without what is there against abuse: `--limits off`."""
        return replace(
            self,
            messages=None,
            readings=None,
            requests=None,
            wrong_passwords_of_name=None,
            wrong_passwords_of_address=None,
            claims_of_address=None,
            changes_of_password=None,
            connections_of_address=None,
            new_of_address=None,
        )
