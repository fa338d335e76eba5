"""Order in rooms: the requests of moderators and operators, and their effects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from classchat.core.acts import Audited, Change
from classchat.core.entries import Created, Ordered, Said
from classchat.core.orders import Order
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import (
    Away,
    Ban,
    Broadcast,
    Close,
    Command,
    Deop,
    Error,
    Group,
    Invite,
    Join,
    Kick,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    Private,
    RoomListing,
    SetRoom,
    SetTopic,
    Since,
    Success,
    Unban,
    Unmute,
    UserListing,
)
from tests.unit.helpers import EPOCH, Client, House, entered, error, joined, of_room, success

R = "CS350"


@pytest.fixture
def house() -> House:
    """Return a house where Alice moderates room CS350; Bob is in it, Carol is not."""
    house = House()
    alice, bob, _ = house.signs_in("Alice", "Bob", "Carol")
    house.room(R, alice, bob)
    return house


@pytest.fixture
def alice(house: House) -> Client:
    """The moderator."""
    return house.clients[0]


@pytest.fixture
def bob(house: House) -> Client:
    """The member."""
    return house.clients[1]


@pytest.fixture
def carol(house: House) -> Client:
    """Another user."""
    return house.clients[2]


def asks(house: House, client: Client, *commands: object) -> None:
    """Send a client's commands and settle; all clients forget the events before."""
    for command in commands:
        for other in house.clients:
            other.forgets()
        client.send(command)  # type: ignore[arg-type]
        house.turn()


def told(client: Client) -> list[str]:
    """Return the texts of a client's answers: `success` and `error`."""
    return client.hears_texts("success", "error")


# The topic.


def test_a_topic_is_told_to_who_comes(house: House, alice: Client, bob: Client, carol: Client) -> None:
    """The room hears who set a topic; a joining user is sent it before the room hears of the join."""
    asks(house, alice, SetTopic(receiver=R, text="  Exam\nprep ", id="1"))
    heard = bob.hears()
    asks(house, carol, Join(receiver=R))

    assert [
        Group("SERVER", R, "Alice has set the topic: Exam prep", event="topic", by="Alice", topic="Exam prep")
    ] == heard
    shown = Group("SERVER", R, "The topic is: Exam prep", event="topic", topic="Exam prep")
    assert [entered("Carol", "You have joined 'CS350'"), shown, joined("Carol", R)] == carol.hears()


def test_who_has_set_the_topic_and_when(house: House, alice: Client) -> None:
    """The room knows it, also after a restart, until the topic is removed; of older files it is unknown."""
    house.journal.clock.advance(1_763_892_000.5)
    alice.send(SetTopic(receiver=R, text="Exam"))
    (entry,) = house.journal.pending
    assert isinstance(entry, Ordered)
    house.settles()
    order, again, old = house.chat.rooms.get(R).order, Order(), Order()
    for change in entry.acts:
        if isinstance(change, Change):
            again.apply(change)
            if change.what == "topic":
                old.apply(change)
    known = [(one.topic, one.topic_by, one.topic_at) for one in (order, again, old)]
    assert [("Exam", "Alice", 1_763_892_000_500)] * 2 + [("Exam", "", None)] == known

    alice.send(SetTopic(receiver=R))
    house.settles()
    assert ("", "", None) == (order.topic, order.topic_by, order.topic_at)


def test_the_list_of_rooms_has_the_topics(house: House, alice: Client) -> None:
    """A room without a topic has no such field."""
    alice.creates("Other")
    asks(house, alice, SetTopic(receiver=R, text="Exam"), ListRooms())

    (answer,) = alice.hears("success")
    assert isinstance(answer, Success)
    assert [RoomListing(R, 2, topic="Exam"), RoomListing("Other", 1)] == answer.rooms
    assert "Chat rooms: CS350 (2 members: Exam), Other (1 member)" == answer.text


def test_one_room_of_the_list(house: House, alice: Client) -> None:
    """With a room, in any spelling, `rooms` lists only that one, for example to read its topic."""
    alice.creates("Other")
    asks(house, alice, SetTopic(receiver=R, text="Exam"), ListRooms(room=R.lower()))

    (answer,) = alice.hears("success")
    assert isinstance(answer, Success)
    assert [RoomListing(R, 2, topic="Exam")] == answer.rooms


def test_a_list_of_long_topics_fits_into_a_line() -> None:
    """Escapes on the wire count towards the length of a list."""
    house = House(Limits(listing=2000))
    (alice,) = house.signs_in("Alice")
    for number in range(20):
        house.room(f"R{number}", alice)
        asks(house, alice, SetTopic(receiver=f"R{number}", text='"\\' * 100))
    asks(house, alice, ListRooms())

    (line,) = alice.peer.lines
    assert 500 < len(line) < 2100


def test_a_topic_is_taken_away(house: House, alice: Client, bob: Client) -> None:
    """An empty text removes the topic; without a topic no one hears of it."""
    asks(house, alice, SetTopic(receiver=R, text="Exam"), SetTopic(receiver=R, text=" "))
    heard = bob.hears_texts()
    asks(house, alice, SetTopic(receiver=R, text=""))

    assert ["Alice has removed the topic"] == heard
    assert (["'CS350' has no topic"], []) == (told(alice), bob.hears())


def test_the_same_topic_again(house: House, alice: Client, bob: Client) -> None:
    """A request without effect is answered, and no one else hears of it."""
    asks(house, alice, SetTopic(receiver=R, text="Exam"), SetTopic(receiver=R, text="Exam"))

    assert (["This is already the topic of 'CS350'"], []) == (told(alice), bob.hears())


def test_a_topic_has_a_length(house: House, alice: Client) -> None:
    """A topic or reason of maximum length is accepted, and refused with one character more."""
    asks(house, alice, SetTopic(receiver=R, text="x" * 201, id="1"))
    codes = alice.hears_codes()
    asks(house, alice, Kick(receiver=R, user="Bob", text="x" * 201))
    codes += alice.hears_codes()
    asks(house, alice, SetTopic(receiver=R, text="x" * 200))

    assert ["too_long"] * 2 == codes
    assert ["You have set the topic of 'CS350'"] == told(alice)


