"""A client that is signed in."""

from __future__ import annotations

from typing import NamedTuple

from classchat.core.ports import Peer


class Device(NamedTuple):
    """A client that is signed in."""

    peer: Peer
    """The client, to which events are told."""

    address: str
    """The address under which its attempts are counted."""

    token: str
    """The token with which its user is recognized later."""
