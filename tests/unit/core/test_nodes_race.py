"""Several nodes whose users, programs and failures get in each other's way."""

from __future__ import annotations

import pytest

from classchat.class_commands import LowerHand, NextHand, RaiseHand, SetGroups, SetSession
from classchat.core.manners import Manner, Uttered
from classchat.errors import NotSaved, Overtaken
from classchat.messages import Assist, Away, Claim, Mute, Register, Rename, Say, SetRoom, Since, Tell
from tests.unit.core.helpers import RIGHT, token_of
from tests.unit.core.personal import Words
from tests.unit.core.several import R, Several, device, in_room, owner, passes
from tests.unit.helpers import EPOCH, Client


@pytest.fixture
def several() -> Several:
    """Return two nodes."""
    return Several()


@pytest.fixture
def both(several: Several) -> list[Client]:
    """Return Alice on the first node and Bob on the second, who are in a room that is Alice's."""
    return in_room(several, "Alice", "Bob")


def again(several: Several, at: int, name: str, token: str) -> Client:
    """Return a client that comes back to a node with its token, which has not committed anything yet."""
    client = several.houses[at].connects()
    client.send(Register(sender=name, token=token))
    return client


def guest(several: Several, at: int, name: str) -> tuple[Client, str]:
    """Return the client of a new guest on a node, and its token."""
    client = several.houses[at].connects()
    client.registers(name)
    several.settles()
    token = token_of(client)
    client.forgets()
    return client, token


# Guests who come back.


@pytest.mark.parametrize("first", [0, 1])
def test_a_claim_on_the_node_that_a_guest_has_left(several: Several, first: int) -> None:
    """It does not hold once the guest is back on another node, and perhaps has another name there."""
    bob, token = guest(several, 0, "Bob")
    back = again(several, 1, "Bob", token)
    several.houses[1].turn()
    bob.send(Claim(text=RIGHT))
    back.send(Rename(text="Zoe", id="r"))
    several.houses[first].turn()
    several.settles()

    assert ["taken_over", "not_saved"] == bob.hears_codes()
    assert ["You are now called Zoe"] == [answer.text for answer in back.answers("r")]
    assert ["Zoe"] == several.houses[0].users() == several.houses[1].users()
    several.same()


def test_back_while_the_first_attempt_is_on_its_way(several: Several) -> None:
    """A guest whose client tries twice at the same moment is signed in by the second attempt."""
    bob, token = guest(several, 0, "Bob")
    bob.vanishes()
    several.settles()
    first = again(several, 1, "Bob", token)
    second = again(several, 1, "Bob", token)
    several.settles()

    assert (["taken_over"], []) == (first.hears_codes(), second.hears_codes())
    assert ["Bob"] == several.houses[0].users() == several.houses[1].users()
    several.same()


def test_a_private_message_for_a_guest_who_is_back_by_then(several: Several) -> None:
    """A message that was granted before its sender's node knew that the guest is back reaches them."""
    (alice,) = several.signs_in("Alice")
    bob, token = guest(several, 1, "Bob")
    alice.tells("Bob", "psst")
    bob.vanishes()
    back = several.houses[1].connects()
    back.send(Register(sender="Bob", token=token, since=Since(EPOCH, 0)))
    for _ in range(4):
        several.houses[1].turn()
    welcomed = back.hears("success")
    several.settles()

    assert (1, ["psst"]) == (len(welcomed), back.hears_texts("private"))


def test_a_private_message_for_a_guest_who_has_left_by_then(several: Several) -> None:
    """It is refused, and whoever has the name since then does not get it."""
    (alice,) = several.signs_in("Alice")
    bob, _ = guest(several, 1, "Bob")
    alice.tells("Bob", "psst", "1")
    bob.quits()
    several.houses[1].turn()
    other = several.houses[1].connects()
    other.registers("Bob")
    several.houses[1].turn()
    several.settles()

    assert ["user_not_found"] == alice.hears_codes()
    assert [] == other.hears_texts("private")
    assert ["Alice", "Bob"] == several.houses[0].users()
    several.same()


def test_a_private_message_for_a_guest_who_leaves_a_moment_later(several: Several) -> None:
    """It is accepted: it was sent before."""
    alice, _ = guest(several, 0, "Alice")
    bob, _ = guest(several, 0, "Bob")
    alice.tells("Bob", "psst", "1")
    bob.vanishes()
    several.settles()

    assert ["Message sent"] == [answer.text for answer in alice.answers("1")]


def test_back_elsewhere_before_others_know_what_the_guest_did(several: Several) -> None:
    """What is on its way from the place that a guest has left changes nothing at the new one."""
    alice, _ = guest(several, 0, "Alice")
    alice.creates(R)
    several.settles()
    bob, token = guest(several, 1, "Bob")
    bob.send(Away(text="lunch"))
    bob.joins(R)
    bob.creates("Bob's")
    back = again(several, 0, "Bob", token)
    bob.vanishes()
    several.houses[0].turn()
    several.settles()

    assert [] == back.hears_codes()
    assert ["Alice", "Bob"] == several.houses[1].users()
    assert ["Alice"] == several.houses[1].members(R)
    assert several.houses[1].chat.rooms.find("Bob's") is None
    several.same()