# Kicks and bans.


def test_who_is_kicked_is_told_by_whom_and_why(house: House, alice: Client, bob: Client) -> None:
    """A kicked user hears the same as the room, and then an error with the reason; the user may return."""
    asks(house, alice, Kick(receiver=R, user="bob", text="too loud", id="1"))
    text = "You have been kicked from room 'CS350' by Alice: too loud"
    reason = Error("SERVER", "Bob", text, code="kicked", room=R, by="Alice", reason="too loud")

    text = "Alice has kicked Bob: too loud"
    kicked = Group("SERVER", R, text, event="kicked", user="Bob", by="Alice", reason="too loud")
    assert [kicked, reason] == bob.hears()
    assert [success("Alice", "You have kicked Bob from 'CS350'", id="1")] == alice.answers("1")
    assert ["Alice"] == house.members(R)
    asks(house, bob, Join(receiver=R))
    assert ["Alice", "Bob"] == house.members(R)


def test_all_that_was_said_before_is_heard(house: House, alice: Client, bob: Client) -> None:
    """A user who is kicked within a batch hears everything before that, and nothing after."""
    alice.says(R, "before")
    alice.send(Kick(receiver=R, user="Bob"))
    bob.says(R, "too late")
    alice.says(R, "after")
    house.settles()

    assert ["before", "Alice has kicked Bob"] == of_room(bob.hears(), R)
    assert ["kicked", "not_a_member"] == bob.hears_codes()
    assert ["before", "Alice has kicked Bob", "after"] == of_room(alice.hears(), R)


def test_who_is_banned_stays_out_until_it_is_over(house: House, alice: Client, bob: Client) -> None:
    """A banned user is told the end of the ban, and may join after it."""
    asks(house, alice, Ban(receiver=R, user="Bob", seconds=1800, text="spam"))
    text = "You are banned from room 'CS350' until 1970-01-01 00:30:00 UTC"
    heard = bob.hears()
    asks(house, bob, Join(receiver=R, id="1"))
    refused = bob.answers("1")
    house.journal.clock.advance(1799.9)
    asks(house, bob, Join(receiver=R, id="2"))
    refused += bob.answers("2")
    house.journal.clock.advance(0.1)
    asks(house, bob, Join(receiver=R))

    assert "Alice has banned Bob for 30 minutes: spam" == heard[0].text
    put_out = f"{text}, by Alice: spam"
    assert Error("SERVER", "Bob", put_out, code="banned", room=R, by="Alice", reason="spam") == heard[1]
    assert [error("Bob", "banned", text, id="1"), error("Bob", "banned", text, id="2")] == refused
    assert ["Alice", "Bob"] == house.members(R)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "for 1 second"),
        (90, "for 90 seconds"),
        (60, "for 1 minute"),
        (5400, "for 90 minutes"),
        (7200, "for 2 hours"),
        (7 * 86_400, "for 7 days"),
    ],
)
def test_how_long_it_lasts(house: House, alice: Client, seconds: int, text: str) -> None:
    """A duration is shown in the largest unit of which it is a whole number."""
    asks(house, alice, Ban(receiver=R, user="Bob", seconds=seconds))

    assert [f"You have banned Bob from 'CS350' {text}"] == told(alice)


def test_a_ban_for_ever_is_lifted(house: House, alice: Client, bob: Client) -> None:
    """A ban is by name, for any bearer; lifting no ban is answered, and no one else hears of it."""
    asks(house, alice, Ban(receiver=R, user="Nobody"), Unban(receiver=R, user="nobody"))
    heard = bob.hears_texts()
    asks(house, alice, Unban(receiver=R, user="Nobody"))

    assert ["Alice has unbanned nobody"] == heard
    assert (["Nobody is not banned from 'CS350'"], []) == (told(alice), bob.hears())


def test_whoever_takes_a_banned_name_is_banned(house: House, alice: Client) -> None:
    """A ban is of the name, not of its bearer."""
    asks(house, alice, Ban(receiver=R, user="Dora"))
    (dora,) = house.signs_in("DORA")
    asks(house, dora, Join(receiver=R))

    assert ["You are banned from room 'CS350'"] == told(dora)


def test_a_ban_that_is_on_its_way(house: House, alice: Client, bob: Client, carol: Client) -> None:
    """A join during a ban's commit is answered after it: the order of the log counts."""
    alice.send(Ban(receiver=R, user="Carol"))
    carol.joins(R, id="1")
    early = carol.hears()
    house.settles()

    assert [] == early
    assert [error("Carol", "banned", "You are banned from room 'CS350'", id="1")] == carol.hears()
    assert ["Alice", "Bob"] == house.members(R)
    assert ["Alice has banned Carol"] == bob.hears_texts()
    assert 2 == house.chat.rooms.get(R).wanted


def test_nothing_is_written_behind_an_order_that_it_forbids(
    house: House, alice: Client, carol: Client
) -> None:
    """A join during a ban's commit is never written to the journal, because a kill may follow."""
    house.claims(carol)
    alice.send(Ban(receiver=R, user="Carol"))
    carol.joins(R)
    house.settles()
    rows = [act for entry in house.notices for act in getattr(entry, "acts", ()) if isinstance(act, Change)]

    assert [] == [row for row in rows if row.what == "member" and row.value is not None]


