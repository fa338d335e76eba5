"""Several nodes behind one log: clients notice nothing of it."""

from __future__ import annotations

import pytest

from classchat.class_commands import EndPoll, StartPoll, Vote
from classchat.core.journal_port import Waits
from classchat.core.persons import Person
from classchat.core.stored import MissedMessages, StoredMessage
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import (
    Away,
    Back,
    Ban,
    Broadcast,
    Claim,
    Deop,
    Join,
    Kick,
    Mute,
    Op,
    Register,
    Rename,
    SetRoom,
    SetTopic,
    Since,
    Tell,
)
from tests.unit.core.helpers import RIGHT
from tests.unit.core.several import NodeJournal, R, Several, device, in_room, owner, passes
from tests.unit.helpers import EPOCH, NOW, Client


@pytest.fixture
def several() -> Several:
    """Return two nodes."""
    return Several()


@pytest.fixture
def both(several: Several) -> list[Client]:
    """Return Alice on the first node and Bob on the second, who are in a room that is Alice's."""
    return in_room(several, "Alice", "Bob")


def test_a_room_on_two_nodes(several: Several, both: list[Client]) -> None:
    """Members on two nodes read the same, in one order, with dense numbers."""
    alice, bob = both
    alice.says(R, "one", "a")
    bob.says(R, "two", "b")
    several.settles()

    assert ["one", "two"] == alice.hears_texts("group") == bob.hears_texts("group")
    assert [1, 2] == [event.seq for event in bob.hears("group")]  # type: ignore[union-attr]
    several.same()


def test_joining_and_leaving(several: Several) -> None:
    """Members on other nodes are told who joins and who leaves, by request or by a lost connection."""
    alice, bob = in_room(several, "Alice", "Bob")
    bob.leaves(R)
    several.settles()
    bob.joins(R)
    several.settles()
    bob.vanishes()
    several.settles()

    told = ["Bob has left the chat room", "Bob has joined the chat room", "Bob has left the chat room"]
    assert told == alice.hears_texts("group")
    assert ["Alice"] == several.houses[0].users() == several.houses[1].users()
    several.same()


