"""Changes of accounts by another program take effect at once in a running server."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest

from classchat.core.acts import Empowered
from classchat.core.persons import new_token
from classchat.limits import Limits
from classchat.messages import (
    Assist,
    Broadcast,
    ChangePassword,
    Claim,
    Event,
    History,
    Invite,
    Join,
    Kick,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    Register,
    Say,
    Search,
    SetRoom,
)
from tests.unit.helpers import Client, Gate, HeldPasswords, House

R = "CS350"
RIGHT = "correct horse"
THEIRS = "battery staple"


@pytest.fixture
def house() -> House:
    """An empty house."""
    return House()


def asks(house: House, client: Client, command: object) -> list[str | None]:
    """Send a client's command; return the codes of the errors in response."""
    client.forgets()
    client.send(command)  # type: ignore[arg-type]
    for _ in range(4):
        house.turn()
    return client.hears_codes()


def device(house: House, name: str, password: str = RIGHT) -> Client:
    """Return a client that has signed in with a password, and has heard only its welcome."""
    client = house.connects()
    asks(house, client, Register(sender=name, text=password))
    return client


def owner(house: House, name: str, password: str = RIGHT) -> Client:
    """Return a client with a registered name."""
    (client,) = house.signs_in(name)
    asks(house, client, Claim(text=password))
    client.forgets()
    return client


def number(house: House, name: str) -> int:
    """Return the person number of a name's owner."""
    account = house.chat.accounts.find(name)
    assert account is not None
    return account.user.person.number


def hearing(house: House, *clients: Client) -> list[list[Event]]:
    """Return the events that clients hear of a message in the room."""
    for client in clients:
        client.forgets()
    (speaker,) = [one for one in house.clients if one.session._user in house.chat.rooms.get(R).members][:1]
    speaker.says(R, "secret")
    house.turn()
    return [[event for event in client.hears("group") if event.text == "secret"] for client in clients]


# A name that another program has registered.


def test_a_guest_can_not_claim_it(house: House) -> None:
    """A guest with the name stays without rights to the account, and makes way for its owner."""
    (guest,) = house.signs_in("Opal")
    house.journal.is_claimed("Opal", -1, RIGHT, operator=True)
    codes = [
        asks(house, guest, Claim(text=THEIRS)),
        asks(house, guest, ChangePassword(text=THEIRS, current=THEIRS)),
        asks(house, guest, Broadcast(text="I am the operator")),
    ]
    stranger = device(house, "Opal", THEIRS)
    guest.forgets()
    opal = device(house, "Opal")

    assert [["already_claimed"], ["not_claimed"], ["not_allowed"]] == codes
    assert ["wrong_password"] == stranger.hears_codes()
    assert (["Welcome to ClassChat, Opal!"], ["taken_over"]) == (opal.hears_texts(), guest.hears_codes())
    assert [] == asks(house, opal, Broadcast(text="I am"))


@pytest.mark.parametrize("limits", [Limits(), Limits(names="claimed", claims="closed")])
def test_no_guest_signs_in_with_it(limits: Limits) -> None:
    """A password is required at once, in any spelling, even with a guest's token."""
    house = House(limits)
    house.journal.is_claimed("Opal", -1, RIGHT)
    bare, returning = house.connects(), house.connects()

    assert ["password_required"] == asks(house, bare, Register(sender="OPAL"))
    assert ["password_required"] == asks(house, returning, Register(sender="Opal", token=new_token()))
    assert ["Welcome to ClassChat, Opal!"] == device(house, "opal").hears_texts()


def test_a_claim_that_comes_second(house: House) -> None:
    """A second claim fails when it is written: the first one keeps the name."""
    (guest,) = house.signs_in("Opal")
    newcomer = house.connects()
    house.journal.is_claimed("Opal", -1, RIGHT)
    house.journal.is_claimed("Tim", -2, RIGHT)
    unseen, house.journal.unseen = house.journal.unseen, []
    guest.send(Claim(text=THEIRS))
    newcomer.send(Claim(sender="Tim", text=THEIRS))
    house.journal.unseen = unseen
    for _ in range(4):
        house.turn()

    assert (["already_claimed"], ["already_claimed"]) == (guest.hears_codes(), newcomer.hears_codes())
    assert (-1, -2) == (number(house, "Opal"), number(house, "Tim"))
    assert ["Opal"] == house.users()


def test_a_name_that_looks_like_it(house: House) -> None:
    """A guest can't register a name too similar to one registered meanwhile."""
    (guest,) = house.signs_in("Аlice")  # a Cyrillic letter
    house.journal.is_claimed("Alice", -1, RIGHT)

    assert ["name_too_similar"] == asks(house, guest, Claim(text=THEIRS))
    assert ["name_too_similar"] == asks(house, house.connects(), Register(sender="Аliсe"))