@pytest.mark.parametrize(
    ("order", "command", "code"),
    [
        (Ban(receiver=R, user="Carol"), Join(receiver=R, id="1"), "banned"),
        (SetRoom(receiver=R, text="private"), Join(receiver=R, id="1"), "not_invited"),
        (Close(receiver=R), Join(receiver=R, id="1"), "room_closed"),
        (SetRoom(receiver=R, text="private"), Join(receiver=R, id="1", since=Since(EPOCH, 0)), "not_invited"),
        (Ban(receiver=R, user="Carol"), Join(receiver=R, id="1", since=Since("another", 0)), "banned"),
    ],
)
def test_nobody_comes_in_after_an_order(
    house: House, alice: Client, carol: Client, order: Command, command: Command, code: str
) -> None:
    """A join during an order's commit is refused, but only when the order is committed."""
    house.claims(alice)
    house.chat.moderation.apply([Change("#cs350", "alice", "moderator", "Alice")])
    alice.send(order)
    carol.send(command)
    early = carol.hears()
    house.settles()

    assert ([], [code]) == (early, [event.code for event in carol.answers("1")])
    assert "Carol" not in house.members(R)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (Mute(receiver=R, user="Bob"), "muted"),
        (SetRoom(receiver=R, text="announce"), "announce_only"),
        (Kick(receiver=R, user="Bob"), "not_a_member"),
        (Ban(receiver=R, user="Bob"), "not_a_member"),
        (Close(receiver=R), "not_a_member"),
    ],
)
def test_nobody_speaks_after_an_order(
    house: House, alice: Client, bob: Client, order: Command, code: str
) -> None:
    """A message during an order's commit is not delivered, and refused under its id."""
    house.claims(alice)
    house.chat.moderation.apply([Change("#cs350", "alice", "moderator", "Alice")])
    alice.send(order)
    bob.says(R, "too late", id="1")
    early = bob.answers("1")
    house.settles()

    assert ([], [code]) == (early, [event.code for event in bob.answers("1")])
    assert [] == [entry for entry in house.notices if isinstance(entry, Said)]


def test_what_was_said_before_an_order_is_heard_before_its_answer(
    house: House, alice: Client, bob: Client
) -> None:
    """After the answer to a mute no message of the muted user follows, not even within one batch."""
    bob.says(R, "in time")
    alice.send(Mute(receiver=R, user="Bob"))
    house.settles()

    assert ["in time", f"You have muted Bob in '{R}'", "Alice has muted Bob"] == alice.hears_texts()


def test_an_order_that_is_not_kept_refuses_nobody(
    house: House, alice: Client, bob: Client, carol: Client
) -> None:
    """Requests that waited for a failed order are handled as if there were none."""
    alice.send(Ban(receiver=R, user="Carol"))
    carol.joins(R)
    bob.says(R, "still here")
    house.journal.fail(NotSaved())
    house.settles()

    assert (["Alice", "Bob", "Carol"], []) == (house.members(R), carol.hears_codes())
    assert "still here" in alice.hears_texts("group")


def test_an_order_of_who_is_a_moderator_no_more(house: House, alice: Client, bob: Client) -> None:
    """A moderator's request during the removal of that moderator is judged afterwards."""
    asks(house, alice, Op(receiver=R, user="Bob"))
    alice.send(Deop(receiver=R, user="Bob"))
    bob.send(SetTopic(receiver=R, text="mine"))
    house.settles()

    assert (["not_allowed"], "") == (bob.hears_codes(), house.chat.rooms.get(R).order.topic)


def test_two_last_moderators_of_a_private_room(house: House, alice: Client, bob: Client) -> None:
    """Of two last moderators who step down at once the second one stays: a private room needs one."""
    house.claims(alice, bob)
    house.room("club", alice, bob)
    asks(house, alice, Op(receiver="club", user="Bob"), SetRoom(receiver="club", text="private"))
    alice.send(Deop(receiver="club", user="Alice"))
    bob.send(Deop(receiver="club", user="Bob"))
    house.settles()

    assert ["bob"] == list(house.chat.rooms.get("club").order.moderators)
    assert ["not_allowed"] == bob.hears_codes()


def test_many_orders_hold_nobody_up_for_long(house: House, alice: Client, bob: Client) -> None:
    """A request that waits for an order continues before later orders."""
    asks(house, alice, Op(receiver=R, user="Bob"))
    alice.send(SetTopic(receiver=R, text="1"))
    bob.says(R, "mine")
    for number in range(2, 2000):
        alice.send(SetTopic(receiver=R, text=str(number)))
    house.turn()
    house.turn()

    assert "mine" in alice.hears_texts("group")


def test_a_ban_during_the_catch_up(house: House, alice: Client, carol: Client) -> None:
    """A rejoining user is checked again after the catch-up."""
    alice.says(R, "missed")
    house.turn()
    reads: Deferred[None] = Deferred()
    carol.peer.reads = reads
    carol.joins(R)
    house.turn()
    carol.leaves(R)
    house.turn()
    join, user = Join(receiver=R, id="1", since=Since(EPOCH, 0)), house.chat.users.find("Carol")
    rejoining = house.chat.memberships.rejoin(user, carol.peer, join, join.since)
    waiting = Deferred.fromCoroutine(rejoining)
    asks(house, alice, Ban(receiver=R, user="Carol"))
    reads.callback(None)

    assert "banned" == waiting.result.value.code
    waiting.addErrback(lambda failure: None)
    assert ["Alice", "Bob"] == house.members(R)


def test_a_user_who_is_kicked_and_leaves(house: House, alice: Client, bob: Client) -> None:
    """The room hears once that a user has left, even if they are kicked at the same time."""
    alice.send(Kick(receiver=R, user="Bob"))
    bob.vanishes()
    house.turn()

    assert ["Alice has kicked Bob"] == of_room(alice.hears(), R)
    assert (["Alice"], ["Alice", "Carol"]) == (house.members(R), house.users())


def test_kicking_who_is_not_there(house: House, alice: Client) -> None:
    """Kicking an absent user is refused, and the room hears nothing."""
    asks(house, alice, Kick(receiver=R, user="Carol", id="1"))

    text = "'Carol' is not a member of room 'CS350'"
    assert [error("Alice", "not_a_member", text, id="1")] == alice.hears()


@pytest.mark.parametrize("name", ["", "SERVER", "two words", "x" * 33])
def test_whom_nobody_can_be(house: House, alice: Client, name: str) -> None:
    """An invalid name is refused."""
    asks(house, alice, Ban(receiver=R, user=name))

    assert ["invalid_name"] == alice.hears_codes()


def test_a_room_that_is_not_there(house: House, alice: Client) -> None:
    """A request about an unknown room is refused."""
    asks(house, alice, Kick(receiver="R", user="Bob"))

    assert ["room_not_found"] == alice.hears_codes()


# Muting and announcing.


