"""Renames: a guest takes another name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classchat.core.acts import Audited, NameTaken, PersonRecord
from classchat.core.entries import Renamed
from classchat.core.model import User
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import (
    Ban,
    Claim,
    Create,
    Deop,
    Group,
    History,
    Invite,
    Kick,
    ListUsers,
    Mute,
    Op,
    Private,
    Register,
    Rename,
    Search,
    SetRoom,
    Success,
    Tell,
    Unban,
    Unmute,
)
from tests.tables import each_case
from tests.unit.core.helpers import GUARDED, RIGHT, asked, owner, stranger, token_of
from tests.unit.helpers import Client, House, success

R = "CS350"


@pytest.fixture
def alice(house: House) -> Client:
    """The user who takes another name."""
    (alice,) = house.signs_in("Alice")
    return alice


@pytest.fixture
def carol(house: House, alice: Client) -> Client:
    """Another member of a room, and its moderator."""
    (carol,) = house.signs_in("Carol")
    house.room(R, carol, alice)
    return carol


def asks(house: House, client: Client, *commands: object) -> None:
    """Send commands, each after the one before is done; all clients forget what they heard before."""
    for other in house.clients:
        other.forgets()
    for command in commands:
        client.send(command)  # type: ignore[arg-type]
        house.settles()


def renamed(old: str, new: str, to: str) -> Private:
    """Return what a user is told of another one's new name."""
    return Private("SERVER", to, f"{old} is now called {new}", event="renamed", user=old, name=new)


def listed(house: House, client: Client, room: str = R) -> list[str]:
    """Return the members of a room in the order in which they are listed."""
    asks(house, client, ListUsers(receiver=room))
    (answer,) = client.hears("success")
    return [user.name for user in answer.users or ()]  # type: ignore[union-attr]


def signs_in_again(house: House, name: str, token: str) -> Client:
    """Return a client that signs in with a token."""
    client = house.connects()
    client.send(Register(sender=name, token=token))
    house.settles()
    return client


# What happens.


def test_a_guest_takes_another_name(house: House, alice: Client, carol: Client) -> None:
    """The guest is answered under the new name, and other members are told, when it is committed."""
    alice.send(Rename(text="Bob", id="1"))
    before = alice.hears() + carol.hears()
    (entry,) = house.journal.pending
    house.turn()

    assert [] == before
    assert [success("Bob", "You are now called Bob", id="1")] == alice.hears()
    assert [renamed("Alice", "Bob", "Carol")] == carol.hears()
    assert isinstance(entry, Renamed)
    assert [PersonRecord, NameTaken, Audited] == [type(act) for act in entry.acts]
    assert (["Bob", "Carol"], ["Bob", "Carol"]) == (house.users(), house.members(R))


def test_it_is_told_once(house: House, alice: Client, carol: Client) -> None:
    """A user who shares several rooms and a private conversation is told once; a stranger is not."""
    (dave,) = house.signs_in("Dave")
    house.room("Other", carol, alice)
    asks(house, carol, Tell(receiver="Alice", text="Hi"))
    asks(house, alice, Rename(text="Bob"))

    assert ([renamed("Alice", "Bob", "Carol")], []) == (carol.hears(), dave.hears())


def test_the_other_side_of_a_private_conversation_is_told(house: House, alice: Client) -> None:
    """A user who shares no room, but a private conversation, is told."""
    (dave,) = house.signs_in("Dave")
    asks(house, dave, Tell(receiver="Alice", text="Hi"))
    asks(house, alice, Rename(text="Bob"))
    told = dave.hears()
    asks(house, dave, Tell(receiver="Bob", text="Still you?"))

    assert [renamed("Alice", "Bob", "Dave")] == told
    assert [("Still you?", 2)] == [(event.text, event.seq) for event in alice.hears("private")]  # type: ignore[union-attr]


def test_what_was_said_before_is_told_before(house: House, alice: Client, carol: Client) -> None:
    """In one batch, messages under the old name come before the rename, and later ones after it."""
    alice.says(R, "as Alice")
    alice.tells("Carol", "in private")
    alice.send(Rename(text="Bob"))
    carol.says(R, "who?")
    house.settles()
    alice.says(R, "as Bob")
    house.settles()

    said = [(event.sender, event.text) for event in carol.hears("group", "private")]
    assert [
        ("Alice", "in private"),
        ("Alice", "as Alice"),
        ("SERVER", "Alice is now called Bob"),
        ("Carol", "who?"),
        ("Bob", "as Bob"),
    ] == said