def test_what_its_owner_is_told(house: House) -> None:
    """A private message to a registered name goes to its owner, not to a guest with the name."""
    guest, bob = house.signs_in("Opal", "Bob")
    house.journal.is_claimed("Opal", -1, RIGHT)
    house.turn()
    bob.tells("Opal", "for the owner", id="1")
    house.turn()
    opal = device(house, "Opal")

    assert [] == guest.hears("private")
    assert ["for the owner"] == opal.hears_texts("private")


def test_a_guest_who_has_it_is_put_out_with_the_name(house: House) -> None:
    """Kicking or banning the name affects a guest who still has it."""
    guest, alice = house.signs_in("Opal", "Alice")
    house.room(R, alice, guest)
    house.journal.is_claimed("Opal", -1, RIGHT)
    asks(house, alice, Kick(receiver=R, user="Opal"))

    assert (["kicked"], ["Alice"]) == (guest.hears_codes(), house.members(R))


# The names of operators.


def test_an_operators_name_is_not_claimed_in_the_chat() -> None:
    """A name given with `--operator` can't be registered in the chat."""
    house = House(Limits(operators=frozenset({"opal"})))
    (guest,) = house.signs_in("Opal")
    codes = [
        asks(house, guest, Claim(text=THEIRS)),
        asks(house, guest, Broadcast(text="Hi")),
    ]
    guest.quits()
    codes.append(asks(house, house.connects(), Claim(sender="Opal", text=THEIRS)))

    assert [["not_allowed"]] * 3 == codes
    assert 0 == len(house.chat.accounts)


@pytest.mark.parametrize("name", ["\N{CYRILLIC CAPITAL LETTER O}pal", "STRASSE"])
def test_what_looks_like_an_operators_name(name: str) -> None:
    """A name too similar to an operator's can't be registered before it."""
    house = House(Limits(operators=frozenset({"opal", "straße"})))

    assert ["name_too_similar"] == asks(house, house.connects(), Register(sender=name))
    assert ["name_too_similar"] == asks(house, house.connects(), Claim(sender=name, text=THEIRS))


def test_an_operators_rights_begin_with_the_claim() -> None:
    """An operator has rights from the registration by another program until the release."""
    house = House(Limits(operators=frozenset({"opal"})))
    house.journal.is_claimed("Opal", -1, RIGHT)
    opal = device(house, "Opal")
    granted = asks(house, opal, Broadcast(text="Hi"))
    house.journal.is_released("Opal")
    house.turn()
    (guest,) = house.signs_in("Opal")

    assert ([], ["not_allowed"]) == (granted, asks(house, guest, Broadcast(text="Hi")))


def test_another_operator(house: House) -> None:
    """New operators have their rights at the next request: also to speak where they were muted."""
    alice, bob = owner(house, "Alice"), owner(house, "Bob")
    house.room(R, alice, bob)
    asks(house, alice, Mute(receiver=R, user="Bob"))
    muted = asks(house, bob, Say(receiver=R, text="Hello"))
    house.journal.is_claimed("Bob", number(house, "Bob"), RIGHT, operator=True)

    assert (["muted"], []) == (muted, asks(house, bob, Say(receiver=R, text="Hello")))


@pytest.mark.parametrize(
    "command",
    [
        Kick(receiver=R, user="Bob"),
        SetRoom(receiver=R, text="private"),
        Broadcast(text="Hi"),
    ],
)
def test_rights_that_end_before_an_order_is_kept(house: House, command: object) -> None:
    """An order that is written after its user lost the operator's rights has no effect."""
    alice, bob, olga = owner(house, "Alice"), owner(house, "Bob"), owner(house, "Olga")
    house.room(R, alice, bob)
    house.journal.is_claimed("Olga", number(house, "Olga"), RIGHT, operator=True)
    asks(house, olga, ListRooms())
    do = house.journal._do
    with patch.object(house.journal, "_do", lambda act: not isinstance(act, Empowered) and do(act)):
        refused = asks(house, olga, command)
    bob.forgets()
    asks(house, alice, Say(receiver=R, text="Hello"))

    assert (["not_allowed"], ["Hello"]) == (refused, bob.hears_texts("group"))
    assert [] == alice.hears_codes()


@pytest.fixture
def former(house: House) -> Client:
    """Return an operator who is in a private room only by that right."""
    alice, olga = owner(house, "Alice"), owner(house, "Olga")
    house.room(R, alice)
    asks(house, alice, SetRoom(receiver=R, text="private"))
    house.journal.is_claimed("Olga", number(house, "Olga"), RIGHT, operator=True)
    assert [] == asks(house, olga, Join(receiver=R))
    return olga


