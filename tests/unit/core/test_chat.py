"""The chat: verbs, their entries, and the events that users hear."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.core.notices import Disconnected, Registered
from classchat.wire.lines import encode
from tests.unit.helpers import House, error, group, left, of_room, private, sent


@pytest.fixture
def house() -> House:
    """An empty house."""
    return House()


# Messages to rooms.


def test_all_members_hear_what_is_said(house: House) -> None:
    """A message to a room reaches exactly its members, the sender included, with its number and time."""
    alice, bob, carol = house.signs_in("Alice", "Bob", "Carol")
    house.room("CS350", alice, bob)
    alice.says("CS350", "Hello")
    house.turn()

    expected = [group("Alice", "CS350", "Hello", seq=1)]
    assert (expected, expected, []) == (alice.hears(), bob.hears(), carol.hears())


def test_nobody_hears_what_is_not_committed(house: House) -> None:
    """Before the journal has committed an entry no client hears of it, not even the sender."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "Hello", id="1")
    alice.tells("Bob", "Hello", id="2")
    bob.leaves("CS350", id="3")

    assert ([], [], ["Alice", "Bob"]) == (alice.hears(), bob.hears(), house.members("CS350"))


def test_order_in_a_room_is_one_for_all(house: House) -> None:
    """All members hear a room's messages in one order, in batches of any size."""
    clients = house.signs_in("Alice", "Bob", "Carol")
    house.room("CS350", *clients)
    for number, client in zip(range(30), itertools.cycle(clients), strict=False):
        client.says("CS350", str(number))
    for count in (1, 7, 2, None):
        house.turn(count)

    expected = [(str(number), number + 1) for number in range(30)]
    for client in clients:
        assert expected == [(event.text, event.seq) for event in client.hears("group")]


def test_numbers_are_dense_and_separate_in_each_conversation(house: House) -> None:
    """Each room and each private conversation counts from 1 without gaps, whatever happens in others."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("one", alice, bob)
    house.room("two", alice)
    alice.says("one", "a", id="one 1")
    alice.says("two", "b", id="two 1")
    alice.tells("Bob", "c", id="bob 1")
    alice.says("nowhere", "refused", id="x")
    bob.leaves("one")
    bob.tells("Alice", "d", id="bob 2")
    alice.tells("Alice", "e", id="alice 1")
    alice.says("one", "f", id="one 2")
    house.turn()

    numbers = {
        event.id: event.seq for client in (alice, bob) for event in client.hears("success") if event.seq
    }
    assert {"one 1": 1, "two 1": 1, "bob 1": 1, "bob 2": 2, "alice 1": 1, "one 2": 2} == numbers


def test_a_room_and_a_text_are_shown_as_they_were_first_spelled(house: House) -> None:
    """A room can be named in any spelling, and is shown in its creator's."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("Straße", alice)
    bob.joins("STRASSE")
    house.turn()
    bob.forgets()
    bob.says("strasse", "Hallo")
    bob.tells("ALICE", "psst")
    house.turn()

    assert [group("Bob", "Straße", "Hallo", seq=1)] == bob.hears()
    assert [private("Bob", "Alice", "psst", seq=1)] == alice.hears("private")


@pytest.mark.parametrize(("length", "codes"), [(9_999, []), (10_000, []), (10_001, ["too_long"])])
@pytest.mark.parametrize("letter", ["x", "愛"])
def test_the_length_of_a_text(house: House, length: int, codes: list[str], letter: str) -> None:
    """A text of maximum length is accepted; with one character more it is refused and not delivered."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    alice.says("CS350", letter * length)
    alice.tells("Alice", letter * length)
    house.turn()

    assert codes * 2 == alice.hears_codes()
    assert 2 - len(codes) * 2 == len(alice.hears("group", "private"))


def test_an_empty_text_is_a_text(house: House) -> None:
    """An empty text is allowed; an absent text is empty."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    alice.says("CS350", "")
    house.turn()

    assert [group("Alice", "CS350", "", seq=1)] == alice.hears()


