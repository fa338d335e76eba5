"""What was said before: history, search, and what somebody missed who was away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from classchat.core.backlog import MOST_MISSED, Backlog
from classchat.core.journal_port import Searcher
from classchat.core.marks import heard_up_to
from classchat.core.persons import Person
from classchat.core.stored import MissedMessages, SearchResults, StoredMessage
from classchat.errors import HistoryUnavailable
from classchat.journal import memory
from classchat.limits import Limits
from classchat.messages import Event, Group, History, Join, Private, Register, Search, Since, Success
from tests.unit.helpers import EPOCH, NOW, Client, House, error, group, joined, sent


@pytest.fixture
def house() -> House:
    """Return a house with nobody in it."""
    return House()


@dataclass
class Answered:
    """What somebody was told before the answer, and the answer."""

    texts: list[str]
    answer: Event

    @property
    def more(self) -> object:
        """Whether there is more."""
        return self.answer.more  # type: ignore[union-attr]


def asked(house: House, client: Client, command: History | Search) -> Answered:
    """Ask for what was said before; everything told is marked as a replay."""
    client.forgets()
    client.send(command)
    house.turn()
    *replay, answer = client.hears()
    assert all(isinstance(event, Group | Private) and event.replay for event in replay)
    return Answered([event.text for event in replay], answer)


def said(house: House, client: Client, room: str, count: int) -> None:
    """Say "1", "2" and so on to a room."""
    for number in range(1, count + 1):
        client.says(room, str(number))
    house.turn()


# History of rooms.


@pytest.mark.parametrize(
    ("fields", "texts", "more"),
    [
        ({}, "1 2 3 4 5 6 7 8 9", False),
        ({"limit": 3}, "7 8 9", True),
        ({"limit": 9}, "1 2 3 4 5 6 7 8 9", False),
        ({"before": 4}, "1 2 3", False),
        ({"before": 4, "limit": 2}, "2 3", True),
        ({"before": 1}, "", False),
        ({"before": 0}, "", False),
        ({"before": 99, "limit": 1}, "9", True),
        ({"after": 7}, "8 9", False),
        ({"after": 0, "limit": 2}, "1 2", True),
        ({"after": 9}, "", False),
        ({"after": 1 << 62}, "", False),
    ],
)
def test_a_part_of_a_rooms_history(house: House, fields: dict[str, int], texts: str, more: bool) -> None:
    """The newest, those before a number or those after one: oldest first, and whether there is more."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    said(house, alice, "CS350", 9)
    heard = asked(house, alice, History(receiver="cs350", id="7", **fields))

    count = len(texts.split())
    text = f"{count} message{'' if count == 1 else 's'} of 'CS350'"
    assert (texts.split(), Success("SERVER", "Alice", text, id="7", more=more)) == (heard.texts, heard.answer)


def test_a_replayed_message_is_the_message(house: House) -> None:
    """It has its sender, text, number and time, and nobody else hears it."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "Hello")
    house.turn()
    for client in (alice, bob):
        client.forgets()
    bob.send(History(receiver="CS350"))

    assert Group("Alice", "CS350", "Hello", seq=1, time=NOW, replay=True) == bob.hears()[0]
    assert [] == alice.hears()


@pytest.mark.parametrize(
    ("ago", "texts"), [(0, ["1", "2"]), (-1, []), (5, ["1", "2"]), (99_999 * 365, ["1", "2"])]
)
def test_history_since_a_time(house: House, ago: int, texts: list[str]) -> None:
    """From a time on, that moment included; any time that there is may be asked for."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    said(house, alice, "CS350", 2)
    now = datetime.fromisoformat(NOW)
    since = datetime.min.replace(tzinfo=UTC) if ago > 9_999 else now - timedelta(milliseconds=ago)

    assert texts == asked(house, alice, History(receiver="CS350", since=since)).texts


