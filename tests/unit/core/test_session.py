"""Sessions: the requests and answers of one client."""

from __future__ import annotations

import pytest

from classchat import __version__
from classchat.core.notices import Disconnected
from classchat.errors import InvalidFormat, ShuttingDown
from classchat.messages import (
    Command,
    Create,
    Error,
    Event,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Ping,
    Quit,
    Register,
    Say,
    Success,
    Tell,
)
from tests.tables import each_case
from tests.unit.helpers import (
    EPOCH,
    Client,
    House,
    entered,
    error,
    group,
    joined,
    left,
    of_room,
    private,
    success,
)

STARTED = "1970-01-01T00:00:00.000Z"  # what the server's clock shows
SIGN_IN_FIRST = "Sign in first: send your name as a line of its own, or a 'register' message."


@pytest.fixture
def house() -> House:
    """An empty house."""
    return House()


@pytest.fixture
def alice(house: House) -> Client:
    """Return Alice, alone in room `alices`; Bob is alone in `bobs`."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("alices", alice)
    house.room("bobs", bob)
    return alice


@pytest.fixture
def bob(house: House, alice: Client) -> Client:
    """Return Bob."""
    return house.clients[1]


# Signing in.


def test_who_signs_in_is_welcomed(house: House) -> None:
    """A free name is granted, with a welcome that names the server and its version."""
    alice = house.connects()
    alice.registers("Alice", id="7")

    text = "Welcome to ClassChat, Alice!"
    (welcome,) = alice.hears()
    assert welcome == Success(
        "SERVER",
        "Alice",
        text,
        id="7",
        server=f"ClassChat {__version__}",
        token=welcome.token,
        epoch=EPOCH,
        time=house.chat.sign_ins.time(),
    )
    assert len(welcome.token or "") >= 40
    assert (True, ["Alice"]) == (alice.session.registered, house.users())


@pytest.mark.parametrize("name", ["Alice", "ALICE"])
def test_a_taken_name_may_be_tried_again(house: House, name: str) -> None:
    """A taken name is refused, and the client may try another."""
    house.signs_in("Alice")
    other = house.connects()
    other.registers(name, id="1")
    other.registers("Bob", id="2")

    refusal, welcome = other.hears()
    assert error(name, "username_taken", "Username already taken. Please try another.", id="1") == refusal
    assert ("Bob", "2") == (welcome.receiver, welcome.id)
    assert ["Alice", "Bob"] == house.users()


def test_a_name_that_looks_like_another_may_be_changed(house: House) -> None:
    """A name too similar to another is refused with that one, and the client may try another."""
    house.signs_in("Alice")
    other = house.connects()
    other.registers("Аlice", id="1")
    other.registers("Алиса", id="2")

    text = "This name is too similar to 'Alice'. Please try another."
    refusal, welcome = other.hears()
    assert (error("", "name_too_similar", text, id="1"), "Алиса") == (refusal, welcome.receiver)


def test_a_user_learns_how_the_name_is_shown(house: House) -> None:
    """The welcome has the name as others see it."""
    zoe = house.connects()
    zoe.registers("Ｚｏe\u0308")

    (welcome,) = zoe.hears()
    assert ("Zoë", "Welcome to ClassChat, Zoë!", ["Zoë"]) == (welcome.receiver, welcome.text, house.users())


@pytest.mark.parametrize("name", ["", "SERVER", "sErVeR", "two words", "x" * 33])
def test_no_name(house: House, name: str) -> None:
    """An invalid name is refused, and signs no one in."""
    client = house.connects()
    client.registers(name, id="7")

    assert ["invalid_name"] == [event.code for event in client.answers("7")]
    assert (False, []) == (client.session.registered, house.users())


def test_signing_in_twice_is_refused(house: House, alice: Client) -> None:
    """A signed-in client can't sign in again, and keeps its name."""
    alice.registers("Carol", id="7")

    text = "You are already signed in as 'Alice'. To use another name, quit and sign in again."
    assert [error("Alice", "already_registered", text, id="7")] == alice.hears()
    assert ["Alice", "Bob"] == house.users()