def demotes(house: House, name: str) -> None:
    """Remove an operator's rights with another program."""
    house.journal.is_claimed(name, number(house, name), RIGHT)


def test_a_former_operator_leaves_private_rooms(house: House, former: Client) -> None:
    """A former operator is removed from private rooms, told why, and the room hears it."""
    alice = house.clients[0]
    alice.forgets()
    former.forgets()
    demotes(house, "Olga")
    alice.says(R, "secret")
    for _ in range(2):
        house.turn()

    assert ["not_invited"] == former.hears_codes()
    assert "secret" not in former.hears_texts()
    assert ["secret", "Olga has left the chat room"] == alice.hears_texts("group")
    assert ["Alice"] == house.members(R)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Join(receiver=R), "not_invited"),
        (ListUsers(receiver=R), "not_a_member"),
        (History(receiver=R), "not_a_member"),
        (Search(receiver=R, text="secret"), "not_a_member"),
        (Say(receiver=R, text="Hello"), "not_a_member"),
        (SetRoom(receiver=R, text="open"), "not_allowed"),
        (Broadcast(text="Hello"), "not_allowed"),
    ],
)
def test_a_former_operators_requests(house: House, former: Client, command: object, code: str) -> None:
    """A former operator's first request is refused, and no one hears of it."""
    demotes(house, "Olga")

    assert code == asks(house, former, command)[-1]
    assert ["Alice"] == house.members(R)


def test_rooms_that_a_former_operator_sees(house: House, former: Client) -> None:
    """A former operator does not see private rooms."""
    demotes(house, "Olga")
    asks(house, former, ListRooms())

    assert "There are no chat rooms yet" in former.hears_texts("success")


def test_rooms_that_a_former_operator_stays_in(house: House) -> None:
    """A former operator who is invited, a moderator, or a former member stays in a room."""
    alice, olga = owner(house, "Alice"), owner(house, "Olga")
    house.journal.is_claimed("Olga", number(house, "Olga"), RIGHT, operator=True)
    rooms = ["open", "invited", "moderated", "before"]
    for room in rooms:
        house.room(room, alice)
    asks(house, olga, Join(receiver="before"))
    asks(house, alice, Invite(receiver="invited", user="Olga"))
    asks(house, alice, Op(receiver="moderated", user="Olga"))
    for room in rooms[1:]:
        asks(house, alice, SetRoom(receiver=room, text="private"))
    for room in rooms[:3]:
        asks(house, olga, Join(receiver=room))
    demotes(house, "Olga")
    house.turn()

    assert [["Alice", "Olga"]] * 4 == [house.members(room) for room in rooms]


# A name that another program has released.


@pytest.fixture
def released(house: House) -> Client:
    """Return the connected former owner of a released name, with all kinds of rights."""
    alice, bob = owner(house, "Alice"), owner(house, "Bob")
    house.room(R, alice, bob)
    house.room("other", bob)
    asks(house, alice, SetRoom(receiver=R, text="private"))
    asks(house, bob, Invite(receiver="other", user="Alice"))
    asks(house, bob, Assist(receiver="other", user="Alice"))
    bob.tells("Alice", "between us")
    house.turn()
    house.journal.is_released("Alice")
    alice.forgets()
    return alice


def test_who_had_it_is_signed_out(house: House, released: Client) -> None:
    """The former owner's connection is told why and closed, and the room hears of the leave."""
    bob = house.clients[1]
    bob.forgets()
    bob.says(R, "secret")
    for _ in range(2):
        house.turn()

    assert (["name_released"], True) == (released.hears_codes(), released.peer.closed)
    assert "secret" not in released.hears_texts()
    assert ["secret", "Alice has left the chat room"] == bob.hears_texts("group")
    assert ["Bob"] == house.users()


@pytest.mark.parametrize(
    "command", [History(receiver=R), Join(receiver="other"), ListRooms(), Claim(text=THEIRS)]
)
def test_what_who_had_it_asks_for(house: House, released: Client, command: object) -> None:
    """A request for a released account is refused, even if the server learns of the release by it."""
    assert ["name_released"] == asks(house, released, command)
    assert [] == released.hears("success", "group", "private")
    assert 1 == len(house.chat.accounts)