@pytest.mark.parametrize(
    "fields",
    [
        {"before": 1, "after": 1},
        {"after": 1, "since": datetime.fromisoformat(NOW)},
        {"before": 0, "after": 0},
    ],
)
def test_one_bound_at_a_time(house: House, fields: dict[str, object]) -> None:
    """Two bounds at once are refused, and nothing is told."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    alice.send(History(receiver="CS350", id="7", **fields))  # type: ignore[arg-type]

    text = "Invalid message format: give only one of before, after and since"
    assert [error("Alice", "invalid_format", text, id="7")] == alice.hears()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (History(receiver="CS350"), "not_a_member"),
        (History(receiver="nowhere"), "user_not_found"),
        (History(), "user_not_found"),
        (History(receiver="x" * 60_000), "user_not_found"),
        (Search(text="secret", receiver="CS350"), "not_a_member"),
        (Search(text="  "), "invalid_format"),
    ],
)
def test_what_is_not_for_everybody(house: House, command: History | Search, code: str) -> None:
    """Only members read a room's history, and nothing is told of what is not there."""
    alice, eve = house.signs_in("Alice", "Eve")
    house.room("CS350", alice)
    alice.says("CS350", "secret")
    house.turn()
    eve.send(command)

    assert ([code], []) == (eve.hears_codes(), eve.hears("group", "success"))


@pytest.mark.parametrize(
    ("since", "count"),
    [
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), 3),
        (datetime(1969, 12, 31, tzinfo=UTC), 3),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=14))), 0),
    ],
)
def test_since_the_ends_of_time(house: House, since: datetime, count: int) -> None:
    """A time that is in no year of ours, seen from Greenwich, is before everything or after it."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    for number in range(3):
        alice.says("CS350", str(number))
    house.turn()

    assert count == len(asked(house, alice, History(receiver="CS350", since=since)).texts)


def test_what_was_deleted_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for what is not kept any more is told where what is kept begins; who does not, is not."""
    monkeypatch.setattr(memory, "_MOST_KEPT", 4)
    house = House()
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    said(house, alice, "CS350", 10)
    first = asked(house, alice, History(receiver="CS350", after=0))
    latest = asked(house, alice, History(receiver="CS350", limit=3))
    gone = asked(house, alice, History(receiver="CS350", before=3))
    long_ago = asked(house, alice, History(receiver="CS350", since=datetime(2020, 1, 1, tzinfo=UTC)))

    assert (["7", "8", "9", "10"], 7) == (first.texts, first.answer.oldest)  # type: ignore[union-attr]
    assert (["8", "9", "10"], None, True) == (latest.texts, latest.answer.oldest, latest.more)  # type: ignore[union-attr]
    assert ([], 7, False) == (gone.texts, gone.answer.oldest, gone.more)  # type: ignore[union-attr]
    assert 7 == long_ago.answer.oldest  # type: ignore[union-attr]
    assert "4 messages of 'CS350'; messages before number 7 have been deleted" == first.answer.text


# Private conversations.


def test_a_private_conversation_has_a_history_for_both(house: House) -> None:
    """Both read both sides of it, and a third reads nothing."""
    alice, bob, eve = house.signs_in("Alice", "Bob", "Eve")
    alice.tells("Bob", "psst")
    bob.tells("Alice", "what?")
    house.turn()
    heard = [asked(house, one, History(receiver=other)) for one, other in ((alice, "BOB"), (bob, "alice"))]
    eves = asked(house, eve, History(receiver="Bob"))

    assert [["psst", "what?"]] * 2 == [one.texts for one in heard]
    assert ([], "0 messages of 'Bob'") == (eves.texts, eves.answer.text)


def test_who_takes_a_name_reads_nothing_of_its_former_bearer(house: House) -> None:
    """A name belongs to nobody: without the token a private conversation starts empty, from 1, for both."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "the secret")
    house.turn()
    bob.quits()
    house.turn()
    (new_bob,) = house.signs_in("Bob")
    alice.tells("Bob", "hello stranger")
    house.turn()

    assert [(1, "hello stranger")] == [(event.seq, event.text) for event in new_bob.hears("private")]  # type: ignore[union-attr]
    assert ["hello stranger"] == asked(house, new_bob, History(receiver="Alice")).texts
    assert [] == asked(house, new_bob, Search(text="secret")).texts
    assert ["the secret"] == asked(house, alice, Search(text="secret")).texts


def test_history_with_somebody_who_is_gone(house: House) -> None:
    """What was said with somebody can be read when he is gone."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "bye")
    house.turn()
    bob.quits()
    house.turn()

    assert ["bye"] == asked(house, alice, History(receiver="bob")).texts