@each_case(
    "command",
    [
        Create(receiver="CS350"),
        Join(receiver="CS350"),
        Leave(receiver="CS350"),
        Say(receiver="CS350"),
        Tell(receiver="Bob"),
        ListRooms(),
        ListUsers(),
        Ping(),
    ],
)
def test_sign_in_first(house: House, command: Command) -> None:
    """Before signing in only sign-in and `quit` are allowed."""
    client = house.connects()
    client.send(command)

    assert [error("", "not_registered", SIGN_IN_FIRST)] == client.hears()


def test_who_hangs_up_while_being_welcomed_leaves_no_ghost(house: House) -> None:
    """A client that is lost while its welcome is written is not signed in."""
    alice = house.connects()
    alice.vanishes_on_next_write()
    alice.registers("Alice")

    assert ([], False) == (house.users(), alice.session.registered)


# Requests. Alice is in room `alices`, Bob in room `bobs`.


@pytest.mark.parametrize(
    ("command", "answer", "alice_hears", "bob_hears"),
    [
        (Create(receiver="R"), entered("Alice", "Chat room 'R' created successfully"), [], []),
        (
            Join(receiver="bobs"),
            entered("Alice", "You have joined 'bobs'"),
            [joined("Alice", "bobs")],
            [joined("Alice", "bobs")],
        ),
        (Leave(receiver="alices"), success("Alice", "You have left 'alices'"), [], []),
        (Say(receiver="alices", text="Hi"), None, [group("Alice", "alices", "Hi", seq=1)], []),
        (Tell(receiver="Bob", text="Hi"), None, [], [private("Alice", "Bob", "Hi", seq=1)]),
        (Ping(), success("Alice", "pong", time=STARTED), [], []),
    ],
)
def test_requests_without_an_id(
    house: House,
    alice: Client,
    bob: Client,
    command: Command,
    answer: Event | None,
    alice_hears: list[Event],
    bob_hears: list[Event],
) -> None:
    """Each request in the table has the documented answer and events."""
    alice.send(command)
    house.turn()

    assert ([answer] if answer else []) + alice_hears == alice.hears()
    assert bob_hears == bob.hears()


def test_whom_a_command_names_as_its_sender_does_not_count(house: House, alice: Client, bob: Client) -> None:
    """The sender in a command is ignored: no user can speak as another one."""
    alice.send(Tell(sender="SERVER", receiver="Bob", text="Hi"))
    alice.send(Say(sender="Bob", receiver="alices", text="Hi"))
    house.turn()

    assert {"Alice"} == {event.sender for event in [*alice.hears(), *bob.hears()]}