def test_who_is_muted_hears_and_does_not_speak(house: House, alice: Client, bob: Client) -> None:
    """A muted user hears, is told the end of the mute, and can speak after it or when it is lifted."""
    asks(house, alice, Mute(receiver=R, user="Bob", seconds=60))
    heard = bob.hears_texts()
    bob.says(R, "Hello", id="1")
    house.turn()
    refused = bob.answers("1")
    house.journal.clock.advance(60)
    bob.says(R, "again")
    house.turn()
    asks(house, alice, Mute(receiver=R, user="Bob"), Unmute(receiver=R, user="Bob"))
    heard += bob.hears_texts()
    bob.says(R, "free")
    house.turn()

    text = "You are muted in room 'CS350' until 1970-01-01 00:01:00 UTC"
    assert [error("Bob", "muted", text, id="1")] == refused
    assert ["Alice has muted Bob for 1 minute", "Alice has unmuted Bob"] == heard
    assert ["Alice has unmuted Bob", "free"] == of_room(alice.hears(), R)


def test_a_mute_ends_at_its_time_of_day() -> None:
    """A mute ends by the calendar, which can be set, and not by the clock of durations."""
    calendar = Clock()
    calendar.advance(1e9)
    house = House(calendar=calendar)
    alice, bob = house.signs_in("Alice", "Bob")
    house.room(R, alice, bob)
    asks(house, alice, Mute(receiver=R, user="Bob", seconds=60))
    bob.hears()
    house.journal.clock.advance(1e6)
    bob.says(R, "too early", id="1")
    house.turn()
    refused = [answer.code for answer in bob.answers("1") if isinstance(answer, Error)]
    calendar.advance(60)
    bob.says(R, "free")
    house.turn()

    assert (["muted"], ["Alice has muted Bob for 1 minute", "free"]) == (refused, bob.hears_texts("group"))


def test_nobody_is_muted(house: House, alice: Client, bob: Client) -> None:
    """Lifting no mute is answered, and no one else hears of it."""
    asks(house, alice, Unmute(receiver=R, user="Bob"))

    assert (["Bob is not muted in 'CS350'"], []) == (told(alice), bob.hears())


def test_what_was_said_before_is_answered_also_when_one_is_muted_now(
    house: House, alice: Client, bob: Client
) -> None:
    """A repetition of an accepted message gets the first answer, even from a muted user."""
    bob.says(R, "Hello", id="7")
    house.turn()
    asks(house, alice, Mute(receiver=R, user="Bob"))
    bob.forgets()
    bob.says(R, "Hello", id="7")
    bob.says(R, "Hello", id="8")
    house.turn()

    assert ["Message sent", "You are muted in room 'CS350'"] == told(bob)


def test_only_moderators_speak(house: House, alice: Client, bob: Client) -> None:
    """In announce mode only moderators can speak; with `talk` everybody can again."""
    asks(house, alice, SetRoom(receiver=R, text="announce"))
    heard = bob.hears_texts()
    bob.says(R, "Hello")
    alice.says(R, "Listen")
    house.turn()
    heard += bob.hears_texts()[1:]
    asks(house, alice, SetRoom(receiver=R, text="TALK"))
    bob.says(R, "Thanks")
    house.turn()

    expected = [
        "Alice has restricted speaking to moderators",
        "Only moderators can speak in room 'CS350'",
        "Listen",
    ]
    assert expected == heard
    assert ["Alice has allowed everybody to speak", "Thanks"] == bob.hears_texts()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("talk", "Everybody can already speak in 'CS350'"),
        ("open", "'CS350' is already open"),
    ],
)
def test_what_a_room_is_already(house: House, alice: Client, bob: Client, text: str, answer: str) -> None:
    """A request without effect is answered, and no one else hears of it."""
    asks(house, alice, SetRoom(receiver=R, text=text))

    assert ([answer], []) == (told(alice), bob.hears())


def test_what_a_room_is_already_for_a_second_time(house: House, alice: Client, bob: Client) -> None:
    """A second request for the same mode is answered, and no one else hears of it."""
    house.claims(alice)
    house.chat.moderation.apply([Change("#cs350", "alice", "moderator", "Alice")])
    answers = []
    for text in ("announce", "private"):
        asks(house, alice, SetRoom(receiver=R, text=text), SetRoom(receiver=R, text=text))
        answers += told(alice)
    asks(house, alice, Close(receiver=R), Close(receiver=R))
    answers += told(alice)

    expected = [
        "'CS350' is already for announcements: only moderators can speak",
        "'CS350' is already private",
    ]
    assert [*expected, "'CS350' is already closed"] == answers
    assert [] == bob.hears()


def test_a_room_can_be_nothing_else(house: House, alice: Client) -> None:
    """An unknown mode is refused with the list of modes."""
    asks(house, alice, SetRoom(receiver=R, text="secret", id="1"))

    text = "Invalid message format: the text must be private, open, announce, questions, exam, slow or talk"
    assert [error("Alice", "invalid_format", text, id="1")] == alice.hears()


# Moderators.


def test_a_moderator_makes_another_one(house: House, alice: Client, bob: Client) -> None:
    """A new moderator has the same rights; moderators can't kick each other."""
    asks(house, alice, Op(receiver=R, user="bob"))
    heard = bob.hears_texts()
    asks(house, bob, Op(receiver=R, user="Alice"))
    answers = told(bob)
    asks(house, bob, Kick(receiver=R, user="Alice"))

    assert ["Alice has made Bob a moderator"] == heard
    assert ["Alice is already a moderator of 'CS350'"] == answers
    text = "You may not do that: 'Alice' is a moderator of room 'CS350'; first: /deop Alice."
    assert [text] == told(bob)


def test_a_moderator_no_more(house: House, alice: Client, bob: Client) -> None:
    """A removed moderator has no rights."""
    asks(house, alice, Op(receiver=R, user="Bob"), Deop(receiver=R, user="Bob"))
    heard = bob.hears_texts()
    asks(house, bob, SetTopic(receiver=R, text="Mine"))
    refused = told(bob)
    asks(house, alice, Deop(receiver=R, user="Bob"))

    assert ["Alice has removed Bob as a moderator"] == heard
    assert ["You may not do that: only moderators of room 'CS350' can."] == refused
    assert ["Bob is not a moderator of 'CS350'"] == told(alice)


