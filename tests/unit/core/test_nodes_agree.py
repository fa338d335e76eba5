"""Whatever is done on several nodes in whatever order: in the end all of them agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, assert_never

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from classchat.class_commands import (
    Ask,
    EndPoll,
    FinishTurn,
    LowerHand,
    NextHand,
    Present,
    RaiseHand,
    SetGroups,
    SetSession,
    StartPoll,
    Vote,
)
from classchat.errors import NotSaved
from classchat.messages import (
    Assist,
    Away,
    Back,
    Ban,
    Claim,
    Close,
    Command,
    Create,
    Deop,
    Group,
    Invite,
    Join,
    Kick,
    Leave,
    Mute,
    Op,
    Quit,
    Register,
    Rename,
    Say,
    SetRoom,
    SetTopic,
    Tell,
    Unassist,
    Unban,
    Unmute,
)
from tests.unit.core.helpers import RIGHT
from tests.unit.core.several import Several
from tests.unit.helpers import Client, House

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
    how: Literal["guest", "password", "token"]
    commits: bool


@dataclass
class Dies:
    """A node dies, and another one starts."""

    node: int


@dataclass
class Fails:
    """Nothing of what a node is about to write can be stored."""

    node: int


@dataclass
class Commits:
    """A node commits its first entries."""

    node: int
    entries: int


@dataclass
class Waits:
    """Time passes."""

    seconds: float


_orders = st.one_of(
    st.builds(Kick, receiver=_rooms, user=_names),
    st.builds(Ban, receiver=_rooms, user=_names),
    st.builds(Unban, receiver=_rooms, user=_names),
    st.builds(Mute, receiver=_rooms, user=_names),
    st.builds(Unmute, receiver=_rooms, user=_names),
    st.builds(Op, receiver=_rooms, user=_names),
    st.builds(Deop, receiver=_rooms, user=_names),
    st.builds(Assist, receiver=_rooms, user=_names),
    st.builds(Unassist, receiver=_rooms, user=_names),
    st.builds(Invite, receiver=_rooms, user=_names),
    st.builds(SetTopic, receiver=_rooms, text=st.sampled_from(("x", "y", ""))),
    st.builds(
        SetRoom, receiver=_rooms, text=st.sampled_from(("open", "private", "announce", "talk", "exam"))
    ),
    st.builds(Close, receiver=_rooms),
)

_of_the_class = st.one_of(
    st.builds(SetSession, receiver=_rooms, text=st.sampled_from(("begin", "begin", "end"))),
    st.builds(RaiseHand, receiver=_rooms, text=st.just("help")),
    st.builds(RaiseHand, receiver=_rooms, text=st.just("help")),
    st.builds(LowerHand, receiver=_rooms),
    st.builds(NextHand, receiver=_rooms),
    st.builds(FinishTurn, receiver=_rooms, text=st.sampled_from(("helped", "later"))),
    st.builds(Ask, receiver=_rooms, text=st.just("Why?")),
    st.builds(
        StartPoll, receiver=_rooms, text=st.just("Which?"), options=st.just(["A", "B"]), seconds=st.just(5)
    ),
    st.builds(Vote, receiver=_rooms, choices=st.sampled_from(([0], [1]))),
    st.builds(EndPoll, receiver=_rooms),
    st.builds(Present, receiver=_rooms, seconds=st.just(10)),
    st.builds(SetGroups, receiver=_rooms, count=st.sampled_from((1, 2)), text=st.just("random")),
    st.builds(SetGroups, receiver=_rooms, text=st.just("close")),
)

_of_users = st.one_of(
    st.builds(Tell, receiver=_names, text=st.just("psst")),
    st.builds(Rename, text=_names),
    st.builds(Away, text=st.just("lunch")),
    st.builds(Back),
    st.builds(Claim, text=st.just(RIGHT)),
    st.builds(Quit),
)

_talking = st.one_of(
    st.builds(Say, receiver=_rooms, text=st.just("hello")),
    st.builds(Say, receiver=_rooms, text=st.just("hello")),
    st.builds(Create, receiver=_rooms),
    st.builds(Join, receiver=_rooms),
    st.builds(Join, receiver=_rooms),
    st.builds(Leave, receiver=_rooms),
)

_clients = st.integers(0, 3)
_nodes = st.integers(0, 2)
_steps = st.one_of(
    st.builds(Does, _clients, _orders, st.booleans()),
    st.builds(Does, _clients, _of_the_class, st.booleans()),
    st.builds(Does, _clients, _of_users, st.booleans()),
    st.builds(Does, _clients, _talking, st.booleans()),
    st.builds(
        Moves,
        _clients,
        _nodes,
        _names,
        st.sampled_from(("guest", "password", "token", "token")),
        st.booleans(),
    ),
    st.builds(Dies, _nodes),
    st.builds(Fails, _nodes),
    st.builds(Commits, _nodes, st.integers(0, 3)),
    st.builds(Waits, st.sampled_from((1, 5, 60))),
)
Step = Does | Moves | Dies | Fails | Commits | Waits


@dataclass
class Play:
    """Clients on several nodes."""

    several: Several
    clients: list[Client] = field(default_factory=list)
    welcomes: dict[int, tuple[str, str]] = field(default_factory=dict)
    """The name and the token of the last welcome of each client."""

    asked: list[tuple[Client, str]] = field(default_factory=list)
    """The requests of clients, by their ids."""

    def move(self, at: int, node: int, name: str, how: str) -> None:
        """Connect a client to a node, under a name, or with the token of its last welcome."""
        house = self.house(node)
        client = house.connects()
        if at < len(self.clients):
            for event in self.clients[at].hears("success"):
                if event.token is not None:  # type: ignore[union-attr]
                    self.welcomes[at] = event.receiver, event.token  # type: ignore[union-attr]
        register = Register(sender=name, id="in")
        if how == "password":
            register = Register(sender=name, text=RIGHT, id="in")
        elif how == "token" and at in self.welcomes:
            name, token = self.welcomes[at]
            register = Register(sender=name, token=token, id="in")
        client.send(register)
        if at < len(self.clients):
            self.clients[at].vanishes()
            self.clients[at] = client
        else:
            self.clients.append(client)

    def house(self, node: int) -> House:
        """Return one of the nodes."""
        return self.several.houses[node % len(self.several.houses)]

    def does(self, step: Step) -> None:
        """Take a step."""
        match step:
            case Does():
                client = self.clients[step.client]
                user = client.session.user  # a door hands on nothing until the client is welcome
                if client._house in self.several.houses and user is not None and client.peer in user.peers:
                    id = str(len(self.asked))
                    client.send(replace(step.command, id=id))
                    self.asked.append((client, id))
                    if step.commits:
                        client._house.turn()
            case Moves():
                self.move(step.client, step.node, step.name, step.how)
                if step.commits:
                    self.clients[step.client]._house.turn()
            case Dies():
                if len(self.several.houses) > 1:
                    self.several.starts()
                    self.several.dies(self.several.houses[step.node % (len(self.several.houses) - 1)])
            case Fails():
                self.house(step.node).journal.fail(NotSaved())
            case Commits():
                self.house(step.node).turn(step.entries)
            case Waits():
                for house in self.several.houses:
                    house.journal.clock.advance(step.seconds)
            case _:
                assert_never(step)

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

    def check_answers(self) -> None:
        """Check that each request of a client that is still here has one answer."""
        for client, id in self.asked:
            here = client._house in self.several.houses and not (client.session._closed or client.peer.closed)
            answers = client.answers(id)
            assert len(answers) == 1 or (not here and not answers), (id, answers)


def _settle(play: Play) -> None:
    play.several.settles()
    for _ in range(3):
        for house in play.several.houses:
            house.journal.clock.advance(60)
        play.several.settles()


def _check_inside(house: House) -> None:
    """Check that nothing is left of what was under way, and that the registries fit together."""
    chat = house.chat
    assert {} == chat.users.renaming
    assert 0 == len(chat.sign_ins.arrivals)
    for room in chat.rooms:
        assert not room.order.under_way
        assert room.wanted == len(room.enlisted), room.name
        assert set(room.members) == {user for user in room.enlisted if user in chat.users}, room.name
        for user in room.enlisted:
            assert room in user.rooms
        assert not room.catching_up
    for user in chat.users:
        assert user.connected, user.name
        assert not user.catching_up
        assert all(chat.rooms.by_key(room.key) is room for room in user.rooms)
    for client in house.clients:
        if client.session.user is not None and not client.peer.closed:
            assert client.session.user in chat.users
            assert client.peer in client.session.user.peers


def _check_tables(play: Play) -> None:
    """Check that the tables have what the nodes know."""
    log = play.several.log
    here = {
        (house.journal.node, user.person.number): len(user.peers)
        for house in play.several.houses
        for user in house.chat.users
        if user.peers
    }
    assert here == {place: one.clients for place, one in log.presences.items()}
    guests = {
        (user.person.number, room.key)
        for user in play.several.houses[0].chat.users
        if user.account is None
        for room in user.rooms
    }
    assert guests == {place for place, seat in log.seats.items() if seat.taken}


@given(steps=st.lists(_steps, min_size=12, max_size=60))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_all_nodes_agree(steps: list[Step]) -> None:
    """Users, rooms, members, rights, rows and numbers are the same everywhere, also on a node that starts.

    Nothing is heard twice, and each request has one answer.
    """
    play = Play(Several(2))
    for at, name in enumerate(NAMES):
        play.move(at, at, name, "guest")
    play.several.settles()
    play.clients[0].creates("one")
    play.clients[0].send(SetSession(receiver="one", text="begin"))
    play.several.settles()
    for client in play.clients[1:]:
        client.joins("one")
    play.several.settles()
    for step in steps:
        play.does(step)
    _settle(play)

    play.several.same()
    play.check_answers()
    for room in ROOMS:
        for numbers in play.heard(room):
            assert sorted(set(numbers)) == numbers
    for house in play.several.houses:
        _check_inside(house)
    _check_tables(play)
    play.several.starts()
    play.several.settles()
    play.several.same()