@pytest.mark.parametrize("new", ["Aaron", "Zoe"])
def test_lists_stay_in_order(house: House, alice: Client, carol: Client, new: str) -> None:
    """The lists of users and of members have the new name in its place, and no longer after it has left."""
    asks(house, alice, Rename(text=new))
    members = listed(house, carol)
    asks(house, carol, ListUsers())
    users = carol.hears_texts("success")
    alice.vanishes()
    house.settles()

    assert sorted(["Carol", new]) == members
    assert [f"Users online: {', '.join(sorted(['Carol', new]))}"] == users
    assert ["Carol"] == listed(house, carol)


def test_only_the_case_changes(house: House, alice: Client, carol: Client) -> None:
    """A user may spell the own name in another case."""
    asks(house, alice, Rename(text="ALICE"))

    assert (["You are now called ALICE"], ["Alice is now called ALICE"]) == (
        alice.hears_texts(),
        carol.hears_texts(),
    )


def test_the_same_name(house: House, alice: Client, carol: Client) -> None:
    """A user who asks for the present name is told so, and nobody else anything."""
    asks(house, alice, Rename(text="Alice", id="1"))

    assert [success("Alice", "You are already called Alice", id="1")] == alice.hears()
    assert ([], []) == (carol.hears(), house.journal.pending)


def test_the_console_has_a_line(house: House, alice: Client) -> None:
    """The operator is told of the rename."""
    asks(house, alice, Rename(text="Bob"))

    (notice,) = [one for one in house.notices if isinstance(one, Renamed)]
    assert ("Alice", "Bob", False) == (notice.old, notice.name, notice.refused)


def test_onlookers_are_told(house: House, alice: Client) -> None:
    """What watches the registry of users is told of a rename once, when the user has the new name."""

    class Recorder:
        """Records what it is told."""

        def __init__(self) -> None:
            self.told: list[tuple[str, ...]] = []

        def arrived(self, user: User) -> None:
            self.told.append(("arrived", user.name))

        def renamed(self, user: User, old: str) -> None:
            self.told.append(("renamed", user.name, old))

        def left(self, user: User) -> None:
            self.told.append(("left", user.name))

    recorder = Recorder()
    house.chat.users.onlookers.append(recorder)
    asks(house, alice, Rename(text="Bob"))
    alice.vanishes()

    assert [("renamed", "Bob", "Alice"), ("left", "Bob")] == recorder.told


# What is refused.


@each_case(
    ("name", "code"),
    [
        ("", "invalid_name"),
        ("two words", "invalid_name"),
        ("x" * 33, "invalid_name"),
        ("server", "invalid_name"),
        ("Carol", "username_taken"),
        ("cAROL", "username_taken"),
        ("Сarol", "name_too_similar"),
        ("Аlice", "name_too_similar"),
        ("S.erver", "name_too_similar"),
        ("Erin", "password_required"),
    ],
)
def test_a_name_that_can_not_be_had(house: House, alice: Client, carol: Client, name: str, code: str) -> None:
    """Names are protected as on signing in; the user keeps the old one."""
    owner(house, "Erin").vanishes()
    asks(house, alice, Rename(text=name, id="1"))

    assert [code] == alice.hears_codes()
    assert ([("Alice", "1")], []) == (
        [(event.receiver, event.id) for event in alice.hears("error")],  # type: ignore[union-attr]
        carol.hears(),
    )


def test_before_signing_in(house: House) -> None:
    """A client that has not signed in has no name to change."""
    client = house.connects()
    client.send(Rename(text="Bob"))

    assert ["not_registered"] == client.hears_codes()


def test_a_claimed_name_can_not_be_changed(house: House) -> None:
    """A registered name is its owner's for good."""
    alice = owner(house, "Alice")
    asks(house, alice, Rename(text="Bob"))

    assert ["name_claimed"] == alice.hears_codes()
    assert ["Alice"] == house.users()


def test_a_server_for_claimed_names() -> None:
    """Where only registered users may sign in, nobody takes another name."""
    house = House(replace(GUARDED, names="claimed"))
    client = stranger(house)
    client.send(Claim(sender="Alice", text=RIGHT))
    house.settles()
    asks(house, client, Rename(text="Bob"))

    assert ["name_claimed"] == client.hears_codes()


