"""Orders of the person who runs the server, who is not signed in."""

from __future__ import annotations

from typing import Any

import pytest

from classchat.core.acts import Audited
from classchat.core.entries import Announced, Entry, Evicted, Ordered
from classchat.core.events import Event
from classchat.core.steering import Steering
from classchat.errors import ChatError, NotSaved
from classchat.limits import Limits
from classchat.messages import Ban, Broadcast, Error, Group, Kick, Mute, OrderCommand, Unban, Unmute
from classchat.wire.json_codec import JSON
from classchat.wire.lines import decode_event
from tests.unit.core.helpers import device
from tests.unit.core.helpers import owner as owner_of
from tests.unit.core.several import Several, in_room, owner, passes
from tests.unit.core.several import device as device_at
from tests.unit.helpers import Client, House

R = "CS350"


@pytest.fixture
def house() -> House:
    """Return a house where Alice moderates room CS350, and Bob is in it."""
    house = House(Limits(operators=frozenset({"olga"})).without_guard())
    house.room(R, *house.signs_in("Alice", "Bob"))
    return house


def steers(house: House, command: OrderCommand, *, fails: bool = False) -> Any:
    """Return the answer to an order, as it is written; or the code of the refusal."""
    answers: list[Event | str] = []

    async def obey() -> None:
        try:
            answers.append(await Steering(house.chat).obey(command))
        except ChatError as error:
            answers.append(error.code)

    house.run(obey())
    if fails and house.journal.pending:
        house.journal.fail(NotSaved())
    house.settles()
    (answer,) = answers
    return answer if isinstance(answer, str) else decode_event(JSON.encode([answer]).strip())


def audited(entries: list[Entry]) -> list[tuple[str, str, str]]:
    """Return actor, action and target of each line of the audit log among entries."""
    ordered = [entry for entry in entries if isinstance(entry, Ordered | Announced | Evicted)]
    acts = [act for entry in ordered for act in entry.acts]
    return [(act.actor, act.action, act.target) for act in acts if isinstance(act, Audited)]


def texts(client: Client) -> list[str]:
    """Return what a client hears of its room."""
    return [event.text for event in client.hears() if isinstance(event, Group)]


def test_a_moderator_can_be_removed(house: House) -> None:
    """The operator of the machine may do what operators may; rooms read SERVER, the audit log the command."""
    alice, bob = house.clients
    answer = steers(house, Kick(receiver=R, user="alice", text="spam"))

    assert "You have kicked Alice from 'CS350'" == answer.text
    assert ["SERVER has kicked Alice: spam"] == texts(bob)
    assert ["kicked"] == alice.hears_codes()
    assert ("classchat admin", "kick", "Alice") in audited(house.notices)  # type: ignore[arg-type]


def test_bans_and_mutes_hold_until_they_are_lifted(house: House) -> None:
    """Each order has the effect that it has in the chat, and the same answer."""
    _, bob = house.clients
    orders: list[tuple[OrderCommand, str]] = [
        (Mute(receiver=R, user="Bob", seconds=60), "You have muted Bob in 'CS350' for 1 minute"),
        (Unmute(receiver=R, user="Bob"), "You have unmuted Bob in 'CS350'"),
        (Ban(receiver=R, user="Bob"), "You have banned Bob from 'CS350'"),
    ]
    answers = [steers(house, order).text for order, _ in orders]
    bob.forgets()
    bob.joins(R)
    house.settles()
    unbanned = steers(house, Unban(receiver=R, user="Bob"))
    bob.joins(R)
    house.settles()

    assert [answer for _, answer in orders] == answers
    assert ["banned"] == bob.hears_codes()
    assert "You have unbanned Bob from 'CS350'" == unbanned.text
    assert ["Alice", "Bob"] == sorted(user.name for user in house.chat.rooms.get(R).members)


def test_a_broadcast_reaches_all_users(house: House) -> None:
    """Each user is told by SERVER; the answer counts them."""
    answer = steers(house, Broadcast(text="Lunch"))

    assert "Sent to 2 users" == answer.text
    assert all("Lunch" in one.hears_texts("private")[0] for one in house.clients)
    assert [("classchat admin", "broadcast", "")] == audited(house.notices)[-1:]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Kick(receiver=R, user="Nobody"), "user_not_found"),
        (Kick(receiver="Nowhere", user="Bob"), "room_not_found"),
        (Ban(receiver=R, user="two words"), "invalid_name"),
        (Mute(receiver=R, user="", number=1), "invalid_name"),
        (Broadcast(text=" "), "invalid_format"),
        (Broadcast(text="x" * 10_001), "too_long"),
    ],
)
def test_what_cannot_be_granted_is_refused(house: House, command: OrderCommand, code: str) -> None:
    """The refusal is that of the protocol, and nothing is written."""
    assert code == steers(house, command)
    assert [] == house.journal.pending