@each_case(
    ("command", "code", "text"),
    [
        (Tell(receiver="Carol"), "user_not_found", "User 'Carol' not found or offline"),
        (Tell(receiver=""), "user_not_found", "User '' not found or offline"),
        (Tell(receiver="SERVER"), "user_not_found", "User 'SERVER' not found or offline"),
        (Join(receiver="nowhere"), "room_not_found", "Chat room 'nowhere' does not exist"),
        (Leave(receiver="nowhere"), "room_not_found", "Chat room 'nowhere' does not exist"),
        (Say(receiver="nowhere"), "room_not_found", "Chat room 'nowhere' does not exist"),
        (ListUsers(receiver="nowhere"), "room_not_found", "Chat room 'nowhere' does not exist"),
        (Create(receiver="BOBS"), "room_exists", "Chat room 'bobs' already exists"),
        (Leave(receiver="BOBS"), "not_a_member", "You are not a member of room 'bobs'"),
        (Say(receiver="bobs"), "not_a_member", "You are not a member of room 'bobs'"),
        (ListUsers(receiver="bobs"), "not_a_member", "You are not a member of room 'bobs'"),
        (Join(receiver="ALICES"), "already_member", "Already a member of room 'alices'"),
        (Create(receiver="no way"), "invalid_name", None),
        (Create(receiver="x" * 65), "invalid_name", None),
        (Say(receiver="alices", text="x" * 10_001), "too_long", None),
        (Tell(receiver="Bob", text="x" * 10_001), "too_long", None),
        (Register(sender="Carol"), "already_registered", None),
    ],
)
def test_refusals(
    house: House, alice: Client, bob: Client, command: Command, code: str, text: str | None
) -> None:
    """A refusal comes once, with the request's id if it has one, and no one else hears of it."""
    fields = {name: getattr(command, name) for name in ("sender", "receiver", "text")}
    for id in (None, repr(command)[:64]):
        alice.forgets()
        alice.send(type(command)(**fields, id=id))
        house.turn()
        house.turn()

        (refusal,) = alice.hears()
        assert (Error, "Alice", code, id) == (type(refusal), refusal.receiver, refusal.code, refusal.id)
        assert text in (None, refusal.text)
        assert ([], ["Alice"], ["Bob"]) == (bob.hears(), house.members("alices"), house.members("bobs"))


def test_an_error_ends_nothing(house: House, alice: Client) -> None:
    """After a refusal the session continues."""
    alice.says("nowhere", "Hello")
    alice.pings(id="7")

    assert [success("Alice", "pong", id="7", time=STARTED)] == alice.answers("7")


@pytest.mark.parametrize(
    "command",
    [
        Create(receiver="R", id="7"),
        Join(receiver="bobs", id="7"),
        Leave(receiver="alices", id="7"),
        Say(receiver="alices", text="Hi", id="7"),
        Tell(receiver="Bob", text="Hi", id="7"),
        Tell(receiver="Alice", text="Hi", id="7"),
        ListRooms(id="7"),
        ListUsers(id="7"),
        ListUsers(receiver="alices", id="7"),
        Ping(id="7"),
        Quit(id="7"),
    ],
)
def test_one_answer_for_each_id(house: House, alice: Client, bob: Client, command: Command) -> None:
    """A granted request with an id has exactly one answer with this id, and only for its sender."""
    alice.send(command)
    house.turn()
    house.turn()

    assert [Success] == [type(event) for event in alice.answers("7")]
    assert [] == bob.answers("7")


@pytest.mark.parametrize(
    "command", [Say(receiver="alices", text="Hi", id="7"), Tell(receiver="Bob", text="Hi", id="7")]
)
def test_the_answer_of_a_message_carries_its_number(
    house: House, alice: Client, bob: Client, command: Command
) -> None:
    """The answer to a message with an id has its number and time."""
    alice.send(command)
    house.turn()

    (answer,) = alice.answers("7")
    (heard,) = [*alice.hears("group"), *bob.hears("private")]
    assert (heard.seq, heard.time) == (answer.seq, answer.time)
    assert heard.seq == 1


def test_answers_come_in_the_order_of_the_requests(house: House, alice: Client) -> None:
    """Answers at the commit come in the order of the requests."""
    for number in range(3):
        alice.tells("Bob", "Hi", id=f"tell {number}")
        alice.says("alices", "Hi", id=f"say {number}")
    house.turn()

    expected = [f"{verb} {number}" for number in range(3) for verb in ("tell", "say")]
    assert expected == [event.id for event in alice.hears("success")]


# Waiting.


@pytest.mark.parametrize(
    "command", [Create(receiver="R"), Join(receiver="bobs"), Leave(receiver="alices"), Quit()]
)
def test_what_has_to_take_effect_is_waited_for(house: House, alice: Client, command: Command) -> None:
    """Joins, leaves and quits return a wait, before which no other command is handled."""
    waiting = alice.session.handle(command)

    assert waiting is not None
    house.run(waiting)
    house.turn()


