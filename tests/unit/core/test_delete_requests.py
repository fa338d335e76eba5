"""The request `delete`: a message loses its text, and a tombstone keeps its number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred

from classchat.core.acts import Audited
from classchat.core.entries import Deleted
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import (
    Ban,
    Claim,
    Command,
    Delete,
    Group,
    History,
    Join,
    Kick,
    Mute,
    Private,
    Register,
    Rename,
    Search,
    SetRoom,
    Since,
    Success,
)
from classchat.texts import milliseconds
from tests.tables import each_case
from tests.unit.core.helpers import RIGHT, token_of
from tests.unit.core.several import R, Several, in_room
from tests.unit.helpers import EPOCH, NOW, Client, House

WITHIN = Limits.deletable


def asks(house: House, client: Client, command: Command) -> list[object]:
    """Send a request, and return what the client hears until all is settled."""
    client.forgets()
    client.send(command)
    house.settles()
    return list(client.hears())


def code(house: House, client: Client, command: Command) -> str:
    """Return `yes`, or the code of the refusal."""
    asks(house, client, command)
    codes = client.hears_codes()
    return str(codes[0]) if codes else "yes"


def gone(number: int, user: str, by: str, text: str, room: str = "CS350", **fields: bool) -> Group:
    """Return what a room is told of a deletion."""
    return Group(
        "SERVER", room, text, event="deleted", user=user, by=by, number=number, deleted=NOW, **fields
    )


def tombstone(seq: int, sender: str, by: str, room: str = "CS350") -> Group:
    """Return what stands in place of a deleted message."""
    text = f"[deleted by {by}]"
    return Group(sender, room, text, seq=seq, time=NOW, replay=True, event="deleted", by=by, deleted=NOW)


@pytest.fixture
def three(house: House) -> list[Client]:
    """Return Alice, a moderator of the room CS350, and Bob and Carol, who are in it; Bob has said hello."""
    alice, bob, carol = house.signs_in("Alice", "Bob", "Carol")
    house.room("CS350", alice, bob, carol)
    bob.says("CS350", "hello there")
    house.turn()
    for client in (alice, bob, carol):
        client.forgets()
    return [alice, bob, carol]


# What is told, and what is left.


def test_ones_own_message(house: House, three: list[Client]) -> None:
    """Its author gets an answer, and all members are told who has deleted which message, not its text."""
    alice, bob, _ = three
    heard = asks(house, bob, Delete(receiver="cs350", seq=1, id="7"))
    event = gone(1, "Bob", "Bob", "Bob has deleted message 1")

    answer = Success("SERVER", "Bob", "Message 1 of 'CS350' is deleted", id="7", number=1)
    assert ([answer, event], [event]) == (heard, alice.hears())


def test_a_reason(house: House, three: list[Client]) -> None:
    """It is told with the deletion, in one line, and stands in the audit log; one too long is refused."""
    alice, bob, _ = three
    asks(house, alice, Delete(receiver="CS350", seq=1, text="off\n topic"))
    (event,) = bob.hears()
    (refused,) = asks(house, alice, Delete(receiver="CS350", seq=1, text="x" * 10_000))

    assert ("Alice has deleted message 1 of Bob: off topic", "off topic") == (event.text, event.reason)
    assert "too_long" == refused.code
    (entry,) = [notice for notice in house.notices if isinstance(notice, Deleted)]
    assert Audited("Alice", "delete", "CS350", "Bob", "message 1: off topic") in entry.acts


def test_an_author_gives_no_reason(house: House, three: list[Client]) -> None:
    """Only moderators' reasons are told: a muted user may delete own messages, but not speak."""
    alice, bob, _ = three
    asks(house, alice, Mute(receiver="CS350", user="Bob"))
    for client in three:
        client.forgets()
    asks(house, bob, Delete(receiver="CS350", seq=1, text="hear me"))
    (entry,) = [notice for notice in house.notices if isinstance(notice, Deleted)]

    assert [gone(1, "Bob", "Bob", "Bob has deleted message 1")] == alice.hears()
    assert Audited("Bob", "delete", "CS350", "Bob", "message 1") in entry.acts


def test_a_message_of_another_user(house: House, three: list[Client]) -> None:
    """A moderator may delete each message of the room, at any time."""
    alice, bob, _ = three
    house.journal.clock.advance(milliseconds(NOW) / 1000 + 10 * WITHIN)
    asks(house, alice, Delete(receiver="CS350", seq=1))

    assert [gone(1, "Bob", "Alice", "Alice has deleted message 1 of Bob")] == bob.hears()