def test_control_characters_arrive_as_replacement_characters(house: House) -> None:
    """Control characters arrive as U+FFFD; newlines and tabs arrive unchanged."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    alice.says("CS350", "\x1b[2Ja\n\tb\r")
    alice.tells("Alice", "\x07")
    house.turn()

    assert ["\ufffd[2Ja\n\tb\ufffd"] == alice.hears_texts("group")
    assert ["\ufffd"] == alice.hears_texts("private")


# Private messages.


def test_only_the_one_who_is_told_hears_it(house: House) -> None:
    """A private message reaches only its receiver, with number and time; without an id it has no answer."""
    alice, bob, carol = house.signs_in("Alice", "Bob", "Carol")
    alice.tells("Bob", "psst")
    house.turn()

    assert ([], [private("Alice", "Bob", "psst", seq=1)], []) == (alice.hears(), bob.hears(), carol.hears())


def test_a_message_to_oneself_arrives(house: House) -> None:
    """A message to oneself arrives once, with an answer if it has an id."""
    (alice,) = house.signs_in("Alice")
    alice.tells("alice", "remember", id="7")
    house.turn()

    assert [private("Alice", "Alice", "remember", seq=1)] == alice.hears("private")
    assert [sent("Alice", "7", seq=1)] == alice.hears("success")


def test_both_ways_are_one_conversation(house: House) -> None:
    """The messages of two users to each other share one numbering, and arrive in that order."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "one")
    bob.tells("Alice", "two")
    alice.tells("Bob", "three")
    house.turn()

    assert [private("Alice", "Bob", "one", 1), private("Alice", "Bob", "three", 3)] == bob.hears()
    assert [private("Bob", "Alice", "two", 2)] == alice.hears()


@pytest.mark.parametrize("leaver", ["Alice", "Bob"])
def test_a_private_conversation_ends_when_one_leaves(house: House, leaver: str) -> None:
    """After one of the two has left and signed in again as a guest, the conversation is a new one."""
    clients = dict(zip(("Alice", "Bob"), house.signs_in("Alice", "Bob"), strict=True))
    clients["Alice"].tells("Bob", "one")
    house.turn()
    clients[leaver].vanishes()
    (clients[leaver],) = house.signs_in(leaver)
    clients["Alice"].tells("Bob", "again")
    house.turn()

    assert private("Alice", "Bob", "again", seq=1) == clients["Bob"].hears("private")[-1]


def test_who_comes_back_does_not_hear_what_was_for_another(house: House) -> None:
    """A message under way when its receiver leaves is not delivered to the next user of the name."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "psst")
    bob.vanishes()
    (impostor,) = house.signs_in("Bob")
    house.turn()

    assert ([], []) == (impostor.hears(), bob.hears())


def test_nobody_is_told_what_nobody_can_hear(house: House) -> None:
    """An absent receiver is not found; no entry is appended."""
    (alice,) = house.signs_in("Alice")
    alice.tells("Bob", "psst")

    assert [error("Alice", "user_not_found", "User 'Bob' not found or offline")] == alice.hears()
    assert [] == house.journal.pending


# Batches.


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["join", "leave", "say", "tell", "say other"]),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_batches_do_not_matter(steps: list[tuple[int, str, bool]]) -> None:
    """Each client hears the same of each conversation for any division into batches."""
    heard = []
    for one_by_one in (True, False):
        house = House()
        clients = house.signs_in("Alice", "Bob", "Carol")
        house.room("CS350", clients[0], clients[1])
        house.room("other", *clients)
        for number, (who, verb, _) in enumerate(steps):
            client = clients[who]
            match verb:
                case "join":
                    client.joins("CS350", id=str(number))
                case "leave":
                    client.leaves("CS350", id=str(number))
                case "say":
                    client.says("CS350", str(number))
                case "say other":
                    client.says("other", str(number))
                case "tell":
                    client.tells("Alice", str(number), id=str(number))
            if one_by_one or steps[number][2]:
                house.turn()
        house.turn()
        heard.append(
            [
                (
                    [event for event in client.hears("group") if event.receiver == "CS350"],
                    [event for event in client.hears("group") if event.receiver == "other"],
                    client.hears("private"),
                    client.hears("success"),
                    client.hears("error"),
                    house.members("CS350"),
                )
                for client in clients
            ]
        )

    assert heard[0] == heard[1]


# Lost connections.


def test_who_vanishes_leaves_no_ghost(house: House) -> None:
    """A lost user is in no registry and no room, and the members of each former room hear it once."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("one", alice, bob)
    house.room("two", alice, bob)
    house.room("three", alice)
    user = house.chat.users.find("Bob")
    bob.vanishes()
    house.turn()

    assert (set(), []) == (user.rooms, user.peers)
    gone = [left("Bob", room) for room in ("one", "two")]
    assert sorted(map(encode, gone)) == sorted(map(encode, alice.hears()))
    assert (["Alice"], ["Alice"], ["Alice"]) == (house.users(), house.members("one"), house.members("two"))


