"""Permissions: each cell of docs/permissions.md is tried, and must have the documented result."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from classchat.limits import Limits
from classchat.messages import (
    Assist,
    Ban,
    Broadcast,
    Close,
    Command,
    Create,
    Delete,
    Deop,
    Error,
    History,
    Invite,
    Join,
    Kick,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    Say,
    Search,
    SetRoom,
    SetTopic,
    Success,
    Unassist,
    Unban,
    Unmute,
)
from tests.tables import each_case
from tests.unit.helpers import Client, House

PAGE = Path(__file__).parents[3] / "docs" / "permissions.md"

REQUESTS: dict[str, Command] = {
    "join": Join(receiver="R"),
    "leave": Leave(receiver="R"),
    "group": Say(receiver="R", text="Hello"),
    "history": History(receiver="R"),
    "search": Search(receiver="R", text="Hello"),
    "delete": Delete(receiver="R", seq=1),
    "users": ListUsers(receiver="R"),
    "rooms": ListRooms(),
    "create": Create(receiver="r"),
    "topic": SetTopic(receiver="R", text="Exam"),
    "kick": Kick(receiver="R", user="Dora"),
    "ban": Ban(receiver="R", user="Dora", seconds=60),
    "unban": Unban(receiver="R", user="Boris"),
    "mute": Mute(receiver="R", user="Dora"),
    "unmute": Unmute(receiver="R", user="Mia"),
    "op": Op(receiver="R", user="Dora"),
    "deop": Deop(receiver="R", user="Tim"),
    "assist": Assist(receiver="R", user="Dora"),
    "unassist": Unassist(receiver="R", user="Dora"),
    "invite": Invite(receiver="R", user="Ira"),
    "room private": SetRoom(receiver="R", text="private"),
    "room open": SetRoom(receiver="R", text="open"),
    "room announce": SetRoom(receiver="R", text="announce"),
    "room talk": SetRoom(receiver="R", text="talk"),
    "room questions": SetRoom(receiver="R", text="questions"),
    "room exam": SetRoom(receiver="R", text="exam"),
    "room slow": SetRoom(receiver="R", text="slow", seconds=30),
    "close": Close(receiver="R"),
    "broadcast": Broadcast(text="Lunch"),
}

WHO = ("guest", "invited", "member", "muted", "banned", "moderator", "operator")
KINDS = {
    "An open room": "open",
    "A private room": "private",
    "An announce room": "announce",
    "A closed room": "closed",
}


def _tables() -> dict[str, list[list[str]]]:
    """Return the rows of each section's table, the header first."""
    tables: dict[str, list[list[str]]] = {}
    section = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("|") and not line.startswith("| ---"):
            cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
            tables.setdefault(section, []).append(cells)
    return tables


def _cells() -> Iterator[tuple[str, str, str, str]]:
    """Yield kind, request, standing, and result."""
    tables = _tables()
    for section, kind in KINDS.items():
        head, *rows = tables[section]
        for request, *outcomes in rows:
            for who, outcome in zip(head[1:], outcomes, strict=True):
                yield kind, request, who, outcome


CELLS = list(_cells())
AGAINST = [
    (request, by, whom, outcome)
    for request, by, *outcomes in _tables()["Against whom"][1:]
    for whom, outcome in zip(_tables()["Against whom"][0][2:], outcomes, strict=True)
]


def _by_request(kind: str, who: str) -> dict[str, str]:
    """Return the documented results of a user's requests about a room of one kind."""
    return {
        request: result for of_kind, request, of_whom, result in CELLS if (kind, who) == (of_kind, of_whom)
    }


