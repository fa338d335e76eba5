"""Rooms and channels."""

from __future__ import annotations

import pytest

from classchat.errors import RoomNotFound
from classchat.wire.irc.channels import channel, is_channel, room
from tests.tables import each_case


@each_case("name", ["CS350", "a.b_c-d", "Zoë", "2"])
def test_a_room_is_a_channel(name: str) -> None:
    """A room is a channel, and the channel is the room."""
    assert (f"#{name}", name) == (channel(name), room(channel(name)))


@each_case("name", ["", "#", "##x", "&x", "#a+b", "x", "#a b", "#a,b", "#a:b", "#a\x07", "#*"])
def test_other_channels(name: str) -> None:
    """No other channel exists here."""
    with pytest.raises(RoomNotFound):
        room(name)


def test_channels_and_users() -> None:
    """A target with a sigil of a channel is never a user, even if there is no such channel here."""
    assert [True, True, False] == [is_channel("#x"), is_channel("&x"), is_channel("Alice")]
