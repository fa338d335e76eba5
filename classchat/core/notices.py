"""What the operator may read of: who came and went, and that something was said, never what."""

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
    """By what those who connect know that it is this server; `kept` says whether that stays."""

    fingerprint: str
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Joinable:
    """What to say to those who are to come: the address, and the fingerprint to expect there."""

    address: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """The name of an operator is not claimed yet; `claimable` says whether it can be."""

    name: str
    claimable: bool = True


@dataclass(frozen=True, slots=True)
class Outdated:
    """Names in the journal that older versions took, and that are granted to nobody any more."""

    what: str
    """What is called so: "rooms" or "accounts"."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """Somebody connected, and did not say yet who it is."""

    address: str


@dataclass(frozen=True, slots=True)
class Full:
    """There are as many connections as there may be: more are turned away."""

    connections: int


@dataclass(frozen=True, slots=True)
class Crowded:
    """More come from one address than may: others are turned away. `most` says how many may."""

    address: str
    most: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A user signed in."""

    name: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A user is gone; `code` is why the server hung up, where it did."""

    name: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class OnlyHere:
    """Only this machine reaches the server, which listens on a `port`."""

    port: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """Everything is kept in a file, `place`; None if it is gone when the server stops."""

    place: str | None


@dataclass(frozen=True, slots=True)
class Stopping:
    """The server is being stopped."""


Notice = (
    Entry
    | Started
    | Waiting
    | Certified
    | Joinable
    | Unclaimed
    | Outdated
    | OnlyHere
    | Keeping
    | Connected
    | Full
    | Crowded
    | Registered
    | Disconnected
    | Stopping
)

Observe = Callable[[Sequence[Notice]], None]
"""Gets what happened, for the operator to read. The texts of messages are not among it."""