def test_too_many_changes() -> None:
    """A guest may change the name only so often in an hour."""
    house = House(Limits(renames_of_user=2))
    (alice,) = house.signs_in("Alice")
    asks(house, alice, Rename(text="Bob"), Rename(text="Carl"), Rename(text="Dave"))
    refused = alice.hears_texts("error")
    house.journal.clock.advance(3601)
    asks(house, alice, Rename(text="Dave"))

    assert ["Too many changes of your name in one hour: the limit is 2."] == refused
    assert ["You are now called Dave"] == alice.hears_texts()


def test_a_server_that_stops(house: House, alice: Client) -> None:
    """Nothing is granted that could not be delivered."""
    house.chat.close()
    asks(house, alice, Rename(text="Bob"))

    assert ["shutting_down"] == alice.hears_codes()


def test_a_rename_that_can_not_be_kept(house: House, alice: Client, carol: Client) -> None:
    """If the disk is full the name stays, and the new one is free again."""
    alice.send(Rename(text="Bob", id="1"))
    house.journal.fail(NotSaved())
    house.settles()
    refused = alice.hears_codes()
    bob, _ = house.signs_in("Bob", "Dave")

    assert (["not_saved"], []) == (refused, carol.hears())
    assert ["Alice", "Bob", "Carol", "Dave"] == house.users()
    assert bob.session.registered


# Several at once.


def test_two_users_want_one_name(house: House, alice: Client, carol: Client) -> None:
    """The first one gets it, and nobody signs in with it before it is committed."""
    alice.send(Rename(text="Bob"))
    carol.send(Rename(text="bob"))
    other, like, claimant = house.connects(), house.connects(), house.connects()
    other.registers("Bob")
    like.registers("Вob")
    claimant.send(Claim(sender="Bob", text=RIGHT))
    house.settles()

    assert (["username_taken"], ["username_taken"]) == (carol.hears_codes(), other.hears_codes())
    assert (["name_too_similar"], ["username_taken"]) == (like.hears_codes(), claimant.hears_codes())
    assert ["Bob", "Carol"] == house.users()


def test_two_renames_of_one_user(house: House, alice: Client, carol: Client) -> None:
    """A rename that is requested while another one is on its way follows it."""
    for name in ("Bob", "BOB", "BOB"):
        alice.send(Rename(text=name))
    house.settles()

    assert ["Bob", "BOB", "BOB"] == [event.receiver for event in alice.hears("success")]
    assert ["Alice is now called Bob", "Bob is now called BOB"] == carol.hears_texts()


def test_a_name_that_is_being_claimed(house: House, alice: Client) -> None:
    """A name under which another client is signing up is taken."""
    claimant = house.connects()
    claimant.send(Claim(sender="Bob", text=RIGHT))
    asks(house, alice, Rename(text="Bob"))
    house.settles()

    assert ["username_taken"] == alice.hears_codes()
    assert ["Alice", "Bob"] == house.users()


def test_a_claim_behind_a_rename(house: House, alice: Client) -> None:
    """A claim that comes while a rename is being stored is one of the new name."""
    alice.send(Rename(text="Ann"))
    alice.send(Claim(text=RIGHT, id="1"))
    house.settles()

    assert ["The name 'Ann' is now registered. From now on, sign in with your password"] == [
        answer.text for answer in alice.answers("1")
    ]
    assert ["Ann"] == [account.user.name for account in house.chat.accounts]


def test_another_program_claims_the_name_meanwhile(house: House, alice: Client, carol: Client) -> None:
    """A name that was claimed before the rename is written stays its owner's."""
    alice.send(Rename(text="Bob", id="1"))
    house.journal.is_claimed("Bob", -1, RIGHT)
    house.settles()
    refused = alice.hears_codes()
    asks(house, alice, Rename(text="Bert"))

    assert (["password_required"], []) == (refused, carol.hears_codes())
    assert ["You are now called Bert"] == alice.hears_texts()
    assert ["Bert", "Carol"] == house.users()


def test_the_old_name_is_free_afterwards(house: House, alice: Client, carol: Client) -> None:
    """Whoever takes the old name gets nothing of its former bearer."""
    asks(house, alice, Rename(text="Bob"))
    (other,) = house.signs_in("Alice")
    asks(house, carol, Tell(receiver="Alice", text="Hi, new one"), Tell(receiver="Bob", text="Hi, old one"))

    assert (["Hi, new one"], ["Hi, old one"]) == (other.hears_texts(), alice.hears_texts())
    assert (["Bob", "Carol"], set()) == (house.members(R), other.session._user.rooms)  # type: ignore[union-attr]
    asks(house, other, History(receiver="Carol"))
    assert ["Hi, new one"] == other.hears_texts("private")