def test_back_elsewhere_before_that_node_knows_of_the_guests_room(several: Several) -> None:
    """A guest who comes back is not a member of the room that they have created a moment before."""
    bob, token = guest(several, 0, "Bob")
    bob.creates(R)
    several.houses[0].turn()
    back = again(several, 1, "Bob", token)
    several.settles()

    assert ([], ["taken_over"]) == (back.hears_codes(), bob.hears_codes())
    assert [] == several.houses[0].members(R) == several.houses[1].members(R)
    several.same()


def test_a_name_that_is_free_on_one_node_only(several: Several, both: list[Client]) -> None:
    """A guest gets the name of one who has left, although that could not be stored: the rooms are told."""
    alice, bob = both
    alice.vanishes()
    several.houses[0].journal.fail(NotSaved())
    other, _ = guest(several, 0, "Alice")
    several.settles()
    passes(several, 5)

    assert ["Alice has left the chat room"] == bob.hears_texts("group")
    assert ["Bob"] == several.houses[0].members(R) == several.houses[1].members(R)
    other.tells("Bob", "psst")
    several.settles()
    assert ["psst"] == bob.hears_texts("private")
    several.same()


def test_a_new_name_that_is_free_on_one_node_only(several: Several, both: list[Client]) -> None:
    """The same if a guest who is signed in takes the name."""
    alice, bob = both
    zoe, _ = guest(several, 0, "Zoe")
    alice.vanishes()
    several.houses[0].journal.fail(NotSaved())
    zoe.send(Rename(text="Alice"))
    several.settles()
    passes(several, 5)

    assert ["Alice has left the chat room"] == bob.hears_texts("group")
    assert ["Alice", "Bob"] == several.houses[1].users()
    several.same()


def test_a_guest_who_is_back_while_the_name_is_claimed(several: Several) -> None:
    """The guest is signed out for good where the claim was made, and may sign in with the password."""
    alice, _ = guest(several, 0, "Alice")
    bob, token = guest(several, 1, "Bob")
    bob.send(Claim(text=RIGHT))
    several.houses[1].turn()
    again(several, 0, "Bob", token)
    bob.vanishes()
    several.settles()
    passes(several, 60)
    assert ["Alice"] == several.houses[0].users() == several.houses[1].users()
    back = device(several, 0, "Bob")
    alice.tells("Bob", "psst")
    several.settles()

    assert ["psst"] == back.hears_texts("private")
    several.same()


# What one node grants while another one decides.


def test_an_exam_begins(several: Several, both: list[Client]) -> None:
    """A private message between students is refused that was granted before its node knew of the exam."""
    alice, bob = both
    zoe, _ = guest(several, 0, "Zoe")
    zoe.joins(R)
    several.settles()
    several.forget()
    alice.send(SetRoom(receiver=R, text="exam"))
    several.houses[0].turn()
    bob.tells("Zoe", "the answer is 42", "1")
    several.settles()

    assert ["staff_only"] == bob.hears_codes()
    assert [] == zoe.hears_texts("private")
    several.same()


def test_a_name_that_is_claimed(several: Several) -> None:
    """A guest is refused whose name another one has claimed on another node, and left."""
    zoe = several.houses[0].connects()
    zoe.send(Claim(sender="Zoe", text=RIGHT))
    several.houses[0].turn()
    zoe.vanishes()
    other = several.houses[1].connects()
    other.registers("Zoe")
    several.houses[0].journal.commit()
    passes(several, 60)

    assert ["password_required"] == other.hears_codes()
    several.same()


def test_a_released_name(several: Several) -> None:
    """The owner of a name that is released is signed out on all nodes as soon as one of them knows it."""
    carol = owner(several, 0, "Carol")
    phone = device(several, 1, "Carol")
    alice, _ = guest(several, 0, "Alice")
    carol.creates(R)
    several.settles()
    several.houses[0].journal.is_released("Carol")
    several.forget()
    alice.asks_for_users()
    several.settles()

    assert ["name_released"] == carol.hears_codes() == phone.hears_codes()
    assert (True, True) == (carol.peer.closed, phone.peer.closed)
    assert ["Alice"] == several.houses[0].users() == several.houses[1].users()
    assert [] == several.houses[1].members(R)


# What a node knows that starts later.