def test_an_order_that_cannot_be_stored_is_refused(house: House) -> None:
    """If the disk is full, the answer is an error, and the user stays a member."""
    answer = steers(house, Kick(receiver=R, user="Bob"), fails=True)

    assert "not_saved" == answer.code
    assert "Bob" in {user.name for user in house.chat.rooms.get(R).members}


def test_the_needed_right_cannot_be_lost(house: House) -> None:
    """No act asks the journal whether the operator of the machine still is one: there is no account."""
    steers(house, Kick(receiver=R, user="Bob"))
    (ordered,) = [entry for entry in house.notices if isinstance(entry, Ordered)]

    assert {"Audited", "Change"} >= {type(act).__name__ for act in ordered.acts}


def test_orders_hold_on_all_nodes() -> None:
    """A user of another node is removed there, and all users there are told of a broadcast."""
    several = Several()
    alice, bob = in_room(several, "Alice", "Bob")
    steering, answers = Steering(several.houses[0].chat), list[Event]()

    async def obey() -> None:
        answers.append(await steering.obey(Mute(receiver=R, user="Alice", seconds=60)))
        answers.append(await steering.obey(Kick(receiver=R, user="Bob")))
        answers.append(await steering.obey(Broadcast(text="Lunch")))

    several.houses[0].run(obey())
    several.settles()

    assert 3 == len(answers)
    assert ["SERVER has kicked Bob"] == texts(alice)[-1:]
    assert ["kicked"] == bob.hears_codes()
    assert ["SERVER to everybody: Lunch"] == bob.hears_texts("private")[-1:]
    several.same()


def evicts(house: House, name: str, reason: str = "", *, fails: bool = False) -> str:
    """Return the name of the user who was disconnected; or the code of the refusal."""
    answers: list[str] = []

    async def evict() -> None:
        try:
            answers.append(await Steering(house.chat).evict(name, reason))
        except ChatError as error:
            answers.append(error.code)

    house.run(evict())
    if fails:
        house.journal.fail(NotSaved())
    house.settles()
    (answer,) = answers
    return answer


def test_a_user_can_be_disconnected(house: House) -> None:
    """A guest is told who did it and why, is gone for all rooms, and can't be heard any more."""
    alice, bob = house.clients
    answer = evicts(house, "bob", "spam")
    house.settles()
    text = "You have been disconnected by the operator of this server: spam"

    assert "Bob" == answer
    assert [("kicked", text, None)] == [
        (event.code, event.text, event.room) for event in bob.hears("error") if isinstance(event, Error)
    ]
    assert bob.peer.closed
    assert (["Alice"], ["Bob has left the chat room"]) == (house.users(), texts(alice))
    assert ("classchat admin", "kick", "Bob") in audited(house.notices)  # type: ignore[arg-type]


def test_the_owner_of_an_account_is_disconnected_everywhere(house: House) -> None:
    """All devices are disconnected; the owner stays a member, and gets what was missed after signing in."""
    devices = [owner_of(house, "Zoe"), device(house, "Zoe")]
    devices[0].joins(R)
    house.settles()
    answer = evicts(house, "Zoe")
    house.settles()
    again = device(house, "Zoe")
    again_user = house.chat.users.find("Zoe")
    assert again_user is not None

    assert ("Zoe", [["kicked"]] * 2) == (answer, [each.hears_codes() for each in devices])
    assert [True, True] == [each.peer.closed for each in devices]
    assert [R] == [room.name for room in again_user.rooms]
    assert not again.peer.closed


@pytest.mark.parametrize(
    ("name", "reason", "fails", "code"),
    [
        ("Nobody", "", False, "user_not_found"),
        ("Bob", "x" * 201, False, "too_long"),
        ("Bob", "", True, "not_saved"),
    ],
)
def test_who_cannot_be_disconnected(house: House, name: str, reason: str, fails: bool, code: str) -> None:
    """An unknown user, too long a reason and a full disk are refused, and nobody is disconnected."""
    assert code == evicts(house, name, reason, fails=fails)
    assert ["Alice", "Bob"] == house.users()


def test_a_user_is_disconnected_from_all_nodes() -> None:
    """The clients of an account on each node are disconnected, and a guest who is on another one."""
    several = Several()
    guest = several.signs_in("Alice", "Bob")[1]
    clients = [owner(several, 0, "Zoe"), device_at(several, 1, "Zoe"), guest]
    steering, answers = Steering(several.houses[0].chat), list[str]()

    async def evict() -> None:
        answers.extend([await steering.evict("Zoe", "spam"), await steering.evict("Bob", "")])

    several.houses[0].run(evict())
    several.settles()
    passes(several, 60)

    assert ["Zoe", "Bob"] == answers
    assert [["kicked"]] * 3 == [each.hears_codes() for each in clients]
    assert [["Alice"]] * 2 == [house.users() for house in several.houses]
    several.same()


def test_other_users_cannot_be_taken_for_the_server(house: House) -> None:
    """Nobody can sign in as SERVER, whose orders need no account."""
    client = house.connects()
    client.registers("SERVER")

    assert ["invalid_name"] == client.hears_codes()