def test_history_has_the_tombstone(house: House, three: list[Client]) -> None:
    """In its place stands who had sent it when, and who has deleted it when; the numbers stay dense."""
    alice, bob, _ = three
    bob.says("CS350", "and more")
    house.turn()
    asks(house, bob, Delete(receiver="CS350", seq=1))
    *history, _answer = asks(house, alice, History(receiver="CS350"))

    later = Group("Bob", "CS350", "and more", seq=2, time=NOW, replay=True)
    assert [tombstone(1, "Bob", "Bob"), later] == history


@pytest.mark.parametrize("fields", [{"text": "hello"}, {"user": "Bob"}, {"text": "deleted", "user": "Bob"}])
def test_searches_do_not_find_it(house: House, three: list[Client], fields: dict[str, str]) -> None:
    """Neither by its words nor by its author."""
    alice, bob, _ = three
    asks(house, bob, Delete(receiver="CS350", seq=1))

    (answer,) = asks(house, alice, Search(**fields))
    assert isinstance(answer, Success)
    assert answer.text == "0 messages found"


def test_a_repeated_request(house: House, three: list[Client]) -> None:
    """Whoever may delete a message that was deleted already is told so; the room is not."""
    alice, bob, carol = three
    asks(house, bob, Delete(receiver="CS350", seq=1))
    carol.forgets()
    house.journal.clock.advance(milliseconds(NOW) / 1000 + 10 * WITHIN)
    text = "Message 1 of 'CS350' had been deleted already"

    for client, name in ((bob, "Bob"), (alice, "Alice")):
        answer = Success("SERVER", name, text, id="7", number=1)
        assert [answer] == asks(house, client, Delete(receiver="CS350", seq=1, id="7"))
    assert [] == carol.hears()


def test_two_at_once(house: House, three: list[Client]) -> None:
    """Two users delete one message in one batch: the room is told once, and both are answered."""
    alice, bob, carol = three
    alice.send(Delete(receiver="CS350", seq=1, id="a"))
    bob.send(Delete(receiver="CS350", seq=1, id="b"))
    house.settles()

    assert ["Alice has deleted message 1 of Bob"] == carol.hears_texts()
    assert ["Message 1 of 'CS350' is deleted"] == [one.text for one in alice.answers("a")]
    assert ["Message 1 of 'CS350' had been deleted already"] == [one.text for one in bob.answers("b")]


def test_a_private_message(house: House) -> None:
    """Both users are told, each with the name of the other; history has the tombstone."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "psst")
    house.turn()
    bob.forgets()
    alice.forgets()
    own = asks(house, alice, Delete(receiver="Bob", seq=1))[1:]
    other = bob.hears()[-1]
    *history, _ = asks(house, bob, History(receiver="Alice"))

    def told(to: str, other: str, text: str) -> Private:
        return Private(
            "SERVER", to, text, event="deleted", user="Alice", by="Alice", name=other, number=1, deleted=NOW
        )

    assert (
        [told("Alice", "Bob", "Alice has deleted message 1 to Bob")],
        told("Bob", "Alice", "Alice has deleted message 1"),
    ) == (own, other)
    text = "[deleted by Alice]"
    assert history == [
        Private("Alice", "Bob", text, seq=1, time=NOW, replay=True, event="deleted", by="Alice", deleted=NOW)
    ]


def test_it_is_audited_without_its_text(house: House, three: list[Client]) -> None:
    """The audit log names the message, its author, and the user who has deleted it."""
    alice, bob, _ = three
    asks(house, alice, Delete(receiver="CS350", seq=1))
    bob.tells("Alice", "psst")
    house.turn()
    asks(house, bob, Delete(receiver="Alice", seq=1))
    entries = [notice for notice in house.notices if isinstance(notice, Deleted)]

    audited = [act for entry in entries for act in entry.acts if isinstance(act, Audited)]
    assert audited == [
        Audited("Alice", "delete", "CS350", "Bob", "message 1"),
        Audited("Bob", "delete", "", "Bob", "private message"),
    ]


# Who may.


@pytest.mark.parametrize(
    ("who", "seq", "expected"),
    [("Carol", 1, "not_allowed"), ("Bob", 2, "message_not_found"), ("Carol", 9, "message_not_found")],
)
def test_what_is_refused(house: House, three: list[Client], who: str, seq: int, expected: str) -> None:
    """Others' messages, and numbers that there are not."""
    client = dict(zip(("Alice", "Bob", "Carol"), three, strict=True))[who]

    assert expected == code(house, client, Delete(receiver="CS350", seq=seq))