def test_the_client_disconnects_meanwhile(house: House, alice: Client, carol: Client) -> None:
    """The rename is told, then that the user has left; nothing is left behind under either name."""
    alice.send(Rename(text="Bob"))
    alice.vanishes()
    (other,) = house.signs_in("Alice")
    other.joins(R)
    house.settles()

    assert ["Alice is now called Bob", "Bob has left the chat room", "Alice has joined the chat room"] == (
        carol.hears_texts("private", "group")
    )
    assert ["Alice", "Carol"] == house.users() == listed(house, carol)
    assert {} == house.chat.users.renaming


def test_a_client_that_hangs_up_while_it_is_told(house: House, alice: Client, carol: Client) -> None:
    """A client that can't take what was said before the rename disconnects, and is renamed like any other."""
    carol.says(R, "much")
    alice.send(Rename(text="Bob"))
    alice.vanishes_on_next_write()
    house.settles()

    assert ["much", "Alice is now called Bob", "Bob has left the chat room"] == carol.hears_texts()
    assert (["Carol"], ["Carol"], {}) == (house.users(), house.members(R), house.chat.users.renaming)


def test_a_user_who_is_kicked_meanwhile(house: House, alice: Client, carol: Client) -> None:
    """A moderator's request that arrives while a rename is on its way is about the same user."""
    alice.send(Rename(text="Bob"))
    carol.send(Ban(receiver=R, user="Alice", text="enough"))
    house.settles()
    asks(house, alice, Rename(text="Bert"))
    alice.joins(R)

    assert (["Carol"], ["banned"]) == (house.members(R), alice.hears_codes())


def test_a_user_who_takes_a_name_while_banned(house: House, alice: Client, carol: Client) -> None:
    """A ban that was requested before the rename holds for the user under the new name."""
    carol.send(Ban(receiver=R, user="Alice"))
    alice.send(Rename(text="Bob"))
    house.settles()
    alice.forgets()
    alice.joins(R)
    house.settles()

    assert (["Carol"], ["banned"]) == (house.members(R), alice.hears_codes())


# What the person keeps.


def test_a_mute_stays(house: House, alice: Client, carol: Client) -> None:
    """A muted user is muted under any further name, and one decision lifts it."""
    asks(house, carol, Mute(receiver=R, user="Alice"))
    asks(house, alice, Rename(text="Bob"), Rename(text="Bert"))
    alice.says(R, "hello")
    muted = alice.hears_codes()
    marked = [user.muted for user in _members(house, carol)]
    asks(house, carol, Unmute(receiver=R, user="Bert"))
    lifted = carol.hears_texts("success")
    asks(house, carol, Unmute(receiver=R, user="Bert"))
    again = carol.hears_texts("success")
    alice.says(R, "hello")
    house.settles()

    assert (["muted"], [True, None]) == (muted, marked)
    assert (["You have unmuted Bert in 'CS350'"], ["Bert is not muted in 'CS350'"]) == (lifted, again)
    assert "hello" in carol.hears_texts("group")


def _members(house: House, client: Client) -> list[object]:
    asks(house, client, ListUsers(receiver=R))
    (answer,) = client.hears("success")
    return list(answer.users or ())  # type: ignore[union-attr]


@pytest.mark.parametrize("lifted_for", ["Alice", "Bob"])
def test_a_ban_stays(house: House, alice: Client, carol: Client, lifted_for: str) -> None:
    """A banned user is banned under any further name, until the ban is lifted for either name."""
    asks(house, carol, Ban(receiver=R, user="Alice"))
    asks(house, alice, Rename(text="Bob"))
    alice.forgets()
    alice.joins(R)
    refused = alice.hears_codes()
    asks(house, carol, Unban(receiver=R, user=lifted_for))
    alice.joins(R)
    house.settles()

    assert (["banned"], ["Bob", "Carol"]) == (refused, house.members(R))


def test_a_ban_does_not_hold_for_the_next_user_of_a_name(house: House, alice: Client, carol: Client) -> None:
    """A banned user who passes through a name leaves no ban of it behind; the first name stays banned."""
    asks(house, carol, Ban(receiver=R, user="Alice"))
    asks(house, alice, Rename(text="Bob"), Rename(text="Bert"))
    bob, other = house.signs_in("Bob", "Alice")
    bob.joins(R)
    other.joins(R)
    house.settles()

    assert ([], ["banned"]) == (bob.hears_codes(), other.hears_codes())