# Search.


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("exercise", ["exercise three", "first EXERCISE"]),
        ("three exercise", ["exercise three"]),
        ("xercis", ["exercise three", "first EXERCISE"]),
        ('"', []),
        ("宿題", ["宿題はどこ"]),
        ("x OR first", []),
    ],
)
def test_search(house: House, words: str, texts: list[str]) -> None:
    """All words have to occur, anywhere in a text, in any case; newest first."""
    alice, _ = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    alice.says("CS350", "first EXERCISE")
    alice.tells("Bob", "exercise three")
    alice.says("CS350", "宿題はどこ")
    house.turn()

    assert texts == asked(house, alice, Search(text=words)).texts
    assert [] == asked(house, alice, Search(text="first", receiver="Bob")).texts
    assert ["first EXERCISE"] == asked(house, alice, Search(text="first", receiver="CS350")).texts


def test_search_page_by_page(house: House) -> None:
    """A page says where the next one begins, and the last one that it is the last."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    house.room("other", bob)
    for number in range(1, 8):
        alice.says("CS350", f"number {number}")
        bob.says("other", f"number {number}")
    house.turn()
    pages, before = [], None
    while not pages or before is not None:
        page = asked(house, alice, Search(text="number", limit=3, before=before))
        pages.append([text[-1] for text in page.texts])
        before = page.answer.before  # type: ignore[union-attr]
        assert page.more is (before is not None)

    assert [["7", "6", "5"], ["4", "3", "2"], ["1"]] == pages


def test_search_of_one_person(house: House) -> None:
    """Only what was said under a name is found, in any spelling of it, also when its user has gone."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "exercise of Alice")
    bob.says("CS350", "exercise of Bob")
    bob.says("CS350", "nothing")
    bob.tells("Alice", "exercise in private")
    house.turn()
    bob.vanishes()
    house.turn()

    assert ["exercise in private", "exercise of Bob"] == asked(
        house, alice, Search(text="exercise", user="bOB")
    ).texts
    assert ["nothing", "exercise of Bob"] == asked(house, alice, Search(receiver="CS350", user="Bob")).texts
    assert ["exercise of Alice"] == asked(house, alice, Search(text="exercise", user="Alice")).texts
    assert [] == asked(house, alice, Search(text="exercise", user="Carol")).texts


def test_search_of_one_person_page_by_page(house: House) -> None:
    """What others say between the messages of a person neither repeats one nor skips one."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    for number in range(7):
        bob.says("CS350", f"{number}")
        alice.says("CS350", "x")
    house.turn()
    pages, before = [], None
    while not pages or before is not None:
        page = asked(house, alice, Search(user="Bob", limit=3, before=before))
        pages.append(page.texts)
        before = page.answer.before  # type: ignore[union-attr]
        bob.says("CS350", "later")
        house.turn()

    assert [["6", "5", "4"], ["3", "2", "1"], ["0"]] == pages


def test_a_user_that_no_name_can_be(house: House) -> None:
    """To search what nobody can have said is refused."""
    (alice,) = house.signs_in("Alice")

    assert "user_not_found" == asked(house, alice, Search(text="x", user="No Name")).answer.code  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (32, None),
        (33, "too_many"),
        (3_000, "too_many"),
        (5_001, "too_long"),
    ],
)
def test_how_many_words(house: House, words: int, code: str | None) -> None:
    """So many different words are searched for; of more, and of too long a text, the client is told so."""
    (alice,) = house.signs_in("Alice")
    text = " ".join(chr(0x4E00 + number) for number in range(words))
    answer = asked(house, alice, Search(text=text)).answer

    assert code == getattr(answer, "code", None)


def test_put_out_while_searching(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is put out of the room that is searched waits for nothing more, and is told so."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    bobs, room = house.chat.users.find("Bob"), house.chat.rooms.get("CS350")
    waits: list[bool] = []

    async def slow(*_: object, asker: Searcher, **__: object) -> SearchResults:
        waits.append(asker.waits())
        room.forsake(bobs)
        waits.append(asker.waits())
        return SearchResults([StoredMessage(1, NOW, "Alice", "CS350", "secret", False)], None)

    monkeypatch.setattr(house.journal, "search", slow)
    answer = asked(house, bob, Search(text="secret", receiver="CS350"))

    assert ([], "not_a_member") == (answer.texts, answer.answer.code)  # type: ignore[union-attr]
    assert [True, False] == waits


def test_a_word_counts_once(house: House) -> None:
    """The same word again is no other word."""
    (alice,) = house.signs_in("Alice")

    assert isinstance(asked(house, alice, Search(text="x " * 1000)).answer, Success)


@pytest.mark.parametrize(("private", "text"), [(None, "in the room"), (True, "in private")])
def test_a_room_and_a_user_of_one_name(house: House, private: bool | None, text: str) -> None:
    """The receiver is the room, unless the client says that it is the person."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("Bob", alice, bob)
    alice.says("Bob", "said in the room")
    alice.tells("Bob", "said in private")
    house.turn()

    assert [f"said {text}"] == asked(house, alice, History(receiver="Bob", private=private)).texts
    assert [f"said {text}"] == asked(house, alice, Search(text="said", receiver="Bob", private=private)).texts


