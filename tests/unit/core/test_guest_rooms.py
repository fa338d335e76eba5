"""Private rooms of guests: who can enter them, and when their names are free again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from classchat.core.guest_rooms import RETURNING
from classchat.core.model import Room
from classchat.limits import Limits
from classchat.messages import Create, Deop, Invite, Join, Kick, Leave, Op, SetRoom
from tests.unit.core.several import Several, in_room, passes
from tests.unit.helpers import Client, House

R = "CS350"


class Guests(House):
    """A house in which guests have a private room: Alice moderates it, Bob is in it, Carol is not."""

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(limits)
        self.alice, self.bob, self.carol = self.signs_in("Alice", "Bob", "Carol")
        self.room(R, self.alice, self.bob)
        self.asks(self.alice, SetRoom(receiver=R, text="private"))

    def asks(self, client: Client, *commands: object) -> list[str]:
        """Send commands and settle; return the codes of the refusals."""
        for other in self.clients:
            other.forgets()
        for command in commands:
            client.send(command)  # type: ignore[arg-type]
            self.settles()
        return client.hears_codes()

    def leave(self, *clients: Client) -> None:
        """Disconnect clients."""
        for client in clients:
            client.vanishes()
            self.settles()

    def here(self) -> Room:
        """Return the room."""
        return self.chat.rooms.get(R)

    def waits(self, seconds: float) -> None:
        """Disconnect clients."""
        self.journal.clock.advance(seconds)


@pytest.fixture
def house() -> Guests:
    """Return the house."""
    return Guests()


def test_who_may_enter(house: Guests) -> None:
    """A guest who moderates makes a room private: who is not invited can't join it, nor create it."""
    refused = house.asks(house.carol, Join(receiver=R), Create(receiver=R))
    house.asks(house.alice, Invite(receiver=R, user="Carol"))

    assert ["not_invited", "room_exists"] == refused
    assert [] == house.asks(house.carol, Join(receiver=R))


def test_the_last_moderator_steps_down(house: Guests) -> None:
    """The last moderator may step down, and stays; then nobody is invited until an operator helps."""
    stepped = house.asks(house.alice, Deop(receiver=R, user="Alice"))
    refused = house.asks(house.alice, Invite(receiver=R, user="Carol"))
    again = house.asks(house.alice, Leave(receiver=R), Join(receiver=R))
    house.claims(house.carol, operator=True)

    assert ([], ["not_allowed"], []) == (stepped, refused, again)
    assert [] == house.asks(house.carol, Op(receiver=R, user="Bob"))


def test_a_registered_moderator_stays(house: Guests) -> None:
    """Where a moderator has an account, the last one may not step down, and the room is kept for ever."""
    house.claims(house.bob)
    house.asks(house.alice, Op(receiver=R, user="Bob"), Deop(receiver=R, user="Alice"))
    refused = house.asks(house.bob, Deop(receiver=R, user="Bob"))
    house.asks(house.bob, Leave(receiver=R))
    house.leave(house.alice, house.bob)
    house.waits(RETURNING)

    assert ["not_allowed"] == refused
    assert ["room_exists"] == house.asks(house.carol, Create(receiver=R))


def test_a_name_is_free_again(house: Guests) -> None:
    """A day after the last guest has left the room is over: who creates it again has an empty one."""
    house.leave(house.alice, house.bob)
    house.waits(RETURNING - 1)
    before = house.asks(house.carol, Create(receiver=R), Join(receiver=R))
    house.waits(1)
    missing = house.asks(house.carol, Join(receiver=R))
    made = house.asks(house.carol, Create(receiver=R))
    order = house.here().order

    assert (["room_exists", "not_invited"], ["room_not_found"], []) == (before, missing, made)
    assert (False, {}, ["Carol"]) == (order.private, order.invited, [*order.moderators.values()])
    assert house.here().members == {house.carol.session.user}


def kicked(house: Guests) -> None:
    """Remove Bob, which also ends the invitation."""
    house.asks(house.alice, Kick(receiver=R, user="Bob"))
    house.leave(house.alice)