def test_a_later_ban_of_the_old_name_is_not_about_the_user(
    house: House, alice: Client, carol: Client
) -> None:
    """What is decided about the next user of the old name does not hold for its former bearer."""
    asks(house, alice, Rename(text="Bob"))
    house.signs_in("Alice")
    asks(house, carol, Ban(receiver=R, user="Alice"), Mute(receiver=R, user="Alice"))
    alice.says(R, "hello")
    house.settles()

    assert ([], ["Bob", "Carol"]) == (alice.hears_codes(), house.members(R))


def test_a_banned_name_is_not_taken_in_the_room(house: House, alice: Client, carol: Client) -> None:
    """A member does not take a name that is banned from the room, also not while the ban is on its way."""
    carol.send(Ban(receiver=R, user="Bob"))
    alice.send(Rename(text="Bob"))
    house.settles()

    text = "You may not do that: the name 'Bob' is banned from room 'CS350', which you are in."
    assert [text] == alice.hears_texts("error")


def test_a_ban_stays_with_a_claimed_name(house: House, alice: Client, carol: Client) -> None:
    """A user who registers the new name is banned and muted with it."""
    asks(house, carol, Ban(receiver=R, user="Alice"))
    asks(house, alice, Rename(text="Bob"), Claim(text=RIGHT))
    alice.forgets()
    alice.joins(R)
    banned = house.chat.rooms.get(R).order.banned

    assert (["banned"], {"alice", "bob"}) == (alice.hears_codes(), set(banned))
    assert ("Carol", banned["bob"]) == (banned["bob"].by, banned["alice"])


def test_a_moderator_stays_one(house: House, alice: Client) -> None:
    """A guest who moderates a room does so under the new name; the next user of the old name does not."""
    house.room("Mine", alice)
    asks(house, alice, Rename(text="Bob"))
    (other,) = house.signs_in("Alice")
    asks(house, other, Kick(receiver="Mine", user="Bob"))
    refused = other.hears_codes()
    asks(house, alice, Op(receiver="Mine", user="Alice"))
    names = sorted(house.chat.rooms.get("Mine").order.moderators.values())
    asks(house, other, Deop(receiver="Mine", user="Bob"))

    assert (["not_allowed"], ["Alice", "Bob"]) == (refused, names)
    assert ["Alice"] == list(house.chat.rooms.get("Mine").order.moderators.values())


def test_an_invitation_stays(house: House, alice: Client) -> None:
    """An invited user may join the private room under the new name; the next user of the old one may not."""
    erin = owner(house, "Erin")
    house.room("Private", erin)
    asks(house, erin, SetRoom(receiver="Private", text="private"), Invite(receiver="Private", user="Alice"))
    asks(house, alice, Rename(text="Bob"))
    (other,) = house.signs_in("Alice")
    other.joins("Private")
    alice.joins("Private")
    house.settles()

    assert (["not_invited"], ["Bob", "Erin"]) == (other.hears_codes(), house.members("Private"))
    asks(house, erin, Kick(receiver="Private", user="Bob"))
    assert {} == house.chat.rooms.get("Private").order.invited


def test_history_keeps_the_names(house: House, alice: Client, carol: Client) -> None:
    """A message keeps the name under which it was sent, and a search finds it by that name."""
    asks(house, alice, Tell(receiver="Carol", text="as Alice"))
    asks(house, carol, Tell(receiver="Alice", text="to Alice"))
    asks(house, alice, Rename(text="Bob"))
    asks(house, alice, Tell(receiver="Carol", text="as Bob"))
    asks(house, carol, History(receiver="Bob"))
    names = [(event.sender, event.receiver) for event in carol.hears("private")]
    found = [asked(house, carol, Search(user=name)).texts for name in ("Alice", "Bob")]

    assert [("Alice", "Carol"), ("Carol", "Alice"), ("Bob", "Carol")] == names
    assert [["as Alice"], ["as Bob"]] == found


def test_the_rate_limit_stays() -> None:
    """A new name does not make a user faster, and each change counts as a message."""
    house = House(replace(Limits(), renames_of_user=None))
    (alice,) = house.signs_in("Alice")
    house.room(R, alice)
    for number in range(10):
        asks(house, alice, Rename(text=f"Name{number}"))
    alice.says(R, "too fast")

    assert 0 < alice.peer.rest


# Coming back.