class Place:
    """A house with room `R` of one kind, and a user of each standing.

    Mona and Tim are its moderators, Olga is an operator; Dora and Emil are members, Mia is muted, Boris is
    banned; Ina is invited, Gus is not, nor is Ira.
    """

    def __init__(self, kind: str) -> None:
        self._requests = count(1)
        self.house = House(Limits(operators=frozenset({"olga"})).without_guard())
        names = ("Mona", "Tim", "Olga", "Dora", "Emil", "Mia", "Boris", "Ina", "Gus", "Ira")
        self.clients = dict(zip(names, self.house.signs_in(*names), strict=True))
        mona, tim, olga, dora, emil, mia, boris, *_ = self.clients.values()
        self.house.claims(mona, tim)
        self.house.claims(olga, operator=True)
        self.house.room("R", mona, tim, dora, emil, mia, boris)
        for command in (
            Op(receiver="R", user="Tim"),
            Mute(receiver="R", user="Mia", seconds=60),
            Ban(receiver="R", user="Boris"),
            Invite(receiver="R", user="Ina"),
            Say(receiver="R", text="Hello"),
        ):
            self.asks(mona, command)
        if kind == "closed":
            self.asks(mona, Close(receiver="R"))
        elif kind != "open":
            self.asks(mona, SetRoom(receiver="R", text=kind))
        for client in self.clients.values():
            client.forgets()

    def asks(self, client: Client, command: Command) -> None:
        """Send a client's command, and settle."""
        client.send(command)
        self.house.turn()

    def outcome(self, client: Client, command: Command) -> str:
        """Return the result of a request: `yes`, or the code of the refusal."""
        client.forgets()
        id = f"request {next(self._requests)}"
        client.send(type(command)(**{**_fields(command), "id": id}))
        self.house.turn()
        (answer,) = client.answers(id)
        if isinstance(answer, Error):
            return str(answer.code)
        assert isinstance(answer, Success)
        if isinstance(command, ListRooms):
            return "yes" if [room.name for room in answer.rooms or ()] == ["R"] else "no"
        return "yes"

    def client(self, who: str) -> Client:
        """Return a user of a standing."""
        names = dict(zip(WHO, ("Gus", "Ina", "Emil", "Mia", "Boris", "Mona", "Olga"), strict=True))
        return self.clients[names[who]]


def _results(kind: str, who: str, *before: Command) -> dict[str, str]:
    """Return the results of a user's requests, each of them after the commands `before`.

    A request that is granted has changed the place, so that the next one gets a new place. A refusal
    changes nothing: the next one gets the same place.
    """
    results: dict[str, str] = {}
    place = None
    for name, request in REQUESTS.items():
        if place is None:
            place = Place(kind)
            for command in before:
                place.asks(place.client(who), command)
        results[name] = place.outcome(place.client(who), request)
        if results[name] == "yes":
            place = None
    return results


def _fields(command: Command) -> dict[str, object]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def test_the_page_is_whole() -> None:
    """There is a table for each kind of room, with each request and each standing."""
    expected = {(kind, request, who) for kind in KINDS.values() for request in REQUESTS for who in WHO}

    assert expected == {cell[:3] for cell in CELLS}
    assert len(expected) == len(CELLS)


@each_case("who", WHO)
@each_case("kind", KINDS.values())
def test_every_cell(kind: str, who: str) -> None:
    """Each request has the result that the page documents."""
    assert _by_request(kind, who) == _results(kind, who)


@each_case("kind", KINDS.values())
def test_a_moderator_who_is_not_there(kind: str) -> None:
    """A moderator who is not in the room is like an operator there, but tells the server nothing."""
    results = _results(kind, "moderator", Leave(receiver="R"))

    assert {**_by_request(kind, "operator"), "broadcast": "not_allowed"} == results


@each_case("kind", KINDS.values())
def test_an_operator_who_is_there(kind: str) -> None:
    """An operator who is in the room is like a moderator there, and may broadcast."""
    results = _results(kind, "operator", Join(receiver="R"))

    assert {**_by_request(kind, "moderator"), "broadcast": "yes"} == results


@each_case(("request_", "by", "whom", "expected"), AGAINST)
def test_against_whom(request_: str, by: str, whom: str, expected: str) -> None:
    """A user can't act against users of equal or higher standing."""
    place = Place("open")
    second = {"moderator": "Tim", "operator": "Olga"}
    names = {
        "a member": "Dora",
        "an absent name": "Nobody",
        "oneself": {"moderator": "Mona", "operator": "Olga"}[by],
        "a moderator": second["moderator"],
        "an operator": second["operator"],
    }
    if whom == "an operator" and by == "operator":
        (other,) = place.house.signs_in("Otto")
        place.house.claims(other, operator=True)
        place.asks(other, Join(receiver="R"))
        names["an operator"] = "Otto"
    elif whom == "an operator":
        place.asks(place.client("operator"), Join(receiver="R"))
    kind = type(REQUESTS[request_])

    assert expected == place.outcome(place.client(by), kind(receiver="R", user=names[whom]))