@pytest.mark.parametrize(
    "command",
    [
        Say(receiver="alices"),
        Tell(receiver="Bob"),
        Ping(),
        ListRooms(),
        ListUsers(),
        Join(receiver="nowhere"),
    ],
)
def test_what_is_said_waits_for_nothing(alice: Client, command: Command) -> None:
    """Messages and refusals need no coroutine."""
    assert None is alice.session.handle(command)


# Leaving.


def test_who_quits_hears_the_rest_first(house: House, alice: Client) -> None:
    """A quit first delivers all answers, then hangs up."""
    alice.says("alices", "last words", id="6")
    alice.quits(id="7")
    before = (alice.hears(), alice.peer.closed, house.users())
    house.turn()

    assert ([], False, ["Alice", "Bob"]) == before
    assert ["last words"] == of_room(alice.hears(), "alices")
    assert ["6", "7"] == [event.id for event in alice.hears("success")]
    assert (True, ["Bob"]) == (alice.peer.closed, house.users())


def test_a_quit_is_heard_by_the_rooms(house: House, alice: Client, bob: Client) -> None:
    """After a quit the members of each of the user's rooms hear of it, and the user is in none."""
    bob.joins("alices")
    house.turn()
    bob.forgets()
    alice.quits()
    house.turn()
    house.turn()

    assert [left("Alice", "alices")] == bob.hears()
    assert ["Bob"] == house.members("alices")


def test_a_quit_without_an_id_is_answered_by_hanging_up(house: House, alice: Client) -> None:
    """A quit without an id is answered only by hanging up."""
    alice.quits()
    house.turn()

    assert ([], True) == (alice.hears(), alice.peer.closed)


def test_who_never_signed_in_may_quit(house: House) -> None:
    """A quit before signing in hangs up as well, with an answer if it has an id."""
    client = house.connects()
    client.quits(id="7")

    assert ([success("", "Goodbye", id="7")], True) == (client.hears(), client.peer.closed)


def test_who_vanishes_while_quitting_is_gone_once(house: House, alice: Client) -> None:
    """A client whose connection is lost before its quit was done is signed out once."""
    alice.says("alices", "last words")
    alice.quits(id="7")
    alice.vanishes()
    house.turn()
    house.turn()

    assert (["Bob"], []) == (house.users(), house.members("alices"))
    assert 1 == sum(isinstance(notice, Disconnected) for notice in house.notices)


def test_closing_is_harmless_twice(house: House, alice: Client) -> None:
    """A closed session stays closed, and the operator is told the reason once."""
    alice.session.close(ShuttingDown())
    alice.session.close()

    assert [Disconnected("Alice", "shutting_down")] == house.notices[-1:]
    assert (False, ["Bob"]) == (alice.session.registered, house.users())


@pytest.mark.parametrize(
    "command",
    [
        Register(sender="Carol"),
        Say(receiver="alices"),
        Create(receiver="R"),
        Join(receiver="bobs"),
        Ping(id="7"),
        Quit(),
    ],
)
def test_a_closed_session_does_nothing(house: House, alice: Client, command: Command) -> None:
    """A command after the end signs in no one, changes nothing and is not answered."""
    alice.vanishes()
    house.turn()

    assert None is alice.session.handle(command)
    assert ([], ["Bob"], []) == (alice.hears(), house.users(), house.journal.pending)


def test_a_session_that_never_began_can_be_closed(house: House) -> None:
    """A session without sign-in can be closed."""
    client = house.connects()
    client.vanishes()

    assert [] == house.notices


# Lines that are not commands.


@pytest.mark.parametrize(("id", "receiver"), [(None, "Alice"), ("7", "Alice")])
def test_nonsense_is_refused(alice: Client, id: str | None, receiver: str) -> None:
    """An invalid line is refused by the session, with the id if it could be read."""
    alice.session.refuse(InvalidFormat("it rains"), id)

    assert [error(receiver, "invalid_format", "Invalid message format: it rains", id=id)] == alice.hears()