# Coming back.


def test_who_rejoins_is_told_what_he_missed(house: House) -> None:
    """Everything after the number that he has, before the answer, and only then that he is back."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    said(house, alice, "CS350", 2)
    bob.vanishes()
    house.turn()
    alice.says("CS350", "3")
    alice.says("CS350", "4")
    house.turn()
    (bob,) = house.signs_in("Bob")
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 2)))
    house.turn()

    answer = Success("SERVER", "Bob", "You have joined 'CS350'", id="7", epoch=EPOCH, seq=4)
    assert [
        Group("Alice", "CS350", "3", seq=3, time=NOW, replay=True),
        Group("Alice", "CS350", "4", seq=4, time=NOW, replay=True),
        answer,
        joined("Bob", "CS350"),
    ] == bob.hears()


def test_what_is_said_while_somebody_rejoins(house: House) -> None:
    """What is under way when he asks, and what is said until he is in, he is told before he is in, once."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 1)
    alice.says("CS350", "2")
    bob.send(Join(receiver="CS350", since=Since(EPOCH, 0)))
    alice.says("CS350", "3")
    house.turn()
    alice.says("CS350", "4")
    house.turn()

    heard = [(event.seq, event.replay) for event in bob.hears("group") if event.sender == "Alice"]  # type: ignore[union-attr]
    assert [(1, True), (2, True), (3, False), (4, False)] == heard


@pytest.mark.parametrize(
    ("since", "texts", "gap"),
    [
        (Since("another", 3), [], (True, None)),
        (Since(EPOCH, 99), [], (True, None)),
        (Since(EPOCH, 5), [], (None, None)),
        (Since(EPOCH, 4), ["5"], (None, None)),
    ],
)
def test_numbers_that_mean_nothing_here(
    house: House, since: Since, texts: list[str], gap: tuple[object, object]
) -> None:
    """Where nobody knows what was missed, that is said; where nothing was, nothing is."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 5)
    bob.send(Join(receiver="CS350", id="7", since=since))
    house.turn()
    (answer,) = bob.answers("7")

    assert texts == [event.text for event in bob.hears("group") if event.sender == "Alice"]
    assert gap == (answer.gap, answer.missed)  # type: ignore[union-attr]


def test_more_missed_than_is_told(house: House) -> None:
    """The latest thousand are told, and how many there were before."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", MOST_MISSED + 10)
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 3)))
    house.turn()
    told = [event.seq for event in bob.hears("group") if event.sender == "Alice"]  # type: ignore[union-attr]
    (answer,) = bob.answers("7")

    assert list(range(11, MOST_MISSED + 11)) == told
    assert (True, 7) == (answer.gap, answer.missed)  # type: ignore[union-attr]
    assert "You have joined 'CS350'; 7 messages are missing" == answer.text