@each_case(
    ("within", "age", "expected"),
    [(900, 899, "yes"), (900, 902, "too_old"), (0, 0, "not_allowed"), (86_400, 5_000, "yes")],
)
def test_how_long_it_may_be_deleted(within: float, age: float, expected: str) -> None:
    """Users may delete what they have sent for a while; with 0, only moderators may delete messages."""
    house = House(
        replace(Limits().without_guard(), deletable=float(within)), start=milliseconds(NOW) / 1000 + age
    )
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    bob.says("CS350", "Hello")
    bob.tells("Alice", "Hello")
    house.turn()

    assert (expected, expected) == (
        code(house, bob, Delete(receiver="CS350", seq=1)),
        code(house, bob, Delete(receiver="Alice", seq=1)),
    )


def test_a_message_of_another_room(house: House, three: list[Client]) -> None:
    """A number counts in the room that is named: there it is another message, or the room is not theirs."""
    alice, bob, carol = three
    carol.creates("Lab")
    house.turn()
    carol.says("Lab", "mine")
    house.turn()

    assert ("not_a_member", "not_a_member") == (
        code(house, bob, Delete(receiver="Lab", seq=1)),
        code(house, alice, Delete(receiver="Lab", seq=1)),
    )


@pytest.mark.parametrize("order", [Kick, Ban])
def test_put_out_meanwhile(house: House, three: list[Client], order: type[Kick | Ban]) -> None:
    """A user who was removed from the room may delete nothing there, not even in the same turn."""
    alice, bob, _ = three
    alice.send(order(receiver="CS350", user="Bob"))
    bob.send(Delete(receiver="CS350", seq=1))
    house.settles()

    assert "not_a_member" in bob.hears_codes()
    assert "not_a_member" == code(house, bob, Delete(receiver="CS350", seq=1))


def test_muted_meanwhile(house: House, three: list[Client]) -> None:
    """A muted user may take back what they have said."""
    alice, bob, _ = three
    asks(house, alice, Mute(receiver="CS350", user="Bob"))

    assert "yes" == code(house, bob, Delete(receiver="CS350", seq=1))


def test_in_an_exam(house: House, three: list[Client]) -> None:
    """A student deletes nothing in an exam, also in private: others would see it as a sign. Staff do."""
    alice, bob, _ = three
    bob.tells("Carol", "psst")
    house.turn()
    asks(house, alice, SetRoom(receiver="CS350", text="exam"))

    assert ("staff_only", "staff_only", "yes") == (
        code(house, bob, Delete(receiver="CS350", seq=1)),
        code(house, bob, Delete(receiver="Carol", seq=1)),
        code(house, alice, Delete(receiver="CS350", seq=1)),
    )


def test_a_private_message_belongs_to_its_author(house: House) -> None:
    """Its receiver can't delete it, nor can an operator, who does not even find it."""
    alice, bob, carol = house.signs_in("Alice", "Bob", "Carol")
    house.claims(carol, operator=True)
    alice.tells("Bob", "psst")
    house.turn()

    assert ("not_allowed", "message_not_found") == (
        code(house, bob, Delete(receiver="Alice", seq=1)),
        code(house, carol, Delete(receiver="Bob", seq=1)),
    )


def test_a_guest_who_has_taken_the_name_later(house: House, three: list[Client]) -> None:
    """A message belongs to the person who has sent it, not to the name."""
    _, bob, _ = three
    bob.quits()
    house.settles()
    (other,) = house.signs_in("Bob")
    other.joins("CS350")
    house.settles()

    assert "not_allowed" == code(house, other, Delete(receiver="CS350", seq=1))


def test_a_guest_who_has_another_name_now(house: House, three: list[Client]) -> None:
    """A guest who takes another name, or registers it, is the same person."""
    _, bob, _ = three
    asks(house, bob, Rename(text="Robert"))
    asks(house, bob, Claim(text=RIGHT))

    assert "yes" == code(house, bob, Delete(receiver="CS350", seq=1))


def test_a_guest_who_comes_back_with_the_token(house: House) -> None:
    """A guest with the token of an earlier welcome is the same person."""
    alice = house.connects()
    (bob,) = house.signs_in("Bob")
    alice.registers("Alice")
    token = token_of(alice)
    house.room("CS350", bob, alice)
    alice.says("CS350", "oops")
    alice.tells("Bob", "Hello")  # so that the journal keeps the token
    house.turn()
    alice.vanishes()
    house.settles()
    again = house.connects()
    again.send(Register(sender="Alice", token=token))
    house.settles()
    again.joins("CS350")
    house.settles()

    assert "yes" == code(house, again, Delete(receiver="CS350", seq=1))


