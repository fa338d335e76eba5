"""The way past a transport to its socket."""

from __future__ import annotations

from classchat.servers.transports import direct
from tests.unit.servers.helpers import Wire


def test_there_is_no_way_past_an_unknown_transport() -> None:
    """Only the socket of a plain TCP or Unix transport is written to directly: elsewhere bytes may change."""
    assert None is direct(Wire())
