"""The introduction of a newcomer: the rooms, the members of a room, and its last messages."""

from __future__ import annotations

from typing import Any

import pytest

from classchat.messages import Error, Group, RoomListing, Success, UserListing
from tests.unit.client.helpers import BANNER, ERASE, Client, Server


def welcome(**more: Any) -> Success:
    """Return a welcome of our own server to Alice."""
    text = "Welcome to ClassChat, Alice!"
    return Success("SERVER", "Alice", text, server="ClassChat 0.1", epoch="e1", **more)


def newcomer(**more: Any) -> tuple[Client, Server]:
    """Return Alice's client at a terminal, and its server."""
    client = Client(introduces=True, replay=more.pop("replay", None))
    client.starts()
    server = client.reaches()
    server.forgets()
    server.tells(welcome(**more))
    return client, server


def shown(client: Client) -> list[str]:
    """Return the lines below the banner, without the erasing of prompts."""
    return client.screen.split(BANNER)[-1].replace(ERASE, "").replace("You: ", "").strip("\n").splitlines()


def test_rooms() -> None:
    """A newcomer sees which rooms there are, and how to join one."""
    client, server = newcomer()
    (asked,) = server.hears
    rooms = [RoomListing("CS350", 3), RoomListing("lab1", 1)]
    server.tells(Success("SERVER", "Alice", "Chat rooms: ...", id=asked["id"], rooms=rooms))

    assert "rooms" == asked["status"]
    assert ["[CLIENT] Rooms: CS350, lab1. To join one: /join <room_name>. Details: /rooms"] == shown(client)


def test_no_rooms() -> None:
    """Without rooms nothing is shown about them."""
    client, server = newcomer()
    server.tells(Success("SERVER", "Alice", "There are no chat rooms", id=server.hears[0]["id"], rooms=[]))

    assert [] == shown(client)


def test_somebody_who_is_in_rooms() -> None:
    """A user with an account is in rooms already, and gets no list and no lobby."""
    _, server = newcomer(rooms=[RoomListing("CS350", 3, 7)], lobby="Lobby")

    assert [] == server.hears


def test_lobby() -> None:
    """If the server names a lobby, a person joins it."""
    _, server = newcomer(lobby="Lobby")

    assert [("join", "Lobby")] == [(one["status"], one["receiver"]) for one in server.hears]


def test_what_is_typed_before_the_lobby() -> None:
    """Text typed before the welcome is sent after joining the lobby."""
    client = Client(introduces=True)
    client.starts()
    server = client.reaches()
    server.forgets()
    client.types("/group Lobby hi")
    server.tells(welcome(lobby="Lobby"))

    assert ["join", "group"] == [one["status"] for one in server.hears]


def test_lobby_that_lets_nobody_in() -> None:
    """A closed lobby is reported, and the person stays signed in."""
    client, server = newcomer(lobby="Lobby")
    server.tells(
        Error("SERVER", "Alice", "Room 'Lobby' is closed", code="room_closed", id=server.hears[0]["id"])
    )

    assert ["[ERROR] Room 'Lobby' is closed"] == shown(client)
    assert client.exit_code is None


@pytest.mark.parametrize("seq", [0, 7])
def test_joining(seq: int) -> None:
    """A user who joins a room sees its members, and its last messages, if there are any."""
    client, server = newcomer()
    server.forgets()
    client.types("/join CS350")
    server.tells(
        Success("SERVER", "Alice", "You have joined 'CS350'", id=server.hears[0]["id"], epoch="e1", seq=seq)
    )
    _, users, *history = server.hears
    server.tells(
        Success(
            "SERVER",
            "Alice",
            "In CS350: Alice, Bob",
            id=users["id"],
            users=[UserListing("Alice"), UserListing("Bob")],
            more=False,
        )
    )
    if history:
        time = "1970-01-01T10:04:00.000Z"
        server.tells(Group("Bob", "CS350", "Hello", seq=7, time=time, replay=True))
        server.tells(Success("SERVER", "Alice", "1 message", id=history[0]["id"]))

    assert ("users", "CS350") == (users["status"], users["receiver"])
    assert [("history", 20, 8)] * bool(seq) == [
        (one["status"], one.get("limit", 20), one["before"]) for one in history
    ]
    assert "Bob" in shown(client)[1]
    assert ["[CS350 - Bob] (10:04) Hello"] * bool(seq) == shown(client)[2:]


def test_replay_of_none() -> None:
    """With `--replay 0` no earlier messages are shown."""
    client, server = newcomer(replay=0)
    server.forgets()
    client.types("/join CS350")
    server.tells(
        Success("SERVER", "Alice", "You have joined 'CS350'", id=server.hears[0]["id"], epoch="e1", seq=7)
    )

    assert ["join", "users"] == [one["status"] for one in server.hears]


@pytest.mark.parametrize(("replay", "asked"), [(None, ["join"]), (5, ["join", "history"])])
def test_script(replay: int | None, asked: list[str]) -> None:
    """A script gets what it asks for, and earlier messages only if its command line says so."""
    client = Client(person=False, replay=replay)
    client.starts()
    server = client.reaches()
    server.tells(welcome(lobby="Lobby"))
    server.forgets()
    client.types("/join CS350")
    server.tells(
        Success("SERVER", "Alice", "You have joined 'CS350'", id=server.hears[0]["id"], epoch="e1", seq=7)
    )

    assert asked == [one["status"] for one in server.hears]


def test_first_version() -> None:
    """A server of the first version gets none of these requests."""
    client = Client(introduces=True, replay=None)
    client.starts()
    server = client.reaches()
    server.welcomes_as_first_version()

    assert [] == server.hears


def test_plain_mode() -> None:
    """In line mode all is as in the first version, except for a lobby, which a person joins."""
    client = Client(replay=None)
    client.starts()
    server = client.reaches()
    server.forgets()
    server.tells(welcome(lobby="Lobby"))
    server.tells(
        Success("SERVER", "Alice", "You have joined 'Lobby'", id=server.hears[0]["id"], epoch="e1", seq=7)
    )

    assert ["join"] == [one["status"] for one in server.hears]