def test_who_is_made_a_moderator_speaks(house: House, alice: Client, bob: Client) -> None:
    """Making a user a moderator lifts mutes and bans."""
    asks(house, alice, Mute(receiver=R, user="Bob"), Ban(receiver=R, user="Bob"), Op(receiver=R, user="Bob"))

    order = house.chat.rooms.get(R).order
    assert ({}, {}, False, False) == (order.muted, order.banned, order.hushed, order.guarded)


def test_the_last_moderator_may_go_from_an_open_room(house: House, alice: Client) -> None:
    """The last moderator may step down in an open room, but not in a private one."""
    house.claims(alice)
    house.chat.moderation.apply([Change("#cs350", "alice", "moderator", "Alice")])
    asks(house, alice, SetRoom(receiver=R, text="private"), Deop(receiver=R, user="Alice"))
    refused = alice.hears_codes()
    asks(house, alice, SetRoom(receiver=R, text="open"), Deop(receiver=R, user="Alice"))

    assert ["not_allowed"] == refused
    assert {} == house.chat.rooms.get(R).order.moderators


def test_a_guest_is_a_moderator_as_a_person(house: House, alice: Client) -> None:
    """A guest's role as moderator does not pass to the next user of the name."""
    alice.vanishes()
    house.turn()
    (other,) = house.signs_in("Alice")
    asks(house, other, SetTopic(receiver=R, text="Mine"))

    assert ["not_allowed"] == other.hears_codes()


def test_what_is_kept_of_a_guest_who_moderates(house: House, alice: Client, bob: Client) -> None:
    """A moderating guest is written to the journal with the role and the audit line."""
    asks(house, alice, Op(receiver=R, user="Bob"))

    created, ordered = (
        next(entry for entry in house.notices if isinstance(entry, kind)) for kind in (Created, Ordered)
    )
    number = house.chat.users.find("Bob").person.number
    known, change, done = ordered.acts
    assert (number, "Bob", "bob") == (known.number, known.name, known.key)
    assert Change("#cs350", f"~{number}", "moderator", "Bob") == change
    assert Audited("Alice", "op", R, "Bob") == done
    assert Audited("Alice", "create", R) == created.acts[-1]


def test_who_is_turned_back_and_gone(house: House, alice: Client, bob: Client, carol: Client) -> None:
    """The room does not hear of the leave of a user who was never in it."""
    alice.send(Ban(receiver=R, user="Carol"))
    carol.joins(R)
    carol.vanishes()
    house.settles()

    assert ["Alice has banned Carol"] == bob.hears_texts()


# Private rooms.


@pytest.fixture
def private(house: House, alice: Client) -> House:
    """The same house, where Alice is registered and the room is private."""
    house.claims(alice)
    house.chat.moderation.apply([Change("#cs350", "alice", "moderator", "Alice")])
    asks(house, alice, SetRoom(receiver=R, text="private"))
    return house


def test_only_who_is_invited_comes_in(private: House, alice: Client, carol: Client) -> None:
    """An invited user is told in private, sees the room, and may join and return."""
    asks(private, carol, ListRooms())
    listed = told(carol)
    asks(private, carol, Join(receiver=R))
    listed += told(carol)
    asks(private, alice, Invite(receiver=R, user="carol"))
    invitation = carol.hears()
    asks(private, carol, ListRooms())
    listed += told(carol)
    for _ in range(2):
        asks(private, carol, Join(receiver=R))
        carol.leaves(R)
        private.turn()

    refusal = "Room 'CS350' is private. Ask one of its moderators to invite you."
    assert ["There are no chat rooms yet", refusal, "Chat rooms: CS350 (2 members)"] == listed
    assert [
        Private(
            "SERVER", "Carol", "Alice has invited you to room 'CS350'", event="invited", by="Alice", room=R
        )
    ] == invitation
    assert "You have left 'CS350'" in told(carol)


def test_who_was_in_it_may_come_back(private: House, bob: Client) -> None:
    """Members of a room that becomes private stay, and can return after a lost connection."""
    bob.leaves(R)
    private.turn()
    asks(private, bob, Join(receiver=R))

    assert ["Alice", "Bob"] == private.members(R)


def test_a_kick_takes_the_invitation_away(private: House, alice: Client, bob: Client, carol: Client) -> None:
    """A kick removes the invitation of members and of absent users."""
    asks(private, alice, Invite(receiver=R, user="Carol"), Kick(receiver=R, user="Carol"))
    asks(private, alice, Kick(receiver=R, user="Bob"))
    codes = bob.hears_codes()
    for client in (bob, carol):
        asks(private, client, Join(receiver=R))
        codes += client.hears_codes()

    assert ["kicked", "not_invited", "not_invited"] == codes


def test_a_ban_takes_the_invitation_away(private: House, alice: Client, bob: Client) -> None:
    """After a ban is lifted the user must be invited again."""
    asks(private, alice, Ban(receiver=R, user="Bob"), Unban(receiver=R, user="Bob"))
    asks(private, bob, Join(receiver=R))

    assert ["not_invited"] == bob.hears_codes()


def test_an_opened_room_is_everybodys(private: House, alice: Client, carol: Client) -> None:
    """Opening a room deletes its invitations."""
    asks(private, alice, SetRoom(receiver=R, text="open"))
    asks(private, carol, Join(receiver=R))

    assert ["Alice", "Bob", "Carol"] == private.members(R)
    assert {} == private.chat.rooms.get(R).order.invited


def test_a_moderator_no_more_stays_invited(private: House, alice: Client, bob: Client) -> None:
    """A moderator of a private room who is removed in it may return."""
    asks(private, alice, Kick(receiver=R, user="Bob"), Op(receiver=R, user="Bob"))
    asks(private, bob, Join(receiver=R))
    asks(private, alice, Deop(receiver=R, user="Bob"))
    bob.leaves(R)
    private.turn()
    asks(private, bob, Join(receiver=R))

    assert ["Alice", "Bob"] == private.members(R)