def test_a_disk_that_is_full(house: House, three: list[Client]) -> None:
    """What can't be stored is refused, and nothing is deleted."""
    alice, bob, _ = three
    bob.send(Delete(receiver="CS350", seq=1, id="7"))
    house.journal.fail(NotSaved())
    house.settles()
    history = asks(house, alice, History(receiver="CS350"))

    assert (["not_saved"], "hello there") == (bob.hears_codes(), history[0].text)  # type: ignore[attr-defined]


# Readers.


def test_while_a_client_reads_history(house: House, three: list[Client]) -> None:
    """What is deleted while earlier messages are on their way is sent as a tombstone."""
    _, bob, carol = three
    for number in range(2, 40):
        bob.says("CS350", f"{number} " + "x" * 3_000)
    house.turn()
    carol.forgets()
    carol.peer.reads = Deferred()
    carol.send(History(receiver="CS350"))
    bob.send(Delete(receiver="CS350", seq=39))
    house.journal.commit()
    house.run_waiting()
    carol.peer.reads.callback(None)
    carol.peer.reads = None
    house.settles()

    assert tombstone(39, "Bob", "Bob") in carol.hears()


def test_while_a_client_catches_up(house: House, three: list[Client]) -> None:
    """A client that is about to receive a message gets its tombstone, and is told of the deletion."""
    _, bob, carol = three
    carol.quits()
    house.settles()
    (dora,) = house.signs_in("Dora")
    dora.peer.reads = Deferred()
    dora.send(Join(receiver="CS350", since=Since(EPOCH, 0)))
    bob.says("CS350", "oops")
    house.journal.commit()
    bob.send(Delete(receiver="CS350", seq=2))
    house.journal.commit()
    dora.peer.reads.callback(None)
    dora.peer.reads = None
    house.settles()
    heard = [one for one in dora.hears("group") if one.text != "Dora has joined the chat room"]

    assert ["hello there", "[deleted by Bob]", "Bob has deleted message 2"] == [one.text for one in heard]


def test_a_client_that_was_away(house: House, three: list[Client]) -> None:
    """A client that returns is told which of the messages that it has were deleted meanwhile."""
    _, bob, _ = three
    bob.tells("Carol", "psst")
    house.turn()
    asks(house, bob, Delete(receiver="CS350", seq=1))
    asks(house, bob, Delete(receiver="Carol", seq=1))
    (dora,) = house.signs_in("Dora")
    told = asks(house, dora, Join(receiver="CS350", since=Since(EPOCH, 1)))

    assert gone(1, "Bob", "Bob", "Bob has deleted message 1", replay=True) == told[0]


# Several nodes.


def test_on_another_node() -> None:
    """Clients on all nodes are told, and an author may delete there what they have sent here."""
    several = Several()
    alice, bob = in_room(several, "Alice", "Bob")
    bob.says(R, "Hello")
    several.settles()
    alice.forgets()
    bob.send(Delete(receiver=R, seq=1, id="7"))
    several.settles()

    assert ["Bob has deleted message 1"] == alice.hears_texts()
    several.same()


def test_two_at_once_on_two_nodes() -> None:
    """The second one is answered that it had been deleted, and each client is told once."""
    several = Several()
    alice, bob = in_room(several, "Alice", "Bob")
    bob.says(R, "Hello")
    several.settles()
    for client in (alice, bob):
        client.forgets()
    alice.send(Delete(receiver=R, seq=1, id="a"))
    bob.send(Delete(receiver=R, seq=1, id="b"))
    several.settles()

    assert ([f"Message 1 of '{R}' is deleted"], [f"Message 1 of '{R}' had been deleted already"]) == (
        [one.text for one in alice.answers("a")],
        [one.text for one in bob.answers("b")],
    )
    assert ["Alice has deleted message 1 of Bob"] == bob.hears_texts("group")


def test_put_out_on_another_node() -> None:
    """A user who was removed meanwhile on another node is refused, and no room is told."""
    several = Several()
    alice, bob = in_room(several, "Alice", "Bob")
    bob.says(R, "Hello")
    several.settles()
    bob.forgets()
    bob.send(Delete(receiver=R, seq=1, id="7"))
    alice.send(Kick(receiver=R, user="Bob"))
    several.houses[0].turn()
    several.settles()

    assert (
        (["not_a_member"], ["Alice has kicked Bob"])
        == (
            [one.code for one in bob.answers("7")],  # type: ignore[union-attr]
            alice.hears_texts("group")[1:],
        )
    )
