"""The lobby: the room that newcomers join."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classchat.core.entries import Created
from classchat.core.journal_port import CannotOpen
from classchat.limits import Limits
from classchat.messages import Leave, ListRooms, ListUsers, Success
from tests.unit.helpers import House

LOBBY = replace(Limits().without_guard(), lobby="Lobby")


def welcomed(house: House) -> str | None:
    """Return the lobby that a welcome names."""
    client = house.connects()
    client.registers("Alice")
    welcome = client.hears()[0]
    assert isinstance(welcome, Success)
    return welcome.lobby


def test_it_is_there() -> None:
    """The lobby is created at the start, empty and open, and kept like any other room."""
    house = House(LOBBY)
    house.turn()
    made = [entry.room.name for entry in house.notices if isinstance(entry, Created)]
    (alice,) = house.signs_in("Alice")
    alice.send(ListRooms(id="1"))
    alice.joins("lobby")
    house.turn()
    alice.send(ListUsers(receiver="Lobby", id="2"))
    house.turn()
    (rooms,), (users,) = alice.answers("1"), alice.answers("2")
    assert isinstance(rooms, Success)
    assert isinstance(users, Success)

    assert ["Lobby"] == made
    assert [("Lobby", 0)] == [(room.name, room.members) for room in rooms.rooms or ()]
    assert [("Alice", None)] == [(user.name, user.moderator) for user in users.users or ()]


def test_it_is_there_already() -> None:
    """An existing room with that name, in any spelling, becomes the lobby unchanged."""
    house = House(LOBBY, rooms=[("LOBBY", 7)])
    house.turn()
    lobby = welcomed(house)

    assert [] == [entry for entry in house.notices if isinstance(entry, Created)]
    assert "LOBBY" == lobby


def test_welcome_names_it() -> None:
    """Every welcome names the lobby; without one the field is absent."""
    assert ["Lobby", None] == [welcomed(House(LOBBY)), welcomed(House())]


def test_its_place_is_needed_for_no_other_room() -> None:
    """The empty lobby is not removed to make space for other rooms."""
    house = House(replace(LOBBY, rooms=2))
    (alice,) = house.signs_in("Alice")
    for name in ("one", "two", "three"):
        alice.creates(name)
        house.turn()
        alice.send(Leave(receiver=name))
        house.turn()
    alice.joins("Lobby")
    house.turn()

    assert [] == alice.hears_codes()


def test_it_can_not_be_made() -> None:
    """If another room looks like it, the server does not start, and says why."""
    with pytest.raises(CannotOpen, match="The lobby 'Lobby' can't be created"):
        House(LOBBY, rooms=[("Lοbby", 1)])