def test_who_need_not_be_invited(private: House, alice: Client, bob: Client) -> None:
    """A member can't be invited, and a banned user must be unbanned first."""
    asks(private, alice, Invite(receiver=R, user="Bob"))
    answers = told(alice)
    asks(private, alice, Ban(receiver=R, user="Carol"), Invite(receiver=R, user="Carol"))
    answers += told(alice)

    refusal = "You may not do that: 'Carol' is banned from room 'CS350'; first: /unban Carol."
    assert ["Bob is already in 'CS350'", refusal] == answers


def test_a_guests_room_is_not_closed(house: House, alice: Client) -> None:
    """A closed room stays for ever, so it needs a registered moderator."""
    asks(house, alice, Close(receiver=R))

    text = "Room 'CS350' has no registered moderator. Register your name first: /claim"
    assert [error("Alice", "needs_claim", text)] == alice.hears()


def test_more_people_than_can_be_invited() -> None:
    """A room with more members than invitations are allowed does not become private."""
    house = House(Limits(orders=1))
    alice, *others = house.signs_in("Alice", "Bob", "Carol")
    house.claims(alice)
    house.room(R, alice, *others)
    asks(house, alice, SetRoom(receiver=R, text="private"))

    assert ["Too many invited users in a room: the limit is 1."] == told(alice)


# Closing.


def test_a_closed_room_is_left_by_everybody(private: House, alice: Client, bob: Client) -> None:
    """Members of a closed room are told and removed; it can't be seen or read until a moderator opens it."""
    bob.says(R, "kept")
    private.turn()
    asks(private, alice, Close(receiver=R))
    heard = bob.hears()
    members = private.members(R)
    asks(private, alice, SetRoom(receiver=R, text="private"))
    asks(private, bob, Join(receiver=R))

    closed = Error("SERVER", "Bob", "Chat room 'CS350' is closed", code="room_closed", room=R, by="Alice")
    assert [Group("SERVER", R, "Alice has closed the room", event="closed", by="Alice"), closed] == heard
    assert ([], ["Bob"]) == (members, private.members(R))


def test_who_closed_a_room_sees_it_and_opens_it_again(private: House, alice: Client, bob: Client) -> None:
    """A closed room is listed only for its moderators; the answers say how to open it."""
    asks(private, alice, Close(receiver=R))
    texts = told(alice)[:1]
    asks(private, alice, Join(receiver=R))
    texts += told(alice)
    listed = []
    for client in (alice, bob):
        asks(private, client, ListRooms())
        (answer,) = client.hears("success")
        assert isinstance(answer, Success)
        listed.append((answer.rooms, answer.text))
    asks(private, bob, Join(receiver=R))
    texts += told(bob)
    asks(private, alice, SetRoom(receiver=R, text="open"))
    asks(private, alice, Join(receiver=R))

    assert [
        "You have closed 'CS350'. To open it again: /room CS350 open",
        "Chat room 'CS350' is closed. To open it again: /room CS350 open",
        "Chat room 'CS350' is closed",
    ] == texts
    assert [
        ([RoomListing(R, 0, private=True, closed=True)], "Chat rooms: CS350 (0 members, closed)"),
        ([], "There are no chat rooms yet"),
    ] == listed
    assert ["Alice"] == private.members(R)


def test_the_list_of_rooms_says_where_only_moderators_speak(house: House, alice: Client, bob: Client) -> None:
    """A room in which only moderators may speak is marked for programs."""
    listed = []
    for mode in ("announce", "talk"):
        asks(house, alice, SetRoom(receiver=R, text=mode))
        told(bob)
        asks(house, bob, ListRooms(room=R))
        (answer,) = bob.hears("success")
        assert isinstance(answer, Success)
        assert answer.rooms is not None
        listed += [room.announce for room in answer.rooms]

    assert [True, None] == listed


def test_the_list_of_members_says_what_each_is(
    house: House, alice: Client, bob: Client, carol: Client
) -> None:
    """Moderators, muted and absent members are marked for programs; the sentence has the present ones."""
    house.claims(bob, carol)
    carol.joins(R)
    asks(house, alice, Mute(receiver=R, user="Bob", seconds=60), Mute(receiver=R, user="Carol", seconds=1))
    carol.quits()
    house.turn()
    house.journal.clock.advance(30)
    house.turn()
    asks(house, alice, ListUsers(receiver=R))

    (answer,) = alice.hears("success")
    assert isinstance(answer, Success)
    assert [UserListing("Alice", moderator=True), UserListing("Bob", muted=True)] == answer.users
    assert ([UserListing("Carol")], "Members of 'CS350': Alice, Bob") == (answer.absent, answer.text)


def test_a_list_of_marked_members_fits_into_a_line() -> None:
    """The marks of members and the absent members count towards the length of a list."""
    house = House(Limits(listing=2000))
    clients = house.signs_in(*[f"user{number}" for number in range(60)])
    house.room(R, *clients)
    house.claims(*clients)
    for client in clients[1:]:
        asks(house, clients[0], Op(receiver=R, user=client.session._user.name))  # type: ignore[union-attr]
    for client in clients[30:]:
        client.quits()
    house.turn()
    house.journal.clock.advance(30)
    house.turn()
    sizes = []
    for limit in (2000, 4000, 9000):
        object.__setattr__(house.chat.limits, "listing", limit)
        asks(house, clients[0], ListUsers(receiver=R))
        (answer,) = clients[0].hears("success")
        assert isinstance(answer, Success)
        sizes.append(
            (
                len(clients[0].peer.lines[0]) <= limit + 200,
                len(answer.users or ()) + len(answer.absent or ()) + int(answer.more or 0),
            )
        )

    assert [(True, 60)] * 3 == sizes


def test_who_keeps_order_sees_who_is_there(house: House, alice: Client, carol: Client) -> None:
    """A moderator can list the members without being in the room."""
    alice.leaves(R)
    house.turn()
    asks(house, alice, ListUsers(receiver=R))

    assert ["Members of 'CS350': Bob"] == told(alice)


