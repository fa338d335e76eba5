"""Notices for the operator: which users come and go, and that messages are sent, but never their texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from classchat.core.entries import Entry


@dataclass(frozen=True, slots=True)
class Started:
    """The server listens on an address."""

    address: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The server listens on all its addresses."""


@dataclass(frozen=True, slots=True)
class Certified:
    """The fingerprint of the server's certificate; `kept` says whether it stays the same after a restart."""

    fingerprint: str
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Joinable:
    """The address for users to connect to, and the fingerprint of the certificate there."""

    address: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Browsable:
    """The link to the page for browsers, with a note if it is not good for everything."""

    link: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """The name of an operator is not claimed yet; `claimable` says whether it can be claimed."""

    name: str
    claimable: bool = True


@dataclass(frozen=True, slots=True)
class Outdated:
    """Stored names that are no longer valid, because the rules have become stricter. They stay."""

    what: str
    """The things with these names: "rooms" or "accounts"."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """A client has connected, and is not signed in yet."""

    address: str


@dataclass(frozen=True, slots=True)
class Full:
    """There are as many connections as allowed: others are refused."""

    connections: int


@dataclass(frozen=True, slots=True)
class Crowded:
    """One address has as many connections as allowed, `most`: others are refused."""

    address: str
    most: str


@dataclass(frozen=True, slots=True)
class Unprefaced:
    """A proxy at an address has connected without a valid PROXY header; `why` says what is wrong with it."""

    address: str
    why: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A user has signed in."""

    name: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A user has disconnected; `code` is the reason if the server disconnected them."""

    name: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class OnlyHere:
    """Only this machine can connect to the server, which listens on a `port`."""

    port: int


@dataclass(frozen=True, slots=True)
class TakesIRC:
    """IRC clients may join, at the same address."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """The journal is a file, `place`; None if it is kept in memory, and lost when the server stops."""

    place: str | None


@dataclass(frozen=True, slots=True)
class Sharing:
    """Other nodes use the same journal, on these hosts."""

    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """Other nodes have removed this one, or may have, because it has not reached the database in time."""


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A node that was removed can't be one of several again yet; `why` is the journal's sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Rejoined:
    """A node that was removed is one of several again."""


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """An option has changed while the server runs; without a value it needs a restart."""

    option: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Unshown:
    """So many lines were not shown, because the console was not read."""

    lines: int


@dataclass(frozen=True, slots=True)
class Stopping:
    """The server is being stopped."""


ConnectionNotice = Connected | Full | Crowded | Unprefaced | Registered | Disconnected
"""What happened to a connection."""

StartNotice = (
    Started
    | Waiting
    | Certified
    | Joinable
    | Browsable
    | Unclaimed
    | Outdated
    | OnlyHere
    | TakesIRC
    | Keeping
)
"""What a server says about itself when it starts: its addresses, its journal, its names."""

NodeNotice = Sharing | Removed | KeptOut | Rejoined
"""What happened between this node and the others."""

ServerNotice = StartNotice | NodeNotice | Reconfigured | Unshown | Stopping
"""What happened to the server."""

Notice = Entry | ConnectionNotice | ServerNotice

Observe = Callable[[Sequence[Notice]], None]
"""Gets what happened, for the operator to read. The texts of messages are not among it."""