def test_who_vanishes_while_joining_leaves_no_ghost(house: House) -> None:
    """A join of a client that is lost before the commit is announced and undone, and the room stays empty."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    bob.joins("CS350")
    bob.vanishes()
    house.turn()

    assert ["Bob has joined the chat room", "Bob has left the chat room"] == alice.hears_texts()
    assert (["Alice"], ["Alice"]) == (house.users(), house.members("CS350"))


def test_who_vanishes_while_creating_leaves_no_ghost(house: House) -> None:
    """A room whose creator is lost before the commit is empty."""
    (alice,) = house.signs_in("Alice")
    alice.creates("CS350")
    alice.vanishes()
    house.turn()

    assert ([], []) == (house.users(), house.members("CS350"))


def test_who_vanishes_while_leaving_has_left_once(house: House) -> None:
    """A leave of a client that is lost before the commit is announced once."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    bob.leaves("CS350")
    bob.vanishes()
    house.turn()

    assert ["Bob has left the chat room"] == alice.hears_texts()


def test_who_vanishes_in_the_middle_of_a_batch_is_heard_to_the_last_word(house: House) -> None:
    """A granted message is delivered even if its sender is lost before the commit."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    bob.says("CS350", "last words")
    bob.vanishes()
    alice.says("CS350", "Bob?")
    house.turn()

    assert ["last words", "Bob has left the chat room", "Bob?"] == alice.hears_texts()
    assert [] == bob.hears()


def test_who_vanishes_while_being_written_to_leaves_no_ghost(house: House) -> None:
    """Clients that hang up while a batch is written to them are removed, and others are not affected."""
    alice, bob, carol = house.signs_in("Alice", "Bob", "Carol")
    house.room("CS350", alice, bob, carol)
    bob.vanishes_on_next_write()
    carol.vanishes_on_next_write()
    alice.says("CS350", "Hello")
    alice.says("CS350", "again")
    house.turn()
    house.turn()

    assert ["Hello", "again"] == of_room(alice.hears(), "CS350")[:2]
    assert ["Bob has left the chat room", "Carol has left the chat room"] == sorted(alice.hears_texts()[2:])
    assert (["Alice"], ["Alice"]) == (house.users(), house.members("CS350"))


def test_a_name_is_free_as_soon_as_its_user_is_gone(house: House) -> None:
    """A guest who returns at once is a new user: in no room, and not affected by the former one's leaving."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    bob.vanishes()
    (newcomer,) = house.signs_in("Bob")
    newcomer.joins("CS350")
    house.turn()

    left, joined = "Bob has left the chat room", "Bob has joined the chat room"
    assert [left, joined] == alice.hears_texts()
    assert ["You have joined 'CS350'", joined] == newcomer.hears_texts()
    assert (["Alice", "Bob"], ["Alice", "Bob"]) == (house.users(), house.members("CS350"))


def test_a_closing_chat_tells_no_room_who_leaves(house: House) -> None:
    """During a shutdown no room hears who leaves."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    house.chat.close()
    bob.vanishes()
    house.turn()

    assert ([], ["Alice"]) == (alice.hears(), house.users())


# Notices.


def test_the_operator_hears_who_comes_and_goes(house: House) -> None:
    """Signing in and out is observed, with the reason if there is one."""
    (alice,) = house.signs_in("Alice")
    alice.vanishes()

    assert [Registered("Alice"), Disconnected("Alice", None)] == house.notices


def test_the_operator_hears_what_was_committed(house: House) -> None:
    """Entries are observed when they are delivered, in order, one batch at a time."""
    (alice,) = house.signs_in("Alice")
    alice.creates("CS350")
    alice.says("CS350", "Hello")
    entries = list(house.journal.pending)
    before = list(house.notices)
    house.turn()

    assert ([Registered("Alice")], entries) == (before, house.notices[1:])