def test_a_private_message_that_is_read_before_it_is_followed(
    several: Several, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that another node commits while its receiver is caught up is sent once."""
    (alice,) = several.signs_in("Alice")
    bob = owner(several, 1, "Bob")
    bob.vanishes()
    several.settles()
    one, two = (house.journal for house in several.houses)

    async def missed_since(person: Person, time: int, waits: Waits) -> MissedMessages:
        alice.tells("Bob", "psst")
        one.commit()
        return MissedMessages([StoredMessage(1, NOW, "Alice", "Bob", "psst", private=True)], 0)

    monkeypatch.setattr(two, "missed_since", missed_since)
    again = several.houses[1].connects()
    again.send(Register(sender="Bob", text=RIGHT))
    several.settles()

    assert ["psst"] == [event.text for event in again.hears("private") if event.sender == "Alice"]


def test_back_on_a_node_that_is_behind(several: Several) -> None:
    """A client that has heard more than its new node knows misses nothing there, and hears nothing twice."""
    alice, bob = several.signs_in("Alice", "Bob")
    alice.creates(R)
    several.settles()
    for text in "123":
        alice.says(R, text)
    several.houses[0].turn()  # the second node does not follow yet
    bob.send(Join(receiver=R, id="7", since=Since(EPOCH, 2)))
    several.settles()
    (answer,) = bob.answers("7")

    assert [("3", True)] == [(one.text, one.replay) for one in bob.hears("group") if one.sender == "Alice"]  # type: ignore[union-attr]
    assert (None, 3) == (answer.gap, answer.seq)  # type: ignore[union-attr]


def test_an_owner_who_is_back_on_a_node_that_is_behind(several: Several) -> None:
    """The same holds for the rooms of an account."""
    (alice,) = several.signs_in("Alice")
    alice.creates(R)
    bob = owner(several, 1, "Bob")
    bob.joins(R)
    several.settles()
    for text in "123":
        alice.says(R, text)
    several.houses[0].turn()
    again = several.houses[1].connects()
    again.send(Register(sender="Bob", text=RIGHT, since=Since(EPOCH, 0, rooms={R: 2})))
    several.settles()

    assert ["3"] == [event.text for event in again.hears("group") if event.sender == "Alice"]  # type: ignore[union-attr]
    assert [None] == [event.gap for event in again.hears("success")]  # type: ignore[union-attr]


def test_what_another_node_has_just_told_its_client(several: Several) -> None:
    """A room or a user is found as soon as a client of another node knows of it."""
    alice, bob = several.signs_in("Alice", "Bob")
    alice.creates(R)
    zoe = several.houses[0].connects()
    zoe.registers("Zoe")
    several.houses[0].turn()
    bob.joins(R)
    bob.tells("Zoe", "psst")
    bob.send(Mute(receiver=R, user="Zoe"))
    several.settles()

    assert ["not_allowed"] == bob.hears_codes()
    assert ["psst"] == zoe.hears_texts("private")
    assert ["Alice", "Bob"] == several.houses[0].members(R)


def test_a_private_message(several: Several, both: list[Client]) -> None:
    """A private message reaches a user on another node, and its sender is told that it was sent."""
    alice, bob = both
    alice.tells("Bob", "psst", "1")
    several.settles()

    assert ["psst"] == bob.hears_texts("private")
    assert ["Message sent"] == [answer.text for answer in alice.answers("1")]


@pytest.mark.parametrize("other", ["Zoe", "zoe", "Zоe"])
def test_one_name_on_two_nodes(several: Several, other: str) -> None:
    """If two users want one name at once, or names that look alike, the first in the log gets it."""
    one, two = (house.connects() for house in several.houses)
    one.registers("Zoe")
    two.registers(other)
    several.settles()

    assert [] == one.hears_codes()
    assert 1 == len(two.hears_codes())
    assert ["Zoe"] == several.houses[0].users() == several.houses[1].users()
    two.registers("Yan")
    several.settles()
    assert {"Zoe", "Yan"} == set(several.houses[0].users())
    several.same()


def test_one_room_on_two_nodes(several: Several) -> None:
    """Of two who create one room at once the second is refused, and what was said in it."""
    alice, bob = several.signs_in("Alice", "Bob")
    alice.creates(R, "1")
    bob.creates(R, "1")
    bob.says(R, "in mine", "2")
    several.settles()

    assert ["room_exists"] == [code for code in bob.hears_codes() if code][:1]
    assert [] == alice.hears_texts("group")
    assert ["Alice"] == several.houses[1].members(R)
    bob.joins(R)
    several.settles()
    assert ["Alice", "Bob"] == several.houses[0].members(R)
    several.same()


def test_a_mute_holds_everywhere(several: Several, both: list[Client]) -> None:
    """What a muted user says on another node, at once or later, is refused."""
    alice, bob = both
    alice.send(Mute(receiver=R, user="Bob"))
    several.houses[0].turn()
    bob.says(R, "Hello", "1")
    several.settles()
    bob.says(R, "Hello", "2")
    several.settles()

    assert ["muted", "muted"] == bob.hears_codes()
    assert [] == [event.text for event in alice.hears("group") if event.sender == "Bob"]
    several.same()


@pytest.mark.parametrize("order", [Kick, Ban])
def test_being_put_out_on_another_node(several: Several, both: list[Client], order: type[Kick | Ban]) -> None:
    """A user who is removed hears so, and nothing that is said later; their own text is refused."""
    alice, bob = both
    alice.send(order(receiver=R, user="Bob"))
    several.houses[0].turn()
    bob.says(R, "Hello", "1")
    alice.says(R, "later")
    several.settles()

    assert "not_a_member" == bob.hears_codes()[-1]
    assert 2 == len(bob.hears_codes())  # the first one says why
    assert ["later"] == [event.text for event in alice.hears("group") if event.sender == "Alice"]
    assert [] == [event for event in bob.hears("group") if event.sender == "Alice"]
    assert ["Alice"] == several.houses[0].members(R) == several.houses[1].members(R)
    several.same()


def test_two_orders_at_once(several: Several, both: list[Client]) -> None:
    """Two moderators on two nodes: the second order is decided again, and both are told in one order."""
    alice, bob = both
    alice.send(Op(receiver=R, user="Bob"))
    several.settles()
    several.forget()
    alice.send(SetTopic(receiver=R, text="pointers", id="1"))
    bob.send(SetTopic(receiver=R, text="lists", id="1"))
    several.settles()

    assert "lists" == several.houses[0].chat.rooms.get(R).order.topic
    assert alice.hears_texts("group") == bob.hears_texts("group")
    assert (1, 1) == (len(alice.answers("1")), len(bob.answers("1")))
    several.same()


def test_two_who_remove_each_other(several: Several, both: list[Client]) -> None:
    """Of two moderators who take each other's rights at once, only the first succeeds."""
    alice, bob = both
    alice.send(Op(receiver=R, user="Bob"))
    several.settles()
    several.forget()
    alice.send(Deop(receiver=R, user="Bob", id="1"))
    bob.send(Deop(receiver=R, user="Alice", id="1"))
    several.settles()

    assert (["not_allowed"], []) == (bob.hears_codes(), alice.hears_codes())
    several.same()


def test_a_private_room(several: Several) -> None:
    """A join that is on its way when a room becomes private on another node is refused."""
    alice = owner(several, 0, "Alice")
    bob = several.houses[1].connects()
    bob.registers("Bob")
    alice.creates(R)
    several.settles()
    alice.send(SetRoom(receiver=R, text="private"))
    several.houses[0].turn()
    bob.joins(R)
    several.settles()

    assert [] == alice.hears_codes()
    assert ["not_invited"] == bob.hears_codes()
    several.same()


def test_a_new_name(several: Several, both: list[Client]) -> None:
    """Users on other nodes are told of a new name, which is taken from then on."""
    alice, bob = both
    bob.send(Rename(text="Rob"))
    several.settles()
    alice.tells("Rob", "psst")
    alice.says(R, "Hello")
    several.settles()

    assert ["psst"] == bob.hears_texts("private")[-1:]
    assert ["Alice", "Rob"] == several.houses[0].members(R) == several.houses[1].members(R)
    several.same()


def test_a_new_name_that_somebody_else_takes(several: Several, both: list[Client]) -> None:
    """A rename to a name that another node gives away at the same time is refused."""
    alice, bob = both
    zoe = several.houses[0].connects()
    zoe.registers("Zoe")
    several.houses[0].turn()
    bob.send(Rename(text="Zoe", id="1"))
    several.settles()

    assert ["username_taken"] == bob.hears_codes()
    assert {"Alice", "Bob", "Zoe"} == set(several.houses[0].users())
    assert [] == alice.hears_codes() + zoe.hears_codes()
    several.same()


def test_being_away(several: Several, both: list[Client]) -> None:
    """Who is away on one node is away on all."""
    _, bob = both
    bob.send(Away(text="lunch"))
    several.settles()
    assert "lunch" == several.houses[0].chat.users.find("Bob").away  # type: ignore[union-attr]
    bob.send(Back())
    several.settles()
    assert several.houses[0].chat.users.find("Bob").away is None  # type: ignore[union-attr]
    several.same()


def test_a_broadcast(several: Several, both: list[Client]) -> None:
    """An operator's broadcast reaches the users of all nodes."""
    alice, bob = both
    alice.session.user.operator = True  # type: ignore[union-attr]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alice.session.user, "empowered_by", alice.session.user.person)  # type: ignore[union-attr]
        alice.send(Broadcast(text="Fire drill", id="1"))
        several.settles()

    assert ["Alice to everybody: Fire drill"] == bob.hears_texts("private")
    assert "2 users" in alice.answers("1")[0].text


@pytest.fixture
def full() -> Several:
    """Return two nodes with as many rooms as there may be, of which nobody needs one."""
    several = Several(2, Limits(rooms=2).without_guard())
    alice, _ = several.signs_in("Alice", "Bob")
    for room in ("old", R):
        alice.creates(room)
    several.settles()
    alice.leaves("old")
    several.settles()
    several.forget()
    return several


def test_a_room_that_gives_way(full: Several) -> None:
    """It is gone on all nodes when the new one is there, and stays if that can't be stored."""
    alice, bob = (house.clients[0] for house in full.houses)
    alice.creates("new")
    full.houses[0].journal.fail(NotSaved())
    kept = [house.chat.rooms.find("old") is not None for house in full.houses]
    alice.creates("new")
    alice.joins("old")
    full.settles()
    bob.joins("old")
    full.settles()

    assert [True, True] == kept
    assert ["not_saved", "room_not_found"] == alice.hears_codes()
    assert ["room_not_found"] == bob.hears_codes()
    full.same()


def test_a_room_that_is_needed_again(full: Several) -> None:
    """A room does not give way if a user joins it on another node in the same moment."""
    alice, bob = (house.clients[0] for house in full.houses)
    bob.joins("old")
    full.houses[1].turn()
    alice.creates("new")
    full.settles()

    assert (["too_many"], []) == (alice.hears_codes(), bob.hears_codes())
    assert ["Bob"] == full.houses[0].members("old")
    full.same()


# Coming back, and accounts.


def test_a_guest_who_comes_back_on_another_node(several: Several, both: list[Client]) -> None:
    """A client with the token takes the place of a connection that another node still has."""
    alice, bob = both
    bob_again = several.houses[0].connects()
    bob.peer.writes.clear()
    house = several.houses[1]
    token = tokens(several, bob)
    bob_again.send(Register(sender="Bob", token=token))
    several.settles()
    bob_again.joins(R)
    several.settles()

    assert bob.peer.closed
    assert ["taken_over"] == bob.hears_codes()
    assert [] == bob_again.hears_codes()
    assert ["Alice", "Bob"] == house.members(R) == several.houses[0].members(R)
    alice.tells("Bob", "psst")
    several.settles()
    assert ["psst"] == bob_again.hears_texts("private")
    several.same()


def test_a_guest_who_comes_back_twice_at_once(several: Several, both: list[Client]) -> None:
    """The later of two clients with one token takes the place of the earlier one, which has just arrived."""
    _, bob = both
    token = tokens(several, bob)
    bob.vanishes()
    house = several.houses[1]
    user = house.chat.journal.meet("Bob", token)
    house.journal._persons._parted[user.token] = (user, 0.0)
    one, two = house.connects(), house.connects()
    one.send(Register(sender="Bob", token=token))
    two.send(Register(sender="Bob", token=token))
    several.settles()

    assert (["taken_over"], []) == (one.hears_codes(), two.hears_codes())
    assert two.session.registered
    several.same()


def tokens(several: Several, client: Client) -> str:
    """Return a new token of a guest: a further one that the test makes known."""
    from classchat.core.persons import digest

    user = client.session.user
    assert user is not None
    for house in several.houses:
        one = house.chat.users.find(user.name)
        assert one is not None
        one.person.token = digest("secret")
    return "secret"


def test_devices_on_two_nodes(several: Several) -> None:
    """An account may be on several nodes: all its clients are told, and it leaves with the last of them."""
    carol = owner(several, 0, "Carol")
    alice = several.houses[0].connects()
    alice.registers("Alice")
    carol.creates(R)
    several.settles()
    alice.joins(R)
    other = device(several, 1, "Carol")
    several.settles()
    several.forget()
    alice.tells("Carol", "psst")
    other.says(R, "from the phone")
    several.settles()
    assert ["psst"] == carol.hears_texts("private") == other.hears_texts("private")
    assert ["from the phone"] == carol.hears_texts("group") == other.hears_texts("group")
    several.same()

    carol.vanishes()
    several.settles()
    alice.forgets()
    alice.tells("Carol", "psst", "1")
    several.settles()
    assert ["Message sent"] == [answer.text for answer in alice.answers("1")]
    assert ["psst", "psst"] == other.hears_texts("private")
    other.vanishes()
    several.settles()
    passes(several, 60)
    assert ["Carol has left the chat room"] == alice.hears_texts("group")
    several.same()


def test_back_on_another_node_in_time(several: Several) -> None:
    """An owner whose client moves to another node is not told to have left."""
    carol = owner(several, 0, "Carol")
    bob = several.houses[1].connects()
    bob.registers("Bob")
    carol.creates(R)
    several.settles()
    bob.joins(R)
    several.settles()
    several.forget()
    carol.vanishes()
    several.settles()
    device(several, 1, "Carol")
    passes(several, 60)

    assert [] == bob.hears_texts("group")
    assert ["Bob", "Carol"] == several.houses[0].members(R) == several.houses[1].members(R)
    several.same()


def test_back_just_when_it_is_told(several: Several) -> None:
    """An owner who is back on one node while another one says that they are gone is a member in the end."""
    carol = owner(several, 0, "Carol")
    carol.creates(R)
    several.settles()
    carol.vanishes()
    several.settles()
    several.houses[0].journal.clock.advance(60)
    back = several.houses[1].connects()
    back.send(Register(sender="Carol", text=RIGHT))
    several.houses[1].turn()
    several.settles()

    assert ["Carol"] == several.houses[0].members(R) == several.houses[1].members(R)
    back.says(R, "Hello")
    several.settles()
    assert ["Hello"] == back.hears_texts("group")
    several.same()


def test_a_claimed_name(several: Several, both: list[Client]) -> None:
    """A name that is claimed on one node needs its password on all, and its owner keeps rooms and rights."""
    alice, bob = both
    alice.send(Claim(text=RIGHT))
    several.settles()
    stranger = several.houses[1].connects()
    stranger.registers("Alice")
    several.settles()
    alice.send(SetTopic(receiver=R, text="pointers", id="1"))
    several.settles()

    assert ["password_required"] == stranger.hears_codes()
    assert "pointers" == several.houses[1].chat.rooms.get(R).order.topic
    assert [] == alice.hears_codes() + bob.hears_codes()
    several.same()


def test_rooms_that_are_joined_and_left_during_a_claim(several: Several, both: list[Client]) -> None:
    """They are stored as the owner's, so that a node that starts later knows them."""
    alice, bob = both
    bob.creates("other")
    several.settles()
    alice.send(Claim(text=RIGHT))
    alice.joins("other")
    alice.leaves(R)
    several.settles()
    third = several.starts()
    several.settles()

    assert ["Alice", "Bob"] == third.members("other")
    assert ["Bob"] == third.members(R)
    several.same()


# Nodes that die, and nodes that start.


def test_a_node_that_dies(several: Several) -> None:
    """Its guests leave; the owners of accounts only if they are not back in a moment."""
    alice, _ = in_room(several, "Alice", "Bob")
    carol = owner(several, 1, "Carol")
    carol.joins(R)
    several.settles()
    several.forget()
    several.dies(several.houses[1])
    several.settles()
    assert ["Bob has left the chat room"] == alice.hears_texts("group")
    passes(several, 60)

    assert ["Carol has left the chat room"] == alice.hears_texts("group")[1:]
    assert ["Alice"] == several.houses[0].users() == several.houses[0].members(R)


def test_three_nodes_of_which_one_dies() -> None:
    """Both survivors notice it; it is told once."""
    several = Several(3)
    alice, bob, _ = in_room(several, "Alice", "Bob", "Zoe")
    several.dies(several.houses[2])
    several.settles()

    assert ["Zoe has left the chat room"] == alice.hears_texts("group") == bob.hears_texts("group")
    alice.registers("x")
    again = several.houses[0].connects()
    again.registers("Zoe")
    several.settles()
    assert [] == again.hears_codes()
    several.same()


def test_a_node_that_starts_later(several: Several, both: list[Client]) -> None:
    """It knows who is where."""
    alice, bob = both
    carol = owner(several, 0, "Carol")
    carol.joins(R)
    several.settles()
    third = several.starts()
    several.settles()
    several.same()
    dave = third.connects()
    dave.registers("Bob")
    several.settles()
    assert ["username_taken"] == dave.hears_codes()
    dave.registers("Dave")
    several.settles()
    dave.joins(R)
    dave.send(Tell(receiver="Bob", text="psst"))
    several.settles()

    assert ["psst"] == bob.hears_texts("private")
    assert ["Alice", "Bob", "Carol", "Dave"] == third.members(R) == several.houses[0].members(R)
    assert [] == alice.hears_codes()
    several.same()


def test_a_vote_that_comes_too_late(several: Several) -> None:
    """A vote that the end of the poll on another node has overtaken is not taken for a repetition."""
    alice, bob = in_room(several, "Alice", "Bob")
    alice.send(StartPoll(receiver=R, text="Which?", options=["a", "b"], seconds=60, id="1"))
    several.settles()
    alice.send(EndPoll(receiver=R, id="2"))
    several.houses[0].journal.commit()
    bob.send(Vote(receiver=R, choices=[0], number=1, id="3"))
    of_bob = several.houses[1].journal
    assert isinstance(of_bob, NodeJournal)
    of_bob.follow()
    of_bob.clock.advance(0)  # the end of the poll is due here as well
    several.settles()
    passes(several, 5)

    assert ["poll_closed"] == [getattr(answer, "code", answer) for answer in bob.answers("3")]


def test_an_owner_whose_devices_on_two_nodes_vanish_together(several: Several) -> None:
    """If the last clients on two nodes go at the same moment, rooms are told once that the owner has left."""
    alice = in_room(several, "Alice")[0]
    devices = [owner(several, 0, "Zoe"), device(several, 1, "Zoe")]
    devices[0].joins(R)
    several.settles()
    several.forget()
    for each in devices:
        each.vanishes()
    several.settles()
    passes(several, 60)

    assert ["Zoe has left the chat room"] == alice.hears_texts("group")
    assert [["Alice"]] * 2 == [house.users() for house in several.houses]
    several.same()