def test_missed_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was missed and is not kept any more is a gap."""
    monkeypatch.setattr(memory, "_MOST_KEPT", 4)
    house = House()
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 10)
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 2)))
    house.turn()
    (answer,) = bob.answers("7")

    assert ["7", "8", "9", "10"] == [event.text for event in bob.hears("group") if event.sender == "Alice"]
    assert (True, 4) == (answer.gap, answer.missed)  # type: ignore[union-attr]


def test_who_is_gone_before_he_is_back(house: House) -> None:
    """Who vanishes while he is told what he missed is in no room, and nobody hears of him."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 2)
    alice.forgets()
    bob.vanishes_on_next_write()
    bob.send(Join(receiver="CS350", since=Since(EPOCH, 0)))
    house.turn()

    assert ([], ["Alice"]) == (alice.hears(), house.members("CS350"))
    assert ({}, 1) == (house.chat.rooms.get("CS350").catching_up, house.chat.rooms.get("CS350").wanted)


def test_a_room_that_is_gone_before_he_is_back(house: House) -> None:
    """A room that makes place for another one while somebody is told what he missed there can't be joined."""
    house = House(Limits(rooms=1))
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 2)
    alice.leaves("CS350")
    house.turn()
    bob.peer.reads = Deferred()
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 0)))
    alice.creates("CS450")
    bob.peer.reads.callback(None)
    house.turn()
    house.turn()

    assert ["room_not_found"] == bob.hears_codes()
    assert [] == house.members("CS450")[1:]


# What can't be read.