def left_by_all(house: Guests) -> None:
    """Leave the room, and not the server."""
    house.asks(house.bob, Leave(receiver=R))
    house.asks(house.alice, Leave(receiver=R))


def left_by_one(house: Guests) -> None:
    """Leave Bob in the room."""
    house.leave(house.alice)


@pytest.mark.parametrize(
    ("happens", "refused"),
    [(kicked, []), (left_by_all, ["room_exists"]), (left_by_one, ["room_exists"])],
)
def test_who_keeps_a_room(happens: Callable[[Guests], None], refused: list[str], house: Guests) -> None:
    """A member keeps a room, or a guest who is on the server and may enter it, however long; nobody else."""
    happens(house)
    house.waits(2 * RETURNING)

    assert refused == house.asks(house.carol, Create(receiver=R))


def test_who_may_enter_a_room_that_is_over(house: Guests) -> None:
    """An operator, or an invited user with an account, enters it as it is: none is created."""
    house.claims(house.carol)
    house.asks(house.alice, Invite(receiver=R, user="Carol"))
    house.leave(house.alice, house.bob)
    house.waits(RETURNING)
    refused = house.asks(house.carol, Create(receiver=R))

    assert (["room_exists"], []) == (refused, house.asks(house.carol, Join(receiver=R)))
    assert house.here().order.private


def test_what_is_not_known_after_a_restart(house: Guests) -> None:
    """Where nobody has seen the guests leave, a room is over a day after somebody asks for it."""
    house.leave(house.alice, house.bob)
    house.chat.guest_rooms._left.clear()
    house.waits(2 * RETURNING)
    first = house.asks(house.carol, Create(receiver=R))
    house.waits(RETURNING)

    assert (["room_exists"], []) == (first, house.asks(house.carol, Create(receiver=R)))


def test_how_many_there_are() -> None:
    """Guests make no more rooms private than rooms may be kept; those that are over make way."""
    house = Guests(Limits(rooms=2).without_guard())  # one of which is kept
    house.room("Other", house.carol)
    refused = house.asks(house.carol, SetRoom(receiver="Other", text="private"))
    house.leave(house.alice, house.bob)
    house.waits(RETURNING)
    made = house.asks(house.carol, SetRoom(receiver="Other", text="private"))
    third = house.asks(house.carol, Create(receiver="Third"))

    assert (["too_many"], [], []) == (refused, made, third)
    assert ["Other", "Third"] == sorted(room.name for room in house.chat.rooms)


def test_on_two_nodes() -> None:
    """A guest on another node keeps the room; once it is over, both nodes have the new one in its place."""
    several = Several()
    alice, bob = in_room(several, "Alice", "Bob")
    carol = several.houses[1].connects()
    carol.registers("Carol")
    several.settles()
    alice.send(SetRoom(receiver=R, text="private"))
    several.settles()
    alice.vanishes()
    several.settles()
    passes(several, 2 * RETURNING)
    carol.send(Join(receiver=R))
    several.settles()
    kept = carol.hears_codes()
    bob.vanishes()
    several.settles()
    passes(several, RETURNING)
    carol.send(Create(receiver=R))
    several.settles()
    orders = [house.chat.rooms.get(R).order for house in several.houses]

    assert (["not_invited"], ["not_invited"]) == (kept, carol.hears_codes())
    assert [(False, ["Carol"])] * 2 == [(one.private, [*one.moderators.values()]) for one in orders]
    several.same()


def test_two_nodes_at_once() -> None:
    """Where two users create the room on two nodes at once, one has it, and the other is refused."""
    several = Several()
    (alice,) = in_room(several, "Alice")
    carol, dave = several.houses[0].connects(), several.houses[1].connects()
    carol.registers("Carol")
    dave.registers("Dave")
    several.settles()
    alice.send(SetRoom(receiver=R, text="private"))
    several.settles()
    alice.vanishes()
    several.settles()
    passes(several, RETURNING)
    several.forget()
    carol.send(Create(receiver=R))
    dave.send(Create(receiver=R))
    several.settles()

    assert ([], ["room_exists"]) == (carol.hears_codes(), dave.hears_codes())
    assert ["Carol"] == several.houses[1].members(R)
    several.same()
