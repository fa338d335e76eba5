"""A client that is signed in."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, NamedTuple

from classchat.core.events import Event
from classchat.core.ports import Peer

Granting = Coroutine[Any, Any, Event | None]
"""Grants a request, and returns its answer; None where its entry answers it when it is delivered."""

Granted = Event | Granting | None
"""What is returned for a request: its answer, or what grants it where that takes a while.

None means that the request is granted, and its entry answers it when it is delivered.
"""


class Device(NamedTuple):
    """A client that is signed in."""

    peer: Peer
    """The client, to which events are told."""

    address: str
    """The address under which its attempts are counted."""

    token: str
    """The token with which its user is recognized later."""