def test_the_token_stays(house: House) -> None:
    """After a lost connection the user comes back under the new name, as the same person."""
    alice, carol = house.connects(), house.connects()
    alice.registers("Alice")
    carol.registers("Carol")
    token = token_of(alice)
    asks(house, carol, Tell(receiver="Alice", text="Hi"))
    asks(house, alice, Rename(text="Bob"))
    alice.vanishes()
    again = signs_in_again(house, "Bob", token)
    asks(house, again, History(receiver="Carol"))

    assert ["Hi"] == again.hears_texts("private")


@pytest.mark.parametrize("lost", [True, False])
def test_the_client_did_not_learn_the_new_name(house: House, lost: bool) -> None:
    """A client that asks for the old name with its token gets the new one, and is the same person."""
    alice, carol = house.connects(), house.connects()
    alice.registers("Alice")
    carol.registers("Carol")
    token = token_of(alice)
    asks(house, carol, Tell(receiver="Alice", text="Hi"))
    asks(house, alice, Rename(text="Bob"))
    if lost:
        alice.vanishes()
    house.signs_in("Alice")
    again = signs_in_again(house, "Alice", token)

    assert [("Bob", "Welcome to ClassChat, Bob!")] == [
        (event.receiver, event.text) for event in again.hears("success")
    ]
    assert ([] if lost else ["taken_over"]) == alice.hears_codes()


def test_the_new_name_is_taken_when_the_client_comes_back(house: House) -> None:
    """A client that does not know its new name, which is another user's by now, signs in as a new person."""
    alice, carol = house.connects(), house.connects()
    alice.registers("Alice")
    carol.registers("Carol")
    token = token_of(alice)
    asks(house, carol, Tell(receiver="Alice", text="Hi"))
    asks(house, alice, Rename(text="Bob"))
    alice.vanishes()
    house.signs_in("Bob")
    again = signs_in_again(house, "Alice", token)

    assert ["Welcome to ClassChat, Alice!"] == again.hears_texts()
    assert token != token_of(again)


def test_another_token_does_not_get_the_new_name(house: House, alice: Client) -> None:
    """The former name alone, or with a wrong token, is a new person."""
    asks(house, alice, Rename(text="Bob"))
    again = signs_in_again(house, "Alice", "wrong")

    assert ["Welcome to ClassChat, Alice!"] == again.hears_texts()
    assert ["Alice", "Bob"] == house.users()


def test_the_token_of_a_guest_who_has_registered(house: House) -> None:
    """The token of a guest is no way to the name that they have registered since, under any former name."""
    alice = house.connects()
    alice.registers("Alice")
    token = token_of(alice)
    asks(house, alice, Rename(text="Bob"), Claim(text=RIGHT))
    again = signs_in_again(house, "Alice", token)

    assert ["Welcome to ClassChat, Alice!"] == again.hears_texts()
    assert token != token_of(again)
    assert [] == alice.hears_codes()


def test_ids_stay(house: House, alice: Client, carol: Client) -> None:
    """A message that was sent under the old name is recognized under the new one, but not the next user's."""
    alice.says(R, "once", id="1")
    house.settles()
    asks(house, alice, Rename(text="Bob"))
    house.journal.clock.advance(1)
    (other,) = house.signs_in("Alice")
    asks(house, other, Create(receiver="Other"))
    other.says("Other", "mine", id="2")
    house.settles()
    for client in house.clients:
        client.forgets()
    alice.says(R, "once", id="1")
    alice.says(R, "again", id="2")
    house.settles()

    assert ["again"] == carol.hears_texts("group")
    (answer,) = alice.answers("1")
    assert isinstance(answer, Success)
    assert 1 == answer.seq


def test_a_client_that_is_catching_up_is_told(house: House, alice: Client) -> None:
    """A device of a partner that is still receiving what it missed is told after that."""
    erin = owner(house, "Erin")
    asks(house, alice, Tell(receiver="Erin", text="Hi"))
    device = house.connects()
    device.send(Register(sender="Erin", text=RIGHT))
    alice.send(Rename(text="Bob"))
    house.turn(1)
    catching_up = len(erin.session._user.catching_up)  # type: ignore[union-attr]
    house.settles()

    assert (1, ["Welcome to ClassChat, Erin!", "Alice is now called Bob"]) == (
        catching_up,
        device.hears_texts(),
    )


def test_a_room_event_has_the_name_of_its_place(house: House, alice: Client, carol: Client) -> None:
    """What happens to the user after the rename is told with the new name."""
    alice.send(Rename(text="Bob"))
    alice.quits()
    house.settles()

    assert ["Alice is now called Bob", "Bob has left the chat room"] == carol.hears_texts()
    assert isinstance(carol.hears()[-1], Group)