def test_another_name_and_what_was_decided_about_the_old_one(several: Several, both: list[Client]) -> None:
    """A node that starts later knows a guest's new name, its rights, and the mute of its former name."""
    alice, bob = both
    alice.send(Assist(receiver=R, user="Bob"))
    several.settles()
    alice.send(Mute(receiver=R, user="Bob"))
    several.settles()
    bob.send(Rename(text="Rob"))
    alice.send(Rename(text="Alison"))
    several.settles()
    third = several.starts()

    room = third.chat.rooms.get(R)
    assert (["Alison"], ["Rob"]) == ([*room.order.moderators.values()], [*room.order.assistants.values()])
    user = third.chat.users.find("Rob")
    assert user is not None
    assert {(room.key, "muted"): {"bob"}} == user.person.restrictions
    several.same()


def test_a_node_that_starts_while_a_name_is_claimed(several: Several, both: list[Client]) -> None:
    """It counts the new owner as a member, although no node tells it of that owner's rooms."""
    alice, _ = both
    alice.send(Claim(text=RIGHT))
    several.houses[0].journal.commit()
    third = several.starts()
    several.settles()

    assert ["Alice", "Bob"] == third.members(R)
    several.same()


def test_an_owner_who_has_left_while_the_name_was_claimed(several: Several, both: list[Client]) -> None:
    """The owner is a member of the same rooms, on whatever node they sign in."""
    _, bob = both
    bob.send(Claim(text=RIGHT))
    bob.vanishes()
    several.settles()
    passes(several, 60)
    device(several, 0, "Bob")

    assert ["Alice", "Bob"] == several.houses[0].members(R) == several.houses[1].members(R)
    several.same()


def test_groups_of_a_node_that_dies(several: Several, both: list[Client]) -> None:
    """The others open the group rooms that a node has promised with its last batch."""
    alice, bob = both
    alice.send(SetSession(receiver=R, text="begin"))
    several.settles()
    alice.send(SetGroups(receiver=R, count=1, text="random"))
    several.houses[0].journal.commit()
    several.dies(several.houses[0])
    several.settles()

    (house,) = several.houses
    assert ["Bob"] == house.members(f"{R}-1")
    assert house.chat.rooms.get(f"{R}-1").order.private
    bob.says(f"{R}-1", "Hello", "1")
    several.settles()
    assert ["Message sent"] == [answer.text for answer in bob.answers("1")]


# A text for one client.


def test_an_aside(several: Several) -> None:
    """A text that only one client understands reaches it on another node, and is not stored."""
    alice, bob = several.signs_in("Alice", "Bob")
    bob.peer.codec = alice.peer.codec = Words()
    aside = Uttered(Tell(receiver="Bob", text="\x01VERSION\x01"), Manner(), aside=True)
    waiting = alice.session.handle(aside)
    assert waiting is not None  # else a client could fill the queue of a database that hangs
    several.houses[0].run(waiting)
    several.settles()

    alice.tells("Bob", "the first that is stored", "1")
    several.settles()

    assert [b"Alice>Bob: \x01VERSION\x01", b"Alice>Bob: the first that is stored"] == bob.peer.lines
    assert b"Message sent" in alice.peer.lines


def test_a_signal(several: Several) -> None:
    """Tags without a text reach clients on other nodes, in a room and in private, and are not stored."""
    alice, bob = in_room(several, "Alice", "Bob")
    bob.peer.codec = alice.peer.codec = Words()
    typing = Manner(tags=(("+typing", "active"),), label="1")
    for command in (Say(receiver=R), Tell(receiver="Bob")):
        waiting = alice.session.handle(Uttered(command, typing))
        assert waiting is not None
        several.houses[0].run(waiting)
        several.settles()

    to_room, to_bob = bob.peer.lines
    assert to_room.startswith(f"Signal Alice {R} ".encode())
    assert to_bob.startswith(b"Signal Alice Bob ")
    assert b"+typing" in to_bob


@pytest.mark.parametrize(
    ("id", "answer"), [("n", ("Next is Carol: help", None)), (None, (Overtaken().text, "overtaken"))]
)
def test_a_teacher_with_clients_on_two_nodes(
    several: Several, both: list[Client], id: str | None, answer: tuple[str, str | None]
) -> None:
    """A request that others overtake is decided again if it has an `id`, by which a repetition is known."""
    _, bob = both
    teacher = owner(several, 0, "Teacher")
    device(several, 1, "Teacher")
    carol, _ = guest(several, 1, "Carol")
    teacher.creates("Class")
    several.settles()
    teacher.send(SetSession(receiver="Class", text="begin"))
    several.settles()
    for student in (bob, carol):
        student.joins("Class")
        several.settles()
        student.send(RaiseHand(receiver="Class", text="help"))
        several.settles()
    teacher.forgets()
    bob.send(LowerHand(receiver="Class"))
    teacher.send(NextHand(receiver="Class", id=id))
    several.houses[1].turn()
    several.settles()
    answers = [(one.text, getattr(one, "code", None)) for one in teacher.hears("success", "error")]

    assert [answer] == answers
    several.same()
