"""Member lists: what a client with a personal codec knows of its rooms, from events alone."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from classchat.core.events import Event, Own, Styled, UserGone, UserRenamed
from classchat.core.ports import Codec
from classchat.core.room_events import MemberBanned, MemberJoined, MemberKicked, MemberLeft
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import Ban, Group, Kick, Quit, Register, Rename, Unban
from tests.unit.core.helpers import RIGHT, owner
from tests.unit.core.personal import Words, connects
from tests.unit.helpers import Client, House

ROOMS = ("A", "B")
NAMES = ("n0", "n1", "n2", "Olga")


class Watching(Codec):
    """A personal codec that keeps a list of members for each room, as IRC clients do, and what was said."""

    personal = True

    def __init__(self) -> None:
        self.rooms: dict[str, set[str]] = {room: set() for room in ROOMS}
        self.said: dict[str, list[str]] = {room: [] for room in ROOMS}

    def encode(self, events: list[Event]) -> bytes:
        """Take note of the events."""
        for event in events:
            self._note(event.event if isinstance(event, Own) else event)
        return b"x" * len(events)

    def _note(self, event: Event) -> None:
        match event:
            case Styled(message=message):
                self._note(message)
            case Group(receiver=room, text=text):
                self.said[room].append(text)
            case MemberJoined(room=room, user=user):
                assert user not in self.rooms[room], f"{user} joins {room} twice"
                self.rooms[room].add(user)
            case MemberLeft(room=room, user=user, gone=False):
                self.rooms[room].discard(user)
            case MemberKicked(room=room, user=user):
                self.rooms[room].discard(user)
            case MemberBanned(room=room, user=user, member=True):
                self.rooms[room].discard(user)
            case UserGone(user=user):
                assert any(user in members for members in self.rooms.values()), f"{user} is gone twice"
                for members in self.rooms.values():
                    members.discard(user)
            case UserRenamed(old=old, new=new):
                for members in self.rooms.values():
                    if old in members:
                        members.remove(old)
                        members.add(new)
            case _:
                pass


class World:
    """A house with a watching client and one that reads JSON in both rooms, and users who come and go."""

    def __init__(self) -> None:
        self.house = House(Limits(renames_of_user=10_000).without_guard())
        self.codec = Watching()
        self.watcher = connects(self.house, self.codec)
        self.watcher.registers("Watcher")
        (self.json,) = self.house.signs_in("Json")
        self.house.claims(self.json, operator=True)
        for room in ROOMS:
            self.watcher.creates(room)
            self.json.joins(room)
        self.house.settles()
        self.clients: list[Client | None] = [None] * len(NAMES)
        owner(self.house, NAMES[-1]).vanishes()

    def client(self, number: int) -> Client:
        """Return the client of a user, who signs in if need be."""
        client = self.clients[number]
        if client is None or not client.session.registered:
            client = connects(self.house, Words()) if number % 2 else self.house.connects()
            name = NAMES[number]
            client.send(Register(sender=name, text=RIGHT if name == NAMES[-1] else ""))
            self.clients[number] = client
        return client


def _acts(world: World, number: int, room: str, act: int) -> None:
    """Do what an action says for a user, or to a user."""
    client, name = world.client(number), NAMES[number]
    acts: list[Callable[[], object]] = [
        lambda: client.joins(room),
        lambda: client.joins(room),
        lambda: client.says(room, f"{name} {len(world.codec.said[room])}"),
        lambda: client.leaves(room),
        client.vanishes,
        lambda: client.send(Quit(text="bye")),
        lambda: world.json.send(Kick(receiver=room, user=name)),
        lambda: world.json.send(Ban(receiver=room, user=name)),
        lambda: world.json.send(Unban(receiver=room, user=name)),
        lambda: client.send(Rename(text=f"{name}x")),
        lambda: world.house.turn(1),
        world.house.turn,
        lambda: world.house.journal.clock.advance(Limits.absence),
        lambda: world.house.journal.fail(NotSaved()),
    ]
    acts[act % len(acts)]()


STEPS = st.lists(
    st.tuples(st.integers(0, len(NAMES) - 1), st.sampled_from(ROOMS), st.integers(0, 13)), max_size=40
)


@given(STEPS)
def test_a_client_knows_who_is_in_its_rooms(steps: list[tuple[int, str, int]]) -> None:
    """Whatever happens, in whatever batches, its lists are the members, and it reads what others do."""
    world = World()
    world.json.forgets()
    for number, room, act in steps:
        _acts(world, number, room, act)
    world.house.settles()

    for room in ROOMS:
        assert set(world.house.members(room)) == world.codec.rooms[room]
        events = [event for event in world.json.hears("group") if event.receiver == room]
        assert [event.text for event in events if event.sender != "SERVER"] == world.codec.said[room]
