"""Whatever is done on several nodes in whatever order: in the end all of them agree."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from classchat.class_commands import NextHand, RaiseHand
from classchat.messages import (
    Away,
    Back,
    Ban,
    Claim,
    Command,
    Deop,
    Group,
    Kick,
    Mute,
    Op,
    Register,
    Rename,
    SetRoom,
    SetTopic,
    Tell,
    Unban,
    Unmute,
)
from tests.unit.core.helpers import RIGHT
from tests.unit.core.several import Several
from tests.unit.helpers import Client

NAMES = ("Ann", "Bob", "Cid", "Dan")
ROOMS = ("one", "two")

_rooms = st.sampled_from(ROOMS)
_names = st.sampled_from(NAMES)


@dataclass
class Does:
    """A client does something; the node that it is on commits, or not yet."""

    client: int
    command: Command
    commits: bool


@dataclass
class Moves:
    """A client's connection is lost, and it connects to a node."""

    client: int
    node: int
    name: str
    password: bool
    commits: bool


@dataclass
class Dies:
    """A node dies, and another one starts."""

    node: int


_commands = st.one_of(
    st.builds(Tell, receiver=_names, text=st.just("psst")),
    st.builds(Kick, receiver=_rooms, user=_names),
    st.builds(Ban, receiver=_rooms, user=_names),
    st.builds(Unban, receiver=_rooms, user=_names),
    st.builds(Mute, receiver=_rooms, user=_names),
    st.builds(Unmute, receiver=_rooms, user=_names),
    st.builds(Op, receiver=_rooms, user=_names),
    st.builds(Deop, receiver=_rooms, user=_names),
    st.builds(SetTopic, receiver=_rooms, text=st.sampled_from(("x", "y", ""))),
    st.builds(SetRoom, receiver=_rooms, text=st.sampled_from(("open", "private", "announce", "talk"))),
    st.builds(Rename, text=_names),
    st.builds(Away, text=st.just("lunch")),
    st.builds(Back),
    st.builds(Claim, text=st.just(RIGHT)),
    st.builds(RaiseHand, receiver=_rooms, text=st.just("help")),
    st.builds(NextHand, receiver=_rooms),
)


def _talking() -> st.SearchStrategy[Command]:
    from classchat.messages import Create, Join, Leave, Say

    return st.one_of(
        st.builds(Say, receiver=_rooms, text=st.just("hello")),
        st.builds(Say, receiver=_rooms, text=st.just("hello")),
        st.builds(Create, receiver=_rooms),
        st.builds(Join, receiver=_rooms),
        st.builds(Join, receiver=_rooms),
        st.builds(Leave, receiver=_rooms),
    )


_clients = st.integers(0, 3)
_steps = st.one_of(
    st.builds(Does, _clients, st.one_of(_talking(), _commands), st.booleans()),
    st.builds(Does, _clients, _talking(), st.booleans()),
    st.builds(Moves, _clients, st.integers(0, 2), _names, st.booleans(), st.booleans()),
    st.builds(Dies, st.integers(0, 2)),
)


@dataclass
class Play:
    """Clients on several nodes."""

    several: Several
    clients: list[Client] = field(default_factory=list)

    def move(self, at: int, node: int, name: str, *, password: bool) -> None:
        """Connect a client to a node, under a name."""
        house = self.several.houses[node % len(self.several.houses)]
        client = house.connects()
        client.send(Register(sender=name, text=RIGHT) if password else Register(sender=name))
        if at < len(self.clients):
            self.clients[at].vanishes()
            self.clients[at] = client
        else:
            self.clients.append(client)

    def does(self, step: Does | Moves | Dies) -> None:
        """Take a step."""
        match step:
            case Does():
                client = self.clients[step.client]
                if client._house in self.several.houses:
                    client.send(step.command)
                    if step.commits:
                        client._house.turn()
            case Moves():
                self.move(step.client, step.node, step.name, password=step.password)
                if step.commits:
                    self.clients[step.client]._house.turn()
            case Dies():
                if len(self.several.houses) > 1:
                    self.several.starts()
                    self.several.dies(self.several.houses[step.node % (len(self.several.houses) - 1)])

    def heard(self, room: str) -> list[list[int]]:
        """Return the numbers of the messages that each client has heard in a room."""
        return [
            [
                event.seq
                for event in client.hears("group")
                if isinstance(event, Group) and event.receiver == room and event.seq is not None
            ]
            for client in self.clients
        ]


@given(steps=st.lists(_steps, max_size=30))
@settings(max_examples=200, deadline=None)
def test_all_nodes_agree(steps: list[Does | Moves | Dies]) -> None:
    """Users, rooms, members, rights and numbers are the same everywhere, and nothing is heard twice."""
    play = Play(Several(2))
    for at, name in enumerate(NAMES):
        play.move(at, at, name, password=False)
    play.several.settles()
    for step in steps:
        play.does(step)
    play.several.settles()
    for house in play.several.houses:
        house.journal.clock.advance(60)
    play.several.settles()

    play.several.same()
    for room in ROOMS:
        for numbers in play.heard(room):
            assert sorted(set(numbers)) == numbers