def test_a_room_that_is_not_shown(private: House, carol: Client) -> None:
    """A user who does not see a room in the list can't read its topic either."""
    codes = []
    for room in (R, "nowhere"):
        asks(private, carol, ListRooms(room=room))
        codes += carol.hears_codes()

    assert ["room_not_found"] * 2 == codes


def test_one_user_of_the_list(house: House, alice: Client, bob: Client, carol: Client) -> None:
    """With a user, `users` lists only that one: online, away, or offline with an account."""
    house.claims(carol)
    carol.quits()
    house.turn()
    house.journal.clock.advance(60)
    bob.send(Away(text="lunch"))
    answers = []
    for name in ("ALICE", "Bob", "carol"):
        asks(house, alice, ListUsers(user=name))
        answers += [answer for answer in alice.hears() if isinstance(answer, Success)]
    asks(house, alice, ListUsers(user="Dave"))

    assert [
        [UserListing("Alice")],
        [UserListing("Bob", away="lunch")],
        [UserListing("Carol", offline=True)],
    ] == [answer.users for answer in answers]
    assert ["Alice is online", "Bob is away: lunch", "Carol is offline"] == [one.text for one in answers]
    assert ["user_not_found"] == alice.hears_codes()


# Operators.


def operator(house: House, client: Client) -> None:
    """Make a user an operator, as another program does while a server runs."""
    house.claims(client)
    carol = house.chat.users.find("Carol").person
    house.journal.is_claimed("Carol", carol.number, operator=True)


def test_an_operator_has_the_rights_from_the_next_request_on(
    house: House, alice: Client, carol: Client
) -> None:
    """A new operator may do everything everywhere at once, and no one can act against them."""
    asks(house, carol, Kick(receiver=R, user="Bob"))
    refused = carol.hears_codes()
    operator(house, carol)
    asks(house, carol, Kick(receiver=R, user="Alice"))
    answers = told(carol)
    asks(house, carol, Join(receiver=R))
    asks(house, alice, Kick(receiver=R, user="Carol"))

    assert (["not_allowed"], ["You have kicked Alice from 'CS350'"]) == (refused, answers)
    assert ["You may not do that: 'Carol' is an operator of this server."] == told(alice)


def test_an_operator_unseats_a_moderator(house: House, alice: Client, carol: Client) -> None:
    """A ban or mute by an operator also removes a moderator's role."""
    operator(house, carol)
    asks(house, carol, Mute(receiver=R, user="Alice"))
    alice.says(R, "Hello")
    house.turn()

    assert ["muted"] == alice.hears_codes()
    assert {} == house.chat.rooms.get(R).order.moderators


def test_a_file_that_cant_be_read_changes_nothing(house: House, alice: Client, carol: Client) -> None:
    """If the file can't be read, the known rights of an operator hold."""
    operator(house, carol)
    asks(house, carol, SetTopic(receiver=R, text="One"))

    house.journal.is_claimed("Carol", house.chat.users.find("Carol").person.number)
    house.journal.look_again = lambda: succeed(None)  # type: ignore[method-assign]
    asks(house, carol, SetTopic(receiver=R, text="Two"))

    assert ["You have set the topic of 'CS350'"] == told(carol)


def test_a_broadcast_reaches_everybody(house: House, alice: Client, bob: Client, carol: Client) -> None:
    """A broadcast reaches all users, even during a catch-up, and names its sender."""
    operator(house, carol)
    asks(house, carol, Broadcast(text="Lunch\x07", id="1"))

    heard = [
        Private("SERVER", name, "Carol to everybody: Lunch�", event="broadcast", by="Carol")
        for name in ("Alice", "Bob")
    ]
    assert heard == [*alice.hears(), *bob.hears()]
    assert [success("Carol", "Sent to 3 users", id="1")] == carol.answers("1")
    assert 1 == len(carol.hears("private"))


@pytest.mark.parametrize(("text", "code"), [(" ", "invalid_format"), ("x" * 10_001, "too_long")])
def test_no_broadcast(house: House, carol: Client, text: str, code: str) -> None:
    """An empty or too long broadcast is refused."""
    operator(house, carol)
    asks(house, carol, Broadcast(text=text))

    assert [code] == carol.hears_codes()


def test_a_broadcast_that_is_not_kept_is_heard_by_nobody(house: House, alice: Client, carol: Client) -> None:
    """A broadcast that can't be kept is not delivered."""
    operator(house, carol)
    carol.send(Broadcast(text="Lunch", id="1"))
    house.journal.fail(NotSaved())
    house.turn()

    assert ([], ["not_saved"]) == (alice.hears(), carol.hears_codes())


# Bounds.


@pytest.mark.parametrize("kind", [Ban, Mute])
def test_how_many_may_be_kept_out(kind: type[Ban | Mute]) -> None:
    """One ban or mute too many is refused, unless another one has ended."""
    house = House(Limits(orders=2))
    (alice,) = house.signs_in("Alice")
    house.room(R, alice)
    for name in ("a", "b", "b"):
        asks(house, alice, kind(receiver=R, user=name, seconds=60))
    asks(house, alice, kind(receiver=R, user="c"))
    codes = alice.hears_codes()
    house.journal.clock.advance(60)
    asks(house, alice, kind(receiver=R, user="c"))

    order = house.chat.rooms.get(R).order
    assert (["too_many"], ["c"]) == (codes, [*order.banned, *order.muted])


@pytest.mark.parametrize(("kind", "left"), [(Op, 1), (Invite, 2)])
def test_how_many_may_be_let_in(kind: type[Op | Invite], left: int) -> None:
    """The founder is a moderator, too."""
    house = House(Limits(orders=2))
    alice, *_ = house.signs_in("Alice", "a", "b", "c")
    house.room(R, alice)
    codes = []
    for name in ("a", "b", "c"):
        asks(house, alice, kind(receiver=R, user=name))
        codes += alice.hears_codes()

    assert ["too_many"] * (3 - left) == codes


