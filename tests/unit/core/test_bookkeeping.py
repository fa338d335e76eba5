"""Pending members of a room are counted correctly, whatever happens at once and whatever fails."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from classchat.core.chat import Chat
from classchat.core.sorted import alphabetical
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import (
    Ban,
    Claim,
    Close,
    Command,
    History,
    Invite,
    Join,
    Kick,
    Leave,
    Register,
    Rename,
    Say,
    SetRoom,
    Since,
    Unban,
)
from tests.unit.helpers import EPOCH, Client, House

RIGHT = "correct horse"
ROOMS = ("R", "S")
PEOPLE = ("Alice", "Bob", "Carol")
NAMES = ("Carol", "CAROL", "Aaron", "Zoe", "Dora")
"""The names that guests take, one after the other or at once."""

ASKED = st.sampled_from(ROOMS).flatmap(
    lambda room: st.one_of(
        st.sampled_from(
            [
                Join(receiver=room),
                Join(receiver=room, since=Since(EPOCH, 0)),
                Leave(receiver=room),
                Say(receiver=room, text="Hello"),
                History(receiver=room),
                Close(receiver=room),
                SetRoom(receiver=room, text="private"),
                SetRoom(receiver=room, text="open"),
            ]
        ),
        st.builds(
            lambda kind, user: kind(receiver=room, user=user),
            st.sampled_from([Kick, Ban, Unban, Invite]),
            st.sampled_from(PEOPLE),
        ),
        st.builds(Rename, text=st.sampled_from(NAMES)),
    )
)
HAPPENS = st.sampled_from(["turn", "turn one", "fail", "stop reading", "read on", "vanish", "come", "absent"])
ACTORS = st.sampled_from([0, 1, 1, 1, 2, 3, 3, 3, 4])
STEPS = st.lists(st.tuples(ACTORS, st.one_of(ASKED, HAPPENS)), max_size=40)

BOTH_AT_ONCE: list[tuple[int, Command | str]] = [
    (3, "stop reading"),
    (3, Join(receiver="R", since=Since(EPOCH, 0))),
    (1, Join(receiver="R", since=Since(EPOCH, 0))),
    (3, "read on"),
    (0, "turn"),
]
"""Two devices of one account join, and the one that is told more ends later."""


class Place:
    """A house where Alice and Bob are registered, Bob has two devices, and Carol is a guest."""

    def __init__(self) -> None:
        self.house = House(Limits(operators=frozenset({"alice"})).without_guard())
        self.clients: list[Client] = [self.house.connects() for _ in range(5)]
        for client, name in zip(self.clients, PEOPLE, strict=False):
            client.registers(name)
        for client in self.clients[:2]:
            client.send(Claim(text=RIGHT))
            self.house.settles()
        self.come(3)
        for room in ROOMS:
            self.clients[0].creates(room)
            self.clients[0].says(room, "Hello")
        self.house.settles()

    def come(self, number: int) -> None:
        """Sign in a client that is not there: the fourth is Bob's other device, the last a new user."""
        name = (*PEOPLE, "Bob", "Dora")[number]
        client = self.clients[number] = self.house.connects()
        client.send(Register(sender=name, text=RIGHT if name in ("Alice", "Bob") else ""))

    def happens(self, number: int, step: Command | str) -> None:
        """Send a client's command, or let an event happen to it."""
        client = self.clients[number]
        match step:
            case "turn":
                self.house.turn()
            case "turn one":
                self.house.turn(1)
            case "fail":
                self.house.journal.fail(NotSaved())
                self.house.turn()
            case "stop reading":
                client.peer.reads = client.peer.reads or Deferred()
            case "read on":
                self.reads_on(client)
            case "vanish":
                client.vanishes()
                self.reads_on(client)
            case "come":
                if not client.session.registered:
                    self.come(number)
            case "absent":
                self.house.journal.clock.advance(30.0)
            case _:
                client.send(step)  # type: ignore[arg-type]

    def reads_on(self, client: Client) -> None:
        """Read everything that was written to a client."""
        reads, client.peer.reads = client.peer.reads, None
        if reads is not None:
            reads.callback(None)

    def ends(self) -> None:
        """Make all clients read everything, and commit all entries."""
        for client in self.clients:
            self.reads_on(client)
        self.house.settles()


def check_names(chat: Chat) -> None:
    """Check that users are found by their names and persons, and stand in order."""
    users, in_order = chat.users, sorted(chat.users, key=alphabetical)
    assert {} == users.renaming
    assert in_order == list(users.ordered)
    assert all(user is users.find(user.name) is users.by_person(user.person.number) for user in users)
    assert all(user.name == user.person.name for user in users)
    for room in chat.rooms:
        for members in (room.members, room.enlisted):
            assert sorted(members, key=alphabetical) == list(members.ordered)


@given(STEPS)
@example(BOTH_AT_ONCE)
def test_a_room_counts_who_is_there_and_nobody_else(steps: list[tuple[int, Command | str]]) -> None:
    """A room counts exactly its members, under any devices, orders and failures, and none at the end."""
    place = Place()
    for number, step in steps:
        place.happens(number, step)
    place.ends()
    chat = place.house.chat
    users = {*chat.users, *(account.user for account in chat.accounts)}
    for room in chat.rooms:
        there = {user for user in users if room in user.rooms}
        assert (len(there), {}, False) == (room.wanted, room.catching_up, room.order.under_way)
        assert {user for user in there if user in chat.users} == room.members & set(chat.users)
        assert room.members <= there
    check_names(chat)
    place.house.journal.clock.advance(30.0)
    for number in range(3):
        if not place.clients[number].session.registered:
            place.come(number)
    place.ends()
    for client in place.clients:
        for name in ROOMS:
            client.leaves(name)
    place.ends()

    assert [(0, set())] * 2 == [(room.wanted, room.members) for room in chat.rooms]
