"""The request `history`: the messages of a room or of a private conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from classchat.journal import memory_log
from classchat.messages import Group, History, Search, Success
from tests.unit.core.helpers import asked, said
from tests.unit.helpers import NOW, House, error


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
    """History has the newest messages, or those around a number, oldest first, and whether there are more."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    said(house, alice, "CS350", 9)
    heard = asked(house, alice, History(receiver="cs350", id="7", **fields))

    count = len(texts.split())
    text = f"{count} message{'' if count == 1 else 's'} of 'CS350'"
    assert (texts.split(), Success("SERVER", "Alice", text, id="7", more=more)) == (heard.texts, heard.answer)


def test_a_replayed_message_is_the_message(house: House) -> None:
    """A replayed message has its sender, text, number and time, and only the asking client hears it."""
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
    """History since a time includes that moment; any valid time is allowed."""
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
    """Two bounds at once are refused, and no messages are sent."""
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
    """Only members read a room's history; an unknown conversation is refused."""
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
    """A time outside the years 1 to 9999 in UTC counts as before or after everything."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    for number in range(3):
        alice.says("CS350", str(number))
    house.turn()

    assert count == len(asked(house, alice, History(receiver="CS350", since=since)).texts)


def test_what_was_deleted_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for deleted messages is told the oldest kept number; other requests are not."""
    monkeypatch.setattr(memory_log, "_MOST_KEPT", 4)
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


def test_a_private_conversation_has_a_history_for_both(house: House) -> None:
    """Both users read both sides of a private conversation, and others read nothing."""
    alice, bob, eve = house.signs_in("Alice", "Bob", "Eve")
    alice.tells("Bob", "psst")
    bob.tells("Alice", "what?")
    house.turn()
    heard = [asked(house, one, History(receiver=other)) for one, other in ((alice, "BOB"), (bob, "alice"))]
    eves = asked(house, eve, History(receiver="Bob"))

    assert [["psst", "what?"]] * 2 == [one.texts for one in heard]
    assert ([], "0 messages of 'Bob'") == (eves.texts, eves.answer.text)


def test_who_takes_a_name_reads_nothing_of_its_former_bearer(house: House) -> None:
    """A guest's next user of a name starts a new, empty private conversation, numbered from 1."""
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
    """A private conversation can be read after the other user has left."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "bye")
    house.turn()
    bob.quits()
    house.turn()

    assert ["bye"] == asked(house, alice, History(receiver="bob")).texts


@pytest.mark.parametrize("command", [History(receiver="CS350", id="7"), Search(text="word", id="7")])
def test_history_that_can_not_be_read(unreadable: House, command: History | Search) -> None:
    """If history can't be read, the client is told so and may continue."""
    (alice,) = unreadable.signs_in("Alice")
    unreadable.room("CS350", alice)
    answer = asked(unreadable, alice, command).answer
    alice.says("CS350", "Hello")
    unreadable.turn()

    assert ("history_unavailable", "7") == (answer.code, answer.id)  # type: ignore[union-attr]
    assert ["Hello"] == alice.hears_texts("group")