@pytest.mark.parametrize("chat", [True, False])
def test_the_next_owner_is_somebody_else(house: House, released: Client, chat: bool) -> None:
    """The next owner of a name is in no room, moderates none, and reads no messages of the former one."""
    if chat:
        alice = house.connects()
        asks(house, alice, Claim(sender="Alice", text=THEIRS))
    else:
        house.journal.is_claimed("Alice", -1, THEIRS)
        alice = device(house, "Alice", THEIRS)
    (welcome,) = alice.hears("success")
    codes = [
        asks(house, alice, Join(receiver=R)),
        asks(house, alice, History(receiver=R)),
        asks(house, alice, SetRoom(receiver=R, text="open")),
    ]
    asks(house, alice, History(receiver="Bob"))

    assert [] == welcome.rooms  # type: ignore[union-attr]
    assert [["not_invited"], ["not_a_member"], ["not_allowed"]] == codes
    assert ([], ["wrong_password"]) == (alice.hears("private"), device(house, "Alice").hears_codes())
    order, other = house.chat.rooms.get(R).order, house.chat.rooms.get("other").order
    assert ({}, {}, {}) == (order.moderators, other.invited, other.assistants)


def test_who_is_away_when_it_is_released(house: House) -> None:
    """The next owner does not enter the rooms of a former owner who was away."""
    alice, bob = owner(house, "Alice"), owner(house, "Bob")
    house.room(R, alice, bob)
    alice.quits()
    house.turn()
    house.journal.is_released("Alice")
    house.turn()
    house.journal.clock.advance(Limits.absence + 1)
    house.turn()
    again = owner(house, "Alice", THEIRS)

    assert (["Bob"], ["Alice", "Bob"]) == (house.members(R), house.users())
    assert ["not_a_member"] == asks(house, again, History(receiver=R))


def test_what_was_under_way_when_it_was_released(house: House) -> None:
    """Joins, roles and request ids under way at the release do not pass to the next owner."""
    alice, bob = owner(house, "Alice"), owner(house, "Bob")
    house.room(R, bob)
    alice.joins(R)
    bob.send(Op(receiver=R, user="Alice"))
    house.journal.is_released("Alice")
    for _ in range(3):
        house.turn()
    owner(house, "Alice", THEIRS)

    assert ["Bob"] == house.members(R)
    assert ["bob"] == list(house.chat.rooms.get(R).order.moderators)


# Passwords.


def test_a_password_that_is_changed_meanwhile() -> None:
    """A change that began with the old password does not overwrite one by another program."""
    passwords = HeldPasswords()
    house = House(passwords=passwords)
    alice = owner(house, "Alice")
    alice.send(ChangePassword(text=THEIRS, current=RIGHT, id="1"))
    house.journal.is_claimed("Alice", number(house, "Alice"), "the operator's")
    for _ in range(3):
        house.turn()

    assert ["wrong_password"] == alice.hears_codes()
    assert ["wrong_password"] == device(house, "Alice", THEIRS).hears_codes()
    assert ["Welcome to ClassChat, Alice!"] == device(house, "Alice", "the operator's").hears_texts()


def test_an_account_that_is_released_while_its_password_changes() -> None:
    """A change of the password does not restore a released account."""
    passwords = HeldPasswords()
    house = House(passwords=passwords)
    alice = owner(house, "Alice")
    gate: Gate = passwords.holds_next()
    alice.send(ChangePassword(text=THEIRS, current=RIGHT))
    house.journal.is_released("Alice")
    house.turn()
    gate.is_open = True
    for _ in range(3):
        house.turn()

    assert 0 == len(house.chat.accounts)
    assert ["wrong_password"] == device(house, "Alice", THEIRS).hears_codes()


def test_a_sign_in_with_a_password_that_is_changed_meanwhile() -> None:
    """A sign-in with a password that is changed meanwhile is refused, and leaves no token behind."""
    passwords = HeldPasswords()
    house = House(replace(Limits().without_guard()), passwords=passwords)
    owner(house, "Alice")
    one = house.connects()
    one.send(Register(sender="Alice", text=RIGHT))
    person = number(house, "Alice")
    before = len(house.journal._accounts._tokens[person])
    house.journal.is_claimed("Alice", person, "the operator's")
    for _ in range(3):
        house.turn()

    assert (["wrong_password"], before) == (one.hears_codes(), len(house.journal._accounts._tokens[person]))


def test_a_ping_waits_for_nothing(house: House) -> None:
    """A ping is answered without a look at what another program has changed: the database may hang."""
    (alice,) = house.signs_in("Alice")
    house.journal.is_claimed("Carol", -1, THEIRS)
    alice.pings("1")
    before = len(house.journal.unseen)
    alice.asks_for_users()

    assert ["pong"] == [answer.text for answer in alice.answers("1")]
    assert (1, []) == (before, house.journal.unseen)