@pytest.fixture
def unreadable(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a house whose journal can only be written to."""

    async def fail(*_: object, **__: object) -> None:
        raise HistoryUnavailable

    for name in ("oldest", "first_since", "read", "dialog", "last_dialog", "missed", "search", "recognize"):
        monkeypatch.setattr(house.journal, name, fail)
    return house


@pytest.mark.parametrize("command", [History(receiver="CS350", id="7"), Search(text="word", id="7")])
def test_history_that_can_not_be_read(unreadable: House, command: History | Search) -> None:
    """Who asks is told so, and may go on."""
    (alice,) = unreadable.signs_in("Alice")
    unreadable.room("CS350", alice)
    answer = asked(unreadable, alice, command).answer
    alice.says("CS350", "Hello")
    unreadable.turn()

    assert ("history_unavailable", "7") == (answer.code, answer.id)  # type: ignore[union-attr]
    assert ["Hello"] == alice.hears_texts("group")


def test_rejoining_where_nothing_can_be_read(unreadable: House) -> None:
    """Who rejoins is let in, and told that something may be missing; what is said meanwhile is not."""
    alice, bob = unreadable.signs_in("Alice", "Bob")
    unreadable.room("CS350", alice)
    said(unreadable, alice, "CS350", 2)
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 0)))
    alice.says("CS350", "3")
    unreadable.turn()
    (answer,) = bob.answers("7")

    assert (True, None) == (answer.gap, answer.missed)  # type: ignore[union-attr]
    assert "You have joined 'CS350'; some messages may be missing" == answer.text


def test_coming_back_where_nothing_can_be_read(unreadable: House) -> None:
    """Whoever still seems to be here comes back without what he missed; nobody else is known by his token."""
    carol = arrives(unreadable, "Carol")
    again = arrives(unreadable, "Carol", token=token_of(carol), since=Since(EPOCH, 0), id="7")
    stranger = arrives(unreadable, "Dave", token=token_of(carol), id="8")

    assert (True, None) == (again.hears("success")[0].gap, again.hears("success")[0].missed)  # type: ignore[union-attr]
    assert (["history_unavailable"], False) == (stranger.hears_codes(), stranger.session.registered)
    stranger.registers("Dave")
    assert ["Carol", "Dave"] == unreadable.users()


# The same person again.


def token_of(client: Client) -> str:
    """Return what the client's welcome carried."""
    (welcome,) = [event for event in client.hears("success") if event.token]  # type: ignore[union-attr]
    return welcome.token  # type: ignore[union-attr, return-value]


def arrives(house: House, name: str, **fields: object) -> Client:
    """Return a client who has asked to sign in."""
    client = house.connects()
    client.send(Register(sender=name, **fields))  # type: ignore[arg-type]
    house.turn()
    return client


def test_the_same_person_again(house: House) -> None:
    """Who has the token reads on where he was, has the same token, and is told what he missed."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    token = token_of(bob)
    alice.tells("Bob", "one")
    house.turn()
    bob.vanishes()
    house.turn()
    again = arrives(house, "bob", token=token, id="7")
    alice.tells("bob", "two")
    house.turn()

    assert token == token_of(again)
    assert [("two", 2, False)] == [(e.text, e.seq, e.replay) for e in again.hears("private")]  # type: ignore[union-attr]
    assert ["one", "two"] == asked(house, again, History(receiver="Alice")).texts


@pytest.mark.parametrize(("name", "token"), [("Bob", "no token of ours"), ("Robert", "his"), ("Bob", "")])
def test_a_token_that_shows_nothing(house: House, name: str, token: str) -> None:
    """An unknown token, or one for another name, makes somebody new, with a token of his own."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    his = token_of(bob)
    alice.tells("Bob", "secret")
    house.turn()
    bob.vanishes()
    house.turn()
    eve = arrives(house, name, token=his if token == "his" else token)  # noqa: S105

    assert token_of(eve) not in (his, token)
    assert [] == asked(house, eve, History(receiver="Alice")).texts


def test_a_day_later_nobody_is_known(house: House) -> None:
    """A token is good for a day after the connection ended."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    alice.tells("Bob", "secret")
    house.turn()
    bob.vanishes()
    house.turn()
    house.journal.clock.advance(86_401)
    again = arrives(house, "Bob", token=token_of(bob))

    assert token_of(again) != token_of(bob)


def test_a_connection_that_hangs_is_taken_over(house: House) -> None:
    """Who has the token gets the name at once; the old connection is told why, and hung up on."""
    alice, bob = house.signs_in("Alice", "Bob")
    carol = arrives(house, "Carol")
    token = token_of(carol)
    house.room("CS350", alice, bob, carol)
    again = arrives(house, "Carol", token=token)
    alice.tells("Carol", "hi")
    house.turn()
    left_the_room = house.members("CS350")
    carol.vanishes()
    house.turn()

    assert ("taken_over", True) == (carol.hears_codes()[-1], carol.peer.closed)
    assert (["hi"], []) == (again.hears_texts("private"), carol.hears("private"))
    assert (["Alice", "Bob"], ["Alice", "Bob", "Carol"]) == (left_the_room, house.users())


def test_who_hangs_up_while_he_is_told_is_taken_over_once(house: House) -> None:
    """A connection so far behind that this word more is too much for it is gone, and that is all."""
    carol = arrives(house, "Carol")
    carol.vanishes_on_next_write()
    again = arrives(house, "Carol", token=token_of(carol))

    assert (["Carol"], True) == (house.users(), again.session.registered)


def test_a_name_in_use_is_not_had_without_its_token(house: House) -> None:
    """A wrong token takes nothing over."""
    house.signs_in("Alice")
    eve = arrives(house, "Alice", token="wrong", id="7")  # noqa: S106

    assert (["username_taken"], False) == (eve.hears_codes(), eve.session.registered)
    eve.registers("Eve")
    assert ["Alice", "Eve"] == house.users()


def test_private_messages_that_were_missed(house: House) -> None:
    """What was told to a connection that hung is told again, oldest first, before the welcome."""
    alice, carol = house.signs_in("Alice", "Carol")
    bob = arrives(house, "Bob")
    token = token_of(bob)
    for text in ("a1", "a2", "a3"):
        alice.tells("Bob", text)
    carol.tells("Bob", "c1")
    bob.tells("Alice", "mine")
    house.turn()
    alice.tells("Bob", "under way")
    again = house.connects()
    again.send(Register(sender="Bob", token=token, since=Since(EPOCH, 0, {"ALICE": 2}), id="7"))
    alice.tells("Bob", "later")
    for _ in range(3):
        house.turn()

    told = [event for event in again.hears() if isinstance(event, Private)]
    by_sender = [
        [(event.text, event.replay) for event in told if event.sender == name] for name in ("Alice", "Carol")
    ]
    assert [[("a3", True), ("under way", True), ("later", True)], [("c1", True)]] == by_sender
    assert "Welcome to ClassChat, Bob!" == again.hears_texts()[-1]


def test_what_is_told_while_somebody_comes_back(house: House) -> None:
    """What comes while he is told what he missed, he hears after the welcome, once."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    alice.tells("Bob", "missed")
    house.turn()
    again = house.connects()
    alice.tells("Bob", "under way")  # to the old connection
    again.send(Register(sender="Bob", token=token_of(bob), since=Since(EPOCH, 0)))
    again.peer.reads = Deferred()
    house.turn()
    alice.tells("Bob", "new")
    house.turn()
    again.peer.reads.callback(None)
    house.turn()

    assert ["missed", "under way", "Welcome to ClassChat, Bob!", "new"] == again.hears_texts()
    assert [True, True, False] == [event.replay for event in again.hears("private")]  # type: ignore[union-attr]


def test_what_is_on_disk_and_was_not_delivered_yet(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed just when he is told what he missed, he hears once."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    alice.tells("Bob", "missed")
    house.turn()
    missed = house.journal.missed

    async def committed_meanwhile(person: Person, since: Since) -> MissedMessages:
        alice.tells("Bob", "just now")
        batch = list(house.journal.pending)
        house.journal._keep(batch)  # and nobody has been told yet
        monkeypatch.setattr(house.journal, "_keep", lambda batch: None)
        return await missed(person, since)

    monkeypatch.setattr(house.journal, "missed", committed_meanwhile)
    again = house.connects()
    again.send(Register(sender="Bob", token=token_of(bob), since=Since(EPOCH, 0)))
    for _ in range(3):
        house.turn()

    assert ["missed", "just now", "Welcome to ClassChat, Bob!"] == again.hears_texts()


def test_another_journal_says_nothing_of_what_was_missed(house: House) -> None:
    """Numbers of another epoch mean nothing: that something may be missing is said in the welcome."""
    bob = house.connects()
    bob.send(Register(sender="Bob", since=Since("another", 7)))
    house.turn()
    (welcome,) = bob.hears()

    assert ("Welcome to ClassChat, Bob; some messages may be missing", True, None) == (
        welcome.text,
        welcome.gap,  # type: ignore[union-attr]
        welcome.missed,  # type: ignore[union-attr]
    )


def test_who_is_gone_while_being_recognized_leaves_no_ghost(house: House) -> None:
    """A client that vanishes while it is looked for is not signed in."""
    house.signs_in("Alice")[0].says("nowhere", "")
    bob = house.connects()
    (carol,) = house.signs_in("Carol")
    carol.creates("R")  # something to wait for
    bob.send(Register(sender="Bob", token="x"))  # noqa: S106
    bob.vanishes()
    house.turn()
    house.turn()

    assert ["Alice", "Carol"] == house.users()


def test_a_name_that_is_taken_meanwhile(house: House) -> None:
    """Who is being looked for may find the name taken by somebody who did not have to be."""
    bob = house.connects()
    (carol,) = house.signs_in("Carol")
    carol.creates("R")  # something to wait for
    bob.send(Register(sender="Bob", token="x", id="7"))  # noqa: S106
    house.connects().registers("Bob")
    house.turn()

    assert ["username_taken"] == bob.hears_codes()


@pytest.mark.parametrize("known", [False, True])
def test_a_look_alike_comes_meanwhile(house: House, known: bool) -> None:
    """Whoever is being looked for may find that one came who looks like him, and is known again later."""
    (bob,) = house.signs_in("Bob")
    alice = arrives(house, "Alice")
    token = token_of(alice) if known else "x"
    alice.tells("Bob", "hi")
    house.turn()
    alice.vanishes()
    again, other = house.connects(), house.connects()
    bob.creates("R")  # something to wait for
    again.send(Register(sender="Alice", token=token, id="7"))
    other.registers("Аlice")
    house.turn()
    refused, here = again.hears_codes(), house.users()
    other.vanishes()
    again.send(Register(sender="Alice", token=token, id="8"))
    house.turn()

    assert (["name_too_similar"], ["Bob", "Аlice"]) == (refused, here)
    assert known == (token_of(again) == token)


# Saying something twice.


def test_what_is_said_twice_is_said_once(house: House) -> None:
    """The same id gets the same answer, with another text, in another room, after coming back as well."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    house.room("other", alice, bob)
    alice.says("CS350", "once", id="7")
    alice.says("CS350", "once", id="7")
    house.turn()
    alice.says("other", "twice?", id="7")
    alice.tells("Bob", "thrice?", id="7")
    house.turn()
    alice.quits()
    house.turn()
    (again,) = house.signs_in("ALICE")
    again.joins("CS350")
    again.says("CS350", "once", id="7")
    house.turn()

    assert ["once"] == [event.text for event in bob.hears("group", "private") if event.sender == "Alice"]
    assert {("Message sent", 1, NOW)} == {
        (event.text, event.seq, event.time)  # type: ignore[union-attr]
        for client in (alice, again)
        for event in client.answers("7")
    }
    assert (4, 1) == (len(alice.answers("7")), len(again.answers("7")))
    assert 1 == house.chat.rooms.get("CS350").last_seq


def test_ids_are_each_users_own(house: House) -> None:
    """Two users may use the same id."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "a", id="7")
    bob.says("CS350", "b", id="7")
    house.turn()

    assert ["a", "b"] == alice.hears_texts("group")


@pytest.mark.parametrize("room", ["CS350", "nowhere"])
def test_what_was_said_in_a_room_that_one_has_left(house: House, room: str) -> None:
    """Who sends again what was accepted is told so, wherever he is now; what was not is refused as ever."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "once", id="7")
    house.turn()
    alice.leaves("CS350")
    house.turn()
    alice.forgets()
    alice.says(room, "once", id="7")
    alice.says(room, "new", id="8")
    for _ in range(3):
        house.turn()

    assert [sent("Alice", "7", 1)] == alice.answers("7")
    assert ["not_a_member" if room == "CS350" else "room_not_found"] == alice.hears_codes()


def test_several_sign_in_with_one_token(house: House) -> None:
    """Each takes the name over from the one before, and the last one is who he was."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    token = token_of(bob)
    alice.tells("Bob", "psst")
    house.turn()
    bob.vanishes()
    alice.says("nowhere", "")  # something to wait for
    alice.creates("R")
    several = [house.connects() for _ in range(3)]
    for one in several:
        one.send(Register(sender="Bob", token=token))
    for _ in range(6):
        house.turn()

    welcomed = [one for one in several if not one.peer.closed]
    assert (1, ["Alice", "Bob"]) == (len(welcomed), house.users())
    assert [["taken_over"]] * 2 == [one.hears_codes() for one in several if one not in welcomed]
    assert ["psst"] == asked(house, welcomed[0], History(receiver="Alice")).texts
    assert token == token_of(arrives(house, "Bob", token=token))


def test_a_refused_request_may_be_tried_again(house: House) -> None:
    """An id whose request was refused is free."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", bob)
    alice.says("CS350", "a", id="7")
    alice.joins("CS350")
    alice.says("CS350", "a", id="7")
    house.turn()

    assert ["a"] == bob.hears_texts("group")[1:]


# What has to be reckoned.


def test_heard_up_to() -> None:
    """A number is of the last bearer of a name that it can be of."""
    dialogs = [("bob", 5, "old"), ("carol", 2, "carol"), ("bob", 12, "middle"), ("bob", 3, "new")]

    assert [("old", 1 << 63), ("carol", 1), ("middle", 7), ("new", 0)] == heard_up_to(
        Since(EPOCH, 1, {"BOB": 7}), dialogs
    )
    assert [("old", 0), ("carol", 1), ("middle", 0), ("new", 0)] == heard_up_to(
        Since(EPOCH, 1, {"bob": 99, "x" * 60_000: 3}), dialogs
    )


@given(st.lists(st.one_of(st.none(), st.integers(0, 5))))
def test_gaps_add_up(losses: list[int | None]) -> None:
    """What was lost is counted, until something is lost that nobody can count."""
    backlog = Backlog()
    for count in losses:
        backlog.lose(count)
    known = [count for count in losses if count is not None]

    assert (None if not losses else sum(known) if len(known) == len(losses) else None) == (
        backlog.gap.missed if backlog.gap else None
    )
    assert bool(losses) == bool(backlog.gap)


def test_a_backlog_is_bounded() -> None:
    """Who reads slowly while others talk is told the latest, and how many he is not."""
    backlog = Backlog()
    for number in range(MOST_MISSED + 3):
        backlog.add(group("Alice", "R", str(number), seq=number + 1))

    assert (MOST_MISSED, "3", 3) == (
        len(backlog.events),
        backlog.events[0].text,
        backlog.gap and backlog.gap.missed,
    )
