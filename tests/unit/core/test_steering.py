"""Orders of the person who runs the server, who is not signed in."""

from __future__ import annotations

from typing import Any

import pytest

from classchat.core.acts import Audited
from classchat.core.entries import Announced, Entry, Ordered
from classchat.core.events import Event
from classchat.core.steering import Steering
from classchat.errors import ChatError, NotSaved
from classchat.limits import Limits
from classchat.messages import Ban, Broadcast, Group, Kick, Mute, OrderCommand, Unban, Unmute
from classchat.wire.json_codec import JSON
from classchat.wire.lines import decode_event
from tests.unit.core.several import Several, in_room
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
    ordered = [entry for entry in entries if isinstance(entry, Ordered | Announced)]
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


def test_other_users_cannot_be_taken_for_the_server(house: House) -> None:
    """Nobody can sign in as SERVER, whose orders need no account."""
    client = house.connects()
    client.registers("SERVER")

    assert ["invalid_name"] == client.hears_codes()