def test_the_rooms_that_an_account_keeps() -> None:
    """Rooms with a registered moderator stay, so each user may have only a limited number of them."""
    house = House(Limits(rooms_of_user=2))
    alice, bob = house.signs_in("Alice", "Bob")
    house.claims(alice)
    for room in ("a", "b"):
        house.room(room, alice)
        alice.leaves(room)
        house.turn()
    asks(house, bob, Join(receiver="a"))
    bob.creates("mine")
    house.turn()
    alice.forgets()
    alice.creates("c")
    asks(house, bob, Op(receiver="mine", user="Alice"))
    codes = bob.hears_codes()
    asks(house, alice, Deop(receiver="b", user="Alice"))
    alice.creates("c")
    house.turn()

    assert ["too_many"] == codes
    assert "Chat room 'c' created successfully" in told(alice)


# Shutdown.


def test_nothing_is_done_once_the_server_stops(house: House, alice: Client) -> None:
    """A request during the shutdown is refused."""
    house.chat.close()
    asks(house, alice, Kick(receiver=R, user="Bob"))
    codes = alice.hears_codes()
    asks(house, alice, ListUsers(receiver=R))

    assert ["shutting_down"] * 2 == codes + alice.hears_codes()


def test_who_has_gone_meanwhile_does_nothing(house: House, alice: Client, bob: Client) -> None:
    """A client that leaves while changes of other programs are read does nothing."""
    house.claims(alice)
    looked: Deferred[None] = Deferred()
    house.journal.is_claimed("Dora", 9)
    house.journal.look_again = lambda: looked  # type: ignore[method-assign]
    alice.send(Kick(receiver=R, user="Bob"))
    alice.vanishes()
    looked.callback(None)
    house.turn()

    assert ([], True) == (bob.hears(), "Bob" in house.members(R))
    assert ["Alice", "Bob"] == house.members(R)


def test_who_is_away_can_be_invited(house: House, alice: Client) -> None:
    """A registered user can be invited while away, and may join on return."""
    (dora,) = house.signs_in("Dora")
    house.claims(dora)
    user = house.chat.users.find("Dora")
    dora.vanishes()
    user.peers.clear()
    asks(house, alice, Invite(receiver=R, user="Dora"))

    assert ["You have invited Dora to 'CS350'"] == told(alice)
    assert {"dora": "Dora"} == house.chat.rooms.get(R).order.invited


def test_a_room_that_is_gone(house: House) -> None:
    """Decisions about a removed room have no effect."""
    house.chat.moderation.apply([Change("#gone", "alice", "moderator", "Alice"), Audited("Alice", "create")])

    assert [R] == [room.name for room in house.chat.rooms]


def test_a_few_names_do_not_hold_all_rooms() -> None:
    """One registered name keeps at most a quarter of a server's rooms, all together three quarters."""
    house = House(Limits(rooms=8).without_guard())
    names = ("Alice", "Bob", "Carol", "Dave")
    for name in names:
        (client,) = house.signs_in(name)
        house.claims(client)
        for number in range(3):
            client.creates(f"{name}{number}")
            client.leaves(f"{name}{number}")
            house.turn()
    (guest,) = house.signs_in("Guest")
    guest.creates("one")
    guest.creates("two")
    house.turn()

    refused = [one.hears_codes()[:1] for one in house.clients]
    assert [["too_many"]] * 4 + [[]] == refused
    assert {"one", "two"} <= {room.name for room in house.chat.rooms}


def test_an_order_that_is_under_way_holds_its_room() -> None:
    """A room with an order under way is not removed: the order would apply to the next room of its name."""
    house = House(Limits(rooms=1))
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("a", alice)
    alice.leaves("a")
    house.turn()
    asks(house, bob)
    alice.send(SetTopic(receiver="a", text="Exam"))
    bob.creates("b")
    codes = bob.hears_codes()
    house.turn()
    bob.creates("b")
    house.turn()

    assert (["too_many"], ["Bob"]) == (codes, house.members("b"))


# The kept state is the state.

PEOPLE = ("Alice", "Bob", "Carol", "Olga")
ORDERS = st.sampled_from([Kick, Ban, Unban, Mute, Unmute, Op, Deop, Invite])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.one_of(
            st.builds(lambda kind, user: kind(receiver=R, user=user), ORDERS, st.sampled_from(PEOPLE)),
            st.builds(lambda text: SetTopic(receiver=R, text=text), st.sampled_from(["", "Exam", "Quiz"])),
            st.builds(
                lambda text: SetRoom(receiver=R, text=text),
                st.sampled_from(["private", "open", "announce", "talk"]),
            ),
            st.just(Close(receiver=R)),
            st.just(Join(receiver=R)),
            st.just(Leave(receiver=R)),
        ),
        st.sampled_from(["turn", "fail", "go on"]),
    ),
    max_size=30,
)


@given(STEPS)
def test_what_is_kept_is_what_is_so(steps: list[tuple[str, Command, str]]) -> None:
    """After any requests in any order, kept or not, a restarted server has the same order in its rooms.

    The members are exactly the users who count as present, and none is left over.
    """
    house = House(Limits(operators=frozenset({"olga"})).without_guard())
    clients = dict(zip(PEOPLE, house.signs_in(*PEOPLE), strict=True))
    house.claims(clients["Alice"])
    house.claims(clients["Olga"], operator=True)
    house.room(R, clients["Alice"], clients["Bob"])
    for name, command, then in steps:
        clients[name].send(command)
        if then == "turn":
            house.turn()
        elif then == "fail":
            house.journal.fail(NotSaved())
            house.turn()
    house.settles()
    room, again = house.chat.rooms.get(R), Order()
    rows: dict[tuple[str, str], Change] = {}
    for entry in house.notices:
        for act in getattr(entry, "acts", ()):
            if isinstance(act, Change):
                rows.pop((act.subject, act.what), None)
                if act.value is not None:
                    rows[act.subject, act.what] = act
    for change in rows.values():
        again.apply(change)

    assert _facts(again) == _facts(room.order)
    assert {user for user in house.chat.users if room in user.rooms} == room.members
    assert len(room.members) == room.wanted


def _facts(order: Order) -> list[object]:
    return [getattr(order, name) for name in Order.__slots__]
